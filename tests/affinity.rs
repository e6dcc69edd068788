//! What an affinity remembers: many cases, results of earlier runs, more tasks, other patients, files.
#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use seqtran::affinity::affinity::Affinity;
use seqtran::affinity::images::KEPT_CASES;
use seqtran::affinity::measure::{measure, measure_after};
use seqtran::affinity::params::{AffinityParams, Distance, Intensity, Pairs};
use seqtran::affinity::record;
use seqtran::affinity::samples::pca_scores;
use seqtran::affinity::work::Work;
use seqtran::base::error::Result;
use seqtran::base::params::{Checked, Params};
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, LastLabel, Source};
use seqtran::dataset::task::{Task, TaskName};
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::image::planes::Planes;
use seqtran::image::volume::Volume;
use seqtran::io::key::Key;
use seqtran::io::shelf::Scratch;
use seqtran::io::store::Store;
use seqtran::numeric::wasserstein::w1;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A made case that counts how often it is read.
#[derive(Clone)]
struct Made {
    number: usize,
    /// Voxels a side.
    size: usize,
    /// Where it says it comes from.
    version: u64,
    gain: f64,
    reads: Arc<AtomicUsize>,
}

impl Source for Made {
    fn image(&self) -> Result<Volume> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let grid = Geometry::new([self.size; 3], [1.0; 3]);
        let draw = |n: usize| (n * 7919 + self.number * 104_729) % 1009;
        let voxels: Vec<f64> = (0..grid.voxels()).map(|n| self.gain * (draw(n) + n % 7 * 40) as f64).collect();
        Ok(Volume::new(grid, voxels))
    }

    fn mask(&self) -> Result<Mask> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let grid = Geometry::new([self.size; 3], [1.0; 3]);
        Ok(Mask::from_fn(grid, |n| (n * 31 + self.number * 17) % 11 < 3))
    }

    fn mask_after(&self, _: &mut LastLabel) -> Result<Mask> {
        self.mask()
    }

    fn grid(&self) -> Result<Geometry> {
        Ok(Geometry::new([self.size; 3], [1.0; 3]))
    }

    fn image_content(&self) -> Result<Option<Key>> {
        Ok((self.version > 0).then(|| Key::of("made").number(self.number as u64).number(self.version).done()))
    }

    fn mask_content(&self) -> Result<Option<Key>> {
        self.image_content()
    }

    fn image_key(&self) -> String {
        format!("image {}", self.number)
    }

    fn mask_key(&self) -> String {
        format!("mask {}", self.number)
    }
}

struct Cohort {
    reads: Arc<AtomicUsize>,
    version: u64,
    size: usize,
}

impl Cohort {
    fn new(version: u64) -> Self {
        Cohort { reads: Arc::default(), version, size: 4 }
    }

    fn task(&self, institution: usize, modality: &str, cases: usize) -> Task {
        let made = |case: usize| Made {
            number: 100_000 * institution + 2 * case + usize::from(modality == "T2"),
            size: self.size,
            version: self.version,
            gain: 1.0 + institution as f64,
            reads: self.reads.clone(),
        };
        let name = |text: &str| text.to_owned();
        let fields =
            TaskName { institution: format!("{institution:02}"), modality: name(modality), objective: name("ED") };
        Task::new(fields, (0..cases).map(|case| Case::new(format!("p{case:04}"), made(case))).collect())
    }

    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

fn params() -> AffinityParams {
    AffinityParams { size: [4; 3], ..Default::default() }
}

fn checked() -> Checked<AffinityParams> {
    params().check().unwrap()
}

fn quiet() -> Work {
    Work::quiet(Seed::new(3))
}

#[track_caller]
fn near(a: &Affinity, b: &Affinity, tolerance: f64) {
    for (a, b) in [(a.image(), b.image()), (a.label(), b.label())] {
        assert_eq!(a.rows(), b.rows());
        for row in 0..a.rows().len() {
            for (x, y) in a.row(row).iter().zip(b.row(row)) {
                assert!((x - y).abs() <= tolerance * (1.0 + x.abs()), "{x} against {y}");
            }
        }
    }
}

#[test]
fn of_many_cases_only_the_sums_between_groups_are_made_and_they_are_the_same() {
    let cohort = Cohort::new(0);
    let tasks = [cohort.task(1, "T1", 300), cohort.task(1, "T2", 300), cohort.task(2, "T1", KEPT_CASES - 500)];
    for pairs in [Pairs::All, Pairs::Patient] {
        let ask = |distance| {
            let params = AffinityParams { pairs, distance, points: None, label_grid: Some([2; 3]), ..params() };
            measure(&tasks, &[], &params.check().unwrap(), &quiet()).unwrap()
        };
        let many = ask(Distance::W1);
        assert!(many.image_part().values().is_none());
        // Each pair by itself.
        let sampling = checked().samples().check().unwrap();
        let scores = |task: &Task| -> Vec<Vec<f64>> {
            let one = |case: &Case| pca_scores(&case.source.image().unwrap(), &sampling).unwrap().values;
            task.cases().iter().map(one).collect()
        };
        let (first, second) = (scores(&tasks[0]), scores(&tasks[1]));
        let paired = pairs == Pairs::Patient;
        let mut values = Vec::new();
        for (k, a) in first.iter().enumerate() {
            let others = second.iter().enumerate().filter(|(l, _)| !paired || *l == k);
            values.extend(others.map(|(_, b)| w1(a, b).unwrap()));
        }
        let wanted = values.iter().sum::<f64>() / values.len() as f64;
        let got = many.image().at("01-T1", "01-T2").unwrap();
        assert!((got - wanted).abs() < 1e-10 * wanted, "{got} against {wanted}");
        let error = many.resampled(Seed::new(1)).unwrap_err();
        assert!(error.help_line().unwrap().contains("cases"), "{error}");
    }
}

#[test]
fn arrays_that_outgrow_memory_change_nothing() {
    let cohort = Cohort::new(0);
    let tasks = [cohort.task(1, "T1", 9), cohort.task(2, "T2", 7)];
    let folder = Folder::new("affinity-1");
    let scratch = Scratch { memory: 1, folder: folder.0.clone() };
    let tight = measure(&tasks, &[], &checked(), &Work { scratch, ..quiet() }).unwrap();
    let plain = measure(&tasks, &[], &checked(), &quiet()).unwrap();
    assert_eq!((tight.image(), tight.label()), (plain.image(), plain.label()));
}

#[test]
fn a_second_run_reads_nothing_and_says_the_same() {
    let folder = Folder::new("affinity-2");
    let work = Work { store: Store::open(&folder.0, 1 << 26).unwrap(), ..quiet() };
    let cohort = Cohort::new(1);
    let tasks = [cohort.task(1, "T1", 3), cohort.task(2, "T2", 4)];
    let first = measure(&tasks, &[], &checked(), &work).unwrap();
    assert_eq!(cohort.reads(), 14);
    let second = measure(&tasks, &[], &checked(), &work).unwrap();
    assert_eq!((cohort.reads(), second.cost()), (0, first.cost()));
    // Other constants of SSIM and other weights do not ask for the images again; another size does, but not for the masks.
    let other = AffinityParams { k1: 0.01, k2: 0.03, ..params() }.check().unwrap();
    let fresh = measure(&tasks, &[], &other, &quiet()).unwrap();
    cohort.reads();
    assert_eq!(measure(&tasks, &[], &other, &work).unwrap().cost(), fresh.cost());
    assert_eq!(cohort.reads(), 0);
    let smaller = AffinityParams { size: [4, 4, 3], ..params() }.check().unwrap();
    measure(&tasks, &[], &smaller, &work).unwrap();
    assert_eq!(cohort.reads(), 7);
    // One more case is read, and no other.
    let more = [cohort.task(1, "T1", 4), cohort.task(2, "T2", 4)];
    let grown = measure(&more, &[], &checked(), &work).unwrap();
    assert_eq!(cohort.reads(), 2);
    near(&grown, &measure(&more, &[], &checked(), &quiet()).unwrap(), 0.0);
    cohort.reads();
    // Files that changed are read, whatever their names.
    let changed = Cohort { version: 2, ..Cohort::new(2) };
    measure(&[changed.task(1, "T1", 3)], &[], &checked(), &work).unwrap();
    assert_eq!(changed.reads(), 6);
}

#[test]
fn one_more_target_costs_its_own_reading() {
    let cohort = Cohort::new(0);
    let (sources, target) = ([cohort.task(1, "T1", 3), cohort.task(2, "T2", 4)], cohort.task(16, "T1", 2));
    let before = measure(&sources, &[], &checked(), &quiet()).unwrap();
    assert_eq!(cohort.reads(), 14);
    let after = measure_after(Some(&before), &sources, std::slice::from_ref(&target), &checked(), &quiet()).unwrap();
    assert_eq!(cohort.reads(), 4);
    near(&after, &measure(&sources, &[target], &checked(), &quiet()).unwrap(), 0.0);
}

#[test]
fn another_objective_of_known_images_reads_none_of_them() {
    let cohort = Cohort::new(0);
    let (sources, target) = ([cohort.task(1, "T1", 3), cohort.task(2, "T2", 4)], cohort.task(16, "T1", 2));
    let other = TaskName { objective: "NCR".into(), ..target.fields().clone() };
    let both = [target.clone(), Task::new(other, target.cases().to_vec())];
    let fresh = measure(&sources, &both, &checked(), &quiet()).unwrap();
    let before = measure(&sources, std::slice::from_ref(&target), &checked(), &quiet()).unwrap();
    let folder = Folder::new("affinity-known");
    record::save(&before, &folder.0).unwrap();
    let all: Vec<Task> = sources.iter().cloned().chain([target]).collect();
    let loaded = record::load(&folder.0, Some(&all)).unwrap();
    cohort.reads();
    near(&measure_after(Some(&before), &sources, &both, &checked(), &quiet()).unwrap(), &fresh, 0.0);
    assert_eq!(cohort.reads(), 0);
    // A loaded affinity holds no masks, and none but masks are read.
    near(&measure_after(Some(&loaded), &sources, &both, &checked(), &quiet()).unwrap(), &fresh, 0.0);
    assert_eq!(cohort.reads(), 11);
}

#[test]
fn other_patients_are_means_with_other_weights() {
    let cohort = Cohort::new(0);
    let tasks = [cohort.task(1, "T1", 4), cohort.task(1, "T2", 4), cohort.task(2, "T1", 5)];
    for pairs in [Pairs::All, Pairs::Patient] {
        let params = AffinityParams { pairs, ..params() }.check().unwrap();
        let a = measure(&tasks, &[], &params, &quiet()).unwrap();
        let draws: Vec<Affinity> = (0..400).map(|seed| a.resampled(Seed::new(seed)).unwrap()).collect();
        assert_eq!(draws[5].cost(), a.resampled(Seed::new(5)).unwrap().cost());
        let at = |a: &Affinity| a.image().at("01-T1", "02-T1").unwrap();
        let mean = draws.iter().map(at).sum::<f64>() / draws.len() as f64;
        let spread = draws.iter().map(|d| (at(d) - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        // Between institutions the mean over draws is the value itself.
        assert!(spread > 0.0 && (mean - at(&a)).abs() < 4.0 * (spread / draws.len() as f64).sqrt(), "{mean}");
    }
    // A patient that is drawn for one modality is drawn for the other.
    let alone = [cohort.task(1, "T1", 2), cohort.task(1, "T2", 2)];
    let params = AffinityParams { pairs: Pairs::Patient, ..params() }.check().unwrap();
    let a = measure(&alone, &[], &params, &quiet()).unwrap();
    let value = |k: usize| a.image_part().values().unwrap().at(k, 2 + k);
    let possible = [value(0), value(1), (value(0) + value(1)) / 2.0];
    for seed in 0..30 {
        let got = a.resampled(Seed::new(seed)).unwrap().image().at("01-T1", "01-T2").unwrap();
        assert!(possible.iter().any(|v| (v - got).abs() < 1e-12), "{got} is none of {possible:?}");
    }
}

#[test]
fn an_affinity_comes_back_from_its_folder() {
    let (folder, cohort) = (Folder::new("affinity-3"), Cohort::new(1));
    let (sources, targets) = ([cohort.task(1, "T1", 3), cohort.task(2, "T2", 4)], [cohort.task(16, "T1", 2)]);
    let a = measure(&sources, &targets, &checked(), &quiet()).unwrap();
    record::save(&a, &folder.0).unwrap();
    let alone = record::load(&folder.0, None).unwrap();
    assert_eq!((alone.cost(), alone.image(), alone.label()), (a.cost(), a.image(), a.label()));
    assert_eq!((alone.sources().len(), alone.params()), (2, a.params()));
    assert_eq!(alone.resampled(Seed::new(9)).unwrap().cost(), a.resampled(Seed::new(9)).unwrap().cost());
    let error = alone.tasks()[0].cases()[0].source.image().unwrap_err();
    assert!(error.help_line().unwrap().contains("load_affinity(folder, tasks)"));

    let all: Vec<Task> = sources.iter().chain(&targets).cloned().collect();
    cohort.reads();
    let with = record::load(&folder.0, Some(&all)).unwrap();
    assert!(with.tasks()[0].cases()[0].source.image().is_ok());
    let fewer = record::load(&folder.0, Some(&sources)).unwrap_err();
    assert!(fewer.message().contains("no task `16-T1-ED`"), "{fewer}");
    let changed = Cohort::new(2);
    let others = [changed.task(1, "T1", 3), changed.task(2, "T2", 4), changed.task(16, "T1", 2)];
    let error = record::load(&folder.0, Some(&others)).unwrap_err();
    assert!(error.message().contains("`01-T1-ED`, case `p0000`, is not the one"), "{error}");
}

#[test]
fn an_affinity_keeps_its_seed() {
    let cohort = Cohort { size: 6, ..Cohort::new(1) };
    let (sources, more) = ([cohort.task(1, "T1", 4), cohort.task(2, "T2", 4)], [cohort.task(3, "T1", 3)]);
    let folder = Folder::new("affinity-seed");
    for (distance, cases) in [(Distance::Exact, None), (Distance::Sliced, None), (Distance::W1, Some(2))] {
        let points = (distance != Distance::W1).then_some(7);
        let ask = |seed| {
            let params =
                AffinityParams { size: [6; 3], distance, cases, points, seed: Some(seed), ..Default::default() };
            params.check().unwrap()
        };
        let fresh = measure(&sources, &more, &ask(1), &quiet()).unwrap();
        assert_ne!(fresh.image(), measure(&sources, &more, &ask(2), &quiet()).unwrap().image());
        // Whatever the seed of the session is by now.
        let store = Store::open(&folder.0.join("cache"), 1 << 30).unwrap();
        let later = Work { seed: Seed::new(99), store, ..quiet() };
        let before = measure(&sources, &[], &ask(1), &quiet()).unwrap();
        record::save(&before, &folder.0).unwrap();
        let all: Vec<Task> = sources.iter().chain(&more).cloned().collect();
        let loaded = record::load(&folder.0, Some(&all)).unwrap();
        for known in [&before, &loaded] {
            let added = measure_after(Some(known), &sources, &more, known.params(), &later).unwrap();
            assert_eq!((added.image(), added.label()), (fresh.image(), fresh.label()));
        }
        assert_eq!(measure(&sources, &more, &ask(1), &later).unwrap().image(), fresh.image());
    }
}

#[test]
fn drawn_patients_are_neither_added_to_nor_drawn_again() {
    let (folder, cohort) = (Folder::new("affinity-drawn"), Cohort::new(1));
    let (sources, more) = ([cohort.task(1, "T1", 4), cohort.task(2, "T1", 4)], [cohort.task(3, "T1", 2)]);
    let drawn = measure(&sources, &[], &checked(), &quiet()).unwrap().resampled(Seed::new(4)).unwrap();
    record::save(&drawn, &folder.0).unwrap();
    let loaded = record::load(&folder.0, None).unwrap();
    assert_eq!(loaded.cost(), drawn.cost());
    for drawn in [drawn.with_weights(1.0, 2.0).unwrap(), loaded] {
        let error = drawn.resampled(Seed::new(5)).unwrap_err();
        assert!(error.message().contains("drawn again already"), "{error}");
        let error = measure_after(Some(&drawn), &sources, &more, &checked(), &quiet()).unwrap_err();
        assert!(error.message().contains("cannot be added"), "{error}");
    }
}

#[test]
fn rows_and_tasks_that_would_share_a_name_are_refused() {
    let cohort = Cohort::new(0);
    let named = |institution: &str, objective: &str| {
        let name = |text: &str| text.to_owned();
        let fields = TaskName { institution: name(institution), modality: name("T1"), objective: name(objective) };
        Task::new(fields, cohort.task(1, "T1", 2).cases().to_vec())
    };
    let error = measure(&[named("A", "x-y"), named("A-x", "y")], &[], &checked(), &quiet()).unwrap_err();
    assert!(error.message().contains("`A` and one of `A-x` are both called `A-x-y`"), "{error}");
    assert!(measure(&[named("A", "y"), named("A-x", "y")], &[], &checked(), &quiet()).is_ok());
}

#[test]
fn intensities_whose_squares_overflow_are_refused() {
    let cohort = Cohort::new(0);
    let volume = cohort.task(1, "T1", 1).cases()[0].source.image().unwrap();
    let huge: Vec<f64> = volume.voxels().iter().map(|v| v * 1e160).collect();
    let huge = Volume::new(volume.geometry().clone(), huge);
    for intensity in [Intensity::Raw, Intensity::Zscore] {
        let sampling = AffinityParams { intensity, ..params() }.samples().check().unwrap();
        assert!(pca_scores(&huge, &sampling).unwrap_err().message().contains("too large"), "{intensity:?}");
    }
    let minmax = AffinityParams { intensity: Intensity::Minmax, ..params() }.samples().check().unwrap();
    let (a, b) = (pca_scores(&huge, &minmax).unwrap(), pca_scores(&volume, &minmax).unwrap());
    assert!(a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() < 1e-12));
}

#[test]
fn the_values_of_very_many_pairs_lie_in_files_of_their_own() {
    let (folder, cohort) = (Folder::new("affinity-many"), Cohort::new(1));
    let a = measure(&[cohort.task(1, "T1", 1800), cohort.task(2, "T1", 300)], &[], &checked(), &quiet()).unwrap();
    record::save(&a, &folder.0).unwrap();
    assert!(std::fs::metadata(folder.0.join("affinity.json")).unwrap().len() < 1 << 20);
    let loaded = record::load(&folder.0, None).unwrap();
    assert_eq!(loaded.image_part().values(), a.image_part().values());
    assert_eq!(loaded.label_part().values(), a.label_part().values());
    let path = folder.0.join("image_values.f64");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 8 * 2100 * 2101 / 2);
    std::fs::write(&path, &bytes[..bytes.len() - 8]).unwrap();
    assert!(record::load(&folder.0, None).unwrap_err().message().contains("2206049 values, wanted 2206050"));
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    assert!(record::load(&folder.0, None).unwrap_err().to_string().contains("image_values.f64"));
    std::fs::remove_file(&path).unwrap();
    assert!(record::load(&folder.0, None).unwrap_err().to_string().contains("image_values.f64"));
}

#[test]
fn a_folder_that_was_changed_is_refused() {
    let (folder, cohort) = (Folder::new("affinity-4"), Cohort::new(1));
    let a = measure(&[cohort.task(1, "T1", 2), cohort.task(2, "T1", 2)], &[], &checked(), &quiet()).unwrap();
    let file = |name: &str| folder.0.join(name);
    let refused = |name: &str, change: &dyn Fn(&str) -> String, word: &str| {
        record::save(&a, &folder.0).unwrap();
        let text = std::fs::read_to_string(file(name)).unwrap();
        let new = change(&text);
        assert_ne!(text, new, "{name}: the change changes something");
        std::fs::write(file(name), new).unwrap();
        let error = record::load(&folder.0, None).unwrap_err();
        assert!(error.to_string().contains(word), "{name}: {error}");
    };
    let first_value = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let cells: Vec<&str> = lines[1].split(',').collect();
        lines[1] = format!("{},{},77", cells[0], cells[1]);
        lines.join("\n")
    };
    refused("image.csv", &first_value, "do not follow");
    refused("cost.csv", &first_value, "do not follow");
    refused("label.csv", &|text| text.replace("01-ED", "07-ED"), "its rows are not those");
    refused("affinity.json", &|text| text[..text.len() / 2].to_owned(), "not the JSON");
    refused("affinity.json", &|text| text.replace("\"version\":2", "\"version\":9"), "version 2");
    // What follows from nothing else is told by the hash.
    refused("affinity.json", &|text| text.replace("\"size\":[4,4,4]", "\"size\":[4,4,5]"), "not as it was saved");
    refused("affinity.json", &|text| text.replacen("\"values\":[0.0", "\"values\":[5.0", 1), "not as it was saved");
    refused("affinity.json", &|text| text.replace("\"axis\":2", "\"axis\":7"), "`axis`");
    refused("affinity.json", &|text| text.replace("\"variance\"", "\"varience\""), "missing or odd");
    std::fs::remove_file(file("label.csv")).unwrap();
    record::save(&a, &folder.0).unwrap();
    std::fs::remove_file(file("label.csv")).unwrap();
    assert!(record::load(&folder.0, None).unwrap_err().to_string().contains("label.csv"));
}

#[test]
fn along_a_line_all_distances_agree_and_sliced_ones_are_no_greater_than_exact_ones() {
    let cohort = Cohort { size: 6, ..Cohort::new(0) };
    let tasks = [cohort.task(1, "T1", 2), cohort.task(2, "T1", 3)];
    let ask = |distance, directions, variance| {
        let size = [6; 3];
        let params = AffinityParams { distance, directions, variance, size, ..AffinityParams::default() };
        measure(&tasks, &[], &params.check().unwrap(), &quiet()).unwrap()
    };
    // One component: every direction sees the same line, and with enough of them the mean factor is 1.
    let (line, sliced) = (ask(Distance::W1, None, 0.01), ask(Distance::Sliced, Some(4000), 0.01));
    near(&line, &sliced, 0.02);
    let exact = ask(Distance::Exact, None, 0.01);
    near(&line, &exact, 1e-12);
    // Several: a projection never moves points further apart than they are.
    let (exact, sliced) = (ask(Distance::Exact, None, 0.8), ask(Distance::Sliced, Some(4000), 0.8));
    for row in 0..2 {
        for (cloud, lines) in exact.image().row(row).iter().zip(sliced.image().row(row)) {
            assert!(*lines > 0.3 * cloud && *lines < 1.03 * cloud, "{lines} against {cloud}");
        }
    }
    let wrong = AffinityParams { points: Some(9), ..params() }.check().unwrap_err();
    assert!(wrong.message().contains("`points`"), "{wrong}");
    let wrong = AffinityParams { directions: Some(9), ..params() }.check().unwrap_err();
    assert!(wrong.message().contains("`directions`"), "{wrong}");
}

/// Planes of an image are asked for in order, as a packed file gives them.
#[test]
fn planes_give_the_scores_of_the_whole() {
    struct Slow(Volume);
    impl Planes for Slow {
        fn geometry(&self) -> &Geometry {
            self.0.geometry()
        }
        fn plane<'a>(&'a self, k: usize, held: &'a mut Vec<f64>) -> &'a [f64] {
            let size = self.0.shape()[0] * self.0.shape()[1];
            held.clear();
            held.extend_from_slice(&self.0.voxels()[k * size..(k + 1) * size]);
            held
        }
    }
    let cohort = Cohort { size: 9, ..Cohort::new(0) };
    let volume = cohort.task(1, "T1", 1).cases()[0].source.image().unwrap();
    for size in [[9; 3], [5, 6, 4], [12, 9, 7]] {
        let sampling = AffinityParams { size, ..params() }.samples().check().unwrap();
        assert_eq!(pca_scores(&volume, &sampling).unwrap(), pca_scores(&Slow(volume.clone()), &sampling).unwrap());
    }
}
