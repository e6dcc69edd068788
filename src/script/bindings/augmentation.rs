//! Training patches changed at random, to be looked at.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::base::seed::Seed;
use crate::image::geometry::Geometry;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::table::{Cell, Table};
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::train::augment::list::{Choice, TRANSFORMS, transform, vary};
use crate::train::augment::place::Source;
use rhai::plugin::*;
use rhai::{Engine, Map, NativeCallContext};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("augment", list(|reader| augment_options(reader, &mut None)))]
}

fn augment_options(reader: &mut Reader, seed: &mut Option<u64>) {
    reader.maybe_whole(
        "seed",
        seed,
        "that of seed(n)",
        "seed of the draws; a mask of the same seed moves with its image",
    );
}

fn chosen(name: &str) -> Answer<Choice> {
    if name == "nnunet" {
        return Ok(Choice::Chance);
    }
    let names = || TRANSFORMS.iter().map(|transform| transform.name).chain(["nnunet"]);
    let Some(found) = transform(name) else {
        let list = names().collect::<Vec<_>>().join(", ");
        let fault = Fault::argument(format!("there is no transform {name:?}")).about(name);
        return Err(fault.did_you_mean_text(name, names()).help(format!("transforms: {list}")).into());
    };
    Ok(Choice::Only(found))
}

fn changed(
    call: &NativeCallContext,
    grid: &Geometry,
    image: &[f32],
    label: &[u8],
    name: &str,
    options: &Map,
) -> Answer<(Vec<f32>, Vec<u8>)> {
    let mut seed = None;
    read("augment", options, |reader| augment_options(reader, &mut seed))?;
    let seed = seed.map_or_else(|| Environment::of(call).seed().named("augment"), Seed::new);
    let source = Source { image, label, shape: grid.shape, corner: [0; 3] };
    let (mut new, mut mask) = (vec![0.0; image.len()], vec![0; image.len()]);
    vary(&source, grid.shape, chosen(name)?, seed, &mut new, &mut mask);
    Ok((new, mask))
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// A volume as one transform of nnU-Net's augmentation changes it, or "nnunet": all, each by its chance.
    ///
    /// The transforms are made for intensities as training has them: give `v.zscore()`. The whole volume is taken for the patch.
    /// What is 0 counts as outside and stays 0.
    ///
    /// # Arguments
    /// - `volume`: not finite voxels count as 0
    /// - `transform`: a name of `transforms()`, or "nnunet"
    ///
    /// # Returns
    /// A volume on the same grid.
    ///
    /// # Source
    /// nnU-Net v2's trainer, and batchgeneratorsv2. Deviates: turned patches see the whole case around them; mirroring comes
    /// before intensities; all that is outside is set to 0 again.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image.zscore();
    /// augment(v, "blur", #{ seed: 3 }).max < v.max            // => true
    /// augment(v, "rotation", #{ seed: 3 }) == augment(v, "rotation", #{ seed: 3 })    // => true
    /// augment(v, "rotatoin", #{ seed: 3 })                    // error: there is no transform "rotatoin"
    /// ```
    #[rhai_fn(return_raw)]
    pub fn augment(call: NativeCallContext, volume: Volume, transform: &str, options: Map) -> Answer<Volume> {
        let image: Vec<f32> = volume.voxels().iter().map(|&v| if v.is_finite() { v as f32 } else { 0.0 }).collect();
        let label = vec![0; image.len()];
        let (new, _) = changed(&call, volume.geometry(), &image, &label, transform, &options)?;
        Ok(Volume::new(volume.geometry().clone(), new.into_iter().map(f64::from).collect::<Vec<_>>()))
    }

    /// The same by the session's seed.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image.zscore();
    /// augment(v, "nnunet").shape      // => [24, 24, 24]
    /// ```
    #[rhai_fn(name = "augment", return_raw)]
    pub fn augment_plainly(call: NativeCallContext, volume: Volume, transform: &str) -> Answer<Volume> {
        augment(call, volume, transform, Map::new())
    }

    /// A mask moved as its image is by the same transform and seed; changes of intensities leave it as it is.
    ///
    /// # Example
    /// ```
    /// let c = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0);
    /// augment(c.mask, "mirror", #{ seed: 3 }).voxels == c.mask.voxels         // => true
    /// augment(c.mask, "gamma", #{ seed: 3 }) == c.mask                        // => true
    /// ```
    #[rhai_fn(name = "augment", return_raw)]
    pub fn augment_mask(call: NativeCallContext, mask: Mask, transform: &str, options: Map) -> Answer<Mask> {
        let label: Vec<u8> = (0..mask.geometry().voxels()).map(|n| u8::from(mask.get(n))).collect();
        let image = vec![0.0; label.len()];
        let (_, new) = changed(&call, mask.geometry(), &image, &label, transform, &options)?;
        Ok(Mask::from_fn(mask.geometry().clone(), |n| new[n] == 1))
    }

    /// The transforms of the augmentation "nnunet" in the order in which they change a patch.
    ///
    /// # Returns
    /// A table: name, the share of the patches that are changed, and what is done.
    ///
    /// # Example
    /// ```
    /// transforms().column("name")[0]          // => rotation
    /// transforms().len                        // => 10
    /// ```
    #[rhai_fn(return_raw)]
    pub fn transforms() -> Answer<Table> {
        let mut table = Table::new(["name", "chance", "about"]);
        for transform in TRANSFORMS {
            table.push(vec![
                Cell::from(transform.name.to_owned()),
                Cell::from(transform.chance),
                Cell::from(transform.about.to_owned()),
            ])?;
        }
        Ok(table)
    }
}
