//! Linear resize of an image that comes plane by plane.
//!
//! The blur against aliasing and the interpolation are one set of weights along each axis. A plane is weighed along its
//! second axis, added to the planes of the result that it belongs to, and these, once complete, are weighed along the first:
//! all with vector instructions on rows that stay in the cache. What is zero outside a box, as a brain without its skull is,
//! costs a look and no more.

use super::geometry::Geometry;
use super::taps::{Tap, taps};
use super::volume::Volume;
use crate::base::lanes::AddScaled;
use crate::base::level::Level;
use crate::base::pages::Pages;
use pulp::{Simd, WithSimd};
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
        let found = Level::loops().dispatch(Look { plane, x });
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
            Level::loops().dispatch(Weigh { out: &mut line, tap, plane, x, first: columns.start });
            for (o, open) in &mut self.open {
                let (weight, place) = (self.taps[2][*o].at(k), &mut open.values[row * x..][columns.clone()]);
                Level::loops().dispatch(AddScaled { sums: place, factor: weight, values: &line });
            }
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
            let rows = &open.values[first * x..(first + count) * x];
            let out = &mut out[first * width..(first + count) * width];
            Level::loops().dispatch(Across {
                taps,
                columns: columns.clone(),
                from: from.clone(),
                rows,
                turned: &mut turned,
                out,
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
            Level::loops().dispatch(|| self.voxels.iter_mut().for_each(|v| *v = v.clamp(low, high)));
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

/// Looks at a plane; like the others below a struct, for only what is inlined for certain is compiled with the machine's
/// instructions.
struct Look<'a> {
    plane: &'a [f64],
    x: usize,
}

impl WithSimd for Look<'_> {
    type Output = Found;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Found {
        let Look { plane, x } = self;
        // Any bit but the sign: minus zero is zero, NaN is not.
        let there = |bits: u64| bits << 1 != 0;
        let mut used = vec![0_u64; x];
        let mut rows = 0..0;
        let (mut low, mut high) = (simd.splat_f64s(f64::INFINITY), simd.splat_f64s(f64::NEG_INFINITY));
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for (row, line) in plane.chunks_exact(x).enumerate() {
            let (voxels, rest) = S::as_simd_f64s(line);
            for &v in voxels {
                // Of NaN and a number these give the second, the number.
                low = simd.min_f64s(v, low);
                high = simd.max_f64s(v, high);
            }
            for &v in rest {
                (least, most) = (least.min(v), most.max(v));
            }
            let mut any = 0;
            for (used, v) in used.iter_mut().zip(line) {
                *used |= v.to_bits();
                any |= v.to_bits() << 1;
            }
            if any != 0 {
                rows = around(&rows, &(row..row + 1));
            }
        }
        least = least.min(simd.reduce_min_f64s(low));
        most = most.max(simd.reduce_max_f64s(high));
        let columns = match used.iter().position(|&bits| there(bits)) {
            None => 0..0,
            Some(first) => first..used.iter().rposition(|&bits| there(bits)).unwrap_or(first) + 1,
        };
        // Of zeros with either sign the least is either; added to zero it has none.
        let (low, high) = if least <= most { (least + 0.0, most + 0.0) } else { (f64::NAN, f64::NAN) };
        Found { low, high, columns, rows }
    }
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

/// The weighted sum of the rows of a plane that a tap reaches, from a first column on.
struct Weigh<'a> {
    out: &'a mut [f64],
    tap: &'a Tap,
    plane: &'a [f64],
    x: usize,
    first: usize,
}

impl WithSimd for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Weigh { out, tap, plane, x, first } = self;
        let width = out.len();
        let line = |n: usize| &plane[(tap.start + n) * x + first..][..width];
        out.fill(0.0);
        let (pairs, rest) = tap.weights.as_chunks::<2>();
        for (n, [a, b]) in pairs.iter().enumerate() {
            let (first, second) = (line(2 * n), line(2 * n + 1));
            out.iter_mut().zip(first).zip(second).for_each(|((sum, u), v)| *sum += a * u + b * v);
        }
        for weight in rest {
            out.iter_mut().zip(line(2 * pairs.len())).for_each(|(sum, v)| *sum += weight * v);
        }
    }
}

/// The weighted sums of the columns of at most [`ROWS`] rows, all rows at a time.
struct Across<'a> {
    taps: &'a [Tap],
    columns: Range<usize>,
    from: Range<usize>,
    rows: &'a [f64],
    turned: &'a mut [[f64; ROWS]],
    out: &'a mut [f64],
}

impl WithSimd for Across<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Across { taps, columns, from, rows, turned, out } = self;
        let (x, width) = (turned.len(), taps.len());
        for (lane, row) in rows.chunks_exact(x).enumerate() {
            turned[from.clone()].iter_mut().zip(&row[from.clone()]).for_each(|(to, v)| to[lane] = *v);
        }
        for column in columns {
            let tap = &taps[column];
            let mut sums = [0.0; ROWS];
            for (weight, values) in tap.weights.iter().zip(&turned[tap.start..]) {
                for lane in 0..ROWS {
                    sums[lane] += weight * values[lane];
                }
            }
            for (out, sum) in out.chunks_exact_mut(width).zip(sums) {
                out[column] = sum;
            }
        }
    }
}
