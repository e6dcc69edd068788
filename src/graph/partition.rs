//! A graph's nodes divided into communities.

use super::graph::Graph;

/// Communities that cover a graph's nodes and do not overlap.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Names, sorted inside each group; groups sorted by their first name.
    pub groups: Vec<Vec<String>>,
    /// Newman's modularity over the whole graph; edges count by similarity 1/(1 + length) unless the weighting is `unweighted`.
    pub modularity: f64,
}

impl Partition {
    /// A partition from one community number a node.
    #[must_use]
    pub fn from_numbers(graph: &Graph, numbers: &[usize], modularity: f64) -> Self {
        let count = numbers.iter().max().map_or(0, |m| m + 1);
        let mut groups = vec![Vec::new(); count];
        for (name, &number) in graph.names().zip(numbers) {
            groups[number].push(name.to_owned());
        }
        groups.retain(|group| !group.is_empty());
        groups.iter_mut().for_each(|group| group.sort());
        groups.sort();
        Partition { groups, modularity }
    }

    /// Which group holds a node.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.binary_search_by(|other| other.as_str().cmp(name)).is_ok())
    }
}
