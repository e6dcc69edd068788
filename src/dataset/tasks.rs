//! A named collection of tasks.

use super::note::Note;
use super::task::Task;
use crate::base::error::{Error, Kind, Result};
use crate::base::nearest::nearest;
use crate::io::table::{Cell, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Where tasks came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The folder or file.
    pub path: PathBuf,
    /// The layout's name.
    pub layout: &'static str,
    /// What was seen that says so, or that a person said so.
    pub because: String,
    /// What a person should know about the data.
    pub notes: Vec<Note>,
}

/// Tasks in the order of their names' fields (institution, modality, objective); no two have the same name.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    list: Vec<Task>,
    opening: Option<Arc<Opening>>,
}

impl Tasks {
    /// A collection of tasks, put in order.
    ///
    /// # Errors
    /// When two have the same name.
    pub fn new(mut tasks: Vec<Task>) -> Result<Self> {
        tasks.sort_by(|a, b| a.fields().cmp(b.fields()));
        if let Some(pair) = tasks.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            return Err(Error::data(format!("two tasks are called {}", pair[0].name()))
                .help("a task is one institution, one modality and one objective: give one of them another name"));
        }
        Ok(Tasks { list: tasks, opening: None })
    }

    /// The same tasks, remembered as opened from somewhere.
    #[must_use]
    pub fn opened(mut self, opening: Opening) -> Self {
        self.opening = Some(Arc::new(opening));
        self
    }

    /// Where they came from; none for generated tasks.
    #[must_use]
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }

    /// What a person should know about the data: images without labels, cases left out.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        self.opening.as_ref().map_or(&[], |opening| &opening.notes)
    }

    /// The notes as a table: topic, place, text.
    #[must_use]
    pub fn notes_table(&self) -> Table {
        let mut table = Table::new(["topic", "place", "text"]).named("notes");
        for note in self.notes() {
            table.add([
                ("topic", Cell::from(note.topic.name())),
                ("place", Cell::from(note.place.display().to_string())),
                ("text", Cell::from(note.text.clone())),
            ]);
        }
        table
    }

    /// Some of these tasks, from the same place.
    #[must_use]
    pub fn with(&self, list: Vec<Task>) -> Self {
        Tasks { list, opening: self.opening.clone() }
    }

    /// The task of this name.
    ///
    /// # Errors
    /// Says which names there are, and the nearest.
    pub fn get(&self, name: &str) -> Result<&Task> {
        self.list.iter().find(|task| task.name() == name).ok_or_else(|| self.unknown("task", name, &self.names()))
    }

    /// The tasks in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Task> {
        self.list.iter()
    }

    /// The tasks as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Task] {
        &self.list
    }

    /// Number of tasks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are no tasks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The names in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.list.iter().map(Task::name).collect()
    }

    /// The institutions in order, each once.
    #[must_use]
    pub fn institutions(&self) -> Vec<String> {
        let mut institutions: Vec<String> = self.list.iter().map(|task| task.fields().institution.clone()).collect();
        institutions.dedup();
        institutions
    }

    /// The institutions at which each subject is known.
    #[must_use]
    pub fn homes_of_subjects(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut homes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for task in &self.list {
            for case in task.cases() {
                homes.entry(&case.subject).or_default().insert(&task.fields().institution);
            }
        }
        homes
    }

    /// The tasks for which `keep` holds.
    ///
    /// # Errors
    /// What `keep` returns.
    pub fn filter(&self, mut keep: impl FnMut(&Task) -> Result<bool>) -> Result<Self> {
        let mut kept = Vec::new();
        for task in &self.list {
            if keep(task)? {
                kept.push(task.clone());
            }
        }
        Ok(self.with(kept))
    }

    /// The tasks of these institutions.
    ///
    /// # Errors
    /// When an institution has no task here.
    pub fn only_institution<S: AsRef<str>>(&self, institutions: &[S]) -> Result<Self> {
        self.known(institutions)?;
        self.filter(|task| Ok(institutions.iter().any(|name| name.as_ref() == task.fields().institution)))
    }

    /// The tasks of all other institutions.
    ///
    /// # Errors
    /// When an institution has no task here: leaving out nothing is a mistake, and a leak in an experiment.
    pub fn except_institution<S: AsRef<str>>(&self, institutions: &[S]) -> Result<Self> {
        self.known(institutions)?;
        self.filter(|task| Ok(institutions.iter().all(|name| name.as_ref() != task.fields().institution)))
    }

    /// All tasks but this one.
    #[must_use]
    pub fn except(&self, task: &Task) -> Self {
        self.with(self.list.iter().filter(|other| other.fields() != task.fields()).cloned().collect())
    }

    /// A table of all tasks: name, its three fields, number of cases.
    #[must_use]
    pub fn summary(&self) -> Table {
        let mut table = Table::new(["task", "institution", "modality", "objective", "cases"]);
        for task in &self.list {
            let name = task.fields();
            table.add([
                ("task", Cell::Text(task.name())),
                ("institution", Cell::Text(name.institution.clone())),
                ("modality", Cell::Text(name.modality.clone())),
                ("objective", Cell::Text(name.objective.clone())),
                ("cases", Cell::from(task.cases().len())),
            ]);
        }
        table
    }

    /// A table of the institutions: subjects, cases (visits), tasks, modalities and objectives.
    #[must_use]
    pub fn institutions_table(&self) -> Table {
        let mut table = Table::new(["institution", "subjects", "cases", "tasks", "modalities", "objectives"]);
        for institution in self.institutions() {
            let tasks: Vec<&Task> = self.list.iter().filter(|task| task.fields().institution == institution).collect();
            let cases = || tasks.iter().flat_map(|task| task.cases());
            let words = |of: fn(&Task) -> &String| {
                let words: BTreeSet<&str> = tasks.iter().map(|task| of(task).as_str()).collect();
                words.into_iter().collect::<Vec<_>>().join(" ")
            };
            table.add([
                ("subjects", Cell::from(cases().map(|case| &case.subject).collect::<BTreeSet<_>>().len())),
                ("cases", Cell::from(cases().map(|case| &case.id).collect::<BTreeSet<_>>().len())),
                ("tasks", Cell::from(tasks.len())),
                ("modalities", Cell::from(words(|task| &task.fields().modality))),
                ("objectives", Cell::from(words(|task| &task.fields().objective))),
                ("institution", Cell::from(institution)),
            ]);
        }
        table
    }

    fn known<S: AsRef<str>>(&self, institutions: &[S]) -> Result<()> {
        let all = self.institutions();
        for name in institutions {
            if !all.iter().any(|known| known == name.as_ref()) {
                return Err(self.unknown("institution", name.as_ref(), &all));
            }
        }
        Ok(())
    }

    fn unknown(&self, what: &str, name: &str, all: &[String]) -> Error {
        let error = Error::new(Kind::Argument, format!("no {what} `{name}` among {} tasks", self.len()));
        match nearest(name, all.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None if all.is_empty() => error.help("the collection is empty"),
            None if all.len() <= 12 => error.help(format!("there are {}", all.join(", "))),
            None => error.help(format!("there are {}, ... {} in all", all[..8].join(", "), all.len())),
        }
    }
}

impl<'a> IntoIterator for &'a Tasks {
    type Item = &'a Task;
    type IntoIter = std::slice::Iter<'a, Task>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl IntoIterator for Tasks {
    type Item = Task;
    type IntoIter = std::vec::IntoIter<Task>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dataset::task::TaskName;

    fn tasks() -> Tasks {
        let task = |institution: &str, modality: &str| {
            let name = TaskName { institution: institution.into(), modality: modality.into(), objective: "NCR".into() };
            Task::new(name, Vec::new())
        };
        Tasks::new(vec![task("16", "T2"), task("01", "T1ce"), task("01", "FLAIR"), task("site-a", "T1")]).unwrap()
    }

    #[test]
    fn tasks_are_in_order_and_found_by_name() {
        assert_eq!(tasks().names(), ["01-FLAIR-NCR", "01-T1ce-NCR", "16-T2-NCR", "site-a-T1-NCR"]);
        assert_eq!(tasks().get("16-T2-NCR").unwrap().fields().modality, "T2");
        let error = tasks().get("16-t2-NCR").unwrap_err();
        assert_eq!(error.help_line(), Some("did you mean `16-T2-NCR`?"));
    }

    #[test]
    fn institutions_are_left_out_by_name() {
        let rest = tasks().except_institution(&["16"]).unwrap();
        assert_eq!(rest.institutions(), ["01", "site-a"]);
        assert_eq!(tasks().only_institution(&["16", "01"]).unwrap().len(), 3);
        assert!(tasks().except_institution(&["17"]).is_err());
        let all = tasks();
        assert_eq!(all.except(all.get("16-T2-NCR").unwrap()).len(), 3);
    }

    #[test]
    fn the_summary_has_a_row_a_task() {
        let table = tasks().summary();
        assert_eq!(table.columns(), ["task", "institution", "modality", "objective", "cases"]);
        assert_eq!(table.len(), 4);
    }
}
