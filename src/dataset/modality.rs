//! Canonical modality names.

/// The canonical names and the other words for them, in lower case.
const ALIASES: [(&str, &[&str]); 4] = [
    ("FLAIR", &["flair", "t2f", "t2flair", "t2-flair", "t2_flair", "fl"]),
    ("T1", &["t1", "t1w", "t1n", "f1"]),
    ("T1ce", &["t1ce", "t1c", "t1gd", "t1post", "t1-ce", "t1_ce", "t1contrast", "t1wce"]),
    ("T2", &["t2", "t2w"]),
];

/// The canonical name (`FLAIR`, `T1`, `T1ce`, `T2`) of a modality; a word not known here is returned as it is.
///
/// Known are the words of BraTS 2021 (`flair`, `t1ce`), BraTS 2023 (`t2f`, `t1n`, `t1c`, `t2w`), TCIA (`t1gd`),
/// BIDS (`T1w`, `T2w`, `FLAIR`) and iSeg (`F1`).
#[must_use]
pub fn canonical(name: &str) -> String {
    let word = name.trim();
    let lower = word.to_lowercase();
    ALIASES
        .iter()
        .find(|(_, aliases)| aliases.contains(&lower.as_str()))
        .map_or_else(|| word.to_string(), |(canonical, _)| (*canonical).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_sets_word_is_known() {
        for (word, wanted) in
            [("flair", "FLAIR"), ("t2f", "FLAIR"), ("T1GD", "T1ce"), ("t1c", "T1ce"), ("F1", "T1"), ("T2w", "T2")]
        {
            assert_eq!(canonical(word), wanted, "{word}");
        }
        assert_eq!(canonical(" PD "), "PD");
        for (name, _) in ALIASES {
            assert_eq!(canonical(name), name);
        }
    }
}
