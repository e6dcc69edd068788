//! Cases to learn from and cases to test on, with every subject on one side.

use super::task::Task;
use super::tasks::Tasks;
use crate::base::error::Result;
use crate::base::seed::Seed;
use std::collections::{BTreeMap, BTreeSet};

/// Tasks over the subjects to learn from, and the same tasks over those held out.
///
/// The share `test` of the subjects of each institution is held out, rounded; of two or more subjects at least one and
/// never all (subjects known at the same several institutions are counted by themselves). All visits, modalities and objectives of a subject go to the same side, also where a subject is known at
/// several institutions. The draw depends on the seed and the names alone: another institution changes nothing.
///
/// # Errors
/// When `test` is not between 0 and 1.
pub fn split(tasks: &Tasks, test: f64, seed: Seed) -> Result<(Tasks, Tasks)> {
    crate::ensure!(test > 0.0 && test < 1.0, "option `test` must be between 0 and 1, got {test}");
    let homes = tasks.homes_of_subjects();
    // Subjects of the same institutions are one stratum.
    let mut strata: BTreeMap<&BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
    for (subject, homes) in &homes {
        strata.entry(homes).or_default().push(subject);
    }
    let mut held_out: BTreeSet<String> = BTreeSet::new();
    for (homes, mut subjects) in strata {
        let stratum = homes.iter().fold(seed.named("split"), |seed, home| seed.named(home));
        subjects.sort_by_key(|subject| (stratum.named(subject).value(), *subject));
        let count = match subjects.len() {
            0 | 1 => 0,
            n => ((test * n as f64).round() as usize).clamp(1, n - 1),
        };
        held_out.extend(subjects[..count].iter().map(|subject| (*subject).to_string()));
    }
    let side = |out: bool| {
        let of = |task: &Task| task.only(|case| held_out.contains(&case.subject) == out);
        tasks.with(tasks.iter().map(of).filter(|task| !task.cases().is_empty()).collect())
    };
    Ok((side(false), side(true)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dataset::case::{Case, Source};
    use crate::dataset::task::TaskName;
    use crate::image::mask::Mask;
    use crate::image::volume::Volume;

    struct Nothing;

    impl Source for Nothing {
        fn image(&self) -> Result<Volume> {
            crate::bail!("nothing is read")
        }
        fn mask(&self) -> Result<Mask> {
            crate::bail!("nothing is read")
        }
        fn image_key(&self) -> String {
            String::new()
        }
        fn mask_key(&self) -> String {
            String::new()
        }
    }

    /// Two institutions with 20 subjects of two visits each in two modalities; subject 3 was seen at both.
    fn tasks() -> Tasks {
        let mut list = Vec::new();
        for (institution, first) in [("A", 0), ("B", 19)] {
            for modality in ["T1", "T2"] {
                let cases = (first..first + 20).flat_map(|n| {
                    let subject = if n == 38 { 3 } else { n };
                    ["a", "b"]
                        .map(|visit| Case::new(format!("{n:02}{visit}"), Nothing).of_subject(format!("s{subject:02}")))
                });
                let name =
                    TaskName { institution: institution.into(), modality: modality.into(), objective: "x".into() };
                list.push(Task::new(name, cases.collect()));
            }
        }
        Tasks::new(list).unwrap()
    }

    #[test]
    fn a_subject_is_on_one_side() {
        for seed in 0..20 {
            let (train, test) = split(&tasks(), 0.25, Seed::new(seed)).unwrap();
            let subjects = |tasks: &Tasks| -> BTreeSet<String> {
                tasks.iter().flat_map(Task::cases).map(|case| case.subject.clone()).collect()
            };
            assert!(subjects(&train).is_disjoint(&subjects(&test)));
            assert_eq!(subjects(&train).len() + subjects(&test).len(), 38);
            for task in &tasks() {
                let count = |side: &Tasks| side.get(&task.name()).unwrap().cases().len();
                assert_eq!(count(&train) + count(&test), 40);
                // 5 of the 18 subjects seen here only and 1 of the 2 seen at both, two visits each.
                assert_eq!(count(&test), 12);
            }
        }
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let ids = |tasks: &Tasks, seed| {
            let (_, test) = split(tasks, 0.2, Seed::new(seed)).unwrap();
            test.get("A-T2-x").unwrap().cases().iter().map(|case| case.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&tasks(), 1), ids(&tasks(), 1));
        assert_ne!(ids(&tasks(), 1), ids(&tasks(), 2));
        assert!(split(&tasks(), 0.0, Seed::new(1)).is_err());
        assert!(split(&tasks(), 1.0, Seed::new(1)).is_err());
    }
}
