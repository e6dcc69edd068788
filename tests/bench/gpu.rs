//! The Rust side of `gpu.sh`: what a device computes beside our kernels on the CPU, and how fast it trains.
//!
//!     gpu compare DEVICE BASE STAGES D H W STEPS
//!     gpu speed DEVICE BASE STAGES D H W ROUNDS [BATCH] [recompute]
//!
//! DEVICE is `cuda:0`; `cpu` takes the stock operations of a GPU on the CPU; `kernels` (of `speed`) our kernels. Lines of output
//! are `row WHAT SIZE VALUE VERDICT` between tabs. The exit code is 1 if a check fails, 2 if nothing can run, 3 if memory is short.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use seqtran::base::error::{Error, Result};
use seqtran::base::heap::Reuse;
use seqtran::base::level::Level;
use seqtran::base::math::{powi, sin};
use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::net::adam::Adam;
use seqtran::net::compute::Compute;
use seqtran::net::device::choose;
use seqtran::net::loss::{LossParams, supervised_by};
use seqtran::net::recompute::{self, Gradients};
use seqtran::net::unet::{UNet, UNetParams};
use std::process::ExitCode;
use std::time::Instant;

/// The largest relative difference that passes.
const LIMIT: f64 = 1e-3;
/// Largest norm of the gradients, and the learning rate.
const CLIP: f64 = 12.0;
const RATE: f64 = 0.003;
/// How far from 0 most values are that come from a norm.
const SHIFT: f64 = 4.0;
/// What rounding does to a weight that passes through a network, as a part of it; how many weights so moved are tried.
const ROUNDING: f64 = 1e-6;
const NUDGES: usize = 10;
/// No round begins after so many seconds.
const SECONDS: f64 = 20.0;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| eprintln!("gpu: a defect: {panic}")));
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["compare", device, ref rest @ ..] => numbers(rest).and_then(|sizes| compare(device, &sizes)),
        ["speed", device, ref rest @ .., "recompute"] => numbers(rest).and_then(|sizes| speed(device, &sizes, true)),
        ["speed", device, ref rest @ ..] => numbers(rest).and_then(|sizes| speed(device, &sizes, false)),
        _ => Err(Error::argument("wanted `compare` or `speed`, a device and sizes")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let help = error.help_line().map_or(String::new(), |help| format!("; {help}"));
            eprintln!("gpu: {}{help}", error.message());
            let short = ["out_of_memory", "out of memory", "alloc_failed"];
            let message = error.message().to_lowercase();
            ExitCode::from(if short.iter().any(|words| message.contains(words)) { 3 } else { 2 })
        }
    }
}

fn numbers(words: &[&str]) -> Result<Vec<usize>> {
    let number = |word: &&str| word.parse().map_err(|_| Error::argument(format!("wanted a number, got `{word}`")));
    let numbers = words.iter().map(number).collect::<Result<Vec<usize>>>()?;
    if numbers.len() < 6 {
        return Err(Error::argument(format!("wanted six numbers, BASE STAGES D H W and steps, got {}", numbers.len())));
    }
    Ok(numbers)
}

fn row(what: &str, size: &str, value: &str, verdict: &str) {
    println!("row\t{what}\t{size}\t{value}\t{verdict}");
}

/// A network's options; an axis is halved from stage to stage as long as it stays whole. `gpu.py` does the same.
fn params(base: usize, stages: usize, patch: [usize; 3]) -> UNetParams {
    let (mut left, mut strides) = (patch, vec![[1; 3]]);
    for _ in 1..stages {
        let stride = left.map(|size| if size % 2 == 0 { 2 } else { 1 });
        left = [0, 1, 2].map(|axis| left[axis] / stride[axis]);
        strides.push(stride);
    }
    UNetParams { base, stages, strides: Some(strides), ..UNetParams::default() }
}

fn spoken([base, stages]: [usize; 2], [d, h, w]: [usize; 3], batch: usize) -> String {
    format!("base {base}, {stages} stages, {d}x{h}x{w}, batch {batch}")
}

/// A device and how it is computed on.
fn opened(device: &str) -> Result<(Device, Compute)> {
    match device {
        "cpu" => Ok((Device::Cpu, Compute::Stock)),
        "kernels" => Ok((Device::Cpu, Compute::on(&Device::Cpu))),
        _ => choose(device).map(|device| (device, Compute::Stock)),
    }
}

/// Images `[N, 1, D, H, W]` and targets `[N, D, H, W]` of one step, always the same.
fn batch(number: usize, batch: usize, [d, h, w]: [usize; 3]) -> Result<(Tensor, Tensor)> {
    let wave = |i: usize| sin(i as f64 * 0.37 + number as f64) + 0.5 * sin((i / w) as f64 * 0.21) * sin(i as f64 * 1.3);
    let image: Vec<f32> = (0..batch * d * h * w).map(|i| wave(i) as f32).collect();
    let target: Vec<u8> = image.iter().map(|value| u8::from(*value > 0.5)).collect();
    let image = Tensor::from_vec(image, (batch, 1, d, h, w), &Device::Cpu)?;
    Ok((image, Tensor::from_vec(target, (batch, d, h, w), &Device::Cpu)?))
}

/// One network that learns, somewhere.
struct Side {
    net: UNet,
    compute: Compute,
    adam: Adam,
}

impl Side {
    fn new(params: &UNetParams, device: &Device, compute: Compute) -> Result<Self> {
        let net = UNet::new(&params.clone().check()?, Seed::new(1), device)?.with_compute(compute);
        let adam = Adam::new(net.parameters(), RATE).with_compute(compute);
        Ok(Side { net, compute, adam })
    }

    /// Logits of all heads, loss and gradients.
    fn pass(&self, (image, target): &(Tensor, Tensor)) -> Result<(Vec<Tensor>, f64, GradStore)> {
        let options = LossParams::default().check()?;
        let (image, target) = (image.to_device(self.net.device())?, target.to_device(self.net.device())?);
        let logits = self.net.forward(&image)?;
        let loss = supervised_by(&logits, &target, &options, self.compute)?;
        let gradients = loss.backward()?;
        Ok((logits, f64::from(loss.to_scalar::<f32>()?), gradients))
    }

    /// The same with one stage in memory at a time; the loss alone.
    fn pass_by_stages(&self, (image, target): &(Tensor, Tensor)) -> Result<(f64, GradStore)> {
        let options = LossParams::default().check()?;
        let (image, target) = (image.to_device(self.net.device())?, target.to_device(self.net.device())?);
        let mut gradients = Gradients::default();
        let features = self.net.encode_frozen(&image)?;
        let decoded = recompute::decoder(&self.net, &features, &target, &options, None, &mut gradients)?;
        recompute::encoder(&self.net, &image, &features, decoded.features, &mut gradients)?;
        Ok((f64::from(decoded.loss.to_scalar::<f32>()?), gradients.into_store()?))
    }

    /// A step of its own; its loss.
    fn step(&mut self, batch: &(Tensor, Tensor), by_stages: bool) -> Result<f64> {
        let (loss, gradients) = if by_stages {
            self.pass_by_stages(batch)?
        } else {
            let (_, loss, gradients) = self.pass(batch)?;
            (loss, gradients)
        };
        self.adam.step(&gradients, Some(CLIP))?;
        Ok(loss)
    }

    fn values(&self) -> Result<Vec<Vec<f32>>> {
        self.net.tensors().iter().map(|(_, tensor)| flat(tensor)).collect()
    }

    /// Changes every parameter, value by value: by its name, the value's place, the value and something random, another for every
    /// `seed`.
    fn change(&self, seed: usize, by: impl Fn(&str, usize, f64, f64) -> f64) -> Result<()> {
        for (number, (name, variable)) in self.net.parameters().iter().enumerate() {
            let noise = |i: usize| sin((i * 7 + number * 13 + seed * 31) as f64 * 1.7);
            let values = flat(variable.as_tensor())?.into_iter().enumerate();
            set(variable, values.map(|(i, value)| by(name, i, f64::from(value), noise(i)) as f32).collect())?;
        }
        Ok(())
    }

    /// Makes biases and norms random, so that no mistake in one of them is hidden, and shifts what comes from a norm: up in one
    /// channel, down in the next. So both branches of the leaky ReLU are taken, but next to no value is near its bend.
    fn stir(&self) -> Result<()> {
        self.change(0, |name, place, value, noise| {
            if name.ends_with("norm.bias") {
                value + SHIFT * if place % 2 == 0 { 1.0 } else { -1.0 } + 0.3 * noise
            } else if name.ends_with("bias") || name.ends_with("norm.weight") {
                value + 0.1 * noise
            } else {
                value
            }
        })
    }

    /// Moves every parameter by a part of itself.
    fn nudge(&self, part: f64, seed: usize) -> Result<()> {
        self.change(seed, |_, _, value, noise| value * (1.0 + part * noise))
    }

    fn set_values(&self, values: &[Vec<f32>]) -> Result<()> {
        let parameters = self.net.parameters();
        parameters.iter().zip(values).try_for_each(|((_, variable), values)| set(variable, values.clone()))
    }
}

fn flat(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}

fn set(variable: &Var, values: Vec<f32>) -> Result<()> {
    Ok(variable.set(&Tensor::from_vec(values, variable.shape(), variable.device())?)?)
}

/// The sum of squares.
fn squares(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum()
}

fn size(values: &[f32]) -> f64 {
    squares(values.iter().map(|value| f64::from(*value))).sqrt()
}

fn apart(ours: &[f32], theirs: &[f32]) -> f64 {
    squares(ours.iter().zip(theirs).map(|(a, b)| f64::from(*a) - f64::from(*b))).sqrt()
}

/// The largest so far, and what it is of.
#[derive(Default)]
struct Worst {
    value: f64,
    of: String,
}

impl Worst {
    fn take(&mut self, value: f64, of: impl FnOnce() -> String) {
        // A number that is none is worst.
        if value > self.value || value.is_nan() {
            (self.value, self.of) = (if value.is_nan() { f64::INFINITY } else { value }, of());
        }
    }

    /// Prints it as a check, and whether it passes.
    fn check(&self, what: &str, size: &str) -> bool {
        let passes = self.value <= LIMIT;
        row(what, size, &format!("{:.1e}", self.value), if passes { "pass" } else { "FAIL" });
        if !self.of.is_empty() {
            eprintln!("  {what}: {:.2e} at most, {}", self.value, self.of);
        }
        passes
    }
}

/// How far gradients are apart: as a whole, and of the parameter where it is worst.
fn gradients_apart(ours: &Side, theirs: &Side, found: [&GradStore; 2]) -> Result<(f64, Worst)> {
    let (mut difference, mut length, mut list) = (0.0, 0.0, Vec::new());
    for ((name, ours), (_, theirs)) in ours.net.parameters().iter().zip(theirs.net.parameters()) {
        // The head of the lowest resolution has no weight in the loss.
        let (ours, theirs) = match (found[0].get(ours), found[1].get(&theirs)) {
            (Some(ours), Some(theirs)) => (flat(ours)?, flat(theirs)?),
            (None, None) => continue,
            _ => return Err(Error::internal(format!("{name} has a gradient on one side"))),
        };
        let (apart, size) = (apart(&ours, &theirs), size(&ours));
        difference += apart * apart;
        length += size * size;
        list.push((name.clone(), apart, size));
    }
    let greatest = list.iter().fold(0.0, |greatest: f64, (_, _, size)| greatest.max(*size));
    let mut worst = Worst::default();
    for (name, apart, size) in list {
        // A bias before an instance norm has no slope but what rounding leaves: it counts as the greatest slope does.
        let scale = if name.ends_with(".conv.bias") { greatest } else { size.max(1e-2 * greatest) };
        worst.take(apart / scale, || name);
    }
    Ok(((difference / length).sqrt(), worst))
}

/// The kernels' pass that comes nearest to gradients which are too far from those of the same weights: from weights that are moved by
/// what rounding does. A value within rounding of 0 lies on either side of the leaky ReLU's bend, and takes a part of the slope along:
/// one value in a small stage is a hundredth of it. What is wrong stays far from every one of these passes.
fn nearest(
    ours: &Side,
    theirs: &Side,
    batch: &(Tensor, Tensor),
    gradients: &GradStore,
    plain: (f64, Worst),
) -> Result<(f64, Worst)> {
    let (values, mut best) = (ours.values()?, plain);
    for seed in 1..=NUDGES {
        ours.nudge(ROUNDING * [1.0, 5.0][seed % 2], seed)?;
        let (_, _, nudged) = ours.pass(batch)?;
        ours.set_values(&values)?;
        let found = gradients_apart(ours, theirs, [&nudged, gradients])?;
        if found.0.max(found.1.value) < best.0.max(best.1.value) {
            best = found;
        }
        if best.0.max(best.1.value) <= LIMIT {
            break;
        }
    }
    Ok(best)
}

/// Compares a device's stock operations with our kernels on the CPU. Steps are compared one by one, each begun from the kernels'
/// weights, the moments of both optimisers fed with the kernels' gradients: what is left is what this device computes otherwise.
/// Steps that go their own way follow, which no check judges: Adam moves a weight whose gradient is rounding alone as far as every
/// other. What rounding makes of the kernels' own steps stands beside.
fn compare(device: &str, sizes: &[usize]) -> Result<bool> {
    let (shape, patch, steps) = ([sizes[0], sizes[1]], [sizes[2], sizes[3], sizes[4]], sizes[5]);
    let (device, compute) = opened(device)?;
    let (params, size_of) = (params(shape[0], shape[1], patch), spoken(shape, patch, 2));
    let kernels = Compute::Kernels(Level::current());
    let _work = Reuse::begin();
    let sides = || -> Result<[Side; 2]> {
        Ok([Side::new(&params, &Device::Cpu, kernels)?, Side::new(&params, &device, compute)?])
    };
    let [mut ours, mut theirs] = sides()?;
    for side in [&ours, &theirs] {
        side.stir()?;
    }
    let (mut passes, mut bends, mut hopeless) = (true, 0, 0);
    let [mut logits, mut losses, mut all, mut each, mut moved] = [(); 5].map(|()| Worst::default());
    let mut by_step = Vec::new();
    for step in 0..steps {
        let batch = batch(step, 2, patch)?;
        let (our_logits, our_loss, our_gradients) = ours.pass(&batch)?;
        let (their_logits, their_loss, mut their_gradients) = theirs.pass(&batch)?;
        for (head, (ours, theirs)) in our_logits.iter().zip(&their_logits).enumerate() {
            let (ours, theirs) = (flat(ours)?, flat(theirs)?);
            logits.take(apart(&ours, &theirs) / size(&ours), || format!("head {head} of step {step}"));
        }
        losses.take((their_loss / our_loss - 1.0).abs(), || format!("{their_loss} for {our_loss} in step {step}"));
        let (mut whole, mut worst) = gradients_apart(&ours, &theirs, [&our_gradients, &their_gradients])?;
        by_step.push(worst.value);
        if whole.max(worst.value) > LIMIT && hopeless < 2 {
            let (plainly, of) = (worst.value, worst.of.clone());
            (whole, worst) = nearest(&ours, &theirs, &batch, &their_gradients, (whole, worst))?;
            let nearest = worst.value;
            eprintln!("  step {step}: {plainly:.1e} at {of}, {nearest:.1e} from weights moved by rounding");
            let near = whole.max(nearest) <= LIMIT;
            (bends, hopeless) = (bends + usize::from(near), hopeless + usize::from(!near));
        }
        all.take(whole, || format!("step {step}"));
        each.take(worst.value, || format!("{} in step {step}", worst.of));
        if step == 0 {
            passes &= logits.check("forward: logits", &size_of);
            passes &= all.check("backward: all gradients", &size_of);
            passes &= each.check("backward: every parameter's", &size_of);
        }
        for ((_, here), (_, there)) in ours.net.parameters().iter().zip(theirs.net.parameters()) {
            if let Some(gradient) = our_gradients.get(here) {
                their_gradients.insert(&there, gradient.to_device(&device)?);
            }
        }
        let before = ours.values()?;
        ours.adam.step(&our_gradients, Some(CLIP))?;
        theirs.adam.step(&their_gradients, Some(CLIP))?;
        let (after, there) = (ours.values()?, theirs.values()?);
        for (((name, variable), before), (ours, theirs)) in
            theirs.net.parameters().iter().zip(&before).zip(after.into_iter().zip(&there))
        {
            let way = apart(&ours, before);
            if way > 0.0 {
                moved.take(apart(&ours, theirs) / way, || format!("{name} in step {step}"));
            }
            set(variable, ours)?;
        }
    }
    let title = format!("{steps} steps: ");
    passes &= logits.check(&format!("{title}logits"), &size_of);
    passes &= losses.check(&format!("{title}losses"), &size_of);
    passes &= all.check(&format!("{title}all gradients"), &size_of);
    passes &= each.check(&format!("{title}every parameter's"), &size_of);
    passes &= moved.check(&format!("{title}what Adam moves"), &size_of);
    let counted = format!("{bends} of {steps}");
    row(&format!("{title}compared past a bend of the ReLU"), &size_of, &counted, "not judged");
    by_step.sort_by(f64::total_cmp);
    let by_step: Vec<String> = by_step.iter().map(|value| format!("{value:.1e}")).collect();
    eprintln!("  every parameter's gradient, the steps from the best to the worst: {}", by_step.join(" "));
    let [ours, theirs] = sides()?;
    let beside = Side::new(&params, &Device::Cpu, kernels)?;
    beside.nudge(ROUNDING, 1)?;
    let mut sides = [ours, theirs, beside];
    let mut free = Vec::new();
    for step in 0..steps {
        let batch = batch(step, 2, patch)?;
        let mut losses = [0.0; 3];
        for (side, loss) in sides.iter_mut().zip(&mut losses) {
            *loss = side.step(&batch, false)?;
        }
        free.push(losses);
    }
    let off = |side: usize| free.iter().map(|losses| (losses[side] / losses[0] - 1.0).abs()).fold(0.0, f64::max);
    row(&format!("{steps} free steps: losses"), &size_of, &format!("{:.1e}", off(1)), "not judged");
    row("the same of rounding alone", &size_of, &format!("{:.1e}", off(2)), "not judged");
    for (step, [ours, theirs, beside]) in free.iter().enumerate().filter(|(step, _)| step % 5 == 4) {
        eprintln!("  free step {step}: loss {ours:.6} here, {theirs:.6} there, {beside:.6} rounded otherwise");
    }
    Ok(passes)
}

/// Training steps of a size: steps a second by the middle round, and the peak of memory.
fn speed(device: &str, sizes: &[usize], by_stages: bool) -> Result<bool> {
    let (shape, patch, rounds) = ([sizes[0], sizes[1]], [sizes[2], sizes[3], sizes[4]], sizes[5]);
    let samples = sizes.get(6).copied().unwrap_or(2);
    let way = match device {
        "cpu" => ", stock operations",
        "kernels" => ", our kernels",
        _ => "",
    };
    let (device, compute) = opened(device)?;
    let mut name = spoken(shape, patch, samples);
    if by_stages {
        name.push_str(", recomputed");
    }
    let _work = Reuse::begin();
    let mut side = Side::new(&params(shape[0], shape[1], patch), &device, compute)?;
    let (image, target) = batch(0, samples, patch)?;
    let batch = (image.to_device(&device)?, target.to_device(&device)?);
    let mut timed = || -> Result<f64> {
        device.synchronize()?;
        let start = Instant::now();
        side.step(&batch, by_stages)?;
        device.synchronize()?;
        Ok(start.elapsed().as_secs_f64())
    };
    let (start, first) = (Instant::now(), timed()?);
    let mut times = Vec::new();
    while times.len() < rounds.max(1) && (times.is_empty() || start.elapsed().as_secs_f64() < SECONDS) {
        times.push(timed()?);
    }
    times.sort_by(f64::total_cmp);
    let middle = times[times.len() / 2];
    let (fastest, slowest) = (times[0], times[times.len() - 1]);
    eprintln!("  {} rounds: {fastest:.4} to {slowest:.4} s a step, the first {first:.2} s", times.len());
    row(&format!("steps a second{way}"), &name, &format!("{:.3}", 1.0 / middle), "");
    let megabytes = peak(&device)?.map_or("unknown".to_owned(), |bytes| format!("{:.0}", bytes / powi(2.0, 20)));
    row(&format!("peak memory in MB{way}"), &name, &megabytes, "");
    Ok(true)
}

/// Most bytes in use so far: of a GPU what the tensors took from its driver, of the CPU what the process had.
fn peak(device: &Device) -> Result<Option<f64>> {
    if !device.is_cpu() {
        return on_gpu::peak(device);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    Ok(kilobytes.map(|kilobytes: f64| kilobytes * 1024.0))
}

#[cfg(feature = "cuda")]
mod on_gpu {
    use candle_core::cuda_backend::cudarc::driver::{result, sys};
    use candle_core::{Device, cuda_backend::WrapErr};
    use seqtran::base::error::Result;

    /// The high-water mark of the pool that every tensor is taken from; `None` where the driver has no pools.
    pub(super) fn peak(device: &Device) -> Result<Option<f64>> {
        let context = device.as_cuda_device()?.cuda_stream().context().clone();
        if !context.has_async_alloc() {
            return Ok(None);
        }
        let mut bytes = 0_u64;
        let high = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_HIGH;
        // SAFETY: the device is one that was opened, its pool lives as long as it does, and this attribute is a `u64`.
        unsafe {
            let pool = result::device::get_default_mem_pool(context.cu_device()).w()?;
            result::mem_pool::get_attribute(pool, high, (&raw mut bytes).cast()).w()?;
        }
        Ok(Some(bytes as f64))
    }
}

#[cfg(not(feature = "cuda"))]
mod on_gpu {
    /// Without CUDA no such device is opened.
    pub(super) fn peak(_: &candle_core::Device) -> seqtran::base::error::Result<Option<f64>> {
        Ok(None)
    }
}
