//! Known results: the cost parts of a path and the Dice it reached.

use super::affinity::Affinity;
use super::reading::Reading;
use crate::base::choice::Choice;
use crate::base::error::{Error, Result};
use crate::base::plural::plural;

/// A path whose Dice is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its target.
    pub target: String,
    /// Sum of the image parts of its terms, with weight 1.
    pub image: f64,
    /// Sum of the label parts, with weight 1.
    pub label: f64,
    /// What it reached.
    pub dice: f64,
}

/// The two parts of the cost of a path (its target last), both lower is closer and not weighted, so that
/// `alpha image + beta label` is its cost.
///
/// They are summed over the terms of equations 8 and 9: first source to target, every step, last source to target; with one
/// source that is twice the same. By reading: H and 1 - R (`dissimilarity`), both scaled (`minmax`), H and -R (`literal`,
/// whose own beta is the negative of this one). Edges are not checked. O(length).
///
/// # Errors
/// With fewer than two names, or a name that the affinity does not have or that comes twice.
pub fn cost_parts<S: AsRef<str>>(affinity: &Affinity, nodes: &[S]) -> Result<(f64, f64)> {
    crate::ensure!(nodes.len() >= 2, "a path needs a source and a target, got {}", plural(nodes.len(), "name"));
    let mut places = Vec::with_capacity(nodes.len());
    for name in nodes.iter().map(AsRef::as_ref) {
        let place = affinity.place(name)?;
        crate::ensure!(!places.contains(&place), "`{name}` is twice on the path, wanted distinct tasks");
        places.push(place);
    }
    let mut weighing = *affinity.weighing();
    (weighing.alpha, weighing.beta) = (1.0, if weighing.reading == Reading::Literal { -1.0 } else { 1.0 });
    let ends = (places[0], places[places.len() - 1]);
    let pairs = std::iter::once(ends).chain(places.windows(2).map(|pair| (pair[0], pair[1])));
    Ok(pairs.fold((0.0, 0.0), |(image, label), (u, v)| {
        let terms = affinity.terms(u, v);
        let (a, b) = weighing.parts(terms.image, terms.label);
        (image + a, label + b)
    }))
}

/// The names on a path written `a -> b -> target`.
///
/// # Errors
/// When a name is empty.
pub fn nodes_of(path: &str) -> Result<Vec<&str>> {
    let nodes: Vec<&str> = path.split("->").map(str::trim).collect();
    if nodes.len() < 2 || nodes.iter().any(|name| name.is_empty()) {
        return Err(Error::argument(format!("a path is written `source -> target`, got `{path}`"))
            .help("names with ` -> ` between them, the target last"));
    }
    Ok(nodes)
}

/// How alpha and beta are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// The closed form.
    #[default]
    Exact,
    /// Bayesian optimisation.
    Bayes,
}

impl Choice for Method {
    const CHOICES: &'static [(&'static str, Self)] = &[("exact", Method::Exact), ("bayes", Method::Bayes)];
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_are_read() {
        assert_eq!(nodes_of("a-T1-X -> b-T2-X->c-T1-Y").unwrap(), ["a-T1-X", "b-T2-X", "c-T1-Y"]);
        assert!(nodes_of("a").is_err() && nodes_of("a ->").is_err());
    }
}
