//! Louvain: nodes move to the neighbouring community that raises modularity most, communities become nodes, and again.
//!
//! Blondel, Guillaume, Lambiotte and Lefebvre, 2008. Deviates: nodes move in the order of their names, so that nothing is drawn;
//! at the end single nodes move once more until none gains, which the original leaves open; and for a wanted number of
//! communities, those of the coarsest pass that has as many are merged, each time the two that cost least modularity.

use super::algorithm::{Algorithm, Until};
use super::graph::Graph;
use super::ordered::Ordered;
use super::partition::Partition;
use super::similarity::check_similarities;
use crate::base::error::Result;
use crate::base::progress::Monitor;

/// Edges count by similarity 1/(1 + length).
pub const WEIGHTED: Algorithm = Algorithm {
    method: "louvain",
    weight: "newman",
    about: "modularity raised by moving nodes; edges count by similarity 1/(1 + T)",
    nested: false,
    divide: |graph, _, until, monitor| divide(graph, true, until, monitor),
};

/// All edges count the same.
pub const UNWEIGHTED: Algorithm = Algorithm {
    method: "louvain",
    weight: "unweighted",
    about: "modularity raised by moving nodes; all edges count the same",
    nested: false,
    divide: |graph, _, until, monitor| divide(graph, false, until, monitor),
};

/// A move must raise modularity by more than this share of the edges' weight, so that rounding cannot move a node for ever.
const GAIN: f64 = 1e-12;

fn divide(graph: &Graph, weighted: bool, until: Until, monitor: &Monitor) -> Result<Vec<Partition>> {
    check_similarities(graph, weighted)?;
    let ordered = Ordered::new(graph, weighted);
    let network = Network::new(ordered.nodes, &ordered.similarities());
    let passes = passes(&network, monitor)?;
    let found = match until {
        Until::Best => passes.last().cloned().into_iter().collect(),
        Until::Count(k) => merged(&network, &passes, k, k, monitor)?,
        Until::Singletons => merged(&network, &passes, 1, ordered.nodes, monitor)?,
    };
    Ok(found.iter().map(|numbers| ordered.partition(graph, numbers)).collect())
}

/// Neighbours with weights; a node may have a weight to itself, which stands for the edges inside it.
struct Network {
    neighbours: Vec<Vec<(usize, f64)>>,
    strength: Vec<f64>,
    /// Twice the weight of all edges.
    double: f64,
}

impl Network {
    fn new(nodes: usize, edges: &[(usize, usize, f64)]) -> Self {
        let mut network = Network { neighbours: vec![Vec::new(); nodes], strength: vec![0.0; nodes], double: 0.0 };
        for &(u, v, weight) in edges {
            network.neighbours[u].push((v, weight));
            network.neighbours[v].push((u, weight));
            network.strength[u] += weight;
            network.strength[v] += weight;
            network.double += 2.0 * weight;
        }
        network
    }

    fn nodes(&self) -> usize {
        self.neighbours.len()
    }

    /// Moves nodes between communities until none gains; whether one moved.
    fn settle(&self, numbers: &mut [usize], monitor: &Monitor) -> Result<bool> {
        let mut total = vec![0.0; self.nodes()];
        numbers.iter().zip(&self.strength).for_each(|(&number, strength)| total[number] += strength);
        let mut to = vec![0.0; self.nodes()];
        let mut moved = false;
        loop {
            monitor.cancel().check()?;
            let mut still = true;
            for node in 0..self.nodes() {
                let own = numbers[node];
                let mut near = vec![own];
                for &(other, weight) in self.neighbours[node].iter().filter(|(other, _)| *other != node) {
                    let number = numbers[other];
                    if to[number] == 0.0 && number != own {
                        near.push(number);
                    }
                    to[number] += weight;
                }
                total[own] -= self.strength[node];
                let worth = |number: usize| to[number] - self.strength[node] * total[number] / self.double;
                let mut best = own;
                for &number in &near {
                    let ahead = worth(number) - worth(best);
                    if ahead > GAIN * self.double || (best != own && ahead >= -GAIN * self.double && number < best) {
                        best = number;
                    }
                }
                total[best] += self.strength[node];
                near.iter().for_each(|&number| to[number] = 0.0);
                if best != own {
                    numbers[node] = best;
                    (still, moved) = (false, true);
                }
            }
            if still {
                return Ok(moved);
            }
        }
    }

    /// Its communities as nodes; weights inside a community go to the node itself.
    fn folded(&self, numbers: &[usize], count: usize) -> Network {
        let mut between = vec![vec![0.0; count]; count];
        for (node, list) in self.neighbours.iter().enumerate() {
            list.iter().for_each(|&(other, weight)| between[numbers[node]][numbers[other]] += weight);
        }
        let list = |row: &Vec<f64>| row.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0).collect();
        Network {
            neighbours: between.iter().map(list).collect(),
            strength: between.iter().map(|row| row.iter().sum()).collect(),
            double: self.double,
        }
    }
}

/// Numbers from 0 in the order of the first node; how many.
fn renumbered(numbers: &mut [usize]) -> usize {
    let mut new = vec![usize::MAX; numbers.len()];
    let mut count = 0;
    for number in numbers {
        if new[*number] == usize::MAX {
            new[*number] = count;
            count += 1;
        }
        *number = new[*number];
    }
    count
}

/// The communities after each pass, from single nodes to those where neither a node nor a community gains by moving.
fn passes(network: &Network, monitor: &Monitor) -> Result<Vec<Vec<usize>>> {
    let mut passes = vec![(0..network.nodes()).collect::<Vec<usize>>()];
    if network.double == 0.0 {
        return Ok(passes);
    }
    let mut numbers = passes[0].clone();
    network.settle(&mut numbers, monitor)?;
    loop {
        let count = renumbered(&mut numbers);
        passes.push(numbers.clone());
        let mut above: Vec<usize> = (0..count).collect();
        let folded = network.folded(&numbers, count).settle(&mut above, monitor)?;
        numbers.iter_mut().for_each(|number| *number = above[*number]);
        let moved = network.settle(&mut numbers, monitor)?;
        if !folded && !moved {
            return Ok(passes);
        }
    }
}

/// Communities in every number from `least` (or the number of connected parts, if that is more) to `most`.
fn merged(
    network: &Network,
    passes: &[Vec<usize>],
    least: usize,
    most: usize,
    monitor: &Monitor,
) -> Result<Vec<Vec<usize>>> {
    let mut counted: Vec<(usize, Vec<usize>)> = Vec::new();
    for pass in passes {
        let mut numbers = pass.clone();
        let count = renumbered(&mut numbers);
        // A later pass has moved single nodes and may have as many communities as one before.
        counted.retain(|(other, _)| *other > count);
        counted.push((count, numbers));
    }
    let mut found = Vec::new();
    for (at, (count, numbers)) in counted.iter().enumerate() {
        let until = counted.get(at + 1).map_or(least, |next| (next.0 + 1).max(least));
        if *count < least && at + 1 < counted.len() || until > most.max(*count) {
            continue;
        }
        let (mut numbers, mut count) = (numbers.clone(), *count);
        let mut folded = network.folded(&numbers, count);
        loop {
            monitor.cancel().check()?;
            if count <= most {
                found.push(numbers.clone());
            }
            let pair = if count > until { cheapest(&folded) } else { None };
            let Some((a, b)) = pair else { break };
            let mut joined: Vec<usize> = (0..count).map(|number| if number == b { a } else { number }).collect();
            count = renumbered(&mut joined);
            folded = folded.folded(&joined, count);
            numbers.iter_mut().for_each(|number| *number = joined[*number]);
        }
    }
    if found.is_empty() {
        found.extend(counted.pop().map(|(_, numbers)| numbers));
    }
    found.reverse();
    found.sort_by_key(|numbers| numbers.iter().max().copied());
    Ok(found)
}

/// The two connected nodes whose union raises modularity most or lowers it least; ties by the first.
fn cheapest(network: &Network) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for (a, list) in network.neighbours.iter().enumerate() {
        for &(b, weight) in list.iter().filter(|(b, _)| a < *b) {
            let gain = weight - network.strength[a] * network.strength[b] / network.double;
            if best.is_none_or(|(most, ..)| gain > most + GAIN * network.double) {
                best = Some((gain, a, b));
            }
        }
    }
    best.map(|(_, a, b)| (a, b))
}
