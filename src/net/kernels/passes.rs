//! The inner loops of the norm: passes over positions whose channels are vectors.

use super::lanes::{Lanes, by_level};

/// Pointers of one pass over `count` positions; each pass says which it uses.
pub(crate) struct Pass {
    pub count: usize,
    pub channels: usize,
    pub x: *const f32,
    pub y: *const f32,
    pub mean: *const f32,
    pub scale: *const f32,
    pub gain: *const f32,
    pub shift: *const f32,
    pub slope: f32,
    pub a: *mut f32,
    pub b: *mut f32,
    pub out: *mut f32,
}

by_level!(
    /// `a += x - mean`, `b += (x - mean)^2`.
    run_moments, moments, Pass
);
by_level!(
    /// `out = leaky_relu(x * gain + shift)`.
    run_normalise, apply, Pass
);
by_level!(
    /// With `dz = shift` through the ReLU (`shift` holds g): `a += dz`, `b += dz * (x - mean) * scale`.
    run_gradient_sums, gradient_sums, Pass
);
by_level!(
    /// `out = dz * gain - x * mean + scale` (`mean` and `scale` hold q and r).
    run_gradient, gradient, Pass
);

/// Runs a function of a type of lanes, the arguments and a channel on whole vectors of channels, and on one lane each for the
/// channels left over: the same operations on the same values, so the same bits whatever the width of a vector.
macro_rules! each_channel {
    ($args:ident, $L:ident, $body:ident $(, $more:expr)*) => {
        let whole = $args.channels / $L::N * $L::N;
        for c in (0..whole).step_by($L::N) {
            $body::<$L>($args, c $(, $more)*);
        }
        for c in whole..$args.channels {
            $body::<$L::Single>($args, c $(, $more)*);
        }
    };
}

#[inline(always)]
unsafe fn moments<L: Lanes>(args: &Pass) {
    // SAFETY: as promised to `run_moments`.
    unsafe {
        each_channel!(args, L, moments_of);
    }
}

/// Even and odd positions are summed on their own.
#[inline(always)]
unsafe fn moments_of<L: Lanes>(args: &Pass, c: usize) {
    let n = args.channels;
    // SAFETY: as promised to `run_moments`.
    unsafe {
        let mean = L::load(args.mean.add(c));
        let (mut a, mut b) = (L::zero(), L::zero());
        let (mut a2, mut b2) = (L::zero(), L::zero());
        let mut at = args.x.add(c);
        for _ in 0..args.count / 2 {
            let x = L::load(at).sub(mean);
            let x2 = L::load(at.add(n)).sub(mean);
            a = a.add(x);
            a2 = a2.add(x2);
            b = x.mul_add(x, b);
            b2 = x2.mul_add(x2, b2);
            at = at.wrapping_add(2 * n);
        }
        if args.count % 2 == 1 {
            let x = L::load(at).sub(mean);
            a = a.add(x);
            b = x.mul_add(x, b);
        }
        a.add(a2).add(L::load(args.a.add(c))).store(args.a.add(c));
        b.add(b2).add(L::load(args.b.add(c))).store(args.b.add(c));
    }
}

#[inline(always)]
unsafe fn apply<L: Lanes>(args: &Pass) {
    // SAFETY: as promised to `run_normalise`.
    unsafe {
        for p in 0..args.count {
            each_channel!(args, L, apply_at, p * args.channels);
        }
    }
}

#[inline(always)]
unsafe fn apply_at<L: Lanes>(args: &Pass, c: usize, at: usize) {
    // SAFETY: as promised to `run_normalise`.
    unsafe {
        let z = L::load(args.x.add(at + c)).mul_add(L::load(args.gain.add(c)), L::load(args.shift.add(c)));
        z.where_positive(z, z.mul(L::splat(args.slope))).store(args.out.add(at + c));
    }
}

#[inline(always)]
unsafe fn gradient_sums<L: Lanes>(args: &Pass) {
    // SAFETY: as promised to `run_gradient_sums`.
    unsafe {
        each_channel!(args, L, gradient_sums_of);
    }
}

#[inline(always)]
unsafe fn gradient_sums_of<L: Lanes>(args: &Pass, c: usize) {
    // SAFETY: as promised to `run_gradient_sums`.
    unsafe {
        let slope = L::splat(args.slope);
        let (mean, scale) = (L::load(args.mean.add(c)), L::load(args.scale.add(c)));
        let (mut a, mut b) = (L::zero(), L::zero());
        for p in 0..args.count {
            let at = p * args.channels + c;
            let g = L::load(args.shift.add(at));
            let dz = L::load(args.y.add(at)).where_positive(g, g.mul(slope));
            a = a.add(dz);
            b = dz.mul_add(L::load(args.x.add(at)).sub(mean), b);
        }
        a.add(L::load(args.a.add(c))).store(args.a.add(c));
        b.mul(scale).add(L::load(args.b.add(c))).store(args.b.add(c));
    }
}

#[inline(always)]
unsafe fn gradient<L: Lanes>(args: &Pass) {
    // SAFETY: as promised to `run_gradient`.
    unsafe {
        for p in 0..args.count {
            each_channel!(args, L, gradient_at, p * args.channels);
        }
    }
}

#[inline(always)]
unsafe fn gradient_at<L: Lanes>(args: &Pass, c: usize, at: usize) {
    // SAFETY: as promised to `run_gradient`.
    unsafe {
        let g = L::load(args.shift.add(at + c));
        let dz = L::load(args.y.add(at + c)).where_positive(g, g.mul(L::splat(args.slope)));
        let x = L::load(args.x.add(at + c)).mul(L::load(args.mean.add(c)));
        dz.mul_add(L::load(args.gain.add(c)), L::load(args.scale.add(c)).sub(x)).store(args.out.add(at + c));
    }
}
