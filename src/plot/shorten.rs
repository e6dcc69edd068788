//! Names that do not fit: shorter forms, which are different where the names are.

use std::collections::{BTreeMap, BTreeSet};

/// The names, those without room shortened; `fits(i, text)` says whether a text has room at the place of the i-th name, and
/// holds for shorter texts when it holds for longer ones.
///
/// Two different names get different texts, unless there is not even room for a few letters and a number. The beginning
/// and the end are kept; where that does not tell names apart, more of one of them, or the part in which they differ, or
/// the beginning with a number.
#[must_use]
pub fn shortened(names: &[String], fits: impl Fn(usize, &str) -> bool) -> Vec<String> {
    let short = |i: usize, share: f64| cut(&names[i], share, |text| fits(i, text));
    let mut out: Vec<String> =
        (0..names.len()).map(|i| if fits(i, &names[i]) { names[i].clone() } else { short(i, 0.5) }).collect();
    for same in ambiguous(names, &out) {
        let others: BTreeSet<String> = (0..out.len()).filter(|i| !same.contains(i)).map(|i| out[i].clone()).collect();
        let apart = |texts: &[String]| {
            let mut forms: BTreeMap<&str, &str> = BTreeMap::new();
            same.iter().zip(texts).all(|(&i, text)| {
                !others.contains(text) && *forms.entry(text.as_str()).or_insert(&names[i]) == names[i]
            })
        };
        let shares = [0.25, 0.75, 0.1, 0.9, 0.0, 1.0].into_iter();
        let mut ways = shares.map(|share| same.iter().map(|&i| short(i, share)).collect::<Vec<String>>());
        let differing = || {
            let from = common(same.iter().map(|&i| names[i].as_str())).saturating_sub(2);
            let window = |&i: &usize| {
                let rest: String = names[i].chars().skip(from).collect();
                cut(&rest, 1.0, |text| fits(i, &format!("…{text}")))
            };
            same.iter().map(window).map(|text| format!("…{text}")).collect::<Vec<String>>()
        };
        let chosen = ways.find(|texts| apart(texts)).or_else(|| Some(differing()).filter(|texts| apart(texts)));
        let chosen = chosen.unwrap_or_else(|| numbered(names, &same, &others, &fits));
        same.iter().zip(chosen).for_each(|(&i, text)| out[i] = text);
    }
    out
}

/// Places of names that are different and became the same, a group each.
fn ambiguous(names: &[String], out: &[String]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    // What was not shortened stays as it is.
    (0..out.len()).filter(|&i| out[i] != names[i]).for_each(|i| groups.entry(&out[i]).or_default().push(i));
    let whole: BTreeSet<&str> = (0..out.len()).filter(|&i| out[i] == names[i]).map(|i| out[i].as_str()).collect();
    let differ =
        |(text, group): &(&str, Vec<usize>)| whole.contains(text) || group.iter().any(|&i| names[i] != names[group[0]]);
    groups.into_iter().filter(differ).map(|(_, group)| group).collect()
}

/// The beginnings of names with numbers after them.
fn numbered(
    names: &[String],
    same: &[usize],
    others: &BTreeSet<String>,
    fits: &impl Fn(usize, &str) -> bool,
) -> Vec<String> {
    let mut forms: BTreeMap<&str, String> = BTreeMap::new();
    let mut number = 0;
    for &i in same {
        if forms.contains_key(names[i].as_str()) {
            continue;
        }
        let text = loop {
            number += 1;
            let text = cut_to(&names[i], 1.0, |text| fits(i, &format!("{text}~{number}")));
            let text = format!("{text}~{number}");
            if !others.contains(&text) {
                break text;
            }
        };
        forms.insert(&names[i], text);
    }
    same.iter().map(|&i| forms[names[i].as_str()].clone()).collect()
}

/// Letters that all begin with.
fn common<'a>(mut names: impl Iterator<Item = &'a str>) -> usize {
    let first: Vec<char> = names.next().unwrap_or_default().chars().collect();
    names.fold(first.len(), |most, name| {
        let equal = name.chars().zip(&first).take(most).take_while(|(a, b)| a == *b).count();
        most.min(equal)
    })
}

/// The text where it fits, else as [`cut_to`].
#[must_use]
pub fn cut(text: &str, share: f64, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) { text.to_owned() } else { cut_to(text, share, fits) }
}

/// As many letters as fit, `share` of them from the beginning and the others from the end, joined by `…`.
fn cut_to(text: &str, share: f64, fits: impl Fn(&str) -> bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let shortened = |keep: usize| -> String {
        let head = (keep as f64 * share).ceil() as usize;
        let tail = letters.len() - (keep - head);
        letters[..head].iter().chain(['…'].iter()).chain(&letters[tail..]).collect()
    };
    // The width grows with the letters kept, so the most that fit is found by halving.
    let (mut least, mut over) = (0, letters.len());
    while over > least + 1 {
        let half = least.midpoint(over);
        if fits(&shortened(half)) { least = half } else { over = half }
    }
    shortened(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(columns: usize) -> impl Fn(usize, &str) -> bool {
        move |_, text| text.chars().count() <= columns
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_fits_stays_and_what_does_not_loses_its_middle() {
        let names = owned(&["short", "institution-T1ce-NCR", "institution-T1ce-NCR"]);
        assert_eq!(shortened(&names, within(11)), ["short", "insti…e-NCR", "insti…e-NCR"]);
        assert_eq!(cut("abc", 0.5, |_| false), "…");
    }

    #[test]
    fn names_that_differ_anywhere_stay_different() {
        let long = |at: usize, letter: char| -> String {
            (0..40).map(|i| if i == at { letter } else { 'm' }).chain("-end".chars()).collect()
        };
        for at in 0..40 {
            for columns in [6, 9, 15, 24] {
                let names = vec![long(at, 'a'), long(at, 'b'), long((at + 7) % 40, 'c'), "mm".into(), long(at, 'a')];
                let out = shortened(&names, within(columns));
                for i in 0..names.len() {
                    assert!(out[i].chars().count() <= columns, "{} in {columns}", out[i]);
                    assert!((0..i).all(|j| (names[i] == names[j]) == (out[i] == out[j])), "{at} {columns}: {out:?}");
                }
            }
        }
    }

    #[test]
    fn a_name_that_looks_like_a_short_form_keeps_its_own() {
        let names = owned(&["abcdefgh", "ab…gh", "abXXXXgh", "a…"]);
        let out = shortened(&names, within(5));
        assert_eq!((out[1].as_str(), out[3].as_str()), ("ab…gh", "a…"));
        assert_eq!(out.iter().collect::<BTreeSet<_>>().len(), 4, "{out:?}");
    }
}
