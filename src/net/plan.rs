//! The shape of a U-Net: how many stages, how wide, how they are strided.

use super::names::{Layer, Parameter};
use crate::base::error::Result;
use crate::base::params::{Params, within};
use crate::ensure;

/// Options of a U-Net.
#[derive(Debug, Clone, PartialEq)]
pub struct UNetParams {
    /// Channels of the image.
    pub in_channels: usize,
    /// Classes, the background included.
    pub classes: usize,
    /// Features of the first stage; each further stage has twice as many.
    pub base: usize,
    /// Stages of the encoder.
    pub stages: usize,
    /// No stage has more features.
    pub max_features: usize,
    /// Convolutions per stage.
    pub convs: usize,
    /// Stride of each stage along D, H and W; `None`: 1 in the first, 2 in all others.
    pub strides: Option<Vec<[usize; 3]>>,
    /// Kernel of each stage along D, H and W, of the decoder's at the same resolution too; `None`: 3 everywhere.
    pub kernels: Option<Vec<[usize; 3]>>,
    /// Whether every stage of the decoder has a head.
    pub deep_supervision: bool,
}

impl Default for UNetParams {
    fn default() -> Self {
        UNetParams {
            in_channels: 1,
            classes: 2,
            base: 16,
            stages: 4,
            max_features: 320,
            convs: 2,
            strides: None,
            kernels: None,
            deep_supervision: true,
        }
    }
}

impl Params for UNetParams {
    fn validate(&self) -> Result<()> {
        within("in_channels", self.in_channels, 1, 64)?;
        within("classes", self.classes, 2, 64)?;
        within("base", self.base, 1, 1024)?;
        within("stages", self.stages, 2, 8)?;
        within("max_features", self.max_features, self.base, 4096)?;
        within("convs", self.convs, 1, 8)?;
        if let Some(strides) = &self.strides {
            ensure!(
                strides.len() == self.stages,
                "option `strides` must have one triple per stage: wanted {}, got {}",
                self.stages,
                strides.len()
            );
            ensure!(strides[0] == [1; 3], "the first stage must have stride 1,1,1, got {:?}", strides[0]);
            for stride in strides.iter().flatten() {
                within("strides", *stride, 1, 4)?;
            }
        }
        if let Some(kernels) = &self.kernels {
            let (wanted, got) = (self.stages, kernels.len());
            ensure!(wanted == got, "option `kernels` must have one triple per stage: wanted {wanted}, got {got}");
            for kernel in kernels.iter().flatten() {
                ensure!([1, 3, 5, 7].contains(kernel), "option `kernels` must be 1, 3, 5 or 7, got {kernel}");
            }
        }
        Ok(())
    }
}

impl UNetParams {
    /// Features of a stage: `min(base * 2^stage, max_features)`.
    #[must_use]
    pub fn features(&self, stage: usize) -> usize {
        (self.base << stage).min(self.max_features)
    }

    /// Stride of a stage.
    #[must_use]
    pub fn stride(&self, stage: usize) -> [usize; 3] {
        match &self.strides {
            Some(strides) => strides[stage],
            None if stage == 0 => [1; 3],
            None => [2; 3],
        }
    }

    /// Kernel of a stage.
    #[must_use]
    pub fn kernel(&self, stage: usize) -> [usize; 3] {
        self.kernels.as_ref().map_or([3; 3], |kernels| kernels[stage])
    }

    /// Numbers in all feature maps of one patch (D, H, W), the finest head's logits among them: nnU-Net's measure of memory.
    #[must_use]
    pub fn feature_map_size(&self, patch: [usize; 3]) -> u64 {
        let mut size = patch;
        let mut total = 0;
        for stage in 0..self.stages {
            let stride = self.stride(stage);
            size = std::array::from_fn(|axis| size[axis] / stride[axis]);
            let voxels = size.iter().product::<usize>();
            // Beside the encoder's convolutions those of the decoder, and what came up to it.
            let maps = if stage + 1 < self.stages { 2 * self.convs + 1 } else { self.convs };
            total += (maps * self.features(stage) * voxels) as u64;
        }
        total + (self.classes * patch.iter().product::<usize>()) as u64
    }

    /// What the size of a patch must be divisible by, along D, H and W.
    #[must_use]
    pub fn divisor(&self) -> [usize; 3] {
        (0..self.stages).map(|stage| self.stride(stage)).fold([1; 3], |d, s| [d[0] * s[0], d[1] * s[1], d[2] * s[2]])
    }

    /// Every parameter's name and shape, sorted by name.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        let list = self.layout().into_iter();
        let mut list: Vec<_> = list.map(|parameter| (parameter.name(self.stages), parameter.shape)).collect();
        list.sort();
        list
    }

    /// How many numbers they have together.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parameters().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }

    /// Every parameter, layer after layer.
    #[must_use]
    pub fn layout(&self) -> Vec<Parameter> {
        let mut list = Vec::new();
        let mut block = |layer: Layer, kernel: [usize; 3], inputs: usize, features: usize| {
            let mut add = |part, shape| list.push(Parameter { layer, part, shape });
            let [d, h, w] = kernel;
            add("conv.weight", vec![features, inputs, d, h, w]);
            for part in ["conv.bias", "norm.weight", "norm.bias"] {
                add(part, vec![features]);
            }
        };
        for stage in 0..self.stages {
            let (here, kernel) = (self.features(stage), self.kernel(stage));
            let first = if stage == 0 { self.in_channels } else { self.features(stage - 1) };
            for conv in 0..self.convs {
                block(Layer::Encoder { stage, conv }, kernel, if conv == 0 { first } else { here }, here);
            }
            for conv in (0..self.convs).filter(|_| stage + 1 < self.stages) {
                block(Layer::Decoder { stage, conv }, kernel, if conv == 0 { 2 * here } else { here }, here);
            }
        }
        for stage in 0..self.stages - 1 {
            let [d, h, w] = self.stride(stage + 1);
            let (above, here) = (self.features(stage + 1), self.features(stage));
            let mut add = |layer, part, shape| list.push(Parameter { layer, part, shape });
            add(Layer::Up { stage }, "weight", vec![above, here, d, h, w]);
            add(Layer::Up { stage }, "bias", vec![here]);
            if stage == 0 || self.deep_supervision {
                add(Layer::Head { stage }, "weight", vec![self.classes, here, 1, 1, 1]);
                add(Layer::Head { stage }, "bias", vec![self.classes]);
            }
        }
        list
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_default_plan_has_the_parameters_of_its_torch_twin() {
        let count = |params: &UNetParams| -> usize {
            params.parameters().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
        };
        let default = UNetParams::default();
        assert_eq!(default.divisor(), [8, 8, 8]);
        assert_eq!(default.features(3), 128);
        // Counted by PyTorch for the network of tests/golden/torch_net.py.
        assert_eq!(count(&default), 1_402_182);
        // The authors' plan: 30.8 million.
        let mut strides = vec![[1; 3], [2; 3], [2; 3], [2; 3], [2; 3]];
        strides.push([2, 2, 1]);
        let paper = UNetParams { base: 32, stages: 6, strides: Some(strides), ..default };
        assert!((count(&paper.check().unwrap()) as f64 / 1e6 - 30.8).abs() < 0.5);
    }

    #[test]
    fn options_that_do_not_fit_are_named() {
        let wrong = UNetParams { strides: Some(vec![[1; 3]]), ..UNetParams::default() };
        assert!(wrong.check().unwrap_err().message().contains("wanted 4, got 1"));
        assert!(UNetParams { stages: 1, ..UNetParams::default() }.check().is_err());
    }
}
