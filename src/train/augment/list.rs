//! nnU-Net v2's list of transforms, and patches changed by it.
//!
//! Rotation, scaling and mirroring make one map, by which voxels are taken from the whole case around the patch's place: no
//! corner is black where the case has voxels. Then intensities change, and what was zero is zero again.
//!
//! Source: nnU-Net v2's default trainer and the package batchgeneratorsv2. Images are interpolated linearly, labels
//! linearly and taken from a share of a half on, as there. Deviates: there, turned patches see no more than a crop a little
//! larger than the patch; mirroring comes last, which gives the same patches as often; the shortest axis of a patch stands for
//! the one across slices; what lies outside an image is always set to zero again, there only where most of an image is
//! empty; there is one channel, so a chance for the image times one for each channel is one chance.

use super::blur::BLUR;
use super::brightness::BRIGHTNESS;
use super::contrast::CONTRAST;
use super::gamma::{GAMMA, GAMMA_INVERTED};
use super::mirror::MIRROR;
use super::noise::NOISE;
use super::place::{Source, place};
use super::resolution::RESOLUTION;
use super::rotation::ROTATION;
use super::scaling::SCALING;
use super::transform::{Change, Transform};
use super::turn::Turn;
use crate::base::seed::{Rng, Seed};
use rand::Rng as _;

/// The transforms in the order in which they change a patch.
pub const TRANSFORMS: &[Transform] =
    &[ROTATION, SCALING, MIRROR, NOISE, BLUR, BRIGHTNESS, CONTRAST, RESOLUTION, GAMMA_INVERTED, GAMMA];

/// The transform of a name.
#[must_use]
pub fn transform(name: &str) -> Option<&'static Transform> {
    TRANSFORMS.iter().find(|transform| transform.name == name)
}

/// What happens to a patch.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// Each transform by its chance.
    Chance,
    /// This one for certain, the others not.
    Only(&'static Transform),
}

impl Choice {
    /// The transforms that change a patch of this seed, each with its draws to come.
    fn drawn(self, seed: Seed) -> impl Iterator<Item = (Change, Rng)> {
        TRANSFORMS.iter().filter_map(move |transform| {
            let mut rng = seed.named(transform.name).rng();
            let by_chance = rng.random_bool(transform.chance);
            let taken = match self {
                Choice::Chance => by_chance,
                Choice::Only(one) => one.name == transform.name,
            };
            taken.then_some((transform.change, rng))
        })
    }
}

/// Fills a patch of zeros from an image and changes it. The result hangs on the seed alone.
pub fn vary(source: &Source, patch: [usize; 3], choice: Choice, seed: Seed, image: &mut [f32], label: &mut [u8]) {
    let turn = choice.drawn(seed).fold(Turn::NONE, |turn, (change, mut rng)| match change {
        Change::Place(draw) => turn.after(draw(patch, &mut rng)),
        Change::Values(_) => turn,
    });
    place(source, patch, &turn, image, label);
    let outside: Vec<bool> = image.iter().map(|v| *v == 0.0).collect();
    for (change, mut rng) in choice.drawn(seed) {
        if let Change::Values(draw) = change {
            draw(image, patch, &mut rng);
        }
    }
    image.iter_mut().zip(outside).filter(|(_, outside)| *outside).for_each(|(v, _)| *v = 0.0);
}
