//! A transfer path and what it costs.

use super::source_graph::SourceGraph;
use crate::affinity::affinity::Terms;
use crate::affinity::reading::{Reading, Weighing};
use crate::base::choice::Choice;
use crate::base::error::{Error, Result};
use crate::base::plural::plural;
use crate::dataset::task::Task;
use std::fmt::Write;

/// One term of a path's cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// From this task
    pub from: String,
    /// to this one.
    pub to: String,
    /// H, R, and what they cost.
    pub terms: Terms,
}

/// A path `v0 -> v1 -> ... -> target`: pre-train on v0, fine-tune along the rest.
///
/// Its cost (equations 8 and 9) is `T(v0, t) + sum T(v_i, v_i+1) + T(v_l-1, t)`; with one source, l = 1, that is `2 T(v0, t)`.
#[derive(Debug, Clone)]
pub struct TransferPath {
    /// Names, the target last.
    pub nodes: Vec<String>,
    /// The sum of the terms; lower is better.
    pub cost: f64,
    /// The terms in the order of the formula: first source to target, each step, last source to target.
    pub terms: Vec<Term>,
    /// Its tasks, the target last.
    pub tasks: Vec<Task>,
    weighing: Weighing,
}

impl TransferPath {
    /// The path through these places of the affinity, the target last; its edges are not checked.
    pub(super) fn through(graph: &SourceGraph, places: &[usize]) -> Self {
        let affinity = graph.affinity();
        let tasks: Vec<Task> = places.iter().map(|&place| affinity.tasks()[place].clone()).collect();
        let name = |place: usize| affinity.tasks()[place].name();
        let term = |u: usize, v: usize| Term { from: name(u), to: name(v), terms: affinity.terms(u, v) };
        let (first, target) = (places[0], places[places.len() - 1]);
        let terms: Vec<Term> =
            std::iter::once(term(first, target)).chain(places.windows(2).map(|pair| term(pair[0], pair[1]))).collect();
        let cost = terms.iter().map(|term| term.terms.cost).sum();
        let nodes = places.iter().map(|&place| name(place)).collect();
        TransferPath { nodes, cost, terms, tasks, weighing: *affinity.weighing() }
    }

    /// The path through these tasks, a target last, whichever node stands for which cluster: to ask what another path costs.
    ///
    /// # Errors
    /// When a name is unknown or twice on the path, and of kind infeasible when an edge is dropped.
    pub fn of_names<S: AsRef<str>>(graph: &SourceGraph, nodes: &[S]) -> Result<Self> {
        if nodes.len() < 2 {
            let message = format!("a path needs a source and a target, got {}", plural(nodes.len(), "name"));
            return Err(Error::argument(message).help("write [source, .., target]; `graph.nodes` lists the sources"));
        }
        let (target, sources) = nodes.split_last().expect("it has two names at least");
        let mut places = Vec::new();
        for name in sources.iter().map(AsRef::as_ref) {
            let place = graph.graph().find(name)?;
            crate::ensure!(!places.contains(&place), "`{name}` is twice on the path, wanted distinct tasks");
            places.push(place);
        }
        places.push(graph.target(target.as_ref())?);
        let ends = [(places[0], places[places.len() - 1])];
        for (u, v) in ends.into_iter().chain(places.windows(2).map(|pair| (pair[0], pair[1]))) {
            if !graph.joined(u, v) {
                let name = |place: usize| graph.affinity().tasks()[place].name();
                return Err(Error::infeasible(format!(
                    "the edge `{}`, `{}` is dropped: they share neither modality nor objective",
                    name(u),
                    name(v)
                ))
                .help("keep all edges with source_graph(a, #{ filter: false })"));
            }
        }
        Ok(TransferPath::through(graph, &places))
    }

    /// The initial source, on which a network is pre-trained.
    #[must_use]
    pub fn first(&self) -> &Task {
        &self.tasks[0]
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &Task {
        &self.tasks[self.tasks.len() - 1]
    }

    /// Number of sources on it.
    #[must_use]
    pub fn length(&self) -> usize {
        self.nodes.len() - 1
    }

    /// The path as `a -> b -> target`.
    #[must_use]
    pub fn arrows(&self) -> String {
        self.nodes.join(" -> ")
    }

    /// The cost term by term, aligned: H, R, their weighted parts, T.
    #[must_use]
    pub fn explain(&self) -> String {
        let (image, label) = match self.weighing.reading {
            Reading::Dissimilarity => ("alpha H", "beta (1-R)"),
            Reading::Literal => ("alpha H", "beta R"),
            Reading::Minmax => ("alpha H'", "beta (1-R)'"),
        };
        let steps: Vec<String> = self.terms.iter().map(|term| format!("{} -> {}", term.from, term.to)).collect();
        let wide = steps.iter().map(|step| step.chars().count()).max().unwrap_or(0);
        let mut text = format!("{}   cost {:.4}\n", self.arrows(), self.cost);
        let sum = |part: fn(&Terms) -> f64| self.terms.iter().map(|term| part(&term.terms)).sum::<f64>();
        let written = (|| {
            writeln!(text, "  {:wide$}  {:>12}  {:>8}  {:>11}  {:>11}  {:>8}", "term", "H", "R", image, label, "T")?;
            for (step, term) in steps.iter().zip(&self.terms) {
                let Terms { image, label, image_cost, label_cost, cost } = term.terms;
                writeln!(
                    text,
                    "  {step:wide$}  {image:>12.4}  {label:>8.4}  {image_cost:>11.4}  {label_cost:>11.4}  {cost:>8.4}"
                )?;
            }
            let (images, labels) = (sum(|terms| terms.image_cost), sum(|terms| terms.label_cost));
            writeln!(
                text,
                "  {:wide$}  {:>12}  {:>8}  {images:>11.4}  {labels:>11.4}  {:>8.4}",
                "sum", "", "", self.cost
            )?;
            write!(
                text,
                "  reading {}, alpha {}, beta {}; H: image distance, lower is closer; R: label similarity, higher is closer",
                self.weighing.reading.name(),
                self.weighing.alpha,
                self.weighing.beta
            )
        })();
        written.expect("writing to a string cannot fail");
        text
    }

    /// Why this path and not another: the difference of the costs, and the terms that make it.
    #[must_use]
    pub fn why_not(&self, other: &TransferPath) -> String {
        if self.nodes == other.nodes {
            return format!("{} is this very path", self.arrows());
        }
        let difference = other.cost - self.cost;
        let mut text = match difference {
            d if d.abs() <= 1e-9 * self.cost.abs() => {
                format!("{} costs the same, {:.4}; paths that tie go by name", other.arrows(), other.cost)
            }
            d if d > 0.0 => format!("{} costs {d:.4} more: {:.4} against {:.4}", other.arrows(), other.cost, self.cost),
            d => format!(
                "{} costs {:.4} less: {:.4} against {:.4}; it is another target's or length's path, or starts at no representative",
                other.arrows(),
                -d,
                other.cost,
                self.cost
            ),
        };
        let written = (|| match self.terms.len() == other.terms.len() {
            true => self.compare_terms(other, &mut text),
            false => {
                writeln!(text)?;
                write!(
                    text,
                    "  it has {} terms against {}, so they cannot be compared one by one",
                    other.terms.len(),
                    self.terms.len()
                )
            }
        })();
        written.expect("writing to a string cannot fail");
        text
    }

    fn compare_terms(&self, other: &TransferPath, text: &mut String) -> std::fmt::Result {
        let mut pairs: Vec<(&Term, &Term)> =
            self.terms.iter().zip(&other.terms).filter(|(a, b)| (&a.from, &a.to) != (&b.from, &b.to)).collect();
        let growth = |(ours, theirs): &(&Term, &Term)| theirs.terms.cost - ours.terms.cost;
        pairs.sort_by(|a, b| growth(b).total_cmp(&growth(a)));
        for (ours, theirs) in pairs {
            let (a, b) = (ours.terms, theirs.terms);
            write!(
                text,
                "\n  {:+.4}  {} -> {} ({:.4}) in place of {} -> {} ({:.4}): images {:+.4}, labels {:+.4}",
                b.cost - a.cost,
                theirs.from,
                theirs.to,
                b.cost,
                ours.from,
                ours.to,
                a.cost,
                b.image_cost - a.image_cost,
                b.label_cost - a.label_cost
            )?;
        }
        Ok(())
    }
}
