//! The exact Wasserstein-1 distance of point clouds of one size.

/// W1 of two clouds of `points` points each, every point with the same mass, by Euclidean distance: the cheapest way to match
/// them, divided by their number. Coordinates are row by row; a cloud with fewer of them has zeros in the others.
///
/// Symmetric, zero for equal clouds. By shortest augmenting paths (Jonker and Volgenant, 1987): O(points^3).
///
/// # Panics
/// If there are no points, or the coordinates are not whole rows.
#[must_use]
pub fn w1(a: &[f64], b: &[f64], points: usize) -> f64 {
    assert!(
        points > 0 && a.len().is_multiple_of(points) && b.len().is_multiple_of(points),
        "clouds of {points} points"
    );
    let (p, q) = (a.len() / points, b.len() / points);
    let distance = |i: usize, j: usize| {
        let (x, y) = (&a[i * p..(i + 1) * p], &b[j * q..(j + 1) * q]);
        let common: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
        let rest: f64 = x[q.min(p)..].iter().chain(&y[p.min(q)..]).map(|v| v * v).sum();
        (common + rest).sqrt()
    };
    let costs: Vec<f64> = (0..points * points).map(|at| distance(at / points, at % points)).collect();
    let matched = cheapest(&costs, points);
    matched.iter().enumerate().map(|(column, &row)| costs[row * points + column]).sum::<f64>() / points as f64
}

/// The row matched with each column of an `n` x `n` matrix of costs so that their sum is least.
///
/// # Panics
/// If there are not `n * n` costs.
#[must_use]
pub fn cheapest(costs: &[f64], n: usize) -> Vec<usize> {
    assert_eq!(costs.len(), n * n, "a square of costs");
    // Prices of rows and columns keep every reduced cost at zero or above, and at zero for what is matched.
    let (mut row_price, mut column_price) = (vec![0.0; n], vec![0.0; n]);
    let mut matched = vec![usize::MAX; n];
    for start in 0..n {
        // The shortest path by reduced costs from this row to a column that is free.
        let mut reached = vec![f64::INFINITY; n];
        let mut before = vec![start; n];
        let mut done = vec![false; n];
        let (mut row, mut so_far) = (start, 0.0);
        let mut visited = Vec::new();
        let last = loop {
            let costs = &costs[row * n..(row + 1) * n];
            let mut nearest = (f64::INFINITY, usize::MAX);
            for column in (0..n).filter(|&column| !done[column]) {
                let through = so_far + (costs[column] - row_price[row] - column_price[column]);
                if through < reached[column] {
                    (reached[column], before[column]) = (through, row);
                }
                if reached[column] < nearest.0 {
                    nearest = (reached[column], column);
                }
            }
            let column = nearest.1;
            so_far = nearest.0;
            done[column] = true;
            visited.push(column);
            if matched[column] == usize::MAX {
                break column;
            }
            row = matched[column];
        };
        row_price[start] += so_far;
        for &column in visited.iter().filter(|&&column| column != last) {
            let change = so_far - reached[column];
            row_price[matched[column]] += change;
            column_price[column] -= change;
        }
        let mut column = last;
        loop {
            let row = before[column];
            // The row gives up the column it had, which its own predecessor takes.
            let given_up = matched.iter().position(|&other| other == row);
            matched[column] = row;
            match given_up {
                Some(next) if row != start => column = next,
                _ => break,
            }
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;
    use rand::Rng;

    /// The least sum over all orders.
    fn brute(costs: &[f64], n: usize, row: usize, taken: &mut Vec<usize>) -> f64 {
        if row == n {
            return 0.0;
        }
        let mut least = f64::INFINITY;
        for column in 0..n {
            if !taken.contains(&column) {
                taken.push(column);
                least = least.min(costs[row * n + column] + brute(costs, n, row + 1, taken));
                taken.pop();
            }
        }
        least
    }

    #[test]
    fn matches_every_order_there_is() {
        let mut draw = Seed::new(1).rng();
        for n in 1..=7 {
            for round in 0..40 {
                let value = |v: f64| if round % 2 == 0 { v } else { (4.0 * v).floor() };
                let costs: Vec<f64> = (0..n * n).map(|_| value(draw.random_range(0.0..1.0))).collect();
                let matched = cheapest(&costs, n);
                let mut rows = matched.clone();
                rows.sort_unstable();
                assert_eq!(rows, (0..n).collect::<Vec<_>>());
                let sum: f64 = matched.iter().enumerate().map(|(column, row)| costs[row * n + column]).sum();
                let least = brute(&costs, n, 0, &mut Vec::new());
                assert!((sum - least).abs() < 1e-12, "{n}: {sum} against {least}");
            }
        }
    }

    #[test]
    fn clouds_by_hand() {
        // Two points moved by (3, 4); a cloud on a line against one in the plane.
        assert_eq!(w1(&[0.0, 0.0, 1.0, 1.0], &[4.0, 5.0, 3.0, 4.0], 2), 5.0);
        assert_eq!(w1(&[0.0, 3.0], &[3.0, 4.0, 0.0, 0.0], 2), 2.0);
    }
}
