//! Edge betweenness against a list of every simple path.

use proptest::prelude::*;
use seqtran::graph::betweenness::{Betweenness, Length, betweenness};
use seqtran::graph::ruler::{Hops, Lengths, Ruler};

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

/// Edges between up to `nodes` nodes with lengths in tenths, whose sums that should be equal differ by rounding.
fn kept(nodes: usize, draws: Vec<u32>) -> (Vec<Edge>, Vec<f64>) {
    let pairs = (0..nodes).flat_map(|v| (0..v).map(move |u| (u, v)));
    pairs.zip(draws).filter(|(_, d)| *d > 4).map(|(edge, d)| (edge, f64::from(d - 4) / 10.0)).unzip()
}

/// Takes edges away in some order; after each, the repaired values have the bits of those computed afresh.
fn repairs<R: Ruler>(nodes: usize, edges: &[Edge], order: &[u32], ruler: impl Fn(&[usize]) -> R) {
    let mut left: Vec<usize> = (0..edges.len()).collect();
    let mut all = Betweenness::new(nodes, edges, ruler(&left), vec![1.0; edges.len()]);
    for draw in order.iter().take(edges.len()) {
        let gone = left.remove(*draw as usize % left.len());
        let (u, v) = edges[gone];
        let apart = all.remove(all.net().edge(u, v));
        let ends: Vec<Edge> = left.iter().map(|&edge| edges[edge]).collect();
        let fresh = Betweenness::new(nodes, &ends, ruler(&left), vec![1.0; ends.len()]);
        let components = fresh.net().components();
        assert_eq!(all.net().components(), components);
        assert_eq!(apart, components[u] != components[v]);
        for (number, &(a, b)) in ends.iter().enumerate() {
            assert_eq!(all.value(all.net().edge(a, b)).to_bits(), fresh.value(number).to_bits());
        }
    }
}

proptest! {
    #[test]
    fn betweenness_counts_shortest_paths(nodes in 2_usize..7, draws in prop::collection::vec(0_u32..12, 15)) {
        let (edges, lengths) = kept(nodes, draws);
        for (length, by_edge) in [(Length::Hops, vec![1.0; edges.len()]), (Length::Edges(&lengths), lengths.clone())] {
            for (fast, slow) in betweenness(nodes, &edges, length).into_iter().zip(by_listing(nodes, &edges, &by_edge)) {
                prop_assert!((fast - slow).abs() < 1e-9, "{fast} {slow}");
            }
        }
    }

    #[test]
    fn repaired_betweenness_is_that_computed_afresh(
        nodes in 2_usize..26,
        few in 0_u32..8,
        draws in prop::collection::vec(0_u32..12, 300),
        order in prop::collection::vec(any::<u32>(), 300),
    ) {
        let (edges, lengths) = kept(nodes, draws.into_iter().map(|draw| draw.saturating_sub(few)).collect());
        repairs(nodes, &edges, &order, |_| Hops);
        repairs(nodes, &edges, &order, |left| Lengths(left.iter().map(|&edge| lengths[edge]).collect()));
    }
}

/// More than 200 nodes are divided among the threads.
#[test]
fn threads_do_not_change_a_bit() {
    let ends: Vec<Edge> =
        (0..210).flat_map(|v| (0..v).map(move |u| (u, v))).filter(|(u, v)| (u * 7 + v * 5) % 11 < 2).collect();
    let removals = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut all = Betweenness::new(210, &ends, Hops, vec![1.0; ends.len()]);
            let tops = (0..40).map(|_| {
                let top = all.top(1e-9).unwrap();
                let found = (all.net().ends()[top], all.value(top).to_bits());
                all.remove(top);
                found
            });
            tops.collect::<Vec<_>>()
        })
    };
    assert_eq!(removals(1), removals(3));
}
