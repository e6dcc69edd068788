//! A trained network and what is known about it.

use super::history::{Epoch, Training};
use super::prepared::Scope;
use super::recipe::Augment;
use crate::base::error::{Error, Result};
use crate::net::device::name;
use crate::net::unet::UNet;
use std::sync::Arc;

/// Voxels along an axis of a patch.
const LARGEST: usize = 1024;

/// A network that segments one objective, with its lineage. Cheap to clone; its weights never change.
#[derive(Debug, Clone)]
pub struct Model {
    net: Arc<UNet>,
    about: Arc<About>,
}

/// What is known about a network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// Voxels along i, j, k of the patches it was trained on.
    pub patch: [usize; 3],
    /// The spacing in mm that images are brought to; `None` takes each as it is.
    pub spacing: Option<[f64; 3]>,
    /// How the patches of its last training were changed; `None` where an old file does not say.
    pub augment: Option<Augment>,
    /// Axes (0 is i) that it has seen mirrored, where a file of nnU-Net says so.
    pub mirrored: Option<Vec<usize>>,
    /// By which voxels it has images z-scored.
    pub scope: Scope,
    /// Its trainings, first to last.
    pub lineage: Vec<Training>,
    /// Their epochs.
    pub history: Vec<Epoch>,
}

impl Model {
    /// A network and what is known about it.
    #[must_use]
    pub fn new(net: UNet, about: About) -> Self {
        Model { net: Arc::new(net), about: Arc::new(about) }
    }

    /// The same network, with something else known about it.
    #[must_use]
    pub fn with_about(self, about: About) -> Self {
        Model { about: Arc::new(about), ..self }
    }

    /// The network.
    #[must_use]
    pub fn net(&self) -> &Arc<UNet> {
        &self.net
    }

    /// What is known about it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The same network for patches of another size, along i, j, k.
    ///
    /// # Errors
    /// As [`Model::check_patch`].
    pub fn with_patch(&self, patch: [usize; 3]) -> Result<Self> {
        self.check_patch(patch)?;
        Ok(Model { net: self.net.clone(), about: Arc::new(About { patch, ..About::clone(&self.about) }) })
    }

    /// Refuses a patch that the network cannot halve, or that fills the memory of any machine.
    ///
    /// # Errors
    /// Names the patch and what it must be divisible by.
    pub fn check_patch(&self, patch: [usize; 3]) -> Result<()> {
        let mut divisor = self.net.params().divisor();
        divisor.reverse();
        let fits = (0..3).all(|axis| (1..=LARGEST).contains(&patch[axis]) && patch[axis].is_multiple_of(divisor[axis]));
        if fits {
            return Ok(());
        }
        Err(Error::argument(format!(
            "option `patch` must be divisible by {divisor:?} and at most {LARGEST}, got {patch:?}"
        ))
        .help("the network halves its patches so often"))
    }

    /// Refuses a network whose images have more than one channel.
    ///
    /// # Errors
    /// Says how many it takes.
    pub fn check_channels(&self) -> Result<()> {
        let params = self.net.params();
        if params.in_channels != 1 {
            return Err(Error::argument(format!(
                "the network takes images of {} channels, a volume has 1",
                params.in_channels
            ))
            .help("take a network that was trained on one modality"));
        }
        Ok(())
    }

    /// Refuses a network that does not tell one objective from the background in images of one channel.
    ///
    /// # Errors
    /// Says how many channels or classes it has.
    pub fn check_binary(&self) -> Result<()> {
        self.check_channels()?;
        let params = self.net.params();
        if params.classes != 2 {
            return Err(Error::argument(format!(
                "the network tells {} classes apart, wanted 2: the background and one objective",
                params.classes
            ))
            .help("take a network that was trained on one label, or fine-tune this one with `keep_heads: false`"));
        }
        Ok(())
    }

    /// Its trainings, first to last.
    #[must_use]
    pub fn lineage(&self) -> &[Training] {
        &self.about.lineage
    }

    /// Loss and Dice of every epoch of all its trainings.
    #[must_use]
    pub fn history(&self) -> &[Epoch] {
        &self.about.history
    }

    /// Names of the tasks it was trained on, joined by arrows.
    #[must_use]
    pub fn path(&self) -> String {
        let tasks: Vec<&str> = self.about.lineage.iter().map(|training| training.task.as_str()).collect();
        tasks.join(" -> ")
    }

    /// How many numbers it has.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.net.params().count()
    }

    /// Batches of all its trainings.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.about.lineage.iter().map(|training| training.steps).sum()
    }

    /// Whether its last training was stopped before its end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.about.lineage.last().is_some_and(|training| training.stopped)
    }

    /// Whether its last training ended with next to nothing predicted.
    #[must_use]
    pub fn collapsed(&self) -> bool {
        self.about.lineage.last().is_some_and(|training| training.collapsed)
    }

    /// A few lines for people: the network, then each training.
    #[must_use]
    pub fn summary(&self) -> String {
        let params = self.net.params();
        let [i, j, k] = self.about.patch;
        let mut text = format!(
            "U-Net with {} stages of {} to {} features, {} parameters, patch {i}x{j}x{k}, on {}",
            params.stages,
            params.base,
            params.features(params.stages - 1),
            self.parameters(),
            name(self.net.device())
        );
        if let Some([i, j, k]) = self.about.spacing {
            text += &format!(", voxels of {i:.3} x {j:.3} x {k:.3} mm");
        }
        for training in &self.about.lineage {
            text += &format!("\n  {}", training.line());
        }
        text
    }
}
