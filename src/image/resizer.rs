//! Linear resize of an image that comes plane by plane.
//!
//! The blur against aliasing and the interpolation are one set of weights along each axis. A plane is weighed along its
//! second axis, added to the planes of the result that it belongs to, and these, once complete, are weighed along the first:
//! all with vector instructions on rows that stay in the cache. What is zero outside a box, as a brain without its skull is,
//! costs a look and no more.

use super::geometry::Geometry;
use super::taps::{Tap, taps};
use super::volume::Volume;
use crate::base::pages::Pages;
use pulp::Arch;
use std::collections::VecDeque;
use std::ops::Range;

/// Rows that are weighed along the first axis at a time.
const ROWS: usize = 8;

/// A resize under way: see [`super::resample::resize`].
pub struct Resizer {
    from: Geometry,
    shape: [usize; 3],
    taps: [Vec<Tap>; 3],
    /// Planes seen so far.
    seen: usize,
    /// Planes of the result that are not complete: their number, and their rows as long as those of the input.
    open: VecDeque<(usize, Open)>,
    spare: Vec<Open>,
    /// The first plane of the result that was not opened yet.
    next: usize,
    voxels: Pages<f64>,
    low: f64,
    high: f64,
    arch: Arch,
}

/// A plane of the result before its rows are weighed; zero outside a box.
struct Open {
    values: Vec<f64>,
    columns: Range<usize>,
    rows: Range<usize>,
}

impl Resizer {
    /// A resize of an image with this grid to `shape` voxels over the same field of view.
    ///
    /// Complexity: voxels inside the box of what is not zero, times the taps of the blur, 2 int(4 sigma + 0.5) + 2 with
    /// sigma = max(0, (in/out - 1)/2). Memory: the result and a few planes.
    ///
    /// # Panics
    /// If an axis of `shape` is zero.
    #[must_use]
    pub fn new(from: &Geometry, shape: [usize; 3]) -> Self {
        assert!(shape.iter().all(|&n| n > 0), "an image of at least one voxel, not {shape:?}");
        Resizer {
            from: from.clone(),
            shape,
            taps: std::array::from_fn(|axis| taps(from.shape[axis], shape[axis])),
            seen: 0,
            open: VecDeque::new(),
            spare: Vec::new(),
            next: 0,
            voxels: Pages::zeros(shape.iter().product()),
            low: f64::NAN,
            high: f64::NAN,
            arch: Arch::new(),
        }
    }

    /// The next plane.
    ///
    /// # Panics
    /// If it has not the size of the image's planes, or if all were given.
    pub fn push(&mut self, plane: &[f64]) {
        let [x, y, z] = self.from.shape;
        assert!(plane.len() == x * y && self.seen < z, "plane {} of {z} has {} voxels", self.seen, plane.len());
        let k = self.seen;
        self.seen += 1;
        while self.next < self.shape[2] && self.taps[2][self.next].start <= k {
            let fresh = || Open { values: vec![0.0; x * self.shape[1]], columns: 0..0, rows: 0..0 };
            self.open.push_back((self.next, self.spare.pop().unwrap_or_else(fresh)));
            self.next += 1;
        }
        let found = self.arch.dispatch(|| look(plane, x));
        self.low = self.low.min(found.low);
        self.high = self.high.max(found.high);
        if !found.columns.is_empty() {
            self.spread(k, plane, &found);
        }
        while self.open.front().is_some_and(|(o, _)| self.taps[2][*o].end() <= k + 1) {
            let (o, mut open) = self.open.pop_front().expect("it was looked at");
            self.close(o, &open);
            for row in open.rows {
                open.values[row * x..][open.columns.clone()].fill(0.0);
            }
            (open.rows, open.columns) = (0..0, 0..0);
            self.spare.push(open);
        }
    }

    /// Weighs a plane along its second axis and adds it to the open planes.
    fn spread(&mut self, k: usize, plane: &[f64], found: &Found) {
        let x = self.from.shape[0];
        let columns = found.columns.clone();
        let rows = reached(&self.taps[1], &found.rows);
        for (_, open) in &mut self.open {
            open.columns = around(&open.columns, &columns);
            open.rows = around(&open.rows, &rows);
        }
        let mut line = vec![0.0; columns.len()];
        for row in rows {
            let tap = &self.taps[1][row];
            let (open, across) = (&mut self.open, &self.taps[2]);
            self.arch.dispatch(|| {
                weigh(&mut line, tap, |at| &plane[at * x..][columns.clone()]);
                for (o, open) in open {
                    let weight = across[*o].at(k);
                    let place = &mut open.values[row * x..][columns.clone()];
                    place.iter_mut().zip(&line).for_each(|(sum, v)| *sum += weight * v);
                }
            });
        }
    }

    /// Weighs a complete plane along its first axis.
    fn close(&mut self, o: usize, open: &Open) {
        let x = self.from.shape[0];
        let [width, height, _] = self.shape;
        let out = &mut self.voxels[o * width * height..(o + 1) * width * height];
        let columns = reached(&self.taps[0], &open.columns);
        let (taps, from) = (&self.taps[0], open.columns.clone());
        let mut turned = vec![[0.0; ROWS]; x];
        for first in open.rows.clone().step_by(ROWS) {
            let count = ROWS.min(open.rows.end - first);
            self.arch.dispatch(|| {
                for lane in 0..count {
                    let row = &open.values[(first + lane) * x..][from.clone()];
                    turned[from.clone()].iter_mut().zip(row).for_each(|(to, v)| to[lane] = *v);
                }
                for column in columns.clone() {
                    let tap = &taps[column];
                    let mut sums = [0.0; ROWS];
                    for (weight, values) in tap.weights.iter().zip(&turned[tap.start..]) {
                        for lane in 0..ROWS {
                            sums[lane] += weight * values[lane];
                        }
                    }
                    for (lane, sum) in sums.iter().take(count).enumerate() {
                        out[(first + lane) * width + column] = *sum;
                    }
                }
            });
        }
    }

    /// The resized volume, clipped to the range of the input.
    ///
    /// # Panics
    /// If a plane is missing.
    #[must_use]
    pub fn finish(mut self) -> Volume {
        assert_eq!(self.seen, self.from.shape[2], "planes of the image");
        let (low, high) = (self.low, self.high);
        if low <= high {
            self.arch.dispatch(|| self.voxels.iter_mut().for_each(|v| *v = v.clamp(low, high)));
        }
        Volume::new(self.from.resized(self.shape), self.voxels)
    }
}

/// What a plane holds.
struct Found {
    low: f64,
    high: f64,
    /// The box of what is not zero.
    columns: Range<usize>,
    rows: Range<usize>,
}

#[inline(always)]
fn look(plane: &[f64], x: usize) -> Found {
    let mut found = Found { low: f64::NAN, high: f64::NAN, columns: 0..0, rows: 0..0 };
    let mut used = vec![0_u64; x];
    for (row, line) in plane.chunks_exact(x).enumerate() {
        let (mut low, mut high, mut any) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8], 0_u64);
        let (chunks, rest) = line.as_chunks::<8>();
        for chunk in chunks {
            for lane in 0..8 {
                low[lane] = if chunk[lane] < low[lane] { chunk[lane] } else { low[lane] };
                high[lane] = if chunk[lane] > high[lane] { chunk[lane] } else { high[lane] };
            }
        }
        for v in rest {
            low[0] = if *v < low[0] { *v } else { low[0] };
            high[0] = if *v > high[0] { *v } else { high[0] };
        }
        for (used, v) in used.iter_mut().zip(line) {
            let there = u64::from(*v != 0.0);
            *used |= there;
            any |= there;
        }
        let low = low.into_iter().fold(f64::INFINITY, f64::min);
        let high = high.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if low <= high {
            (found.low, found.high) = (found.low.min(low), found.high.max(high));
        }
        if any != 0 {
            found.rows = around(&found.rows, &(row..row + 1));
        }
    }
    if let Some(first) = used.iter().position(|&any| any != 0) {
        let last = used.iter().rposition(|&any| any != 0).expect("there is one");
        found.columns = first..last + 1;
    }
    found
}

/// The samples whose taps reach into a range.
fn reached(taps: &[Tap], range: &Range<usize>) -> Range<usize> {
    let inside = |tap: &Tap| tap.start < range.end && tap.end() > range.start;
    match (taps.iter().position(inside), taps.iter().rposition(inside)) {
        (Some(first), Some(last)) => first..last + 1,
        _ => 0..0,
    }
}

fn around(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    if a.is_empty() { b.clone() } else { a.start.min(b.start)..a.end.max(b.end) }
}

/// The weighted sum of the lines a tap reaches.
#[inline(always)]
fn weigh<'a>(out: &mut [f64], tap: &Tap, line: impl Fn(usize) -> &'a [f64]) {
    out.fill(0.0);
    let mut n = 0;
    while n + 2 <= tap.weights.len() {
        let (a, b) = (tap.weights[n], tap.weights[n + 1]);
        let (first, second) = (line(tap.start + n), line(tap.start + n + 1));
        out.iter_mut().zip(first).zip(second).for_each(|((sum, u), v)| *sum += a * u + b * v);
        n += 2;
    }
    if let Some(weight) = tap.weights.get(n) {
        out.iter_mut().zip(line(tap.start + n)).for_each(|(sum, v)| *sum += weight * v);
    }
}
