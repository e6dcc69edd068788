//! Spectral clustering: nodes as points along the first eigenvectors of the normalised similarities, grouped by k-means.
//!
//! Ng, Jordan and Weiss, 2001. Deviates: k-means begins at points far from one another, the first being the first by name, so
//! that nothing is drawn.

use super::algorithm::{Algorithm, Until};
use super::eigen;
use super::graph::Graph;
use super::net::Net;
use super::ordered::Ordered;
use super::partition::Partition;
use super::similarity::check_similarities;
use crate::base::error::{Error, Result};
use crate::base::math::powi;
use crate::base::progress::{Cancel, Monitor};

/// Edges count by similarity 1/(1 + length).
pub const WEIGHTED: Algorithm = Algorithm {
    method: "spectral",
    weight: "newman",
    about: "k-means along eigenvectors; edges count by similarity 1/(1 + T)",
    nested: false,
    divide: |graph, _, until, monitor| divide(graph, true, until, monitor),
};

/// All edges count the same.
pub const UNWEIGHTED: Algorithm = Algorithm {
    method: "spectral",
    weight: "unweighted",
    about: "k-means along eigenvectors; all edges count the same",
    nested: false,
    divide: |graph, _, until, monitor| divide(graph, false, until, monitor),
};

/// Eigenvectors take O(nodes^3).
const MOST_NODES: usize = 500;

const ROUNDS: usize = 300;

fn divide(graph: &Graph, weighted: bool, until: Until, monitor: &Monitor) -> Result<Vec<Partition>> {
    check_similarities(graph, weighted)?;
    let ordered = Ordered::new(graph, weighted);
    let n = ordered.nodes;
    if n > MOST_NODES {
        return Err(Error::argument(format!(
            "method \"spectral\" takes at most {MOST_NODES} nodes, the graph has {n}"
        ))
        .help("use method \"louvain\""));
    }
    let parts = Net::new(n, &ordered.ends).components();
    let least = parts.iter().max().map_or(0, |most| most + 1);
    let axes = axes(n, &ordered.similarities(), monitor.cancel())?;
    let counts = match until {
        Until::Count(k) if k <= least => least..=least,
        Until::Count(k) => k..=k,
        Until::Best | Until::Singletons => least..=n,
    };
    let stage = monitor.stage("communities", counts.clone().count());
    let mut levels = Vec::new();
    for k in counts {
        let numbers = if k == least { parts.clone() } else { means(&points(&axes, n, k), k) };
        levels.push(ordered.partition(graph, &numbers));
        stage.advance(1)?;
    }
    Ok(levels)
}

/// Eigenvectors of D^-1/2 S D^-1/2, by falling eigenvalue. A node without edges counts as tied to itself alone.
fn axes(n: usize, similarities: &[(usize, usize, f64)], cancel: &Cancel) -> Result<Vec<Vec<f64>>> {
    let mut strength = vec![0.0; n];
    for &(u, v, weight) in similarities {
        strength[u] += weight;
        strength[v] += weight;
    }
    let mut matrix = vec![0.0; n * n];
    for &(u, v, weight) in similarities {
        let value = weight / (strength[u] * strength[v]).sqrt();
        (matrix[u * n + v], matrix[v * n + u]) = (value, value);
    }
    (0..n).filter(|&node| strength[node] == 0.0).for_each(|node| matrix[node * n + node] = 1.0);
    Ok(eigen::symmetric(matrix, n, cancel)?.1)
}

/// Each node along the first `k` axes, scaled to length 1.
fn points(axes: &[Vec<f64>], n: usize, k: usize) -> Vec<Vec<f64>> {
    let point = |node: usize| {
        let point: Vec<f64> = axes[..k].iter().map(|axis| axis[node]).collect();
        let length = point.iter().map(|x| x * x).sum::<f64>().sqrt();
        point.iter().map(|x| if length > 0.0 { x / length } else { 0.0 }).collect()
    };
    (0..n).map(point).collect()
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| powi(a - b, 2)).sum()
}

/// The first place of the largest value.
fn largest(values: &[f64]) -> usize {
    values.iter().enumerate().fold(0, |best, (at, value)| if *value > values[best] { at } else { best })
}

/// Lloyd's k-means; no group is empty.
fn means(points: &[Vec<f64>], k: usize) -> Vec<usize> {
    let mut centres = vec![points[0].clone()];
    let mut chosen = vec![0];
    while centres.len() < k {
        let nearest = |(at, point): (usize, &Vec<f64>)| {
            let least = centres.iter().map(|centre| apart(point, centre)).fold(f64::INFINITY, f64::min);
            if chosen.contains(&at) { -1.0 } else { least }
        };
        let next = largest(&points.iter().enumerate().map(nearest).collect::<Vec<f64>>());
        chosen.push(next);
        centres.push(points[next].clone());
    }
    let mut numbers = vec![0; points.len()];
    for round in 0..ROUNDS {
        let nearest = |point: &Vec<f64>| largest(&centres.iter().map(|c| -apart(point, c)).collect::<Vec<f64>>());
        let mut next: Vec<usize> = points.iter().map(nearest).collect();
        fill_empty(points, &centres, &mut next);
        let same = round > 0 && next == numbers;
        numbers = next;
        if same {
            break;
        }
        for (number, centre) in centres.iter_mut().enumerate() {
            let inside: Vec<&Vec<f64>> = points.iter().zip(&numbers).filter(|p| *p.1 == number).map(|p| p.0).collect();
            for (axis, x) in centre.iter_mut().enumerate() {
                *x = inside.iter().map(|point| point[axis]).sum::<f64>() / inside.len() as f64;
            }
        }
    }
    numbers
}

/// Gives an empty group the point farthest from its centre, among groups of more than one.
fn fill_empty(points: &[Vec<f64>], centres: &[Vec<f64>], numbers: &mut [usize]) {
    for group in 0..centres.len() {
        if numbers.contains(&group) {
            continue;
        }
        let mut sizes = vec![0; centres.len()];
        numbers.iter().for_each(|&number| sizes[number] += 1);
        let far = |(point, &number): (&Vec<f64>, &usize)| {
            if sizes[number] > 1 { apart(point, &centres[number]) } else { -1.0 }
        };
        let farthest = largest(&points.iter().zip(numbers.iter()).map(far).collect::<Vec<f64>>());
        numbers[farthest] = group;
    }
}
