//! What a person asks of an affinity, a graph and a path, and what they are told when it cannot be had.

use seqtran::affinity::affinity::Affinity;
use seqtran::affinity::measure::measure;
use seqtran::affinity::params::AffinityParams;
use seqtran::affinity::reading::Reading;
use seqtran::affinity::work::Work;
use seqtran::base::error::{Kind, Result};
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, Source};
use seqtran::dataset::task::{Task, TaskName};
use seqtran::graph::communities::CommunityParams;
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::image::volume::Volume;
use seqtran::transfer::clusters::{Clusters, cluster};
use seqtran::transfer::path::TransferPath;
use seqtran::transfer::search::{PathParams, best_path, paths};
use seqtran::transfer::source_graph::{SourceGraph, source_graph};

/// Voxels grow with the number of the institution and of the modality.
struct Ramp(usize, usize, usize);

impl Source for Ramp {
    fn image(&self) -> Result<Volume> {
        let grid = Geometry::new([5, 4, 6], [1.0; 3]);
        let value = |n: usize| ((n * n * (self.0 + 2) + n * 37 * (self.1 + 1)) % 211) as f64 * (1 + self.0) as f64;
        Ok(Volume::new(grid.clone(), (0..grid.voxels()).map(value).collect::<Vec<_>>()))
    }

    fn mask(&self) -> Result<Mask> {
        Ok(Mask::from_fn(Geometry::new([5, 4, 6], [1.0; 3]), |n| n % (3 + self.0 + 2 * self.2) == 0))
    }

    fn image_key(&self) -> String {
        format!("{} {}", self.0, self.1)
    }

    fn mask_key(&self) -> String {
        format!("{} {}", self.0, self.2)
    }
}

fn task(institution: &str, modality: &str, objective: &str, cases: usize) -> Task {
    let number = |word: &str| word.bytes().map(usize::from).sum::<usize>() % 5;
    let (i, m, o) = (number(institution), number(modality), number(objective));
    let name = TaskName { institution: institution.into(), modality: modality.into(), objective: objective.into() };
    Task::new(name, (0..cases).map(|case| Case::new(format!("case {case}"), Ramp(i + case, m, o))).collect())
}

fn sources() -> Vec<Task> {
    let mut sources = Vec::new();
    for (institution, cases) in [("01", 3), ("06", 2), ("18", 1)] {
        for modality in ["T1", "T2"] {
            sources.extend(["ED", "NCR"].map(|objective| task(institution, modality, objective, cases)));
        }
    }
    sources
}

fn params() -> AffinityParams {
    AffinityParams { size: [4, 4, 4], reading: Reading::Minmax, ..Default::default() }
}

fn affinity(targets: &[Task]) -> Affinity {
    measure(&sources(), targets, &params().check().unwrap(), &Work::quiet(Seed::new(7))).unwrap()
}

fn clusters(affinity: &Affinity, k: usize) -> (SourceGraph, Clusters) {
    let graph = source_graph(affinity, true).unwrap();
    let params = CommunityParams::default().check().unwrap();
    let clusters = cluster(&graph, Some(k), &params, &Monitor::silent()).unwrap();
    (graph, clusters)
}

fn path_options(length: usize) -> PathParams {
    PathParams { length, ..Default::default() }
}

#[test]
fn matrices_have_the_rows_the_paper_says() {
    let a = affinity(&[task("16", "T2", "NCR", 2)]);
    assert_eq!(a.image().rows(), ["01-T1", "01-T2", "06-T1", "06-T2", "18-T1", "18-T2", "16-T2"]);
    assert_eq!(a.label().cols(), ["01-ED", "01-NCR", "06-ED", "06-NCR", "18-ED", "18-NCR", "16-NCR"]);
    assert_eq!((a.cost().rows().len(), a.cost().rows()[12].as_str()), (13, "16-T2-NCR"));
    let ranked = a.rank("16-T2-NCR").unwrap();
    assert_eq!(ranked.len(), 12);
    assert!(ranked.windows(2).all(|pair| pair[0].terms.cost <= pair[1].terms.cost));
    let alone = affinity(&[]);
    assert_eq!(alone.cost().rows().len(), 12);
    assert_eq!(alone.rank("01-T1-ED").unwrap().len(), 11);
}

#[test]
fn minmax_takes_its_range_from_the_sources_alone() {
    let (with, without) = (affinity(&[task("16", "T2", "NCR", 2)]), affinity(&[]));
    assert_eq!(with.weighing(), without.weighing());
    let costs: Vec<f64> =
        (0..12).flat_map(|u| (0..12).map(move |v| (u, v))).map(|(u, v)| with.cost().get(u, v)).collect();
    assert!(costs.iter().all(|cost| (0.0..=1.0).contains(cost)));
}

#[test]
fn what_if_needs_no_second_measurement() {
    let a = affinity(&[task("16", "T2", "NCR", 2)]);
    let images = a.with_weights(1.0, 0.0).unwrap();
    let (u, v) = (a.place("01-T1-ED").unwrap(), a.place("06-T2-NCR").unwrap());
    assert!((images.cost().get(u, v) - 2.0 * a.terms(u, v).image_cost).abs() < 1e-12);
    assert!(a.with_weights(-1.0, 0.0).unwrap_err().message().contains("`alpha`"));

    let less = a.except_institution(&["01"]).unwrap();
    assert_eq!((less.sources().len(), less.targets().len(), less.image().rows().len()), (8, 1, 5));
    let again: Vec<Task> = sources().into_iter().filter(|task| task.fields().institution != "01").collect();
    let targets = [task("16", "T2", "NCR", 2)];
    let fresh = measure(&again, &targets, &params().check().unwrap(), &Work::quiet(Seed::new(7))).unwrap();
    assert_eq!(less.cost(), fresh.cost());
    assert!(a.except_institution(&["99"]).unwrap_err().help_line().unwrap().contains("01, 06, 16, 18"));
    assert!(a.except_institution(&["01", "06", "18"]).is_err());
}

#[test]
fn a_draw_of_cases_is_seeded_and_shared_by_an_institution() {
    let ask = |seed| {
        let params = AffinityParams { cases: Some(1), ..params() }.check().unwrap();
        measure(&sources(), &[], &params, &Work::quiet(Seed::new(seed))).unwrap()
    };
    assert_eq!(ask(3).cost(), ask(3).cost());
    assert!((0..20).any(|seed| ask(seed).cost() != ask(3).cost()), "the seed matters");
    // With one case a task, a task is exactly as near to itself as can be.
    assert_eq!(ask(3).image().get(0, 0), 0.0);
}

#[test]
fn tasks_that_cannot_be_measured_are_named() {
    let ask = |sources: &[Task], targets: &[Task]| {
        measure(sources, targets, &params().check().unwrap(), &Work::quiet(Seed::new(7))).unwrap_err()
    };
    assert!(ask(&[], &[]).message().contains("at least one source"));
    let empty = ask(&[task("01", "T1", "ED", 0)], &[]);
    assert!(empty.message().contains("`01-T1-ED` has no cases") && empty.help_line().is_some());
    let twice = ask(&sources(), &[task("01", "T1", "ED", 1)]);
    assert!(twice.message().contains("`01-T1-ED` is given twice") && twice.help_line().is_some());
    let wrong = AffinityParams { variance: 1.5, ..params() }.check().unwrap_err();
    assert!(wrong.message().contains("`variance`") && wrong.message().contains("1.5"));
}

#[test]
fn a_raised_flag_stops_the_measurement() {
    let monitor = Monitor::silent();
    monitor.cancel().raise();
    let error = measure(&sources(), &[], &params().check().unwrap(), &Work { monitor, ..Work::quiet(Seed::new(7)) })
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled);
}

#[test]
fn a_path_explains_itself() {
    let a = affinity(&[task("16", "T2", "NCR", 2)]);
    let (graph, clusters) = clusters(&a, 2);
    let options = path_options(2).check().unwrap();
    let best = best_path(&graph, &clusters, "16-T2-NCR", &options, &Monitor::silent()).unwrap();
    assert_eq!((best.nodes.len(), best.terms.len(), best.length()), (3, 3, 2));
    assert_eq!((best.first().name(), best.target().name()), (best.nodes[0].clone(), "16-T2-NCR".to_owned()));
    assert!((best.cost - best.terms.iter().map(|term| term.terms.cost).sum::<f64>()).abs() < 1e-12);
    let text = best.explain();
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(text.contains("alpha H'") && text.contains("reading minmax"), "{text}");
    let ends: Vec<usize> = text.lines().skip(1).take(5).map(str::len).collect();
    assert!(ends.iter().all(|end| *end == ends[0]), "columns are aligned:\n{text}");

    let all = paths(&graph, &clusters, "16-T2-NCR", &options, &Monitor::silent()).unwrap();
    assert!(best.why_not(&all[1]).contains(" more: "), "{}", best.why_not(&all[1]));
    assert!(all[1].why_not(&best).contains(" less: "));
    assert!(best.why_not(&best).contains("this very path"));
    let again = TransferPath::of_names(&graph, &best.nodes).unwrap();
    assert_eq!(again.cost, best.cost);
    let one = best_path(&graph, &clusters, "16-T2-NCR", &path_options(1).check().unwrap(), &Monitor::silent()).unwrap();
    assert!((one.cost - 2.0 * one.terms[0].terms.cost).abs() < 1e-15);
    assert!(best.why_not(&one).contains("2 terms against 3"));
}

#[test]
fn what_is_infeasible_says_why_and_what_to_do() {
    let a = affinity(&[task("16", "T2", "NCR", 2), task("iSeg", "PD", "WM", 1)]);
    let (graph, clusters_of_two) = clusters(&a, 2);
    let ask = |clusters: &Clusters, target: &str, options: PathParams| {
        best_path(&graph, clusters, target, &options.check().unwrap(), &Monitor::silent()).unwrap_err()
    };
    let lonely = ask(&clusters_of_two, "iSeg-PD-WM", path_options(2));
    assert_eq!(lonely.kind(), Kind::Infeasible);
    assert!(lonely.message().contains("`iSeg-PD-WM` has no connected source"), "{lonely}");
    assert!(lonely.help_line().unwrap().contains("filter: false"));

    let (_, singles) = clusters(&a, 12);
    let short = ask(&singles, "16-T2-NCR", path_options(2));
    assert!(short.message().contains("the largest of 12 clusters has 1 source"), "{short}");
    assert!(short.help_line().unwrap().contains("length: 1"));
    let few = ask(&clusters_of_two, "16-T2-NCR", PathParams { min_cases: 60, ..path_options(2) });
    assert!(few.message().contains("no source has 60 cases") && few.help_line().unwrap().contains("has 3"), "{few}");

    assert!(ask(&singles, "01-T1-ED", path_options(1)).message().contains("is a source"));
    assert!(ask(&singles, "16-T2-NCT", path_options(1)).help_line().unwrap().contains("`16-T2-NCR`"));
    let dropped = TransferPath::of_names(&graph, &["01-T1-ED", "16-T2-NCR"]).unwrap_err();
    assert_eq!(dropped.kind(), Kind::Infeasible);

    let open = source_graph(&a, false).unwrap();
    let open_clusters = clusters_of_two.on(&open).unwrap();
    let options = path_options(2).check().unwrap();
    assert!(best_path(&open, &open_clusters, "iSeg-PD-WM", &options, &Monitor::silent()).is_ok());
}
