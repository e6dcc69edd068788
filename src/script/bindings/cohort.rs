//! Tasks from folders and into folders: opened, checked, split, written.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::error::Error;
use crate::base::seed::Seed;
use crate::dataset::check::{check, table};
use crate::dataset::open::{self, OpenParams};
use crate::dataset::save::save_tasks;
use crate::dataset::split::split;
use crate::dataset::task::Task;
use crate::dataset::tasks::Tasks;
use crate::io::table::Table;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{as_whole, text_or_texts};
use crate::script::options::{OptionDoc, Reader, list, read};
use rhai::plugin::*;
use rhai::{Dynamic, Engine, Map, NativeCallContext};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![
        ("open_tasks", list(|reader| open_options(reader, &mut OpenParams::default()))),
        ("split", list(|reader| split_options(reader, &mut SplitParams::default()))),
        ("write", list(|reader| write_options(reader, &mut FOLDERS.into()))),
    ]
}

fn open_options(reader: &mut Reader, params: &mut OpenParams) {
    reader.maybe_text("layout", &mut params.layout, "detected", "how the data are laid out: one of the layouts above");
    reader.maybe_text(
        "institution",
        &mut params.institution,
        "the folder's name",
        "name of the one institution of a folder",
    );
    reader.maybe_text(
        "release",
        &mut params.release,
        "the layout's",
        "BraTS: year; FeTS: number of the partitioning; BIDS: pipeline",
    );
    if let Some(value) = reader.value("ignore", "the layout's", "label values that scores leave out, as [2]") {
        match label_values(&value) {
            Some(values) => params.ignore = Some(values),
            None => reader.wrong("ignore", "a label value or an array of them, as [2]", &value),
        }
    }
    if let Some(value) = reader.value("exclude", "[]", "names of cases and subjects to leave out") {
        match text_or_texts("open_tasks", "exclude", &value) {
            Ok(names) => params.exclude = names,
            Err(_) => reader.wrong("exclude", "a text or an array of texts", &value),
        }
    }
    let mut list = None;
    reader.maybe_text("exclude_file", &mut list, "none", "a text file of such names, one a line");
    params.exclude_file = list.map(PathBuf::from);
    let about = "label values of each objective, as #{ name: [1, 2] }";
    if let Some(value) = reader.value("objectives", "the layout's", about) {
        match objectives(&value) {
            Some(objectives) => params.objectives = objectives,
            None => reader.wrong("objectives", "a map of names to label values, as #{ core: [1, 4] }", &value),
        }
    }
}

/// `#{ core: [1, 4], whole: 2 }`.
fn objectives(value: &Dynamic) -> Option<BTreeMap<String, Vec<u16>>> {
    value.as_map_ref().ok()?.iter().map(|(name, value)| Some((name.to_string(), label_values(value)?))).collect()
}

/// `[1, 4]` or `2`.
fn label_values(value: &Dynamic) -> Option<Vec<u16>> {
    let label = |value: &Dynamic| as_whole(value).and_then(|n| u16::try_from(n).ok());
    match value.as_array_ref() {
        Ok(array) => array.iter().map(label).collect(),
        Err(_) => label(value).map(|n| vec![n]),
    }
}

/// The options of `split`.
struct SplitParams {
    test: f64,
    seed: Option<u64>,
}

impl Default for SplitParams {
    fn default() -> Self {
        SplitParams { test: 0.2, seed: None }
    }
}

fn split_options(reader: &mut Reader, params: &mut SplitParams) {
    reader.number("test", &mut params.test, "share of the subjects of each institution to hold out");
    reader.maybe_whole("seed", &mut params.seed, "that of seed(n)", "another seed holds out others");
}

/// The layout that holds any tasks.
const FOLDERS: &str = "folders";

fn write_options(reader: &mut Reader, layout: &mut String) {
    reader.text("layout", layout, "how to lay them out: \"fets\", \"nnunet\", ...");
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Opens a folder or a manifest (a CSV) as tasks: institution x modality x objective.
    ///
    /// Images are read when they are asked for. What does not fit together but stops nothing (an image without a label) is in
    /// `.notes`; `.check()` reads everything; `.opening` says which layout was detected and why.
    ///
    /// Layouts: `fets` (FeTS 2021 and 2022 with a partitioning), `brats` (2017 to 2024), `iseg` (Analyze pairs), `wmh` (the
    /// challenge of 2017), `nnunet` (v1, v2, Decathlon), `bids` (labels under derivatives), `folders`
    /// (`<institution>/image/<modality>/`, `<institution>/label/<objective>/`) and `manifest`.
    ///
    /// # Arguments
    /// - `path`: a folder in a known layout, or a CSV with the columns case, institution, modality, image, label
    ///
    /// # Errors
    /// A folder whose layout is unknown or ambiguous, a missing file, a wrong column: each is named.
    ///
    /// # Example
    /// ```
    /// let c = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0);
    /// c.image.save("c1.nii.gz");
    /// c.mask.save("m1.nii.gz");
    /// let row = #{ case: "c1", institution: "A", modality: "t2w", image: "c1.nii.gz", label: "m1.nii.gz" };
    /// table("cases").add(row).save("cases.csv");
    /// open_tasks("cases.csv", #{ layout: "manifest", objectives: #{ core: [1] } }).names     // => ["A-T2-core"]
    /// open_tasks("nowhere", #{})          // error: nowhere: cannot open the tasks
    /// open_tasks("cases.csv", #{ layout: "manifset" })        // error: unknown layout `manifset`
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn open_tasks(path: &str, options: Map) -> Answer<Tasks> {
        let mut params = OpenParams::default();
        read("open_tasks", &options, |reader| open_options(reader, &mut params))?;
        Ok(open::open_tasks(Path::new(path), params)?)
    }

    /// The same in the layout that is detected.
    ///
    /// # Example
    /// ```
    /// open_tasks("nowhere")               // error: nowhere: cannot open the tasks
    /// ```
    #[rhai_fn(name = "open_tasks", return_raw, volatile)]
    pub fn detect_tasks(path: &str) -> Answer<Tasks> {
        Ok(open::open_tasks(Path::new(path), OpenParams::default())?)
    }

    /// What is odd about the files but stops nothing: images without a label, labels without an image, cases left out.
    ///
    /// # Returns
    /// A table with the columns topic, place and text; empty for phantoms.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().notes.len       // => 0
    /// ```
    #[rhai_fn(get = "notes", pure)]
    pub fn notes(tasks: &mut Tasks) -> Table {
        tasks.notes_table()
    }

    /// Where the tasks came from: a map of path, layout and what was seen that says so; () for phantoms.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, institutions: "01", modalities: "T2" });
    /// tasks.write("ward", #{ layout: "folders" });
    /// open_tasks("ward").opening.layout       // => folders
    /// ```
    #[rhai_fn(get = "opening", pure)]
    pub fn opening(tasks: &mut Tasks) -> Dynamic {
        let Some(opening) = tasks.opening() else { return Dynamic::UNIT };
        let mut map = Map::new();
        map.insert("path".into(), opening.path.display().to_string().into());
        map.insert("layout".into(), opening.layout.into());
        map.insert("because".into(), opening.because.clone().into());
        map.into()
    }

    /// Reads every header, label and image, and says what is wrong or odd.
    ///
    /// Looked for are files that cannot be read, labels on another grid than their image, empty objectives, subjects with
    /// one name at two institutions, equal images under two names, voxels that are not finite, constant images, and
    /// images out of the family of their institution and modality: their median non-zero voxel is at least twice or at
    /// most half of the typical one and its logarithm has a modified z-score above 3.5.
    ///
    /// # Returns
    /// A table with the columns finding, institution, case, modality, objective, text; empty when all is well.
    ///
    /// # Source
    /// Iglewicz and Hoaglin 1993 (modified z-score).
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 2 }).check().len        // => 0
    /// ```
    #[rhai_fn(name = "check", return_raw, pure)]
    pub fn check_tasks(context: NativeCallContext, tasks: &mut Tasks) -> Answer<Table> {
        Ok(table(&check(tasks, Environment::of(&context).monitor())?))
    }

    /// The same tasks twice: over the subjects to learn from, and over those held out.
    ///
    /// All visits, modalities and objectives of a subject are on one side.
    ///
    /// # Returns
    /// A map with `train` and `test`.
    ///
    /// # Example
    /// ```
    /// let sides = phantom_tasks().split(#{ test: 0.25, seed: 1 });
    /// sides.test["01-T2-NCR"].cases       // => 7
    /// sides.train["01-T2-NCR"].cases      // => 21
    /// phantom_tasks().split(#{ test: 2 }) // error: option `test` must be between 0 and 1, got 2
    /// ```
    #[rhai_fn(name = "split", return_raw, pure)]
    pub fn split_tasks(context: NativeCallContext, tasks: &mut Tasks, options: Map) -> Answer<Map> {
        let mut params = SplitParams::default();
        read("split", &options, |reader| split_options(reader, &mut params))?;
        let seed = params.seed.map_or(Environment::of(&context).seed(), Seed::new);
        let (train, test) = split(tasks, params.test, seed)?;
        Ok([("train".into(), Dynamic::from(train)), ("test".into(), Dynamic::from(test))].into())
    }

    /// One task's cases the same way: the same subjects are held out as from all tasks of its institution.
    ///
    /// # Returns
    /// A map with `train` and `test`, each a Task.
    ///
    /// # Errors
    /// When the task has fewer than two subjects.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks();
    /// let sides = tasks["01-T2-NCR"].split(#{ test: 0.25, seed: 1 });
    /// sides.test.cases                                                                        // => 7
    /// sides.test.case(0).id == tasks.split(#{ test: 0.25, seed: 1 }).test["01-T2-NCR"].case(0).id     // => true
    /// ```
    #[rhai_fn(name = "split", return_raw, pure)]
    pub fn split_task(context: NativeCallContext, task: &mut Task, options: Map) -> Answer<Map> {
        let sides = split_tasks(context, &mut Tasks::new(vec![task.clone()])?, options)?;
        let mut map = Map::new();
        for (side, tasks) in sides {
            let only = tasks.read_lock::<Tasks>().and_then(|tasks| tasks.as_slice().first().cloned());
            let few = || Fault::from(Error::data(format!("task {} has fewer than two subjects", task.name())));
            map.insert(side, Dynamic::from(only.ok_or_else(few)?));
        }
        Ok(map)
    }

    /// Writes the tasks into a new folder, laid out as real data sets are; `open_tasks` reads it.
    ///
    /// # Arguments
    /// - `path`: a folder that is not there yet, or is empty; it appears when everything is in it
    ///
    /// # Errors
    /// When the layout cannot hold the tasks, or `path` holds something already.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, institutions: "01", modalities: "T2" });
    /// tasks.write("hospital", #{ layout: "folders" });
    /// open_tasks("hospital").names        // => ["01-T2-ED", "01-T2-ET", "01-T2-NCR"]
    /// tasks.write("hospital")              // error: hospital: wanted a new or empty folder
    /// ```
    #[rhai_fn(name = "write", return_raw, pure, volatile)]
    pub fn write_in_layout(context: NativeCallContext, tasks: &mut Tasks, path: &str, options: Map) -> Answer<()> {
        let mut layout = FOLDERS.to_string();
        read("write", &options, |reader| write_options(reader, &mut layout))?;
        Ok(save_tasks(tasks, Path::new(path), &layout, Environment::of(&context).monitor())?)
    }

    /// The same in the layout `folders`.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 1, institutions: "01", modalities: "T2" }).write("clinic");
    /// open_tasks("clinic")["01-T2-ED"].case(0).image.shape        // => [24, 24, 24]
    /// ```
    #[rhai_fn(name = "write", return_raw, pure, volatile)]
    pub fn write_in_folders(context: NativeCallContext, tasks: &mut Tasks, path: &str) -> Answer<()> {
        Ok(save_tasks(tasks, Path::new(path), FOLDERS, Environment::of(&context).monitor())?)
    }
}
