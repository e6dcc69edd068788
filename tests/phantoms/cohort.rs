//! Which subjects, tasks, labels and errors the options of the phantoms give.

use super::of_site;
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::{cohort, phantom_tasks};
use seqtran::dataset::phantoms::params::PhantomParams;

#[test]
fn a_subject_is_the_same_whatever_is_asked_first() {
    let params = || PhantomParams { seed: Some(3), ..PhantomParams::default() };
    let (all, few) = (of_site(params(), "01", 5), of_site(PhantomParams { cases: Some(2), ..params() }, "01", 5));
    let late = all[1].image("T2").unwrap();
    assert_eq!(few[1].labels().values(), all[1].labels().values());
    assert_eq!(few[1].image("T2").unwrap().voxels(), late.voxels());
    assert_ne!(few[0].image("T2").unwrap().voxels(), late.voxels());
    let other = of_site(PhantomParams { seed: Some(4), cases: Some(2), ..params() }, "01", 5);
    assert_ne!(other[1].image("T2").unwrap().voxels(), late.voxels());
}

#[test]
fn tasks_have_the_names_and_cases_of_the_preset() {
    let tasks = phantom_tasks(&PhantomParams::default().check().unwrap(), Seed::new(7)).unwrap();
    assert_eq!(tasks.len(), 27);
    let of = |name: &str| tasks.get(name).unwrap();
    assert_eq!(of("16-T2-NCR").cases().len(), 13);
    assert_eq!(of("01-T1ce-ET").cases().len(), 28);
    let (ncr, et) = (&of("16-T2-NCR").cases()[0].source, &of("16-FLAIR-ET").cases()[0].source);
    assert_eq!(ncr.mask().unwrap().overlap(&et.mask().unwrap()), 0, "objectives exclude each other");
    assert_ne!(ncr.image_key(), et.image_key());
    assert_eq!(ncr.image_key(), of("16-T2-ED").cases()[0].source.image_key());
    let image = ncr.image().unwrap();
    assert!(image.voxels().iter().all(|v| *v >= 0.0 && v.fract() == 0.0));
}

#[test]
fn unknown_names_say_which_there_are() {
    let wrong = PhantomParams { preset: "tinny".into(), ..PhantomParams::default() }.check().unwrap_err();
    assert!(wrong.help_line().unwrap().contains("tiny"), "{wrong}");
    let wrong = PhantomParams { modalities: vec!["CT".into()], ..PhantomParams::default() }.check().unwrap_err();
    assert_eq!(wrong.message(), "option `modalities`: the preset `tiny` has no \"CT\"");
    assert_eq!(wrong.help_line(), Some("there are: FLAIR, T1ce, T2"));
    let apart = PhantomParams {
        preset: "paperlike".into(),
        institutions: vec!["U".into(), "iSeg".into()],
        modalities: vec!["T2".into()],
        objectives: vec!["WMH".into()],
        ..PhantomParams::default()
    };
    let nothing = apart.check().unwrap_err();
    assert!(nothing.message().starts_with("no task of the preset `paperlike`"), "{nothing}");
    assert_eq!(nothing.help_line(), Some("there are U: FLAIR x WMH; iSeg: T1 T2 x CSF GM WM"));
}

#[test]
fn filters_reach_over_kinds() {
    let of = |modalities: &[&str], objectives: &[&str], institutions: &[&str]| {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let (modalities, objectives, institutions) = (list(modalities), list(objectives), list(institutions));
        let preset = "small".into();
        let params = PhantomParams { preset, modalities, objectives, institutions, ..PhantomParams::default() };
        phantom_tasks(&params.check().unwrap(), Seed::new(1)).unwrap().names()
    };
    assert_eq!(of(&["t2w"], &[], &["iSeg", "U", "16"]), ["16-T2-ED", "16-T2-NCR", "iSeg-T2-GM"]);
    assert_eq!(of(&[], &["GM", "WMH"], &[]), ["U-FLAIR-WMH", "U-T1-WMH", "iSeg-T1-GM", "iSeg-T2-GM"]);
}

#[test]
fn presets_have_the_tasks_they_promise() {
    let of = |preset: &str| {
        let params = PhantomParams { preset: preset.into(), ..PhantomParams::default() }.check().unwrap();
        phantom_tasks(&params, Seed::new(1)).unwrap()
    };
    let small = of("small");
    assert_eq!(small.only_institution(&["01", "04", "18"]).unwrap().len(), 36);
    assert_eq!(small.only_institution(&["16"]).unwrap().len(), 8);
    assert_eq!(small.len(), 36 + 12);
    let paper = of("paperlike");
    let sources = ["01", "04", "06", "13", "18", "20", "21"];
    assert_eq!(paper.only_institution(&sources).unwrap().len(), 84);
    let targets = paper.except_institution(&sources).unwrap();
    let counts: Vec<usize> = sources.map(|i| paper.get(&format!("{i}-T1-ED")).unwrap().cases().len()).to_vec();
    assert_eq!(counts, [96, 47, 34, 35, 84, 33, 35]);
    for (name, cases) in [("16-T1ce-NCR", 30), ("A-FLAIR-WMH", 20), ("S-FLAIR-WMH", 20), ("iSeg-T2-CSF", 10)] {
        assert_eq!(targets.get(name).unwrap().cases().len(), cases);
    }
    assert_eq!(targets.len(), 12 + 6 + 3);
}

#[test]
fn labels_have_their_data_sets_values() {
    let params = PhantomParams { preset: "paperlike".into(), cases: Some(6), ..PhantomParams::default() };
    for (institution, values) in [("06", vec![0, 1, 2, 4]), ("iSeg", vec![0, 10, 150, 250]), ("U", vec![0, 1, 2])] {
        let params = PhantomParams { institutions: vec![institution.into()], ..params.clone() }.check().unwrap();
        let tasks = phantom_tasks(&params, Seed::new(2)).unwrap();
        let subjects = cohort(&params, Seed::new(2)).remove(0).subjects;
        let mut seen = std::collections::BTreeSet::new();
        for (at, subject) in subjects.iter().enumerate() {
            let labels = subject.labels();
            seen.extend(labels.counts().into_keys());
            for task in tasks.iter() {
                let source = &task.cases()[at].source;
                let objective = subject.kind().objective(&task.fields().objective).unwrap();
                assert_eq!(source.mask().unwrap(), labels.mask(&[objective.label]), "{}", task.name());
                let ignored = subject.kind().ignored().map(|(_, label)| labels.mask(&[label]));
                assert_eq!(source.ignored().unwrap(), ignored);
                assert_eq!(&source.grid().unwrap(), source.image().unwrap().geometry());
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), values, "{institution}");
    }
}

#[test]
fn target_cases_hold_every_objective_in_twelve_voxels() {
    for seed in [7, 11] {
        let params = PhantomParams {
            preset: "paperlike".into(),
            size: Some([24; 3]),
            cases: Some(5),
            ..PhantomParams::default()
        };
        let members = cohort(&params.check().unwrap(), Seed::new(seed));
        let targets: Vec<_> = members.iter().filter(|members| members.site.target).collect();
        assert_eq!(targets.len(), 5);
        for subject in targets.iter().flat_map(|members| &members.subjects) {
            let counts = subject.labels().counts();
            for objective in subject.kind().objectives() {
                let voxels = counts.get(&objective.label).copied().unwrap_or(0);
                assert!((12..6000).contains(&voxels), "{:?} {}: {voxels} voxels", subject.identity(), objective.name);
            }
        }
    }
}
