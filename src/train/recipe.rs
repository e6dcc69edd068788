//! The training recipes, by name.

use super::freeze::Freeze;

/// What moves the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimiser {
    /// Adam with its usual constants.
    Adam,
    /// Stochastic gradient descent with Nesterov momentum 0.99 and weight decay 3e-5.
    Sgd,
}

/// How the learning rate goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anneal {
    /// By a cosine to 5 % of its start at the last step.
    Cosine,
    /// To a fifth whenever the smoothed loss has not gone down for 30 epochs.
    Plateau,
    /// By a polynomial of power 0.9 to zero at the last step.
    Poly,
}

/// What happens to a patch before the network sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Augment {
    /// Nothing.
    None,
    /// Left and right are exchanged in half of the patches.
    Mirror,
    /// Also brightness, contrast, gamma and noise change at random.
    Intensity,
    /// nnU-Net's list: turned, zoomed, mirrored along every axis, blurred, coarsened, and intensities changed.
    NnUNet,
}

impl Augment {
    /// All of them.
    pub const ALL: [Augment; 4] = [Augment::None, Augment::Mirror, Augment::Intensity, Augment::NnUNet];

    /// The name scripts use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Augment::None => "none",
            Augment::Mirror => "mirror",
            Augment::Intensity => "intensity",
            Augment::NnUNet => "nnunet",
        }
    }

    /// What has a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Augment> {
        Augment::ALL.into_iter().find(|augment| augment.name() == name)
    }
}

/// What a recipe says where a person says nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// Its name.
    pub name: &'static str,
    /// Epochs from random weights.
    pub epochs: usize,
    /// Epochs of a later step.
    pub later_epochs: usize,
    /// Batches an epoch.
    pub steps: usize,
    /// Features of the first stage.
    pub base: usize,
    /// Resolutions of the network.
    pub stages: usize,
    /// The largest patch; smaller data get a smaller one.
    pub patch: [usize; 3],
    /// Patches a batch.
    pub batch: usize,
    /// What later steps leave as it is.
    pub freeze: Freeze,
    /// What moves the weights.
    pub optimiser: Optimiser,
    /// First learning rate from random weights.
    pub lr: f64,
    /// First learning rate of a later step.
    pub later_lr: f64,
    /// How it goes down.
    pub anneal: Anneal,
    /// Weight of the objective's voxels in the cross-entropy.
    pub foreground_weight: f64,
    /// What happens to patches.
    pub augment: Augment,
}

/// All recipes. `quick` is for volumes of CPU scale, `paper` is the protocol as published, `released` what the authors'
/// released training tree holds.
pub const RECIPES: &[Recipe] = &[
    Recipe {
        name: "quick",
        epochs: 10,
        later_epochs: 3,
        steps: 10,
        base: 8,
        stages: 3,
        patch: [48; 3],
        batch: 2,
        freeze: Freeze::Encoder,
        optimiser: Optimiser::Adam,
        lr: 0.01,
        later_lr: 0.003,
        anneal: Anneal::Cosine,
        foreground_weight: 10.0,
        augment: Augment::Mirror,
    },
    Recipe {
        name: "paper",
        epochs: 250,
        later_epochs: 250,
        steps: 250,
        base: 32,
        stages: 6,
        patch: [128, 160, 112],
        batch: 2,
        freeze: Freeze::Encoder,
        optimiser: Optimiser::Adam,
        lr: 0.01,
        later_lr: 0.01,
        anneal: Anneal::Plateau,
        foreground_weight: 1.0,
        augment: Augment::NnUNet,
    },
    Recipe {
        name: "released",
        epochs: 250,
        later_epochs: 250,
        steps: 250,
        base: 32,
        stages: 6,
        patch: [128, 160, 112],
        batch: 2,
        freeze: Freeze::None,
        optimiser: Optimiser::Sgd,
        lr: 0.01,
        later_lr: 0.01,
        anneal: Anneal::Poly,
        foreground_weight: 1.0,
        augment: Augment::NnUNet,
    },
];

/// The recipe of a name.
#[must_use]
pub fn recipe(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.name == name)
}
