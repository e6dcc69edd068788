//! Every community algorithm of the list divides: its levels cover the nodes, do not overlap, and grow.

use proptest::prelude::*;
use seqtran::base::params::{Checked, Params};
use seqtran::base::progress::Monitor;
use seqtran::graph::communities::{COMMUNITIES, CommunityParams, cluster, levels};
use seqtran::graph::graph::Graph;

fn params(weight: &str) -> Checked<CommunityParams> {
    CommunityParams { weight: weight.to_owned(), ..Default::default() }.check().unwrap()
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
            let levels = levels(&graph, &params(algorithm.name), &Monitor::silent()).unwrap();
            let mut names: Vec<_> = graph.names().map(str::to_owned).collect();
            names.sort();
            for pair in levels.windows(2) {
                prop_assert_eq!(pair[0].groups.len() + 1, pair[1].groups.len());
                let nested = pair[1].groups.iter().all(|small| pair[0].groups.iter().any(|big| small.iter().all(|n| big.contains(n))));
                prop_assert!(nested, "{} splits groups and never mixes them", algorithm.name);
            }
            for level in &levels {
                let mut all = level.groups.concat();
                all.sort();
                prop_assert_eq!(&all, &names);
                prop_assert!(level.modularity <= 1.0);
                let k = level.groups.len();
                prop_assert_eq!(level, &cluster(&graph, Some(k), &params(algorithm.name), &Monitor::silent()).unwrap());
            }
        }
    }
}

#[test]
fn a_wrong_count_or_weight_is_an_error_that_says_what_to_do() {
    let graph = Graph::from_edges([("a", "b", 1.0), ("c", "d", 1.0)]).unwrap();
    let newman = params("newman");
    let ask = |k| cluster(&graph, Some(k), &newman, &Monitor::silent());
    let few = ask(1).unwrap_err();
    assert!(few.message().contains("2 unconnected parts") && few.help_line().unwrap().contains("at least 2"), "{few}");
    assert!(ask(5).unwrap_err().message().contains("1..=4"));
    let error = CommunityParams { weight: "newmann".to_owned(), ..Default::default() }.check().unwrap_err();
    assert!(error.message().contains("\"newman\"") && error.message().contains("\"newmann\""), "{error}");
    let negative = Graph::from_edges([("a", "b", -1.5)]).unwrap();
    assert!(cluster(&negative, Some(2), &newman, &Monitor::silent()).unwrap_err().help_line().is_some());
}

#[test]
fn a_raised_flag_stops_the_division() {
    let graph = Graph::from_edges([("a", "b", 1.0), ("b", "c", 1.0)]).unwrap();
    let monitor = Monitor::silent();
    monitor.cancel().raise();
    assert!(levels(&graph, &params("newman"), &monitor).is_err());
}
