//! `Task` and `Case`: what is segmented, where, in which images.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::words::{size_text, spacing_text};
use crate::base::seed::Seed;
use crate::dataset::case::Case;
use crate::dataset::task::Task;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::count;
use crate::script::show::{Show, plural};
use rhai::plugin::*;
use rhai::{Dynamic, Engine, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Task>("Task");
    engine.register_type_with_name::<Case>("Case");
    engine.register_global_module(exported_module!(verbs).into());
}

impl Show for Task {
    fn line(&self) -> String {
        format!("Task  {}   {}", self.name(), plural(self.cases().len(), "case"))
    }
}

impl Show for Case {
    fn line(&self) -> String {
        format!("Case  {}", self.id)
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The name: `institution-modality-objective`.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].name         // => 01-FLAIR-ED
    /// ```
    #[rhai_fn(get = "name", pure)]
    pub fn name(task: &mut Task) -> String {
        task.name()
    }

    /// Where the images were made.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].institution      // => 01
    /// ```
    #[rhai_fn(get = "institution", pure)]
    pub fn institution(task: &mut Task) -> String {
        task.fields().institution.clone()
    }

    /// The kind of image: `FLAIR`, `T1`, `T1ce`, `T2`, or the data's own word.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].modality     // => FLAIR
    /// ```
    #[rhai_fn(get = "modality", pure)]
    pub fn modality(task: &mut Task) -> String {
        task.fields().modality.clone()
    }

    /// What is segmented.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].objective        // => ED
    /// ```
    #[rhai_fn(get = "objective", pure)]
    pub fn objective(task: &mut Task) -> String {
        task.fields().objective.clone()
    }

    /// How many cases it has.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 5 })[0].cases       // => 5
    /// ```
    #[rhai_fn(get = "cases", pure)]
    pub fn cases(task: &mut Task) -> i64 {
        i64::try_from(task.cases().len()).unwrap_or(i64::MAX)
    }

    /// The `n`-th case, counted from 0.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 5 })[0].case(0).id.len() > 0        // => true
    /// phantom_tasks(#{ cases: 5 })[0].case(5)                     // error: 01-FLAIR-ED has 5 cases, got number 5
    /// ```
    #[rhai_fn(name = "case", return_raw, pure)]
    pub fn case_of(task: &mut Task, n: i64) -> Answer<Case> {
        let case = usize::try_from(n).ok().and_then(|n| task.cases().get(n)).cloned();
        let missing = || format!("{} has {}, got number {n}", task.name(), plural(task.cases().len(), "case"));
        Ok(case.ok_or_else(|| Fault::argument(missing()).help("counted from 0"))?)
    }

    /// The task over its first `n` cases, all of them if there are fewer.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()["01-T2-NCR"].take(3).cases      // => 3
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn take(task: &mut Task, n: i64) -> Answer<Task> {
        Ok(task.take(count("take", "n", n)?))
    }

    /// The task without its first `n` cases.
    ///
    /// # Example
    /// ```
    /// let t = phantom_tasks(#{ cases: 10 })["01-T2-NCR"];
    /// t.skip(4).cases                         // => 6
    /// t.skip(4).case(0).id == t.case(4).id    // => true
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn skip(task: &mut Task, n: i64) -> Answer<Task> {
        Ok(task.skip(count("skip", "n", n)?))
    }

    /// The cases in a random order that depends on the seed and the institution only.
    ///
    /// # Example
    /// ```
    /// let t = phantom_tasks()["01-T2-NCR"];
    /// t.shuffle(1).case(0).id == t.shuffle(1).case(0).id      // => true
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn shuffle(task: &mut Task, seed: i64) -> Answer<Task> {
        Ok(task.shuffle(Seed::new(count("shuffle", "seed", seed)? as u64)))
    }

    /// A table with one row a case: its voxels, spacing and the voxels of the objective. Reads every case.
    ///
    /// # Example
    /// ```
    /// phantom_tasks(#{ cases: 2 })[0].summary().rows.len()        // => 2
    /// ```
    #[rhai_fn(name = "summary", return_raw, pure)]
    pub fn task_summary(context: NativeCallContext, task: &mut Task) -> Answer<Table> {
        let environment = Environment::of(&context);
        let stage = environment.monitor().stage("summary", task.cases().len());
        let mut table = Table::new(["case", "shape", "spacing", "objective_voxels", "mean"]).named(task.name());
        for case in task.cases() {
            let (image, mask) = (case.source.image()?, case.source.mask()?);
            table.push(vec![
                Cell::from(case.id.clone()),
                Cell::from(size_text(image.shape())),
                Cell::from(spacing_text(image.geometry().spacing)),
                Cell::from(mask.count()),
                Cell::from(image.mean()),
            ])?;
            stage.advance(1)?;
        }
        Ok(table)
    }

    /// The name of the case, unique inside its institution.
    ///
    /// # Example
    /// ```
    /// let t = phantom_tasks()["01-T2-NCR"];
    /// t.case(0).id == phantom_tasks()["01-FLAIR-ED"].case(0).id       // => true
    /// ```
    #[rhai_fn(get = "id", pure)]
    pub fn id(case: &mut Case) -> String {
        case.id.clone()
    }

    /// The image of the case; it is read now.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].case(0).image.shape      // => [24, 24, 24]
    /// ```
    #[rhai_fn(get = "image", return_raw, pure)]
    pub fn image(case: &mut Case) -> Answer<Volume> {
        Ok(case.source.image()?)
    }

    /// The objective of the case on the image's grid; it is read now.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].case(0).mask.voxels > 0      // => true
    /// ```
    #[rhai_fn(get = "mask", return_raw, pure)]
    pub fn mask(case: &mut Case) -> Answer<Mask> {
        Ok(case.source.mask()?)
    }

    /// Who the case is of: equal for all visits of one patient.
    ///
    /// # Example
    /// ```
    /// let c = phantom_tasks()["01-T2-NCR"].case(0);
    /// c.subject == c.id       // => true
    /// ```
    #[rhai_fn(get = "subject", pure)]
    pub fn subject(case: &mut Case) -> String {
        case.subject.clone()
    }

    /// The voxels that scores leave out, such as other pathology beside white-matter lesions; () if all count.
    ///
    /// # Example
    /// ```
    /// phantom_tasks()[0].case(0).ignored == ()        // => true
    /// ```
    #[rhai_fn(get = "ignored", return_raw, pure)]
    pub fn ignored(case: &mut Case) -> Answer<Dynamic> {
        Ok(case.source.ignored()?.map_or(Dynamic::UNIT, Dynamic::from))
    }
}
