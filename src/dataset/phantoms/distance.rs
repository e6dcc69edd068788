//! How far every voxel lies from some voxels.

/// The box of voxels around those that count, and the squared distance of each of its voxels to the nearest of them.
pub struct Near {
    low: [usize; 3],
    shape: [usize; 3],
    squares: Vec<f64>,
}

impl Near {
    /// Exact up to `reach`; farther voxels are given at least that. Time grows with the box and with the reach.
    ///
    /// `counts` is asked for each position in memory order; `spacing` is the distance of neighbours along each axis.
    #[must_use]
    pub fn of(shape: [usize; 3], spacing: [f64; 3], reach: f64, counts: impl Fn(usize) -> bool) -> Self {
        let [nx, ny, nz] = shape;
        let margin: [usize; 3] = std::array::from_fn(|axis| (reach / spacing[axis]).ceil() as usize);
        let (mut first, mut last) = ([usize::MAX; 3], [0; 3]);
        for n in (0..nx * ny * nz).filter(|&n| counts(n)) {
            for (axis, index) in [n % nx, n / nx % ny, n / (nx * ny)].into_iter().enumerate() {
                first[axis] = first[axis].min(index);
                last[axis] = last[axis].max(index + 1);
            }
        }
        if first[0] == usize::MAX {
            return Near { low: [0; 3], shape: [0; 3], squares: Vec::new() };
        }
        let low: [usize; 3] = std::array::from_fn(|axis| first[axis].saturating_sub(margin[axis]));
        let high: [usize; 3] = std::array::from_fn(|axis| (last[axis] + margin[axis]).min(shape[axis]));
        let size: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis]);
        let mut squares = Vec::with_capacity(size.iter().product());
        for k in low[2]..high[2] {
            for j in low[1]..high[1] {
                let row = (low[0]..high[0]).map(|i| if counts(i + nx * (j + ny * k)) { 0.0 } else { f64::INFINITY });
                squares.extend(row);
            }
        }
        for (axis, stride) in [1, size[0], size[0] * size[1]].into_iter().enumerate() {
            squares = along(&squares, stride, size[axis], margin[axis], spacing[axis]);
        }
        Near { low, shape: size, squares }
    }

    /// The distance of voxel (i, j, k); infinite outside the box.
    #[must_use]
    pub fn at(&self, index: [usize; 3]) -> f64 {
        let mut place = 0;
        for axis in (0..3).rev() {
            match index[axis].checked_sub(self.low[axis]) {
                Some(inner) if inner < self.shape[axis] => place = place * self.shape[axis] + inner,
                _ => return f64::INFINITY,
            }
        }
        self.squares[place].sqrt()
    }
}

/// The least, over the neighbours along one axis, of their square and the squared way to them.
fn along(from: &[f64], stride: usize, length: usize, margin: usize, spacing: f64) -> Vec<f64> {
    let mut out = from.to_vec();
    for (from, out) in from.chunks_exact(stride * length).zip(out.chunks_exact_mut(stride * length)) {
        for step in 1..=margin.min(length - 1) {
            let way = (step as f64 * spacing) * (step as f64 * spacing);
            let offset = step * stride;
            let inner = from.len() - offset;
            for n in 0..inner {
                out[n] = out[n].min(from[n + offset] + way);
            }
            for n in 0..inner {
                out[n + offset] = out[n + offset].min(from[n] + way);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::math::powi;

    #[test]
    fn distances_are_those_of_the_nearest() {
        let (shape, spacing, reach) = ([9, 12, 7], [0.2, 0.25, 0.3], 0.8);
        let places = [[2, 3, 1], [2, 9, 5], [8, 11, 0]];
        let near = Near::of(shape, spacing, reach, |n| places.contains(&[n % 9, n / 9 % 12, n / 108]));
        for n in 0..9 * 12 * 7_usize {
            let index = [n % 9, n / 9 % 12, n / 108];
            let way = |place: &[usize; 3]| {
                (0..3).map(|axis| powi((index[axis] as f64 - place[axis] as f64) * spacing[axis], 2)).sum::<f64>()
            };
            let wanted = places.iter().map(way).fold(f64::INFINITY, f64::min).sqrt();
            let got = near.at(index);
            assert!(
                if wanted <= reach { (got - wanted).abs() < 1e-12 } else { got > reach },
                "{index:?} {got} {wanted}"
            );
        }
        assert_eq!(Near::of(shape, spacing, reach, |_| false).at([0, 0, 0]), f64::INFINITY);
    }
}
