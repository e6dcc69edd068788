//! Training patches changed at random, to be looked at.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::figure::{fullest, outlined};
use crate::base::seed::Seed;
use crate::image::geometry::Geometry;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::table::{Cell, Table};
use crate::numeric::statistics::{mean, std};
use crate::plot::charts::slice::{SlicePanel, Slices};
use crate::plot::figure::Figure;
use crate::plot::number::fixed;
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
    ["augment", "contact_sheet"].map(|verb| (verb, list(|reader| augment_options(reader, &mut None)))).to_vec()
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

/// What the options of a verb say of the seed.
fn seed_of(call: &NativeCallContext, verb: &'static str, options: &Map) -> Answer<Seed> {
    let mut seed = None;
    read(verb, options, |reader| augment_options(reader, &mut seed))?;
    Ok(seed.map_or_else(|| Environment::of(call).seed().named("augment"), Seed::new))
}

fn moved_image(volume: &Volume, choice: Choice, seed: Seed) -> Volume {
    let image: Vec<f32> = volume.voxels().iter().map(|&v| if v.is_finite() { v as f32 } else { 0.0 }).collect();
    let (new, _) = changed(volume.geometry(), &image, &vec![0; image.len()], choice, seed);
    Volume::new(volume.geometry().clone(), new.into_iter().map(f64::from).collect::<Vec<_>>())
}

fn moved_mask(mask: &Mask, choice: Choice, seed: Seed) -> Mask {
    let label: Vec<u8> = (0..mask.geometry().voxels()).map(|n| u8::from(mask.get(n))).collect();
    let (_, new) = changed(mask.geometry(), &vec![0.0; label.len()], &label, choice, seed);
    Mask::from_fn(mask.geometry().clone(), |n| new[n] == 1)
}

fn changed(grid: &Geometry, image: &[f32], label: &[u8], choice: Choice, seed: Seed) -> (Vec<f32>, Vec<u8>) {
    let source = Source { image, label, shape: grid.shape, corner: [0; 3] };
    let (mut new, mut mask) = (vec![0.0; image.len()], vec![0; image.len()]);
    vary(&source, grid.shape, choice, seed, &mut new, &mut mask);
    (new, mask)
}

/// The image and what each transform makes of it, each in the slice that shows most of the mask.
fn sheet(volume: &Volume, mask: &Mask, seed: Seed) -> Answer<Figure> {
    volume.geometry().same_grid(mask.geometry(), "the volume", "the mask")?;
    let panel = |volume: &Volume, mask: &Mask, title: &str| -> Result<SlicePanel, Fault> {
        let inside: Vec<f64> = volume.voxels().iter().copied().filter(|v| v.is_finite() && *v != 0.0).collect();
        let numbers = mean(&inside).zip(std(&inside, 0));
        let caption = numbers.map_or_else(String::new, |(mean, sd)| format!("{} +- {}", fixed(mean, 2), fixed(sd, 2)));
        Ok(SlicePanel { caption, ..outlined(volume, mask, fullest(mask, 2), title)? })
    };
    let mut panels = vec![panel(volume, mask, "original")?];
    for transform in TRANSFORMS {
        let choice = Choice::Only(transform);
        panels.push(panel(&moved_image(volume, choice, seed), &moved_mask(mask, choice, seed), transform.name)?);
    }
    panels.push(panel(
        &moved_image(volume, Choice::Chance, seed),
        &moved_mask(mask, Choice::Chance, seed),
        "nnunet: each by chance",
    )?);
    Ok(Slices { panels, smooth: true, window: (0.01, 0.99), alike: true }.figure()?)
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
    /// augment(v, "contrast", #{ seed: 3 }).max < v.max + 1e-5     // => true
    /// augment(v, "rotatoin", #{ seed: 3 })                    // error: there is no transform "rotatoin"
    /// ```
    #[rhai_fn(return_raw)]
    pub fn augment(call: NativeCallContext, volume: Volume, transform: &str, options: Map) -> Answer<Volume> {
        let seed = seed_of(&call, "augment", &options)?;
        Ok(moved_image(&volume, chosen(transform)?, seed))
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
    /// dice(augment(c.mask, "gamma", #{ seed: 3 }), c.mask)                    // => 1.0
    /// ```
    #[rhai_fn(name = "augment", return_raw)]
    pub fn augment_mask(call: NativeCallContext, mask: Mask, transform: &str, options: Map) -> Answer<Mask> {
        let seed = seed_of(&call, "augment", &options)?;
        Ok(moved_mask(&mask, chosen(transform)?, seed))
    }

    /// A picture of a volume and of what each transform makes of it, with the outline of a mask that moves along.
    ///
    /// Below each picture stand mean and standard deviation where the volume is not 0; all have the greys of the first.
    ///
    /// # Example
    /// ```
    /// let c = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0);
    /// contact_sheet(c.image.zscore(), c.mask, #{ seed: 3 }).save("sheet.png")
    /// ```
    #[rhai_fn(return_raw)]
    pub fn contact_sheet(call: NativeCallContext, volume: Volume, mask: Mask, options: Map) -> Answer<Figure> {
        let seed = seed_of(&call, "contact_sheet", &options)?;
        sheet(&volume, &mask, seed)
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
