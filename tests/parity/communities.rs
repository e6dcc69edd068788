//! Girvan-Newman against networkx, in every weighting, at every level.

use super::{close, golden};
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::graph::communities::{CommunityParams, cluster, levels};
use seqtran::graph::graph::Graph;
use serde_json::Value;

fn graph(case: &Value) -> Graph {
    let mut graph =
        Graph::new(case["nodes"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned())).unwrap();
    for edge in case["edges"].as_array().unwrap() {
        let place = |end: usize| graph.place(edge[end].as_str().unwrap()).unwrap();
        let (u, v) = (place(0), place(1));
        graph.connect(u, v, edge[2].as_f64().unwrap()).unwrap();
    }
    graph
}

#[test]
fn communities_equal_networkx() {
    for case in golden("communities").as_array().unwrap() {
        let (name, graph) = (&case["name"], graph(case));
        for (weight, wanted) in case["levels"].as_object().unwrap() {
            let params = CommunityParams { weight: weight.clone(), ..Default::default() }.check().unwrap();
            let wanted = wanted.as_array().unwrap();
            let all = levels(&graph, &params, &Monitor::silent()).unwrap();
            for level in wanted {
                let groups: Vec<Vec<String>> = serde_json::from_value(level["groups"].clone()).unwrap();
                let got = all.iter().find(|level| level.groups.len() == groups.len()).unwrap();
                assert_eq!(got.groups, groups, "{name}, {weight}");
                close(got.modularity, level["modularity"].as_f64().unwrap(), 1e-12);
            }
            assert_eq!(all.len(), graph.len() - all[0].groups.len() + 1, "{name}, {weight}: every level");
            let best = cluster(&graph, None, &params, &Monitor::silent()).unwrap();
            assert!(all.iter().all(|level| level.modularity <= best.modularity + 1e-12), "{name}, {weight}");
        }
    }
}

/// Sorted into clusters by hand in Zachary's paper; Girvan and Newman's own split differs from it in one member or two.
#[test]
fn the_karate_club_splits_in_two() {
    let file = golden("communities");
    let params = CommunityParams { weight: "unweighted".to_owned(), ..Default::default() }.check().unwrap();
    let split = cluster(&graph(&file[0]), Some(2), &params, &Monitor::silent()).unwrap();
    assert_eq!(split.groups.iter().map(Vec::len).collect::<Vec<_>>(), [15, 19]);
}
