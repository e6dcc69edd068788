//! Girvan-Newman on source graphs; the networkx side is communities.py, which makes the same graphs.
//!
//! `cargo run --release --example communities [most]`: 84 nodes to 9 communities in each weighting, as JSON with the seconds of
//! one thread (best of 5) and the groups;
//! then, with `most`, a sparse graph of so many nodes (five edges a node) and the source graphs of 252, 504, 1008 nodes up to so
//! many: seconds to 9 communities and to single nodes.

#![allow(clippy::print_stdout)]

use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::graph::communities::{COMMUNITIES, CommunityParams, cluster};
use seqtran::graph::graph::Graph;
use std::sync::OnceLock;
use std::time::Instant;

/// A graph like the paper's: institutions x 4 modalities x 3 objectives, T an image part plus a label part, edges between
/// tasks that share neither modality nor objective dropped.
fn sources(institutions: usize) -> Graph {
    let tasks: Vec<[usize; 3]> =
        (0..institutions).flat_map(|i| (0..4).flat_map(move |m| (0..3).map(move |o| [i, m, o]))).collect();
    let names = tasks.iter().map(|[i, m, o]| format!("{i:02}-m{m}-o{o}"));
    let mut graph = Graph::new(names).expect("names are distinct");
    // Numbers in 0..2^20 that Python makes too: a pair's own, the same both ways round. Lengths are whole numbers of 2^-20, so that
    // sums are exact: networkx takes paths that differ by rounding for different ones.
    let part = |a: usize, b: usize, salt: usize| {
        let (low, high) = (a.min(b) as u64, a.max(b) as u64);
        let mixed = (low * 1_000_003 + high * 7919 + salt as u64 * 104_729) * 2_654_435_761 % 4_294_967_296;
        mixed >> 12
    };
    for v in 0..tasks.len() {
        for u in 0..v {
            let ([i, m, o], [j, n, p]) = (tasks[u], tasks[v]);
            if m == n || o == p {
                let image = 100_000 + part(i * 4 + m, j * 4 + n, 1);
                let label = 50_000 + part(i * 3 + o, j * 3 + p, 2) / 2;
                graph.connect(u, v, (image + label) as f64 / 1_048_576.0).expect("each pair comes once");
            }
        }
    }
    graph
}

/// Any edges, five a node on average; neighbours near on a ring are likelier, so that there are communities.
fn sparse(nodes: usize) -> Graph {
    let mut graph = Graph::new((0..nodes).map(|n| format!("{n:05}"))).expect("names are distinct");
    let mut state = 12_345_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    while graph.edge_count() < 5 * nodes {
        let (u, far) = (draw(nodes), draw(4) == 0);
        let v = if far { draw(nodes) } else { (u + 1 + draw(20)) % nodes };
        if u != v && graph.weight(u, v).is_none() {
            graph.connect(u, v, (1000 + draw(10_000)) as f64 / 8192.0).expect("each pair comes once");
        }
    }
    graph
}

/// Seconds that this thread has run; a clock where the system does not say.
fn ran() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = said.split(' ').next().and_then(|word| word.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64(), |n| n / 1e9)
}

fn main() {
    let most: usize = std::env::args().nth(1).map_or(0, |word| word.parse().expect("a number of nodes"));
    for algorithm in COMMUNITIES.iter().filter(|algorithm| algorithm.nested) {
        let params = CommunityParams { weight: algorithm.weight.to_owned(), ..Default::default() };
        let params = params.check().expect("a name of the list");
        let graph = sources(7);
        let run = || {
            let start = ran();
            let found = cluster(&graph, Some(9), &params, &Monitor::silent()).expect("84 nodes make 9 groups");
            (ran() - start, found)
        };
        let (seconds, found) = (0..5).map(|_| run()).min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are five");
        println!(
            "{{\"weight\":\"{}\",\"nodes\":{},\"edges\":{},\"seconds\":{seconds:.6},\"groups\":{:?}}}",
            algorithm.weight,
            graph.len(),
            graph.edge_count(),
            found.groups
        );
    }
    let dense = [21, 42, 84].into_iter().filter(|institutions| institutions * 12 <= most).map(sources);
    for graph in (most > 0).then(|| sparse(most)).into_iter().chain(dense) {
        for algorithm in COMMUNITIES.iter().filter(|algorithm| algorithm.method != "spectral" || graph.len() <= 500) {
            let (method, weight) = (algorithm.method.to_owned(), algorithm.weight.to_owned());
            let params = CommunityParams { method, weight, ..Default::default() };
            let params = params.check().expect("a name of the list");
            let seconds = |k: usize| {
                let start = Instant::now();
                cluster(&graph, Some(k), &params, &Monitor::silent()).map(|_| start.elapsed().as_secs_f64())
            };
            let (nine, all) = (seconds(9).expect("it has 9 nodes"), seconds(graph.len()).expect("single nodes"));
            println!(
                "{:5} nodes {:7} edges  {:13} {:10}  to 9 {nine:8.2} s, to single nodes {all:8.2} s",
                graph.len(),
                graph.edge_count(),
                algorithm.method,
                algorithm.weight
            );
        }
    }
}
