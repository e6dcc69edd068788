//! Weights in the order the inner loop reads them, and rows of an image with their zero border.

use super::lanes::width;
use crate::base::level::Level;
use rayon::prelude::*;

/// Where a weight for (output channel, tap, input channel) lies in a weight tensor.
pub struct Weights<'a> {
    /// The tensor's values.
    pub values: &'a [f32],
    /// Step from one output channel to the next.
    pub output_step: usize,
    /// Step from one input channel to the next.
    pub input_step: usize,
    /// Place of every tap, in the order the loop visits them.
    pub taps: Vec<usize>,
    /// Output channels.
    pub outputs: usize,
    /// Input channels.
    pub inputs: usize,
}

/// First channel and width of each block of output channels: two vectors, or one where no more is left.
#[must_use]
pub fn blocks(channels: usize, level: Level) -> Vec<(usize, usize)> {
    let lanes = width(level);
    (0..channels)
        .step_by(2 * lanes)
        .map(|first| (first, if channels - first > lanes { 2 * lanes } else { lanes }))
        .collect()
}

/// Packs weights block by block as `[tap][input][width]`, padded with zeros to whole vectors.
#[must_use]
pub fn pack(weights: &Weights, level: Level) -> Vec<f32> {
    let depth = weights.taps.len() * weights.inputs;
    let blocks = blocks(weights.outputs, level);
    let total: usize = blocks.iter().map(|(_, width)| width * depth).sum();
    let mut packed = vec![0.0; total];
    let full = 2 * width(level) * depth;
    packed.par_chunks_mut(full.max(1)).zip(blocks.par_iter()).for_each(|(part, &(first, width))| {
        for o in first..weights.outputs.min(first + width) {
            for i in 0..weights.inputs {
                let base = o * weights.output_step + i * weights.input_step;
                for (t, tap) in weights.taps.iter().enumerate() {
                    part[(t * weights.inputs + i) * width + o - first] = weights.values[base + tap];
                }
            }
        }
    });
    packed
}

/// One volume of a batch, channels last.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a> {
    /// All its values, `[D, H, W, C]`.
    pub values: &'a [f32],
    /// `[D, H, W]`.
    pub size: [usize; 3],
    /// C.
    pub channels: usize,
}

impl Image<'_> {
    /// Appends rows `top..top + rows` of plane `d`, columns `left..left + columns`; outside of the plane there are zeros.
    pub(crate) fn padded(&self, d: usize, top: isize, rows: usize, left: isize, columns: usize, into: &mut Vec<f32>) {
        let [_, height, width] = self.size;
        let c = self.channels;
        // Both are clipped to the plane, so the casts keep the values.
        let from = left.clamp(0, width as isize);
        let to = (left + columns as isize).clamp(from, width as isize);
        let (before, inside) = ((from - left).min(columns as isize) as usize, (to - from) as usize);
        for row in 0..rows {
            let h = top + row as isize;
            if h < 0 || h >= height as isize || inside == 0 {
                into.resize(into.len() + columns * c, 0.0);
                continue;
            }
            let start = ((d * height + h as usize) * width + from as usize) * c;
            into.resize(into.len() + before * c, 0.0);
            into.extend_from_slice(&self.values[start..start + inside * c]);
            into.resize(into.len() + (columns - before - inside) * c, 0.0);
        }
    }
}

/// The reverse of [`pack`]: packed gradients into a weight tensor's places.
pub fn unpack(packed: &[f32], weights: &Weights, level: Level, into: &mut [f32]) {
    let depth = weights.taps.len() * weights.inputs;
    for (first, width) in blocks(weights.outputs, level) {
        let part = &packed[first * depth..];
        for o in first..weights.outputs.min(first + width) {
            for i in 0..weights.inputs {
                let base = o * weights.output_step + i * weights.input_step;
                for (t, tap) in weights.taps.iter().enumerate() {
                    into[base + tap] = part[(t * weights.inputs + i) * width + o - first];
                }
            }
        }
    }
}
