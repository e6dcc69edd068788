//! "Did you mean": the known word nearest to the one that was written.

/// The candidate nearest to `word`, if one is near enough to be what was meant.
///
/// Case is ignored first; a swap of two neighbours counts as one slip, as an insertion, a deletion or a replacement does.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let allowed = (word.chars().count().div_ceil(3)).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (slips(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(slips, candidate)| *slips <= allowed || is_part(&lower, &candidate.to_lowercase()))
        .min_by(|a, b| a.cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Whether one word is a good part of the other: `institution` in `except_institution`.
fn is_part(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.len() >= 4 && long.contains(short)
}

/// The least number of slips from `a` to `b` (restricted Damerau-Levenshtein). O(len a * len b).
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let options = ["length", "representative", "min_cases"];
        assert_eq!(nearest("lenght", options), Some("length"));
        assert_eq!(nearest("Min_Cases", options), Some("min_cases"));
        assert_eq!(nearest("case", ["cases", "case"]), Some("cases"));
        assert_eq!(nearest("zebra", options), None);
        assert_eq!(slips("lenght", "length"), 1);
    }
}
