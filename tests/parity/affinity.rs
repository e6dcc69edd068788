//! The whole of METHOD's sections 2 to 6 against an independent implementation in numpy and networkx.

use super::{close, golden, numbers};
use seqtran::affinity::affinity::Affinity;
use seqtran::affinity::matrix::Matrix;
use seqtran::affinity::measure::measure;
use seqtran::affinity::params::{AffinityParams, Distance, Intensity, Pairs};
use seqtran::affinity::reading::Reading;
use seqtran::affinity::work::Work;
use seqtran::base::choice::Choice;
use seqtran::base::error::Result;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, Source};
use seqtran::dataset::task::{Task, TaskName};
use seqtran::graph::communities::CommunityParams;
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::image::volume::Volume;
use seqtran::numeric::pca::Sign;
use seqtran::transfer::clusters::{Clusters, cluster};
use seqtran::transfer::representative::{By, RepresentativeParams};
use seqtran::transfer::search::{PathParams, best_path, paths};
use seqtran::transfer::source_graph::{SourceGraph, source_graph};
use serde_json::Value;

const INSTITUTIONS: [(&str, usize, [usize; 3]); 4] =
    [("01", 4, [9, 8, 7]), ("06", 2, [9, 8, 7]), ("a-b", 3, [10, 8, 6]), ("16", 2, [8, 8, 8])];
const MODALITIES: [&str; 3] = ["FLAIR", "T1", "T2"];
const OBJECTIVES: [&str; 2] = ["ED", "NCR"];

/// A made case; the same formulas as in `golden/affinity.py`.
struct Made {
    institution: usize,
    case: usize,
    modality: usize,
    objective: usize,
}

fn stream(seed: usize) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state >> 8
    }
}

impl Made {
    fn voxels(&self, mut value: impl FnMut(usize, usize, usize) -> f64) -> (Geometry, Vec<f64>) {
        let grid = Geometry::new(INSTITUTIONS[self.institution].2, [1.0; 3]);
        let [x, y, z] = grid.shape;
        let mut voxels = Vec::new();
        for k in 0..z {
            for j in 0..y {
                voxels.extend((0..x).map(|h| value(h, j, k)));
            }
        }
        (grid, voxels)
    }
}

impl Source for Made {
    fn image(&self) -> Result<Volume> {
        let (i, m) = (self.institution, self.modality);
        let mut draw = stream(1000 * i + 10 * self.case + m);
        let (grid, voxels) = self.voxels(|h, j, k| {
            let value = (h * (m + 2) + j * k * (i + 1) + k * 5 + draw() % (20 + 10 * m)) * (3 + i);
            if (h, j) == (0, 0) { 0.0 } else { value as f64 }
        });
        Ok(Volume::new(grid, voxels))
    }

    fn mask(&self) -> Result<Mask> {
        let (i, o) = (self.institution, self.objective);
        let mut draw = stream(77 * i + 7 * self.case + 3 * o + 1);
        let centre = INSTITUTIONS[i].2.map(|n| (2 + draw() % (n - 4)) as i64);
        let radius = (2 + draw() % (4 - o * 2)) as i64;
        let (grid, inside) = self.voxels(|h, j, k| {
            let square = |at: usize, axis: usize| (at as i64 - centre[axis]).pow(2);
            f64::from(square(h, 0) + square(j, 1) + square(k, 2) < radius * radius)
        });
        Ok(Mask::from_fn(grid, |n| inside[n] > 0.0))
    }

    fn image_key(&self) -> String {
        format!("{} {} {}", self.institution, self.case, self.modality)
    }

    fn mask_key(&self) -> String {
        format!("{} {} {}", self.institution, self.case, self.objective)
    }
}

fn tasks() -> (Vec<Task>, Vec<Task>) {
    let mut all = Vec::new();
    for (institution, (name, count, _)) in INSTITUTIONS.iter().enumerate() {
        for (modality, modality_name) in MODALITIES.iter().enumerate() {
            for (objective, objective_name) in OBJECTIVES.iter().enumerate() {
                let cases = (0..*count)
                    .map(|case| Case::new(format!("case {case}"), Made { institution, case, modality, objective }));
                let fields = TaskName {
                    institution: (*name).to_owned(),
                    modality: (*modality_name).to_owned(),
                    objective: (*objective_name).to_owned(),
                };
                all.push(Task::new(fields, cases.collect()));
            }
        }
    }
    all.into_iter().partition(|task| task.fields().institution != "16")
}

fn options(o: &Value) -> AffinityParams {
    let grid = |name: &str| -> [usize; 3] { serde_json::from_value(o[name].clone()).unwrap() };
    let word = |name: &str| o[name].as_str().unwrap();
    let number = |name: &str| o[name].as_f64().unwrap();
    AffinityParams {
        size: grid("size"),
        variance: number("variance"),
        axis: o["axis"].as_u64().unwrap() as usize,
        sign: Sign::named("sign", word("sign")).unwrap(),
        intensity: Intensity::named("intensity", word("intensity")).unwrap(),
        distance: Distance::named("distance", word("distance")).unwrap(),
        pairs: Pairs::named("pairs", word("pairs")).unwrap(),
        k1: number("k1"),
        k2: number("k2"),
        label_grid: Some(grid("label_grid")),
        reading: Reading::named("reading", word("reading")).unwrap(),
        ..Default::default()
    }
}

#[track_caller]
fn same(got: &Matrix, wanted: &Value, tolerance: f64) {
    let names: Vec<String> = serde_json::from_value(wanted["names"].clone()).unwrap();
    assert_eq!((got.rows(), got.cols()), (&names[..], &names[..]));
    for (row, values) in wanted["values"].as_array().unwrap().iter().enumerate() {
        for (&got, wanted) in got.row(row).iter().zip(numbers(values)) {
            close(got, wanted, tolerance);
        }
    }
}

fn measured(case: &Value) -> Affinity {
    let (sources, targets) = tasks();
    measure(&sources, &targets, &options(&case["options"]).check().unwrap(), &Work::quiet(Seed::new(1))).unwrap()
}

fn clustered(affinity: &Affinity, case: &Value) -> (SourceGraph, Clusters) {
    let graph = source_graph(affinity, true).unwrap();
    let params = CommunityParams { weight: case["weight"].as_str().unwrap().to_owned(), ..Default::default() };
    let k = case["k"].as_u64().unwrap() as usize;
    let clusters = cluster(&graph, Some(k), &params.check().unwrap(), &Monitor::silent()).unwrap();
    (graph, clusters)
}

#[test]
fn affinities_equal_numpy() {
    for case in golden("affinity").as_array().unwrap() {
        let affinity = measured(case);
        same(affinity.label(), &case["r"], 1e-12);
        same(affinity.image(), &case["h"], 1e-9);
        same(affinity.cost(), &case["t"], 1e-9);
    }
}

#[test]
fn clusters_representatives_and_paths_equal_an_exhaustive_search() {
    for case in golden("affinity").as_array().unwrap() {
        let (graph, clusters) = clustered(&measured(case), case);
        let groups: Vec<Vec<String>> = serde_json::from_value(case["groups"].clone()).unwrap();
        assert_eq!(clusters.groups(), groups);
        for (by, wanted) in case["representatives"].as_object().unwrap() {
            let params = RepresentativeParams { by: By::named("by", by).unwrap(), min_cases: 1 };
            let names: Vec<Value> = clusters
                .representatives(&params.check().unwrap())
                .unwrap()
                .iter()
                .map(|task| task.name().into())
                .collect();
            assert_eq!(&names, wanted.as_array().unwrap(), "{by}");
        }
        for wanted in case["paths"].as_array().unwrap() {
            let params = PathParams {
                length: wanted["length"].as_u64().unwrap() as usize,
                representative: By::named("by", wanted["by"].as_str().unwrap()).unwrap(),
                top: 100_000,
                ..Default::default()
            };
            let params = params.check().unwrap();
            let target = wanted["target"].as_str().unwrap();
            let count = wanted["count"].as_u64().unwrap() as usize;
            if count == 0 {
                let error = best_path(&graph, &clusters, target, &params, &Monitor::silent()).unwrap_err();
                assert!(error.message().contains(target) && error.help_line().is_some(), "{error}");
                continue;
            }
            let all = paths(&graph, &clusters, target, &params, &Monitor::silent()).unwrap();
            assert_eq!(all.len(), count, "{target}, {wanted}");
            for (path, wanted) in all.iter().zip(wanted["best"].as_array().unwrap()) {
                assert_eq!(Value::from(path.nodes.clone()), wanted[1]);
                close(path.cost, wanted[0].as_f64().unwrap(), 1e-9);
            }
            // Fewer asked for are the first of all.
            for top in [1, 2, 5] {
                let mut fewer = (*params).clone();
                fewer.top = top;
                let some = paths(&graph, &clusters, target, &fewer.check().unwrap(), &Monitor::silent()).unwrap();
                let nodes = |list: &[seqtran::transfer::path::TransferPath]| -> Vec<Vec<String>> {
                    list.iter().map(|path| path.nodes.clone()).collect()
                };
                assert_eq!(nodes(&some), nodes(&all[..top.min(all.len())]));
            }
            assert_eq!(best_path(&graph, &clusters, target, &params, &Monitor::silent()).unwrap().nodes, all[0].nodes);
        }
    }
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let file = golden("affinity");
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| measured(&file[1]).cost().clone())
    };
    assert_eq!(on(1), on(3));
}
