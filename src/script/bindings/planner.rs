//! Plans for networks, from the images they are to be trained on.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::tasks::tasks_of;
use super::words::{shape_array, size_text, spacing_array};
use crate::base::params::Params;
use crate::script::environment::Environment;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, number, plural};
use crate::train::planner::{Fingerprint, NetworkPlan, PlanParams, plan};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<NetworkPlan>("NetworkPlan");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("plan_network", list(|reader| plan_options(reader, &mut PlanParams::default())))]
}

fn plan_options(reader: &mut Reader, params: &mut PlanParams) {
    reader.ranges(PlanParams::RANGES);
    reader.number("memory", &mut params.memory, "GB of a GPU, as nnU-Net measures it");
    reader.whole("base", &mut params.base, "features of the first stage");
    reader.whole("max_features", &mut params.max_features, "no stage has more features");
}

impl Show for NetworkPlan {
    fn line(&self) -> String {
        let params = self.net();
        let last = params.features(params.stages - 1);
        format!(
            "NetworkPlan  patch {}, batch {}, {} of {} to {last} features",
            size_text(self.patch()),
            self.batch(),
            plural(params.stages, "stage"),
            params.base
        )
    }

    fn block(&self, _: usize) -> String {
        let Fingerprint { images, spacing, shape, intensity } = self.fingerprint();
        let [encoder, decoder] = self.parameters();
        let mut lines = vec![
            self.line(),
            format!(
                "  {}, median {} voxels of {} mm inside their boxes",
                plural(*images, "image"),
                size_text(*shape),
                spacing.map(number).join(" x ")
            ),
        ];
        if let Some(inside) = intensity {
            lines.push(format!(
                "  intensities of the objectives: {} +- {}, 0.5 to 99.5 % {} to {}",
                number(inside.mean),
                number(inside.std),
                number(inside.low),
                number(inside.high)
            ));
        }
        let each = |triples: Vec<[usize; 3]>| triples.into_iter().map(size_text).collect::<Vec<_>>().join("  ");
        lines.push(format!("  strides  {}", each(self.strides())));
        lines.push(format!("  kernels  {}", each(self.kernels())));
        lines.push(format!("  {encoder} numbers in the encoder, {decoder} in the decoder"));
        lines.join("\n")
    }
}

fn triples(list: Vec<[usize; 3]>) -> Array {
    list.into_iter().map(|triple| Dynamic::from(shape_array(triple))).collect()
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The patch, batch and network that suit some tasks' images, by nnU-Net's rules.
    ///
    /// Every image is looked at. The images may have any spacings: by the plan they are brought to one. Give the plan to `train` and the strategies as the option `plan`: one plan serves a whole
    /// experiment, for weights go with it to every later task.
    ///
    /// # Arguments
    /// - `tasks`: a `Task`, `Tasks` or an array of `Task`
    ///
    /// # Returns
    /// The plan: `.patch`, `.batch`, `.spacing` (mm), `.shape` (voxels), `.strides`, `.kernels`, `.features`, `.parameters`. Axes run
    /// i, j, k.
    ///
    /// # Source
    /// nnU-Net v2's planner for full resolution. Training by the plan brings images to its spacing, and predictions back.
    ///
    /// # Example
    /// ```
    /// let p = plan_network(phantom_tasks(#{ cases: 2, size: 24 }), #{ base: 8, memory: 0.5 });
    /// p.strides           // => [[1, 1, 1], [2, 2, 2], [2, 2, 2]]
    /// p.patch.len()       // => 3
    /// plan_network([])    // error: a plan needs at least one case
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 }), #{ memory: -1 })       // error: option `memory` must be 0.001 to 1000000
    /// ```
    #[rhai_fn(return_raw)]
    pub fn plan_network(context: NativeCallContext, tasks: Dynamic, options: Map) -> Answer<NetworkPlan> {
        let mut params = PlanParams::default();
        read("plan_network", &options, |reader| plan_options(reader, &mut params))?;
        let params = params.check()?;
        let tasks = tasks_of("plan_network", "tasks", &tasks)?;
        let fingerprint = Fingerprint::of(&tasks, Environment::of(&context).monitor())?;
        Ok(plan(fingerprint, &params)?)
    }

    /// The same for a GPU of 8 GB, with 32 features in the first stage.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).features       // => [32, 64]
    /// ```
    #[rhai_fn(name = "plan_network", return_raw)]
    pub fn usual_plan_network(context: NativeCallContext, tasks: Dynamic) -> Answer<NetworkPlan> {
        plan_network(context, tasks, Map::new())
    }

    /// Voxels of a patch.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).patch.len()        // => 3
    /// ```
    #[rhai_fn(get = "patch", pure)]
    pub fn patch(plan: &mut NetworkPlan) -> Array {
        shape_array(plan.patch())
    }

    /// Patches a batch.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).batch >= 2     // => true
    /// ```
    #[rhai_fn(get = "batch", pure)]
    pub fn batch(plan: &mut NetworkPlan) -> i64 {
        plan.batch() as i64
    }

    /// The spacing that images are brought to, mm: the median, or finer across thick slices.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).spacing.len()      // => 3
    /// ```
    #[rhai_fn(get = "spacing", pure)]
    pub fn spacing(plan: &mut NetworkPlan) -> Array {
        spacing_array(plan.fingerprint().spacing)
    }

    /// Median voxels of the images at that spacing, inside the boxes around what is not zero.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).shape.len()        // => 3
    /// ```
    #[rhai_fn(get = "shape", pure)]
    pub fn shape(plan: &mut NetworkPlan) -> Array {
        shape_array(plan.fingerprint().shape)
    }

    /// The stride of every stage.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).strides[0]     // => [1, 1, 1]
    /// ```
    #[rhai_fn(get = "strides", pure)]
    pub fn strides(plan: &mut NetworkPlan) -> Array {
        triples(plan.strides())
    }

    /// The kernel of every stage: 1 across slices that are too thick to mix.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 })).kernels[0]     // => [3, 3, 3]
    /// ```
    #[rhai_fn(get = "kernels", pure)]
    pub fn kernels(plan: &mut NetworkPlan) -> Array {
        triples(plan.kernels())
    }

    /// The features of every stage.
    ///
    /// # Example
    /// ```
    /// plan_network(phantom_tasks(#{ cases: 1, size: 12 }), #{ base: 8 }).features     // => [8, 16]
    /// ```
    #[rhai_fn(get = "features", pure)]
    pub fn features(plan: &mut NetworkPlan) -> Array {
        let net = plan.net();
        (0..net.stages).map(|stage| Dynamic::from(net.features(stage) as i64)).collect()
    }

    /// How many numbers the network learns.
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let p = plan_network(tasks, #{ base: 4 });
    /// let m = train(tasks["16-T2-NCR"], #{ plan: p, epochs: 1, steps: 1 });
    /// m.parameters == p.parameters        // => true
    /// ```
    #[rhai_fn(get = "parameters", pure)]
    pub fn parameters(plan: &mut NetworkPlan) -> i64 {
        plan.parameters().iter().sum::<usize>() as i64
    }
}
