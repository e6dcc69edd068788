//! One half of an affinity: a matrix between groups of cases, and what it was made of.

use super::groups::Grouping;
use super::matrix::Matrix;
use super::params::Pairs;
use crate::base::error::{Error, Result};
use crate::io::key::Key;
use crate::io::shelf::Shelf;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A case as far as a matrix knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub subject: String,
    /// Where its image or mask comes from.
    pub origin: String,
    /// The hash of its files and of what is read from them; none for one that is generated.
    pub content: Option<Key>,
    /// Its place among the values.
    pub place: usize,
}

/// The cases behind a row of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Members {
    /// The name of the row: `01-T2` or `01-NCR`.
    pub name: String,
    /// The institution.
    pub institution: String,
    /// The cases.
    pub cases: Vec<Member>,
}

/// H or R: the matrix, the row of each task, the cases of each row and, while there are not too many, the value of every pair
/// of cases. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Part {
    matrix: Matrix,
    of: Vec<usize>,
    rows: Arc<Vec<Members>>,
    values: Option<Values>,
    held: Option<Arc<Held>>,
}

/// What was made of each case, by its place: kept while it is small, so that a new case need not wait for the others.
pub enum Held {
    /// Reduced volumes.
    Scores(Shelf<f64>),
    /// Packed masks.
    Masks(Shelf<u64>),
}

/// Bytes that may be held.
const HELD: usize = 256 << 20;

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

/// A symmetric value for each pair of cases; the lower triangle, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(pub Arc<[f64]>);

impl Values {
    /// Values from a function of the greater and the smaller place.
    pub fn from_fn(count: usize, mut value: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(count * (count + 1) / 2);
        for k in 0..count {
            values.extend((0..=k).map(|l| value(k, l)));
        }
        Values(values.into())
    }

    /// The value of a pair.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn at(&self, k: usize, l: usize) -> f64 {
        let (k, l) = (k.max(l), k.min(l));
        self.0[k * (k + 1) / 2 + l]
    }
}

/// The rows of a grouping, their cases numbered one after the other.
pub fn members(grouping: &Grouping, origins: impl IntoIterator<Item = (String, Option<Key>)>) -> Vec<Members> {
    let mut origins = origins.into_iter().enumerate();
    let mut row = |group: &super::groups::Group| {
        let cases = group.cases.iter().zip(origins.by_ref()).map(|(case, (place, (origin, content)))| Member {
            id: case.id.clone(),
            subject: case.subject.clone(),
            origin,
            content,
            place,
        });
        Members { name: group.name.clone(), institution: group.institution.clone(), cases: cases.collect() }
    };
    grouping.groups.iter().map(&mut row).collect()
}

/// Whether a mean over the cases of two rows runs over this pair.
fn counts(pairs: Pairs, (a, k): (&Members, &Member), (b, l): (&Members, &Member)) -> bool {
    pairs == Pairs::All || a.institution != b.institution || k.id == l.id
}

impl Part {
    /// The means of values over all pairs of cases of all pairs of rows.
    ///
    /// # Errors
    /// When two rows have no pair of cases.
    pub fn of_values(rows: Vec<Members>, of: Vec<usize>, values: Values, pairs: Pairs) -> Result<Self> {
        let matrix = means(&rows, pairs, &values, |_| 1.0)?;
        Ok(Part { matrix, of, rows: Arc::new(rows), values: Some(values), held: None })
    }

    /// As it was written to a file.
    #[must_use]
    pub fn recorded(rows: Vec<Members>, of: Vec<usize>, matrix: Matrix, values: Option<Values>) -> Self {
        Part { matrix, of, rows: Arc::new(rows), values, held: None }
    }

    /// The same, holding what was made of each case if that is small.
    #[must_use]
    pub fn holding(self, held: Held) -> Self {
        let (memory, file) = match &held {
            Held::Scores(shelf) => shelf.bytes(),
            Held::Masks(shelf) => shelf.bytes(),
        };
        Part { held: (file == 0 && memory <= HELD).then(|| Arc::new(held)), ..self }
    }

    /// What was made of the case at a place, if it is held.
    #[must_use]
    pub fn scores(&self, place: usize) -> Option<&[f64]> {
        match self.held.as_deref()? {
            Held::Scores(shelf) => shelf.slice(place).filter(|slice| !slice.is_empty()),
            Held::Masks(_) => None,
        }
    }

    /// The packed mask of the case at a place, if it is held.
    #[must_use]
    pub fn mask(&self, place: usize) -> Option<&[u64]> {
        match self.held.as_deref()? {
            Held::Masks(shelf) => shelf.slice(place).filter(|slice| !slice.is_empty()),
            Held::Scores(_) => None,
        }
    }

    /// The matrix.
    #[must_use]
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// The row of each task.
    #[must_use]
    pub fn of(&self) -> &[usize] {
        &self.of
    }

    /// The cases of each row.
    #[must_use]
    pub fn rows(&self) -> &[Members] {
        &self.rows
    }

    /// The value of each pair of cases by their places, if they are kept.
    #[must_use]
    pub fn values(&self) -> Option<&Values> {
        self.values.as_ref()
    }

    /// What the tasks at `places` still need.
    #[must_use]
    pub fn of_tasks(&self, places: &[usize]) -> Self {
        let used: Vec<usize> =
            places.iter().map(|&place| self.of[place]).collect::<BTreeSet<_>>().into_iter().collect();
        let names: Vec<String> = used.iter().map(|&row| self.matrix.rows()[row].clone()).collect();
        Part {
            matrix: Matrix::from_fn(names.clone(), names, |r, c| self.matrix.get(used[r], used[c])),
            of: places.iter().map(|&place| used.partition_point(|&row| row < self.of[place])).collect(),
            rows: Arc::new(used.iter().map(|&row| self.rows[row].clone()).collect()),
            values: self.values.clone(),
            held: self.held.clone(),
        }
    }

    /// The matrix of cases that count as often as `times` says for their institution and subject.
    ///
    /// # Errors
    /// When the values of pairs are not kept, or when no case of a row counts.
    pub fn weighted(&self, pairs: Pairs, times: impl Fn(&str, &str) -> f64) -> Result<Self> {
        let values = self.values.as_ref().ok_or_else(|| {
            let count: usize = self.rows.iter().map(|row| row.cases.len()).sum();
            Error::data(format!("the values of the pairs of {count} cases are not kept"))
                .help("measure fewer cases of each task: affinity(.., #{ cases: 20 })")
        })?;
        let mut weights =
            vec![0.0; self.rows.iter().flat_map(|row| &row.cases).map(|c| c.place + 1).max().unwrap_or(0)];
        for row in self.rows.iter() {
            row.cases.iter().for_each(|case| weights[case.place] = times(&row.institution, &case.subject));
        }
        let matrix = means(&self.rows, pairs, values, |place| weights[place])?;
        Ok(Part { matrix, ..self.clone() })
    }

    /// Where a case of an earlier measurement has its values: by origin and content.
    #[must_use]
    pub fn places(&self) -> BTreeMap<(&str, Option<Key>), usize> {
        let cases = self.rows.iter().flat_map(|row| &row.cases);
        cases.map(|case| ((case.origin.as_str(), case.content), case.place)).collect()
    }
}

/// The symmetric matrix of weighted means, the sums in a fixed order.
fn means(rows: &[Members], pairs: Pairs, values: &Values, weight: impl Fn(usize) -> f64) -> Result<Matrix> {
    let n = rows.len();
    let mut found = vec![0.0; n * n];
    for a in 0..n {
        for b in a..n {
            let (mut sum, mut total) = (0.0, 0.0);
            for k in &rows[a].cases {
                for l in rows[b].cases.iter().filter(|l| counts(pairs, (&rows[a], k), (&rows[b], l))) {
                    // Of a patient that counts several times, each copy meets itself.
                    let paired = pairs == Pairs::Patient && rows[a].institution == rows[b].institution;
                    let weight = if paired { weight(k.place) } else { weight(k.place) * weight(l.place) };
                    sum += weight * values.at(k.place, l.place);
                    total += weight;
                }
            }
            if total == 0.0 {
                return Err(none_in_common(&rows[a], &rows[b]));
            }
            found[a * n + b] = sum / total;
            found[b * n + a] = sum / total;
        }
    }
    let names: Vec<_> = rows.iter().map(|row| row.name.clone()).collect();
    Ok(Matrix::from_fn(names.clone(), names, |r, c| found[r * n + c]))
}

/// Two rows without a pair of cases.
pub(super) fn none_in_common(a: &Members, b: &Members) -> Error {
    Error::data(format!("`{}` and `{}` have no patient in common", a.name, b.name))
        .help("pairs: \"patient\" needs equal case ids inside an institution; use pairs: \"all\"")
}
