//! Edge betweenness against a list of every simple path.

use proptest::prelude::*;
use seqtran::graph::betweenness::{Length, Net};

type Edge = (usize, usize);

/// Every simple path between two nodes, as edge numbers.
fn walk(edges: &[Edge], at: usize, to: usize, seen: &mut Vec<usize>, path: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
    if at == to {
        all.push(path.clone());
        return;
    }
    for (number, &(u, v)) in edges.iter().enumerate() {
        let next = if u == at { v } else { u };
        if (u == at || v == at) && !seen.contains(&next) {
            seen.push(next);
            path.push(number);
            walk(edges, next, to, seen, path, all);
            path.pop();
            seen.pop();
        }
    }
}

fn by_listing(nodes: usize, edges: &[Edge], lengths: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; edges.len()];
    for to in 0..nodes {
        for from in 0..to {
            let mut all = Vec::new();
            walk(edges, from, to, &mut vec![from], &mut Vec::new(), &mut all);
            let long = |path: &[usize]| path.iter().map(|&edge| lengths[edge]).sum::<f64>();
            let least = all.iter().map(|path| long(path)).fold(f64::INFINITY, f64::min);
            let shortest: Vec<_> = all.iter().filter(|path| long(path) <= least * (1.0 + 1e-9)).collect();
            for path in &shortest {
                path.iter().for_each(|&edge| shares[edge] += 1.0 / shortest.len() as f64);
            }
        }
    }
    shares
}

proptest! {
    #[test]
    fn betweenness_counts_shortest_paths(nodes in 2_usize..7, draws in prop::collection::vec(0_u32..12, 15)) {
        let pairs = (0..nodes).flat_map(|v| (0..v).map(move |u| (u, v)));
        let kept: Vec<(Edge, f64)> =
            // Tenths: sums that should be equal differ by rounding.
            pairs.zip(draws).filter(|(_, d)| *d > 4).map(|(edge, d)| (edge, f64::from(d - 4) / 10.0)).collect();
        let (edges, lengths): (Vec<Edge>, Vec<f64>) = kept.into_iter().unzip();
        let net = Net::new(nodes, &edges);
        for (length, by_edge) in [(Length::Hops, vec![1.0; edges.len()]), (Length::Edges(&lengths), lengths.clone())] {
            let mut fast = vec![0.0; edges.len()];
            for source in 0..nodes {
                fast.iter_mut().zip(net.shares_from(source, length)).for_each(|(sum, share)| *sum += share / 2.0);
            }
            for (fast, slow) in fast.iter().zip(by_listing(nodes, &edges, &by_edge)) {
                prop_assert!((fast - slow).abs() < 1e-9, "{fast} {slow}");
            }
        }
    }
}
