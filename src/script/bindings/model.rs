//! `Model` and `Scores`: a trained network, and how well it does.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::training::{judging_options, train_options, trained, training_options};
use super::words::spacing_array;
use crate::dataset::task::Task;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, plural};
use crate::train::history::table;
use crate::train::model::Model;
use crate::train::predict::PredictParams;
use crate::train::scores::{Empty, Scores};
use crate::train::trainer;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Model>("Model");
    engine.register_type_with_name::<Scores>("Scores");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![
        ("train", training_options()),
        ("fine_tune", training_options()),
        ("load_model", list(|reader| load_options(reader, &mut None))),
        ("evaluate", list(|reader| evaluate_options(reader, &mut "nan".into(), &mut PredictParams::default()))),
        ("predict", list(|reader| judging_options(reader, &mut PredictParams::default()))),
    ]
}

fn evaluate_options(reader: &mut Reader, empty: &mut String, how: &mut PredictParams) {
    reader.text("empty", empty, "what a case with both masks empty counts: \"nan\" (left out), \"one\" or \"zero\"");
    judging_options(reader, how);
}

fn load_options(reader: &mut Reader, patch: &mut Option<[usize; 3]>) {
    reader.maybe_shape(
        "patch",
        patch,
        "that of its training",
        "voxels of a patch, each divisible by the network's strides",
    );
}

fn evaluated(call: &NativeCallContext, model: &Model, task: &Task, options: &Map) -> Answer<Scores> {
    let (mut empty, mut how) = ("nan".to_string(), PredictParams::default());
    read("evaluate", options, |reader| evaluate_options(reader, &mut empty, &mut how))?;
    let empty = Empty::named(&empty)?;
    Ok(trained(call, |context| model.evaluate_by(task, empty, how, context))?)
}

impl Show for Model {
    fn line(&self) -> String {
        format!("Model  {}   {} parameters, {} steps", self.path(), self.parameters(), self.steps())
    }

    fn block(&self, _: usize) -> String {
        self.summary()
    }
}

impl Show for Scores {
    fn line(&self) -> String {
        format!("Scores  Dice {:.4}   IoU {:.4}   {}", self.dice(), self.iou(), plural(self.cases.len(), "case"))
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Trains a network from random weights on the first cases of a task.
    ///
    /// # Arguments
    /// - `task`: its first `cases` (60) are trained on; `task.take(n)` and `task.skip(n)` choose others
    ///
    /// # Source
    /// Section 3 of the paper: nnU-Net's 3-D PlainConvUNet, cross-entropy and soft Dice. Recipe `paper` is the paper's.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// m.steps                                     // => 1
    /// train(task, #{ stages: 99 })                // error: option `stages` must be 2 to 8, got 99
    /// train(task, #{ epoch: 3 })                  // error: unknown option `epoch` for train
    /// ```
    #[rhai_fn(return_raw)]
    pub fn train(call: NativeCallContext, task: Task, options: Map) -> Answer<Model> {
        let params = train_options(&call, "train", &options)?;
        Ok(trained(&call, |context| trainer::train(&task, &params, context))?)
    }

    /// Trains the network further on the first cases (3) of another task; the encoder stays as it is.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let opts = #{ epochs: 1, steps: 1, base: 4, stages: 2 };
    /// train(task, opts).fine_tune(task, opts).steps       // => 2
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn fine_tune(call: NativeCallContext, model: &mut Model, task: Task, options: Map) -> Answer<Model> {
        let params = train_options(&call, "fine_tune", &options)?;
        Ok(trained(&call, |context| trainer::fine_tune(model, &task, &params, context))?)
    }

    /// The same by the `quick` recipe.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// m.fine_tune(task.take(0))       // error: task 16-T2-NCR has no cases to train on
    /// ```
    #[rhai_fn(name = "fine_tune", return_raw, pure)]
    pub fn quick_fine_tune(call: NativeCallContext, model: &mut Model, task: Task) -> Answer<Model> {
        fine_tune(call, model, task, Map::new())
    }

    /// The same by the `quick` recipe.
    ///
    /// # Example
    /// ```
    /// train(phantom_tasks()["16-T2-NCR"].take(0))     // error: task 16-T2-NCR has no cases to train on
    /// ```
    #[rhai_fn(name = "train", return_raw)]
    pub fn quick_train(call: NativeCallContext, task: Task) -> Answer<Model> {
        train(call, task, Map::new())
    }

    /// Reads a network that `model.save`, nnU-Net v2 or PyTorch wrote.
    ///
    /// Of PyTorch: `checkpoint_final.pth` of nnU-Net, or the weights of its plain 3-D U-Net as `torch.save(net.state_dict(), ..)`
    /// or safetensors leave them. Plan and patch are read from the file; weights alone have patches of four voxels an axis in
    /// the coarsest stage. Nothing in a file is run.
    ///
    /// # Errors
    /// Another network, with the first parameters that differ. One of several channels can be read but not used, one of other than
    /// two classes after `fine_tune` with `keep_heads: false`.
    ///
    /// # Example
    /// ```
    /// load_model("nowhere.safetensors")       // error: nowhere.safetensors:
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn load_model(call: NativeCallContext, path: &str) -> Answer<Model> {
        Ok(Model::load(Path::new(path), &Environment::of(&call).device())?)
    }

    /// The same for patches of another size.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).save("net.safetensors");
    /// load_model("net.safetensors", #{ patch: 16 }).summary().contains("patch 16x16x16")        // => true
    /// load_model("net.safetensors", #{ patch: 15 })       // error: option `patch` must be divisible by [2, 2, 2]
    /// ```
    #[rhai_fn(name = "load_model", return_raw, volatile)]
    pub fn load_model_for(call: NativeCallContext, path: &str, options: Map) -> Answer<Model> {
        let mut patch = None;
        read("load_model", &options, |reader| load_options(reader, &mut patch))?;
        let model = load_model(call, path)?;
        Ok(match patch {
            Some(patch) => model.with_patch(patch)?,
            None => model,
        })
    }

    /// Writes weights, architecture, lineage and history to one file.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).save("net.safetensors");
    /// load_model("net.safetensors").steps         // => 1
    /// ```
    #[rhai_fn(return_raw, pure, volatile)]
    pub fn save(model: &mut Model, path: &str) -> Answer<()> {
        Ok(model.save(Path::new(path))?)
    }

    /// The voxels of a volume that the network takes for the objective.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// m.predict(task.case(0).image).shape         // => [12, 12, 12]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn predict(call: NativeCallContext, model: &mut Model, volume: Volume) -> Answer<Mask> {
        Ok(model.predict(&volume, Environment::of(&call).cancel())?)
    }

    /// The same, asked in a certain way: mirrored, or without what does not hang together.
    ///
    /// The axes are those that the network has seen mirrored in its last training: all after `augment: "nnunet"`, which makes eight
    /// times the work, left and right after "mirror" and "intensity", none after "none".
    ///
    /// # Source
    /// nnU-Net v2: logits are averaged over all ways to mirror the axes; parts are connected by faces, edges and corners.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// let v = task.case(0).image;
    /// m.predict(v, #{ largest_component: true }).voxels <= m.predict(v).voxels        // => true
    /// m.predict(v, #{ mirroring: 3 })         // error: option `mirroring` of predict must be true or false, got 3
    /// ```
    #[rhai_fn(name = "predict", return_raw, pure)]
    pub fn predict_by(call: NativeCallContext, model: &mut Model, volume: Volume, options: Map) -> Answer<Mask> {
        let mut how = PredictParams::default();
        read("predict", &options, |reader| judging_options(reader, &mut how))?;
        Ok(model.predict_by(&volume, how, Environment::of(&call).cancel())?)
    }

    /// Scores the network on all cases of a task; higher is better.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// m.evaluate(task, #{ empty: "zero" }).cases.len      // => 2
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn evaluate(call: NativeCallContext, model: &mut Model, task: Task, options: Map) -> Answer<Scores> {
        evaluated(&call, model, &task, &options)
    }

    /// The same; cases without an objective are left out.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let m = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 });
    /// m.evaluate(task).dice >= 0.0        // => true
    /// ```
    #[rhai_fn(name = "evaluate", return_raw, pure)]
    pub fn evaluate_all(call: NativeCallContext, model: &mut Model, task: Task) -> Answer<Scores> {
        evaluated(&call, model, &task, &Map::new())
    }

    /// Loss, Dice, learning rate and time of every epoch of all its trainings, as a table.
    ///
    /// The column `remark` says of the last epoch of a training that it was `interrupted`, `diverged` or `collapsed`, and of the
    /// epoch whose weights such a training went back to that they were `kept`.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 2, steps: 1, base: 4, stages: 2 }).history.len       // => 2
    /// ```
    #[rhai_fn(get = "history", return_raw, pure)]
    pub fn history(model: &mut Model) -> Answer<Table> {
        Ok(table(model.history(), model.lineage())?)
    }

    /// How many numbers the network has.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).parameters > 1000     // => true
    /// ```
    #[rhai_fn(get = "parameters", pure)]
    pub fn parameters(model: &mut Model) -> i64 {
        i64::try_from(model.parameters()).unwrap_or(i64::MAX)
    }

    /// The spacing in mm that the network brings images to, of the plan it was trained by; `()` without one.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let plan = plan_network(task, #{ base: 4 });
    /// train(task, #{ plan: plan, epochs: 1, steps: 1 }).spacing == plan.spacing        // => true
    /// train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).spacing == ()           // => true
    /// ```
    #[rhai_fn(get = "spacing", pure)]
    pub fn spacing(model: &mut Model) -> Dynamic {
        model.about().spacing.map_or(Dynamic::UNIT, |spacing| spacing_array(spacing).into())
    }

    /// Batches of all its trainings.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 1, steps: 2, base: 4, stages: 2 }).steps     // => 2
    /// ```
    #[rhai_fn(get = "steps", pure)]
    pub fn steps(model: &mut Model) -> i64 {
        i64::try_from(model.steps()).unwrap_or(i64::MAX)
    }

    /// One line for each training that went into it, first to last.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).lineage.len()     // => 1
    /// ```
    #[rhai_fn(get = "lineage", pure)]
    pub fn lineage(model: &mut Model) -> Array {
        model.lineage().iter().map(|training| Dynamic::from(training.line())).collect()
    }

    /// A few lines on the network and its trainings, as text.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).summary().contains("16-T2-NCR")       // => true
    /// ```
    #[rhai_fn(pure)]
    pub fn summary(model: &mut Model) -> String {
        model.summary()
    }

    /// The mean Dice of the cases; higher is better.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let s = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).evaluate(task);
    /// s.dice <= 1.0       // => true
    /// ```
    #[rhai_fn(get = "dice", pure)]
    pub fn mean_dice(scores: &mut Scores) -> f64 {
        scores.dice()
    }

    /// The mean IoU of the cases; higher is better.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let s = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).evaluate(task);
    /// s.iou <= s.dice     // => true
    /// ```
    #[rhai_fn(get = "iou", pure)]
    pub fn mean_iou(scores: &mut Scores) -> f64 {
        scores.iou()
    }

    /// One row a case: Dice, IoU, voxels of the objective and predicted ones.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let s = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).evaluate(task);
    /// s.cases.columns     // => ["case", "dice", "iou", "truth", "predicted"]
    /// ```
    #[rhai_fn(get = "cases", return_raw, pure)]
    pub fn cases(scores: &mut Scores) -> Answer<Table> {
        let mut table = Table::new(["case", "dice", "iou", "truth", "predicted"]);
        for case in &scores.cases {
            let counts = [case.truth, case.predicted].map(Cell::from);
            let row = [Cell::from(case.case.clone()), Cell::from(case.dice), Cell::from(case.iou)];
            table.push(row.into_iter().chain(counts).collect())?;
        }
        Ok(table)
    }

    /// The 95 % bootstrap interval of the mean, over cases.
    ///
    /// # Arguments
    /// - `measure`: "dice" or "iou"
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// let s = train(task, #{ epochs: 1, steps: 1, base: 4, stages: 2 }).evaluate(task, #{ empty: "zero" });
    /// s.interval("dice").len()        // => 2
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn interval(call: NativeCallContext, scores: &mut Scores, measure: &str) -> Answer<Array> {
        let seed = Environment::of(&call).seed().named("interval");
        let ends = scores.interval(measure, seed)?;
        Ok(ends.map(Dynamic::from).to_vec())
    }
}
