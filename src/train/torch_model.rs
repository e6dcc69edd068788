//! Networks that PyTorch trained: checkpoints of nnU-Net v2, and weights alone under its names.

use super::history::Training;
use super::model::{About, Model};
use super::prepared::Scope;
use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::seed::Seed;
use crate::io::pickle::{Id, Pickle, Value};
use crate::io::torch_file::{Stored, TorchFile};
use crate::net::checkpoint;
use crate::net::device::Device;
use crate::net::ops::stock::{EPS, SLOPE};
use crate::net::recognition::{original, recognise};
use crate::net::unet::{UNet, UNetParams};
use candle_core::Tensor;
use std::collections::BTreeMap;

/// Where weights may be in what was saved; else they are all of it.
const WEIGHTS: [&str; 2] = ["network_weights", "state_dict"];

/// What wrappers put before every name.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

/// Bytes of a parameter's name.
const LONGEST_NAME: usize = 256;

/// Voxels that an axis has in the coarsest stage, where nothing says how large a patch is.
const COARSEST: usize = 4;

/// Configurations that take over from one another.
const MOST_HEIRS: usize = 8;

/// A network from a file of `torch.save`.
///
/// # Errors
/// It is no such file, or holds another network than nnU-Net's plain 3-D U-Net.
pub fn read(bytes: &[u8], device: &Device) -> Result<Model> {
    let file = TorchFile::open(bytes)?;
    let pickle = file.pickle();
    let plan = Plan::of(pickle)?;
    let stored = parameters(&file, plan.axes, bytes.len())?;
    let shapes = stored.iter().map(|(name, stored)| (name.clone(), stored.shape.clone())).collect();
    let params = recognise(&shapes)?;
    let mut tensors = BTreeMap::new();
    for (name, stored) in stored {
        tensors.insert(name, Tensor::from_vec(file.values(&stored)?, stored.shape, device)?);
    }
    made(params, &tensors, plan, device)
}

/// A network from its weights alone, under nnU-Net's names.
///
/// # Errors
/// They are another network's.
pub fn bare(tensors: &BTreeMap<String, Tensor>, device: &Device) -> Result<Model> {
    let mut parameters: BTreeMap<String, Tensor> = BTreeMap::new();
    for (given, tensor) in tensors {
        let name = original(unwrapped(given));
        let Some(first) = parameters.get(&name) else {
            parameters.insert(name, tensor.clone());
            continue;
        };
        let bits = |tensor: &Tensor| tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
        let equal = first.dims() == tensor.dims() && bits(first)? == bits(tensor)?;
        doubled(equal).map_err(|error| error.during(format!("`{given}`")))?;
    }
    let shapes = parameters.iter().map(|(name, tensor)| (name.clone(), tensor.dims().to_vec())).collect();
    made(recognise(&shapes)?, &parameters, Plan::none(elsewhere(None, None)), device)
}

/// A name without what wrappers put before it.
fn unwrapped(mut name: &str) -> &str {
    while let Some(rest) = WRAPPERS.iter().find_map(|wrapper| name.strip_prefix(wrapper)) {
        name = rest;
    }
    name
}

fn made(params: Checked<UNetParams>, tensors: &BTreeMap<String, Tensor>, plan: Plan, device: &Device) -> Result<Model> {
    checkpoint::finite(tensors)?;
    let Plan { patch, spacing, training, mirrored, scope, .. } = plan;
    let [d, h, w] = params.divisor();
    let patch = patch.unwrap_or([w, h, d].map(|n| n * COARSEST));
    let net = UNet::new(&params, Seed::new(0), device)?;
    net.set_parameters(tensors)?;
    let model = Model::new(net, About { patch, spacing, mirrored, scope, lineage: vec![training], ..About::default() });
    model.check_patch(patch).map_err(|error| Error::new(Kind::Format, error.message()).during("its plan"))?;
    Ok(model)
}

fn elsewhere(task: Option<&str>, recipe: Option<&str>) -> Training {
    let owned = |text: Option<&str>, other: &str| text.unwrap_or(other).to_owned();
    Training { task: owned(task, "weights"), recipe: owned(recipe, "PyTorch"), ..Training::default() }
}

/// Tensors by name, of at most `left` numbers together; what has several names is there once.
fn parameters(file: &TorchFile, axes: [usize; 3], mut left: usize) -> Result<BTreeMap<String, Stored>> {
    let pickle = file.pickle();
    let weights = WEIGHTS.iter().find_map(|name| pickle.get(pickle.root(), name)).unwrap_or(pickle.root());
    let none = |what: &str| {
        Error::new(Kind::Format, format!("no weights: {what}"))
            .help("wanted a checkpoint of nnU-Net v2, or torch.save(network.state_dict(), path)")
    };
    let Value::Dict(items) = pickle.value(weights) else {
        return Err(none("what was saved is no dictionary"));
    };
    let mut parameters: BTreeMap<String, Stored> = BTreeMap::new();
    for &(key, value) in items {
        let Some(stored) = file.tensor(value)? else { continue };
        let given = pickle.text(key).filter(|name| name.len() <= LONGEST_NAME);
        let name = unwrapped(given.ok_or_else(|| none("a tensor has no name"))?);
        let stored = stored.turned(axes);
        let first = parameters.get(&original(name));
        if first == Some(&stored) {
            continue;
        }
        // What is read is never more than what there is, whatever names share.
        let count = stored.shape.iter().try_fold(1_usize, |count, &n| count.checked_mul(n));
        let rest = count.and_then(|count| left.checked_sub(count));
        left = rest.ok_or_else(|| none("the tensors have more numbers than the file"))?;
        if let Some(first) = first {
            same(file, first, &stored).map_err(|error| error.during(format!("`{name}`")))?;
        } else {
            parameters.insert(original(name), stored);
        }
    }
    if parameters.is_empty() {
        return Err(none("the dictionary that was saved holds no tensors"));
    }
    Ok(parameters)
}

/// Two names of a parameter must mean the same numbers.
fn same(file: &TorchFile, first: &Stored, second: &Stored) -> Result<()> {
    let bits = |stored| -> Result<Vec<u32>> { Ok(file.values(stored)?.into_iter().map(f32::to_bits).collect()) };
    let equal = first.shape == second.shape && bits(first)? == bits(second)?;
    doubled(equal)
}

fn doubled(equal: bool) -> Result<()> {
    crate::ensure!(equal, Kind::Format, "it stands for the same parameter as another name, but has other values");
    Ok(())
}

/// What a checkpoint of nnU-Net says besides its weights.
struct Plan {
    /// Voxels along i, j, k.
    patch: Option<[usize; 3]>,
    /// Their millimetres.
    spacing: Option<[f64; 3]>,
    /// Which axis of the weights runs along k, j, i.
    axes: [usize; 3],
    /// Axes of ours that it has seen mirrored.
    mirrored: Option<Vec<usize>>,
    /// By which voxels images are z-scored.
    scope: Scope,
    training: Training,
}

impl Plan {
    /// Where nothing is said.
    fn none(training: Training) -> Self {
        Plan { patch: None, spacing: None, axes: [0, 1, 2], mirrored: None, scope: Scope::NonZero, training }
    }

    /// nnU-Net's files have k first, and then exchange axes so that the coarsest is first.
    fn of(pickle: &Pickle) -> Result<Self> {
        let own = |name| pickle.get(pickle.root(), name);
        let init = own("init_args");
        let plans = init.and_then(|init| pickle.get(init, "plans"));
        let text = |id: Option<Id>| id.and_then(|id| pickle.text(id)).filter(|text| text.len() <= LONGEST_NAME);
        let trainer = text(own("trainer_name"));
        let Some((init, plans)) = init.zip(plans) else {
            return Ok(Plan::none(elsewhere(None, trainer)));
        };
        let damaged = |what: &str| Error::new(Kind::Format, format!("the plans in the checkpoint {what}"));
        let mut axes = [0, 1, 2];
        if let Some(forward) = pickle.get(plans, "transpose_forward") {
            let forward = pickle.items(forward).filter(|items| items.len() == 3);
            let forward = forward.map(|items| items.iter().map(|&item| pickle.whole(item)).collect::<Vec<_>>());
            let place = |axis| forward.as_ref()?.iter().position(|&at| at == Some(axis));
            let [Some(d), Some(h), Some(w)] = [0, 1, 2].map(place) else {
                return Err(damaged("exchange axes by `transpose_forward`, which is no order of 0, 1, 2"));
            };
            axes = [d, h, w];
        }
        let name = pickle.get(init, "configuration");
        let (mut name, mut patch, mut spacing) = (text(name).unwrap_or("3d_fullres"), None, None);
        // What a configuration does not say, it has from the one that it inherits from.
        let mut by_mask = None;
        for _ in 0..MOST_HEIRS {
            let all = pickle.get(plans, "configurations").ok_or_else(|| damaged("have no `configurations`"))?;
            let configuration =
                pickle.get(all, name).ok_or_else(|| damaged(&format!("have no configuration `{name:.80}`")))?;
            supported(pickle, configuration)?;
            if let Some(found) = pickle.get(configuration, "use_mask_for_norm").and_then(|found| pickle.items(found)) {
                by_mask = by_mask.or(found.first().map(|first| !matches!(pickle.value(*first), Value::Bool(false))));
            }
            if let Some(found) = pickle.get(configuration, "spacing").filter(|_| spacing.is_none()) {
                let mm = pickle.items(found).filter(|items| items.len() == 3);
                let mm = mm.and_then(|mm| mm.iter().map(|&mm| pickle.real(mm)).collect::<Option<Vec<f64>>>());
                let mm = mm.filter(|mm| mm.iter().all(|mm| mm.is_finite() && *mm > 0.0));
                let mm = mm.ok_or_else(|| damaged("have a `spacing` that is not three positive numbers"))?;
                spacing = Some([axes[2], axes[1], axes[0]].map(|axis| mm[axis]));
            }
            if let Some(found) = pickle.get(configuration, "patch_size").filter(|_| patch.is_none()) {
                let sizes = pickle.items(found).filter(|items| items.len() == 3).and_then(|_| pickle.wholes(found));
                let sizes = sizes.ok_or_else(|| damaged("have a `patch_size` that is not three whole numbers"))?;
                patch = Some([axes[2], axes[1], axes[0]].map(|axis| sizes[axis]));
            }
            let Some(heir) = text(pickle.get(configuration, "inherits_from")) else { break };
            name = heir;
        }
        let labels = pickle.get(init, "dataset_json").and_then(|json| pickle.get(json, "labels"));
        if let Some(Value::Dict(labels)) = labels.map(|labels| pickle.value(labels))
            && labels.iter().any(|&(_, label)| pickle.items(label).is_some_and(|labels| labels.len() > 1))
        {
            return Err(Error::new(Kind::Format, "the network was trained on regions that overlap (sigmoid heads)")
                .help("wanted one that was trained on labels (softmax)"));
        }
        let task = text(pickle.get(plans, "dataset_name"));
        // Along k, j, i of the file, in whatever order it has them; `None` is none.
        let mirrored = match own("inference_allowed_mirroring_axes") {
            None => None,
            Some(found) if matches!(pickle.value(found), Value::None) => Some(Vec::new()),
            Some(found) => {
                let ours = |axis: usize| axes.iter().position(|&at| at == axis).map(|at| 2 - at);
                let ours =
                    pickle.wholes(found).and_then(|found| found.into_iter().map(ours).collect::<Option<Vec<_>>>());
                let what = "allow mirroring along axes that are not among 0, 1, 2";
                let mut ours = ours.ok_or_else(|| damaged(what))?;
                ours.sort_unstable();
                ours.dedup();
                Some(ours)
            }
        };
        let scope = if by_mask == Some(false) { Scope::Box } else { Scope::NonZero };
        Ok(Plan { patch, spacing, axes, mirrored, scope, training: elsewhere(task, trainer.or(Some("nnU-Net"))) })
    }
}

/// What the weights do not show: how images are normalised, the functions between the layers, and the stride of the first.
fn supported(pickle: &Pickle, configuration: Id) -> Result<()> {
    let schemes = pickle.get(configuration, "normalization_schemes").and_then(|schemes| pickle.items(schemes));
    for scheme in schemes.into_iter().flatten().filter_map(|&scheme| pickle.text(scheme)) {
        let known = scheme == "ZScoreNormalization";
        crate::ensure!(
            known,
            Kind::Format,
            "its images are normalised by `{scheme:.80}`, wanted `ZScoreNormalization`"
        );
    }
    let architecture = pickle.get(configuration, "architecture");
    let Some(kwargs) = architecture.and_then(|own| pickle.get(own, "arch_kwargs")) else { return Ok(()) };
    if let Some(nonlin) = pickle.get(kwargs, "nonlin").and_then(|nonlin| pickle.text(nonlin)) {
        let known = nonlin.ends_with("LeakyReLU");
        crate::ensure!(known, Kind::Format, "its layers are followed by `{nonlin:.80}`, wanted `torch.nn.LeakyReLU`");
    }
    let of = |arguments: &str, name: &str| pickle.real(pickle.get(pickle.get(kwargs, arguments)?, name)?);
    for (arguments, name, wanted) in [("nonlin_kwargs", "negative_slope", SLOPE), ("norm_op_kwargs", "eps", EPS)] {
        let got = of(arguments, name).unwrap_or(wanted);
        crate::ensure!(
            (got / wanted - 1.0).abs() < 1e-6,
            Kind::Format,
            "its layers have `{name}` {got}, wanted {wanted}"
        );
    }
    let first = pickle.get(kwargs, "strides").and_then(|strides| pickle.items(strides)?.first().copied());
    if let Some(first) = first {
        let one = match pickle.items(first) {
            Some(along) => along.iter().all(|&n| pickle.whole(n) == Some(1)),
            None => pickle.whole(first) == Some(1),
        };
        crate::ensure!(one, Kind::Format, "its first stage has a stride, wanted 1, 1, 1");
    }
    Ok(())
}
