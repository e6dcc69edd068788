//! Every community algorithm of the list divides: its levels cover the nodes, do not overlap, and grow.

use proptest::prelude::*;
use seqtran::base::params::{Checked, Params};
use seqtran::base::progress::Monitor;
use seqtran::graph::agreement::adjusted_rand;
use seqtran::graph::algorithm::Algorithm;
use seqtran::graph::communities::{COMMUNITIES, CommunityParams, cluster, levels};
use seqtran::graph::graph::Graph;
use seqtran::graph::modularity::modularity;
use seqtran::graph::partition::Partition;

fn of(algorithm: &Algorithm) -> Checked<CommunityParams> {
    let (method, weight) = (algorithm.method.to_owned(), algorithm.weight.to_owned());
    CommunityParams { method, weight, ..Default::default() }.check().unwrap()
}

fn newman() -> Checked<CommunityParams> {
    CommunityParams::default().check().unwrap()
}

/// Up to nine nodes, any edges, lengths in eighths so that ties are common.
fn graph() -> impl Strategy<Value = Graph> {
    (2_usize..10, prop::collection::vec(0_u32..17, 36)).prop_map(|(nodes, draws)| {
        let mut graph = Graph::new((0..nodes).map(|n| format!("n{n}"))).unwrap();
        let pairs = (0..nodes).flat_map(|v| (0..v).map(move |u| (u, v)));
        for ((u, v), draw) in pairs.zip(draws).filter(|(_, draw)| *draw > 8) {
            graph.connect(u, v, f64::from(draw - 8) / 8.0).unwrap();
        }
        graph
    })
}

proptest! {
    #[test]
    fn levels_cover_are_disjoint_and_grow(graph in graph()) {
        for algorithm in COMMUNITIES {
            let levels = levels(&graph, &of(algorithm), &Monitor::silent()).unwrap();
            let mut names: Vec<_> = graph.names().map(str::to_owned).collect();
            names.sort();
            for pair in levels.windows(2) {
                prop_assert_eq!(pair[0].groups.len() + 1, pair[1].groups.len());
                let nested = !algorithm.nested || pair[1].groups.iter().all(|small| pair[0].groups.iter().any(|big| small.iter().all(|n| big.contains(n))));
                prop_assert!(nested, "{} splits groups and never mixes them", algorithm.method);
            }
            for level in &levels {
                let mut all = level.groups.concat();
                all.sort();
                prop_assert_eq!(&all, &names);
                prop_assert!(level.modularity <= 1.0);
                prop_assert_eq!(adjusted_rand(level, level).unwrap(), 1.0);
                let k = level.groups.len();
                prop_assert_eq!(level, &cluster(&graph, Some(k), &of(algorithm), &Monitor::silent()).unwrap());
            }
        }
    }
}

/// The modularity of every way to divide the nodes: each joins a group before it or begins one.
fn best_of_all(graph: &Graph, similarities: &[(usize, usize, f64)], numbers: &mut Vec<usize>, best: &mut f64) {
    if numbers.len() == graph.len() {
        *best = best.max(modularity(similarities, numbers));
        return;
    }
    for number in 0..=numbers.iter().max().map_or(0, |most| most + 1) {
        numbers.push(number);
        best_of_all(graph, similarities, numbers, best);
        numbers.pop();
    }
}

/// The group of each node.
fn numbers_of(graph: &Graph, partition: &Partition) -> Vec<usize> {
    graph.names().map(|name| partition.of(name).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_division_beats_the_best_and_no_move_betters_louvain(graph in graph()) {
        let similarities: Vec<_> = graph.edges().map(|(u, v, length)| (u, v, 1.0 / (1.0 + length))).collect();
        let mut best = f64::MIN;
        if graph.len() < 8 {
            best_of_all(&graph, &similarities, &mut Vec::new(), &mut best);
        }
        for algorithm in COMMUNITIES.iter().filter(|algorithm| algorithm.weight == "newman") {
            let found = cluster(&graph, None, &of(algorithm), &Monitor::silent()).unwrap();
            let mut numbers = numbers_of(&graph, &found);
            prop_assert!((modularity(&similarities, &numbers) - found.modularity).abs() < 1e-12);
            prop_assert!(graph.len() >= 8 || found.modularity <= best + 1e-12);
            if algorithm.method == "louvain" {
                for node in 0..graph.len() {
                    let own = numbers[node];
                    for group in 0..found.groups.len() {
                        numbers[node] = group;
                        prop_assert!(modularity(&similarities, &numbers) <= found.modularity + 1e-9);
                    }
                    numbers[node] = own;
                }
            }
        }
    }
}

#[test]
fn communities_that_stand_out_are_found_by_every_algorithm() {
    let mut graph = Graph::new((0..20).map(|n| format!("n{n:02}"))).unwrap();
    for v in 0..20 {
        // Four groups of five, near inside and far outside; a few edges from group to group.
        (0..v).filter(|u| u % 4 == v % 4 || (u * v) % 7 == 3).for_each(|u| {
            graph.connect(u, v, if u % 4 == v % 4 { 0.1 } else { 4.0 }).unwrap();
        });
    }
    let wanted: Vec<Vec<String>> = (0..4).map(|g| (0..5).map(|n| format!("n{:02}", g + 4 * n)).collect()).collect();
    for algorithm in COMMUNITIES {
        let found = cluster(&graph, Some(4), &of(algorithm), &Monitor::silent()).unwrap();
        assert_eq!(found.groups, wanted, "{} {}", algorithm.method, algorithm.weight);
    }
    let two = cluster(&graph, Some(2), &newman(), &Monitor::silent()).unwrap();
    let four = cluster(&graph, Some(4), &newman(), &Monitor::silent()).unwrap();
    let agreement = adjusted_rand(&two, &four).unwrap();
    assert!(agreement > 0.0 && agreement < 1.0 && agreement == adjusted_rand(&four, &two).unwrap(), "{agreement}");
    let other =
        cluster(&Graph::from_edges([("a", "n00", 1.0)]).unwrap(), Some(1), &newman(), &Monitor::silent()).unwrap();
    assert!(adjusted_rand(&two, &other).unwrap_err().message().contains("the same nodes"));
}

#[test]
fn a_wrong_count_or_weight_is_an_error_that_says_what_to_do() {
    let graph = Graph::from_edges([("a", "b", 1.0), ("c", "d", 1.0)]).unwrap();
    let newman = newman();
    let ask = |k| cluster(&graph, Some(k), &newman, &Monitor::silent());
    let few = ask(1).unwrap_err();
    assert!(few.message().contains("2 unconnected parts") && few.help_line().unwrap().contains("at least 2"), "{few}");
    assert!(ask(5).unwrap_err().message().contains("1..=4"));
    let error = CommunityParams { weight: "newmann".to_owned(), ..Default::default() }.check().unwrap_err();
    assert!(error.message().contains("\"newman\"") && error.message().contains("\"newmann\""), "{error}");
    let ask = |method: &str, weight: &str| {
        CommunityParams { method: method.to_owned(), weight: weight.to_owned(), ..Default::default() }.check()
    };
    assert!(ask("leuvain", "newman").unwrap_err().message().contains("\"louvain\", \"spectral\""));
    assert!(ask("louvain", "length").unwrap_err().message().contains("\"newman\", \"unweighted\", got \"length\""));
    let negative = Graph::from_edges([("a", "b", -1.5)]).unwrap();
    assert!(cluster(&negative, Some(2), &newman, &Monitor::silent()).unwrap_err().help_line().is_some());
}

#[test]
fn a_raised_flag_stops_the_division() {
    let graph = Graph::from_edges([("a", "b", 1.0), ("b", "c", 1.0)]).unwrap();
    let monitor = Monitor::silent();
    monitor.cancel().raise();
    for algorithm in COMMUNITIES {
        assert!(levels(&graph, &of(algorithm), &monitor).is_err(), "{}", algorithm.method);
    }
}
