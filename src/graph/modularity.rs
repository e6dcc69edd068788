//! How much denser communities are than chance.

use crate::base::math::powi;

/// Newman's modularity of a weighted, undirected graph: sum over communities of `L / m - (d / 2m)^2`, with m the total
/// weight, L the weight inside and d the strengths of its nodes. At most 1, higher is better; 0 without edges.
///
/// `edges` are places and weights (a *similarity*), `numbers` the community of each node. O(edges + nodes).
#[must_use]
pub fn modularity(edges: &[(usize, usize, f64)], numbers: &[usize]) -> f64 {
    let total: f64 = edges.iter().map(|edge| edge.2).sum();
    if total == 0.0 {
        return 0.0;
    }
    let count = numbers.iter().max().map_or(0, |m| m + 1);
    let (mut inside, mut strength) = (vec![0.0; count], vec![0.0; count]);
    for &(u, v, weight) in edges {
        strength[numbers[u]] += weight;
        strength[numbers[v]] += weight;
        if numbers[u] == numbers[v] {
            inside[numbers[u]] += weight;
        }
    }
    inside.iter().zip(&strength).map(|(l, d)| l / total - powi(d / (2.0 * total), 2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_triangles_joined_by_an_edge() {
        let edges = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)].map(|(u, v)| (u, v, 1.0));
        assert!((modularity(&edges, &[0, 0, 0, 1, 1, 1]) - (6.0 / 7.0 - 0.5)).abs() < 1e-15);
        assert_eq!(modularity(&edges, &[0; 6]), 0.0);
        assert_eq!(modularity(&[], &[0, 1]), 0.0);
    }
}
