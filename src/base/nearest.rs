//! The nearest of several words, for "did you mean".

/// Words at most this many edits from what was written are worth suggesting.
fn tolerance(word: &str) -> usize {
    (word.chars().count() / 3).clamp(1, 3)
}

/// The candidate that differs least from `word`, ignoring case, if it is near enough to be what was meant; else the
/// first one that `word` is the beginning of. Of equally near candidates the first one wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let begun = |candidate: &str| wanted.chars().count() >= 3 && candidate.starts_with(&wanted);
    candidates
        .into_iter()
        .map(|candidate| (edits(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance <= tolerance(word) || begun(&candidate.to_lowercase()))
        .min_by_key(|&(distance, _)| distance.min(tolerance(word) + 1))
        .map(|(_, candidate)| candidate)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to make `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_fingers_are_understood() {
        assert_eq!(nearest("lenght", ["width", "length"]), Some("length"));
        assert_eq!(nearest("Institution", ["case", "institution"]), Some("institution"));
        assert_eq!(nearest("imge", ["image", "label"]), Some("image"));
        assert_eq!(nearest("inten", ["image", "intensity", "intense"]), Some("intensity"));
        assert_eq!(nearest("inst", ["case", "institution"]), Some("institution"));
        assert_eq!(nearest("zebra", ["image", "label"]), None);
        assert_eq!(edits("ab", "ba"), 1);
        assert_eq!(edits("", "abc"), 3);
    }
}
