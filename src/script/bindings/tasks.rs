//! `Tasks`: a named collection of tasks.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::params::Params;
use crate::dataset::phantoms::catalogue::phantom_tasks as phantoms;
use crate::dataset::phantoms::params::PhantomParams;
use crate::dataset::phantoms::sites::PRESETS;
use crate::dataset::task::Task;
use crate::dataset::tasks::Tasks;
use crate::io::table::Table;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{text_or_texts, values};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, WHOLE, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, FnPtr, Map, Module, NativeCallContext};
use std::any::TypeId;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Tasks>("Tasks");
    let mut module: Module = exported_module!(verbs);
    module.set_iter(TypeId::of::<Tasks>(), |value| {
        let tasks = value.try_cast::<Tasks>().map(|tasks| tasks.as_slice().to_vec()).unwrap_or_default();
        Box::new(tasks.into_iter().map(Dynamic::from))
    });
    engine.register_global_module(module.into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("phantom_tasks", list(|reader| phantom_options(reader, &mut PhantomParams::default())))]
}

fn phantom_options(reader: &mut Reader, params: &mut PhantomParams) {
    reader.ranges(PhantomParams::RANGES);
    let presets: Vec<&'static str> = PRESETS.iter().map(|preset| preset.name).collect();
    reader.word("preset", &mut params.preset, &presets, "how much there is");
    reader.maybe_whole("seed", &mut params.seed, "that of seed(n)", "another seed gives other brains");
    reader.texts("institutions", &mut params.institutions, "only these");
    reader.texts("modalities", &mut params.modalities, "only these; an institution without them has no tasks");
    reader.texts("objectives", &mut params.objectives, "only these of ED, ET, NCR, WMH, CSF, GM, WM");
    reader.maybe_shape("size", &mut params.size, "the preset's", "voxels along x, y, z");
    reader.maybe_whole("cases", &mut params.cases, "the preset's", "cases of each institution");
    reader.number("shift", &mut params.shift, "strength of the differences between institutions; 0 removes them");
}

impl Show for Tasks {
    fn line(&self) -> String {
        let institutions = plural(self.institutions().len(), "institution");
        let layout = self.opening().map_or_else(String::new, |opening| format!("   layout {}", opening.layout));
        let notes = self.notes().len();
        let notes = if notes > 0 { format!("   {} (.notes)", plural(notes, "note")) } else { String::new() };
        format!("Tasks  {}, {institutions}{layout}{notes}", plural(self.len(), "task"))
    }

    fn block(&self, width: usize) -> String {
        format!(
            "{}\n{}",
            self.line(),
            self.institutions_table().render(width, if width >= WHOLE { usize::MAX } else { 16 })
        )
    }
}

/// Tasks out of `Tasks` or an array of `Task`.
///
/// # Errors
/// Names the function, the argument and what was got.
pub fn tasks_of(function: &str, argument: &str, value: &Dynamic) -> Result<Vec<Task>, Fault> {
    if let Some(tasks) = value.read_lock::<Tasks>() {
        return Ok(tasks.as_slice().to_vec());
    }
    if let Some(task) = value.read_lock::<Task>() {
        return Ok(vec![task.clone()]);
    }
    match value.as_array_ref() {
        Ok(array) => values::<Task>(function, argument, &array, "a Task"),
        Err(_) => Err(crate::script::number::wrong(function, argument, "Tasks or an array of Task", value)),
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Procedural brains: tasks whose relations are known, for trying things out and for tests.
    ///
    /// Adults with a tumour (FeTS-like; ED, ET, NCR), elderly with white matter hyperintensities (WMH-like; an
    /// infarct of some is left out of scores), infants with inverted T1 contrast (iSeg-like; CSF, GM, WM).
    /// Sites of one vendor look alike. Targets have every objective in each case.
    ///
    /// - `tiny`, 24x24x24, FLAIR T1ce T2. Sources: 01 (vendor a, 28 cases), 18 (b, 28). Targets: 16 (a, 13).
    /// - `small`, 24x24x24, 36 sources: 01 (a, 40), 18 (b, 36), 04 (c, 12), each FLAIR T1 T1ce T2 x ED ET NCR.
    ///   12 targets of 15 cases: 16 (a) 4 modalities x ED NCR, U (b) FLAIR T1 x WMH, iSeg (c) T1 T2 x GM.
    /// - `paperlike`, 32x32x32, 84 sources: 01 (a, 96), 04 (b, 47), 06 (c, 34), 13 (b, 35), 18 (a, 84),
    ///   20 (c, 33), 21 (d, 35). 21 targets: 16 (d, 30), iSeg (a, 10) T1 T2 x CSF GM WM, and FLAIR x WMH at
    ///   U for Utrecht (b, 20), S for Singapore (a, 20), A for Amsterdam (c, 20).
    ///
    /// # Returns
    /// Tasks of institutions x modalities x objectives; images are drawn when they are asked for.
    ///
    /// # Example
    /// ```
    /// seed(7);
    /// let tasks = phantom_tasks(#{ preset: "tiny" });
    /// tasks.len()                             // => 27
    /// phantom_tasks(#{ preset: "paperlike" }).len             // => 105
    /// phantom_tasks(#{ preset: "small", objectives: ["WMH"] }).names      // => ["U-FLAIR-WMH", "U-T1-WMH"]
    /// phantom_tasks(#{ preset: "small", modalities: "T1ce", objectives: "WMH" })      // error: no task of the preset `small`
    /// phantom_tasks(#{ preste: "tiny" })      // error: unknown option `preste` for phantom_tasks
    /// phantom_tasks(#{ preset: "huge" })      // error: option `preset` must be one of "tiny", "small", "paperlike", got "huge"
    /// ```
    #[rhai_fn(return_raw)]
    pub fn phantom_tasks(context: NativeCallContext, options: Map) -> Answer<Tasks> {
        let mut params = PhantomParams::default();
        read("phantom_tasks", &options, |reader| phantom_options(reader, &mut params))?;
        let seed = Environment::of(&context).seed();
        Ok(phantoms(&params.check()?, seed)?)
    }

    /// The same with the preset `tiny`.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().names[0]        // => 01-FLAIR-ED
    /// ```
    #[rhai_fn(name = "phantom_tasks", return_raw)]
    pub fn tiny_phantom_tasks(context: NativeCallContext) -> Answer<Tasks> {
        let seed = Environment::of(&context).seed();
        Ok(phantoms(&PhantomParams::default().check()?, seed)?)
    }

    /// The task of this name.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()["01-T1ce-NCR"].modality     // => T1ce
    /// phantom_tasks()["01-T1ce-NRC"]              // error: no task is named "01-T1ce-NRC"
    /// ```
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn by_name(tasks: &mut Tasks, name: &str) -> Answer<Task> {
        Ok(tasks.get(name)?.clone())
    }

    /// The `n`-th task in the order of names; -1 is the last.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].name         // => 01-FLAIR-ED
    /// phantom_tasks()[99]             // error: there are 27 tasks, got number 99
    /// ```
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn by_number(tasks: &mut Tasks, n: i64) -> Answer<Task> {
        let len = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
        let at = usize::try_from(if n < 0 { len + n } else { n }).ok();
        let task = at.and_then(|at| tasks.as_slice().get(at)).cloned();
        Ok(task
            .ok_or_else(|| Fault::argument(format!("there are {len} tasks, got number {n}")).help("counted from 0"))?)
    }

    /// How many tasks there are.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().len             // => 27
    /// ```
    #[rhai_fn(name = "len", get = "len", pure)]
    pub fn len(tasks: &mut Tasks) -> i64 {
        i64::try_from(tasks.len()).unwrap_or(i64::MAX)
    }

    /// All names in order.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().only_institution("16").names[2]     // => 16-FLAIR-NCR
    /// ```
    #[rhai_fn(get = "names", pure)]
    pub fn names(tasks: &mut Tasks) -> Array {
        tasks.names().into_iter().map(Dynamic::from).collect()
    }

    /// All institutions in order.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().institutions        // => ["01", "16", "18"]
    /// ```
    #[rhai_fn(get = "institutions", pure)]
    pub fn institutions(tasks: &mut Tasks) -> Array {
        tasks.institutions().into_iter().map(Dynamic::from).collect()
    }

    /// The tasks for which a function gives true.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().filter(|t| t.modality == "T2").len      // => 9
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn filter(context: NativeCallContext, tasks: &mut Tasks, keep: FnPtr) -> Answer<Tasks> {
        let mut kept = Vec::new();
        for task in tasks.iter() {
            if keep.call_within_context::<bool>(&context, (task.clone(),))? {
                kept.push(task.clone());
            }
        }
        Ok(Tasks::new(kept)?)
    }

    /// The tasks of these institutions only.
    ///
    /// # Arguments
    /// - `institution`: a name, or an array of names
    ///
    /// # Example
    /// ```
    /// phantom_tasks().only_institution(["01", "18"]).len      // => 18
    /// phantom_tasks().only_institution("2")                   // error: no institution `2` among 27 tasks
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn only_institution(tasks: &mut Tasks, institution: Dynamic) -> Answer<Tasks> {
        Ok(tasks.only_institution(&text_or_texts("only_institution", "institution", &institution)?)?)
    }

    /// The tasks of all other institutions.
    ///
    /// # Errors
    /// When an institution has no task here: leaving out nothing is a mistake, and a leak in an experiment.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().except_institution("16").institutions   // => ["01", "18"]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn except_institution(tasks: &mut Tasks, institution: Dynamic) -> Answer<Tasks> {
        Ok(tasks.except_institution(&text_or_texts("except_institution", "institution", &institution)?)?)
    }

    /// All tasks but this one.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks();
    /// tasks.except(tasks[0]).len      // => 26
    /// ```
    #[rhai_fn(pure)]
    pub fn except(tasks: &mut Tasks, task: Task) -> Tasks {
        tasks.except(&task)
    }

    /// A table of all tasks: name, institution, modality, objective, cases.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().summary().rows.len()        // => 27
    /// ```
    #[rhai_fn(pure)]
    pub fn summary(tasks: &mut Tasks) -> Table {
        tasks.summary()
    }

    /// The same with one row for each institution: subjects, cases (visits), tasks, modalities and objectives.
    ///
    /// # Example
    /// ```
    /// phantom_tasks().by_institution().column("subjects")     // => [28, 13, 28]
    /// ```
    #[rhai_fn(pure)]
    pub fn by_institution(tasks: &mut Tasks) -> Table {
        tasks.institutions_table()
    }
}
