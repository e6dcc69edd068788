//! How near tasks are to each other, as one value: H, R and T.
#![allow(clippy::module_inception)] // the noun of this file is the noun of its floor

use super::matrix::Matrix;
use super::params::AffinityParams;
use super::part::{Members, Part};
use super::reading::{Range, Weighing};
use crate::base::error::{Error, Result};
use crate::base::nearest;
use crate::base::params::{Checked, Params};
use crate::base::seed::Seed;
use crate::dataset::task::Task;
use rand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Image distance H, label similarity R and cost T of sources and targets. Cheap to clone; every change is a new value.
#[derive(Debug, Clone)]
pub struct Affinity(Arc<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    params: Checked<AffinityParams>,
    weighing: Weighing,
    /// Sources first, then targets.
    tasks: Vec<Task>,
    names: Vec<String>,
    sources: usize,
    image: Part,
    label: Part,
    label_grid: [usize; 3],
    cost: Matrix,
    drawn: bool,
}

/// What the cost between two tasks is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// H: image distance, lower is closer.
    pub image: f64,
    /// R: label similarity, higher is closer.
    pub label: f64,
    /// The image part of T.
    pub image_cost: f64,
    /// The label part of T.
    pub label_cost: f64,
    /// T, their sum.
    pub cost: f64,
}

/// A task in the order of its nearness to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its name.
    pub name: String,
    /// The cost between the two and its parts.
    pub terms: Terms,
}

impl Affinity {
    /// From measured parts: `tasks` are the sources, then the targets; `label_grid` is the grid masks were brought to.
    ///
    /// # Errors
    /// When the weights do not suit the reading.
    pub fn new(
        tasks: Vec<Task>,
        sources: usize,
        image: Part,
        label: Part,
        label_grid: [usize; 3],
        params: Checked<AffinityParams>,
    ) -> Result<Self> {
        let (alpha, beta) = params.weights();
        params.reading.check_weights(alpha, beta)?;
        // Every pair of groups of sources is some pair of sources, so the block of sources has the range of its groups.
        let block = |half: &Part, part: fn(f64) -> f64| {
            let used: BTreeSet<usize> = half.of()[..sources].iter().copied().collect();
            let matrix = half.matrix();
            Range::of(used.iter().flat_map(|&r| used.iter().map(move |&c| part(matrix.get(r, c)))))
        };
        let weighing = Weighing {
            reading: params.reading,
            alpha,
            beta,
            image: block(&image, |distance| distance),
            label: block(&label, |similarity| 1.0 - similarity),
        };
        let names: Vec<String> = tasks.iter().map(Task::name).collect();
        let cost = Matrix::from_fn(names.clone(), names.clone(), |r, c| {
            let at = |half: &Part| half.matrix().get(half.of()[r], half.of()[c]);
            let (a, b) = weighing.parts(at(&image), at(&label));
            a + b
        });
        let drawn = false;
        Ok(Affinity(Arc::new(Parts { params, weighing, tasks, names, sources, image, label, label_grid, cost, drawn })))
    }

    /// H, square over the institution-modality pairs of sources and targets; lower is closer.
    #[must_use]
    pub fn image(&self) -> &Matrix {
        self.0.image.matrix()
    }

    /// R, square over the institution-objective pairs of sources and targets; higher is closer.
    #[must_use]
    pub fn label(&self) -> &Matrix {
        self.0.label.matrix()
    }

    /// H with the cases behind it.
    #[must_use]
    pub fn image_part(&self) -> &Part {
        &self.0.image
    }

    /// R with the cases behind it.
    #[must_use]
    pub fn label_part(&self) -> &Part {
        &self.0.label
    }

    /// The grid masks were brought to.
    #[must_use]
    pub fn label_grid(&self) -> [usize; 3] {
        self.0.label_grid
    }

    /// T, square over all tasks, sources first, before any edge filter; lower is closer.
    #[must_use]
    pub fn cost(&self) -> &Matrix {
        &self.0.cost
    }

    /// The sources.
    #[must_use]
    pub fn sources(&self) -> &[Task] {
        &self.0.tasks[..self.0.sources]
    }

    /// The targets.
    #[must_use]
    pub fn targets(&self) -> &[Task] {
        &self.0.tasks[self.0.sources..]
    }

    /// Sources, then targets: the order of `cost`.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.0.tasks
    }

    /// The options it was measured with.
    #[must_use]
    pub fn params(&self) -> &Checked<AffinityParams> {
        &self.0.params
    }

    /// The reading, the weights and, for `minmax`, the ranges.
    #[must_use]
    pub fn weighing(&self) -> &Weighing {
        &self.0.weighing
    }

    /// The place of a task in `tasks` and `cost`.
    ///
    /// # Errors
    /// Names the task and the nearest one there is.
    pub fn place(&self, name: &str) -> Result<usize> {
        self.0.names.iter().position(|other| other == name).ok_or_else(|| {
            let error = Error::argument(format!("no task `{name}` in an affinity of {} tasks", self.0.tasks.len()));
            match nearest::nearest(name, self.0.names.iter().map(String::as_str)) {
                Some(other) => error.help(format!("did you mean `{other}`?")),
                None => error.help("give it to affinity(sources, targets) as a source or a target"),
            }
        })
    }

    /// What the cost between two tasks, by place, is made of.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn terms(&self, u: usize, v: usize) -> Terms {
        let parts = &*self.0;
        let at = |half: &Part| half.matrix().get(half.of()[u], half.of()[v]);
        let (image, label) = (at(&parts.image), at(&parts.label));
        let (image_cost, label_cost) = parts.weighing.parts(image, label);
        Terms { image, label, image_cost, label_cost, cost: image_cost + label_cost }
    }

    /// Every source but the task itself by rising cost, then name; no edge filter.
    ///
    /// # Errors
    /// When there is no such task.
    pub fn rank(&self, target: &str) -> Result<Vec<Ranked>> {
        let target = self.place(target)?;
        let mut ranked: Vec<Ranked> = (0..self.0.sources)
            .filter(|&source| source != target)
            .map(|source| Ranked { name: self.0.names[source].clone(), terms: self.terms(source, target) })
            .collect();
        ranked.sort_by(|a, b| a.terms.cost.total_cmp(&b.terms.cost).then_with(|| a.name.cmp(&b.name)));
        Ok(ranked)
    }

    /// Whether its patients were drawn again by [`Affinity::resampled`]: its matrices are then not the means of its values.
    #[must_use]
    pub fn drawn(&self) -> bool {
        self.0.drawn
    }

    /// The same, said to be drawn again or not.
    #[must_use]
    pub fn with_drawn(self, drawn: bool) -> Self {
        if drawn == self.0.drawn { self } else { Affinity(Arc::new(Parts { drawn, ..(*self.0).clone() })) }
    }

    /// The same H and R under other weights.
    ///
    /// # Errors
    /// When a weight does not suit the reading.
    pub fn with_weights(&self, alpha: f64, beta: f64) -> Result<Self> {
        let options = AffinityParams { alpha: Some(alpha), beta: Some(beta), ..(*self.0.params).clone() };
        self.kept((0..self.0.tasks.len()).collect(), options.check()?)
    }

    /// The same without every task of some institutions; the ranges of `minmax` are taken anew.
    ///
    /// # Errors
    /// When an institution has no task, or when no source is left.
    pub fn except_institution<S: AsRef<str>>(&self, institutions: &[S]) -> Result<Self> {
        let there: BTreeSet<&str> = self.0.tasks.iter().map(|task| task.fields().institution.as_str()).collect();
        for institution in institutions.iter().map(AsRef::as_ref) {
            if !there.contains(institution) {
                let names: Vec<_> = there.iter().copied().collect();
                return Err(Error::argument(format!("no institution `{institution}` in the affinity"))
                    .help(format!("institutions: {}", names.join(", "))));
            }
        }
        let dropped = |task: &Task| institutions.iter().any(|name| name.as_ref() == task.fields().institution);
        let kept: Vec<usize> = (0..self.0.tasks.len()).filter(|&place| !dropped(&self.0.tasks[place])).collect();
        if kept.first().is_none_or(|&place| place >= self.0.sources) {
            return Err(Error::data("no source is left without these institutions").help("leave out fewer of them"));
        }
        self.kept(kept, self.0.params.clone())
    }

    fn kept(&self, places: Vec<usize>, params: Checked<AffinityParams>) -> Result<Self> {
        let parts = &*self.0;
        let sources = places.iter().filter(|&&place| place < parts.sources).count();
        let tasks = places.iter().map(|&place| parts.tasks[place].clone()).collect();
        let (image, label) = (parts.image.of_tasks(&places), parts.label.of_tasks(&places));
        Ok(Affinity::new(tasks, sources, image, label, parts.label_grid, params)?.with_drawn(parts.drawn))
    }

    /// The same as it might have come out: of each institution as many subjects as it has are drawn, with replacement, and H and
    /// R are the means over their cases. Nothing is measured again.
    ///
    /// # Errors
    /// When the values of pairs are not kept (see [`super::images::KEPT_CASES`]), or when it was drawn again already.
    pub fn resampled(&self, seed: Seed) -> Result<Self> {
        let parts = &*self.0;
        if parts.drawn {
            return Err(Error::data("the patients of this affinity were drawn again already")
                .help("draw from the affinity that was measured"));
        }
        let mut subjects: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in parts.image.rows().iter().chain(parts.label.rows()) {
            let of = subjects.entry(&row.institution).or_default();
            of.extend(row.cases.iter().map(|case| case.subject.as_str()));
        }
        let draw = |attempt: u64| {
            let mut times: BTreeMap<(&str, &str), f64> = BTreeMap::new();
            for (institution, subjects) in &subjects {
                let mut draw = seed.named("subjects").named(institution).nth(attempt).rng();
                let subjects: Vec<&str> = subjects.iter().copied().collect();
                for _ in 0..subjects.len() {
                    *times.entry((institution, subjects[draw.random_range(0..subjects.len())])).or_default() += 1.0;
                }
            }
            times
        };
        // A row of few subjects may end up with none of them: then all are drawn again.
        let empty = |times: &BTreeMap<(&str, &str), f64>| {
            let there = |row: &Members| row.cases.iter().any(|c| times.contains_key(&(&*row.institution, &*c.subject)));
            parts.image.rows().iter().chain(parts.label.rows()).any(|row| !there(row))
        };
        let times = (0..1000).map(draw).find(|times| !empty(times)).ok_or_else(|| {
            Error::data("a thousand draws of subjects each left a task without a case")
                .help("leave out the tasks that have very few of their institution's subjects")
        })?;
        let times = |institution: &str, subject: &str| times.get(&(institution, subject)).copied().unwrap_or(0.0);
        let image = parts.image.weighted(parts.params.pairs, times)?;
        let label = parts.label.weighted(parts.params.pairs, times)?;
        let (tasks, params) = (parts.tasks.clone(), parts.params.clone());
        Ok(Affinity::new(tasks, parts.sources, image, label, parts.label_grid, params)?.with_drawn(true))
    }
}
