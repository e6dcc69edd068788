//! The network: nnU-Net's plain 3-D U-Net.

use super::compute::Compute;
use super::init::initial;
use super::names::{HEADS, Layer};
use super::ops::block::{Affine, block};
use super::ops::conv::conv3d;
use super::ops::join::join;
use super::ops::up::up3d;
use crate::base::error::{Error, Result};
use crate::base::params::{Checked, Params};
use crate::base::seed::Seed;
use crate::ensure;
use candle_core::{DType, Device, Tensor, Var};
use std::collections::{BTreeMap, BTreeSet};

pub use super::plan::UNetParams;

/// A U-Net with its parameters. Tensors are `[N, C, D, H, W]` outside, W running fastest.
#[derive(Debug)]
pub struct UNet {
    params: Checked<UNetParams>,
    variables: BTreeMap<String, Var>,
    device: Device,
    compute: Compute,
}

impl UNet {
    /// A network with He's initial values, each parameter's from a seed of its own short name.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn new(params: &Checked<UNetParams>, seed: Seed, device: &Device) -> Result<Self> {
        let mut variables = BTreeMap::new();
        for parameter in params.layout() {
            let values = initial(&parameter.short_name(), &parameter.shape, seed);
            let name = parameter.name(params.stages);
            variables.insert(name, Var::from_vec(values, parameter.shape, device)?);
        }
        Ok(UNet { params: params.clone(), variables, device: device.clone(), compute: Compute::on(device) })
    }

    /// A network with this one's encoder, which both then change, and a decoder of its own with initial values.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn sharing_encoder(&self, seed: Seed) -> Result<Self> {
        let mut net = UNet::new(&self.params, seed, &self.device)?;
        net.compute = self.compute;
        for (name, variable) in self.encoder_parameters() {
            net.variables.insert(name, variable);
        }
        Ok(net)
    }

    /// A copy of this network, but with heads of its own for so many classes, of initial values.
    ///
    /// # Errors
    /// The number of classes is out of range, or the device has no memory left.
    pub fn with_new_heads(&self, classes: usize, seed: Seed) -> Result<Self> {
        let params = UNetParams { classes, ..(*self.params).clone() }.check()?;
        let mut net = UNet::new(&params, seed, &self.device)?;
        net.compute = self.compute;
        for (name, variable) in self.detached_copy()?.variables {
            if !is_head(&name) {
                net.variables.insert(name, variable);
            }
        }
        Ok(net)
    }

    /// Its options.
    #[must_use]
    pub fn params(&self) -> &Checked<UNetParams> {
        &self.params
    }

    /// Where its parameters are.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How it is computed.
    #[must_use]
    pub fn compute(&self) -> Compute {
        self.compute
    }

    /// The same network computed in another way.
    #[must_use]
    pub fn with_compute(mut self, compute: Compute) -> Self {
        self.compute = compute;
        self
    }

    /// A network with the same values that changes on its own.
    ///
    /// # Errors
    /// The device has no memory left.
    pub fn detached_copy(&self) -> Result<Self> {
        let mut variables = BTreeMap::new();
        for (name, variable) in &self.variables {
            variables.insert(name.clone(), Var::from_tensor(&variable.as_detached_tensor().copy()?)?);
        }
        Ok(UNet { params: self.params.clone(), variables, device: self.device.clone(), compute: self.compute })
    }

    /// All parameters, sorted by name.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, Var)> {
        self.variables.iter().map(|(name, variable)| (name.clone(), variable.clone())).collect()
    }

    /// Values of all parameters, sorted by name.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, Tensor)> {
        self.variables.iter().map(|(name, variable)| (name.clone(), variable.as_detached_tensor())).collect()
    }

    /// The encoder's, sorted by name.
    #[must_use]
    pub fn encoder_parameters(&self) -> Vec<(String, Var)> {
        self.side("encoder.")
    }

    /// The decoder's and its heads', sorted by name.
    #[must_use]
    pub fn decoder_parameters(&self) -> Vec<(String, Var)> {
        self.side("decoder.")
    }

    /// The heads', sorted by name.
    #[must_use]
    pub fn head_parameters(&self) -> Vec<(String, Var)> {
        self.parameters().into_iter().filter(|(name, _)| is_head(name)).collect()
    }

    fn side(&self, prefix: &str) -> Vec<(String, Var)> {
        self.parameters().into_iter().filter(|(name, _)| name.starts_with(prefix)).collect()
    }

    /// Sets every parameter of the network from tensors by name.
    ///
    /// # Errors
    /// A name is missing or unknown, or a shape differs.
    pub fn set_parameters(&self, values: &BTreeMap<String, Tensor>) -> Result<()> {
        let given = values.iter().map(|(name, value)| (name.clone(), value.dims().to_vec())).collect();
        check_shapes(&self.params.parameters().into_iter().collect(), &given)?;
        for (name, variable) in &self.variables {
            let value = &values[name];
            variable.set(&value.to_device(&self.device)?.to_dtype(DType::F32)?.contiguous()?)?;
        }
        Ok(())
    }

    /// Whether these weights are those of a plan.
    ///
    /// # Errors
    /// Shows every parameter that differs, with both shapes, or what else of the plan differs.
    pub fn check_plan(&self, plan: &UNetParams) -> Result<()> {
        check_shapes(&plan.parameters().into_iter().collect(), &self.params.parameters().into_iter().collect())?;
        let strides = |params: &UNetParams| (0..params.stages).map(|stage| params.stride(stage)).collect::<Vec<_>>();
        let (wanted, got) = (strides(plan), strides(&self.params));
        ensure!(wanted == got, "the plan has strides {wanted:?}, the weights were trained with {got:?} (D, H, W)");
        Ok(())
    }

    /// Features of every stage, finest first, to be given to [`UNet::decode`]; channels-last.
    ///
    /// # Errors
    /// The image's channels or size do not fit.
    pub fn encode(&self, image: &Tensor) -> Result<Vec<Tensor>> {
        self.stages(image, false)
    }

    /// As [`UNet::encode`], but nothing is kept for a backward pass: the encoder is frozen.
    ///
    /// # Errors
    /// As [`UNet::encode`].
    pub fn encode_frozen(&self, image: &Tensor) -> Result<Vec<Tensor>> {
        self.stages(&image.detach(), true)
    }

    fn stages(&self, image: &Tensor, frozen: bool) -> Result<Vec<Tensor>> {
        let mut x = self.input(image)?;
        let mut features = Vec::with_capacity(self.params.stages);
        for stage in 0..self.params.stages {
            x = self.encoder_stage(stage, &x, frozen)?;
            features.push(x.clone());
        }
        Ok(features)
    }

    /// An image as the first stage takes it: channels-last.
    pub(super) fn input(&self, image: &Tensor) -> Result<Tensor> {
        let (n, c, d, h, w) = image.dims5()?;
        let (divisor, size) = (self.params.divisor(), [d, h, w]);
        ensure!(c == self.params.in_channels, "the network takes {} channels, got {c}", self.params.in_channels);
        if (0..3).any(|a| size[a] == 0 || size[a] % divisor[a] != 0) {
            return Err(Error::argument(format!(
                "image size must be divisible by {divisor:?} (D, H, W), got {size:?}"
            ))
            .help("pad the image, or use fewer stages"));
        }
        Ok(if c == 1 {
            image.contiguous()?.reshape((n, d, h, w, 1))?
        } else {
            image.permute((0, 2, 3, 4, 1))?.contiguous()?
        })
    }

    /// What a stage of the encoder makes of the features before it.
    pub(super) fn encoder_stage(&self, stage: usize, x: &Tensor, frozen: bool) -> Result<Tensor> {
        self.block(x, |conv| Layer::Encoder { stage, conv }, self.params.stride(stage), frozen)
    }

    /// What a stage of the decoder makes of the coarser features and of the encoder's of its own resolution.
    pub(super) fn decoder_stage(&self, stage: usize, x: &Tensor, skip: &Tensor, frozen: bool) -> Result<Tensor> {
        let [w, b] = ["weight", "bias"].map(|part| self.get(Layer::Up { stage }, part, frozen));
        let joined = join(&up3d(x, &w, &b, self.compute)?, skip, self.compute)?;
        self.block(&joined, |conv| Layer::Decoder { stage, conv }, [1; 3], frozen)
    }

    /// Logits `[N, classes, D, H, W]` of a stage's features.
    pub(super) fn head(&self, stage: usize, x: &Tensor, frozen: bool) -> Result<Tensor> {
        let [w, b] = ["weight", "bias"].map(|part| self.get(Layer::Head { stage }, part, frozen));
        Ok(conv3d(x, &w, &b, [1; 3], self.compute)?.permute((0, 4, 1, 2, 3))?)
    }

    /// Logits `[N, classes, D, H, W]` of every head, full resolution first.
    ///
    /// # Errors
    /// The features are not those of this network's encoder.
    pub fn decode(&self, features: &[Tensor]) -> Result<Vec<Tensor>> {
        Ok(self.heads(features, self.params.deep_supervision, [false; 2])?.0)
    }

    /// The same with nothing but the heads kept for a backward pass: the decoder is frozen too.
    ///
    /// # Errors
    /// As [`UNet::decode`].
    pub fn decode_frozen(&self, features: &[Tensor]) -> Result<Vec<Tensor>> {
        Ok(self.heads(features, self.params.deep_supervision, [true, false])?.0)
    }

    /// Logits of full resolution alone.
    ///
    /// # Errors
    /// As [`UNet::decode`].
    pub fn decode_finest(&self, features: &[Tensor]) -> Result<Tensor> {
        Ok(self.heads(features, false, [false; 2])?.0.swap_remove(0))
    }

    /// Logits of the finest head or of all, finest first, and the finest features (channels-last) that the head was given;
    /// whether the decoder's body and its heads are frozen.
    fn heads(
        &self,
        features: &[Tensor],
        all: bool,
        [frozen, heads_frozen]: [bool; 2],
    ) -> Result<(Vec<Tensor>, Tensor)> {
        let stages = self.params.stages;
        ensure!(features.len() == stages, "the decoder takes features of {stages} stages, got {}", features.len());
        let mut x = features[stages - 1].clone();
        let mut logits = Vec::with_capacity(stages - 1);
        for stage in (0..stages - 1).rev() {
            x = self.decoder_stage(stage, &x, &features[stage], frozen)?;
            if stage == 0 || all {
                logits.push(self.head(stage, &x, heads_frozen)?);
            }
        }
        logits.reverse();
        Ok((logits, x))
    }

    /// Logits of every head, full resolution first.
    ///
    /// # Errors
    /// As [`UNet::encode`].
    pub fn forward(&self, image: &Tensor) -> Result<Vec<Tensor>> {
        self.decode(&self.encode(image)?)
    }

    /// Logits of full resolution, with nothing kept for a backward pass.
    ///
    /// # Errors
    /// As [`UNet::encode`].
    pub fn predict(&self, image: &Tensor) -> Result<Tensor> {
        Ok(self.predict_with_features(image)?.0)
    }

    /// The same with the features `[N, D, H, W, C]` that the finest head turns into these logits.
    ///
    /// # Errors
    /// As [`UNet::encode`].
    pub fn predict_with_features(&self, image: &Tensor) -> Result<(Tensor, Tensor)> {
        let (mut logits, features) = self.heads(&self.encode_frozen(image)?, false, [true; 2])?;
        Ok((logits.swap_remove(0), features))
    }

    fn block(&self, x: &Tensor, layer: impl Fn(usize) -> Layer, stride: [usize; 3], frozen: bool) -> Result<Tensor> {
        let mut x = x.clone();
        for conv in 0..self.params.convs {
            let get = |part| self.get(layer(conv), part, frozen);
            let stride = if conv == 0 { stride } else { [1; 3] };
            let affine = Affine { bias: get("conv.bias"), gain: get("norm.weight"), shift: get("norm.bias") };
            x = block(&x, &get("conv.weight"), &affine, stride, self.compute)?;
        }
        Ok(x)
    }

    fn get(&self, layer: Layer, part: &str, frozen: bool) -> Tensor {
        let name = format!("{}.{part}", layer.name(self.params.stages));
        let variable = self.variables.get(&name).expect("the plan lists every parameter");
        if frozen { variable.as_detached_tensor() } else { variable.as_tensor().clone() }
    }
}

/// Whether a parameter is of a layer that turns features into logits.
fn is_head(name: &str) -> bool {
    name.starts_with(HEADS)
}

/// Compares parameters by name and shape.
///
/// # Errors
/// Names what is missing, unknown or of another shape.
pub(super) fn check_shapes(wanted: &BTreeMap<String, Vec<usize>>, got: &BTreeMap<String, Vec<usize>>) -> Result<()> {
    let text = |shape: Option<&Vec<usize>>| shape.map_or("none".to_owned(), |shape| format!("{shape:?}"));
    let names: BTreeSet<&String> = wanted.keys().chain(got.keys()).collect();
    let differ: Vec<String> = names
        .into_iter()
        .filter(|name| wanted.get(*name) != got.get(*name))
        .map(|name| format!("{name}: wanted {}, got {}", text(wanted.get(name)), text(got.get(name))))
        .collect();
    if differ.is_empty() {
        return Ok(());
    }
    let names = wanted.len() + got.keys().filter(|name| !wanted.contains_key(*name)).count();
    let (count, shown) = (differ.len(), differ.join("\n  "));
    Err(Error::argument(format!("{count} of {names} parameters do not fit the network:\n  {shown}"))
        .help("the weights are of another plan: take the network they were trained with"))
}
