//! The adjusted Rand index against scikit-learn, Louvain against networkx, spectral clusters against scikit-learn.

use super::{close, golden};
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::graph::agreement::adjusted_rand;
use seqtran::graph::communities::{CommunityParams, cluster};
use seqtran::graph::graph::Graph;
use seqtran::graph::partition::Partition;
use serde_json::Value;

fn graph(case: &Value) -> Graph {
    let name = |value: &Value| value.as_str().unwrap().to_owned();
    Graph::from_edges(case["edges"].as_array().unwrap().iter().map(|edge| (name(&edge[0]), name(&edge[1]), 1.0)))
        .unwrap()
}

fn divided(case: &Value, method: &str, k: Option<usize>) -> Partition {
    let params = CommunityParams { method: method.to_owned(), weight: "unweighted".to_owned(), ..Default::default() };
    cluster(&graph(case), k, &params.check().unwrap(), &Monitor::silent()).unwrap()
}

#[test]
fn adjusted_rand_equals_scikit_learn() {
    for case in golden("agreement")["pairs"].as_array().unwrap() {
        let partition = |key: &str| {
            let numbers: Vec<usize> = serde_json::from_value(case[key].clone()).unwrap();
            let nodes = Graph::new((0..numbers.len()).map(|n| format!("n{n}"))).unwrap();
            Partition::from_numbers(&nodes, &numbers, 0.0)
        };
        let got = adjusted_rand(&partition("a"), &partition("b")).unwrap();
        close(got, case["adjusted_rand"].as_f64().unwrap(), 1e-12);
    }
}

#[test]
fn louvain_is_as_good_as_that_of_networkx() {
    for case in golden("agreement")["louvain"].as_array().unwrap() {
        let found = divided(case, "louvain", None);
        let (name, median) = (&case["name"], case["median"].as_f64().unwrap());
        assert!(found.modularity >= median - 1e-12, "{name}: {} {median}", found.modularity);
    }
}

#[test]
fn spectral_clusters_equal_those_of_scikit_learn() {
    for case in golden("agreement")["spectral"].as_array().unwrap() {
        let groups: Vec<Vec<String>> = serde_json::from_value(case["groups"].clone()).unwrap();
        assert_eq!(divided(case, "spectral", Some(groups.len())).groups, groups, "{}", case["name"]);
    }
}
