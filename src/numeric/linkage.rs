//! Average linkage: which rows of a distance matrix are joined first, and an order that shows it.

/// A join of two groups. Numbers below the count of rows are rows; the n-th join is number `rows + n`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The group with the smaller number.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// The mean distance between rows of one and rows of the other.
    pub height: f64,
    /// Rows in both.
    pub count: usize,
}

/// Two groups, by number and by the row of the matrix that stands for each.
struct Pair {
    apart: f64,
    names: (usize, usize),
    rows: (usize, usize),
}

/// Joins the two nearest groups again and again until one is left (UPGMA, Sokal and Michener, 1958); of those that tie within 1e-12
/// the pair with the smallest numbers. `distance` is symmetric, row by row; its diagonal is not looked at. `n - 1` merges of
/// rising height. O(n^3).
///
/// # Panics
/// If `distance` has not `n * n` numbers.
#[must_use]
pub fn average(distance: &[f64], n: usize) -> Vec<Merge> {
    assert_eq!(distance.len(), n * n, "a square matrix of {n} rows");
    let mut apart = distance.to_vec();
    // (number, rows in it) of the group in each row of `apart`.
    let mut groups: Vec<Option<(usize, usize)>> = (0..n).map(|row| Some((row, 1))).collect();
    let mut merges = Vec::new();
    for number in n..(2 * n).saturating_sub(1) {
        let alive: Vec<usize> = (0..n).filter(|&row| groups[row].is_some()).collect();
        let mut best: Option<Pair> = None;
        for (at, &i) in alive.iter().enumerate() {
            for &j in &alive[at + 1..] {
                let names = [i, j].map(|row| groups[row].expect("it is alive").0);
                let names = (names[0].min(names[1]), names[0].max(names[1]));
                let here = apart[i * n + j];
                let better = best.as_ref().is_none_or(|best| {
                    let margin = 1e-12 * best.apart.abs().max(here.abs());
                    here < best.apart - margin || (here <= best.apart + margin && names < best.names)
                });
                if better {
                    best = Some(Pair { apart: here, names, rows: (i, j) });
                }
            }
        }
        let Some(Pair { apart: height, names: (a, b), rows: (i, j) }) = best else { break };
        let (x, y) = (groups[i].map_or(0, |group| group.1), groups[j].map_or(0, |group| group.1));
        for &row in alive.iter().filter(|&&row| row != i && row != j) {
            let mean = (apart[i * n + row] * x as f64 + apart[j * n + row] * y as f64) / (x + y) as f64;
            (apart[i * n + row], apart[row * n + i]) = (mean, mean);
        }
        groups[i] = Some((number, x + y));
        groups[j] = None;
        merges.push(Merge { a, b, height, count: x + y });
    }
    merges
}

/// The rows in the order of the tree, each join's first group before its second.
#[must_use]
pub fn leaves(merges: &[Merge], n: usize) -> Vec<usize> {
    let Some(last) = merges.len().checked_sub(1) else { return (0..n).collect() };
    let mut open = vec![n + last];
    let mut order = Vec::with_capacity(n);
    while let Some(group) = open.pop() {
        if group < n {
            order.push(group);
        } else {
            open.extend([merges[group - n].b, merges[group - n].a]);
        }
    }
    order
}
