//! Names of parameters: nnU-Net's, so that weights go both ways, and the short ones of our first checkpoints.
//!
//! Source: `PlainConvUNet` of dynamic_network_architectures, nnU-Net v2. Its decoder counts from the coarsest stage, we count
//! stages of both sides by resolution, finest first.

/// How the names of heads begin.
pub const HEADS: &str = "decoder.seg_layers.";

/// What has parameters in a U-Net.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// A convolution with its norm, on the way down.
    Encoder {
        /// Its stage.
        stage: usize,
        /// Its place in the stage.
        conv: usize,
    },
    /// The same on the way up.
    Decoder {
        /// The stage whose resolution it has.
        stage: usize,
        /// Its place in the stage.
        conv: usize,
    },
    /// The transposed convolution up to a stage.
    Up {
        /// The stage it leads to.
        stage: usize,
    },
    /// What turns features of a stage into logits.
    Head {
        /// The stage.
        stage: usize,
    },
}

impl Layer {
    /// nnU-Net's name in a network of so many stages.
    #[must_use]
    pub fn name(self, stages: usize) -> String {
        let coarsest_first = |stage: usize| (stages - 2).saturating_sub(stage);
        match self {
            Layer::Encoder { stage, conv } => format!("encoder.stages.{stage}.0.convs.{conv}"),
            Layer::Decoder { stage, conv } => format!("decoder.stages.{}.convs.{conv}", coarsest_first(stage)),
            Layer::Up { stage } => format!("decoder.transpconvs.{}", coarsest_first(stage)),
            Layer::Head { stage } => format!("{HEADS}{}", coarsest_first(stage)),
        }
    }

    /// The name in checkpoints of version 1, which also names the seed of initial values.
    #[must_use]
    pub fn short_name(self) -> String {
        match self {
            Layer::Encoder { stage, conv } => format!("encoder.{stage}.{conv}"),
            Layer::Decoder { stage, conv } => format!("decoder.{stage}.{conv}"),
            Layer::Up { stage } => format!("decoder.{stage}.up"),
            Layer::Head { stage } => format!("decoder.{stage}.head"),
        }
    }
}

/// One array of numbers that a network learns.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// What it belongs to.
    pub layer: Layer,
    /// Its place there: `conv.weight`, `norm.bias`, `weight`, ...
    pub part: &'static str,
    /// Its shape, as PyTorch has it.
    pub shape: Vec<usize>,
}

impl Parameter {
    /// nnU-Net's name in a network of so many stages.
    #[must_use]
    pub fn name(&self, stages: usize) -> String {
        format!("{}.{}", self.layer.name(stages), self.part)
    }

    /// The name in checkpoints of version 1.
    #[must_use]
    pub fn short_name(&self) -> String {
        format!("{}.{}", self.layer.short_name(), self.part)
    }
}
