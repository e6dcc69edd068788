//! Channels of two tensors side by side: what a skip connection does.

use super::shape::{sizes, values, with_values};
use crate::net::compute::Compute;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// `[N, D, H, W, A]` and `[N, D, H, W, B]` as `[N, D, H, W, A + B]`.
///
/// # Errors
/// Shapes do not fit.
pub fn join(a: &Tensor, b: &Tensor, compute: Compute) -> Result<Tensor> {
    match compute {
        Compute::Kernels(_) => a.contiguous()?.apply_op2(&b.contiguous()?, Join),
        Compute::Stock => Tensor::cat(&[a, b], 4),
    }
}

struct Join;

/// Positions copied by one task.
const CHUNK: usize = 1024;

impl CustomOp2 for Join {
    fn name(&self) -> &'static str {
        "join"
    }

    fn cpu_fwd(&self, a: &CpuStorage, la: &Layout, b: &CpuStorage, lb: &Layout) -> Result<(CpuStorage, Shape)> {
        let ([n, d, h, w, ca], [.., cb]) = (sizes(la)?, sizes(lb)?);
        if la.dims()[..4] != lb.dims()[..4] || ca == 0 || cb == 0 {
            bail!("cannot join channels of {:?} and {:?}", la.dims(), lb.dims());
        }
        let (a, b) = (values(a, la)?, values(b, lb)?);
        let mut y = vec![0.0_f32; a.len() + b.len()];
        y.par_chunks_mut(CHUNK * (ca + cb)).zip(a.par_chunks(CHUNK * ca)).zip(b.par_chunks(CHUNK * cb)).for_each(
            |((y, a), b)| {
                for ((y, a), b) in y.chunks_exact_mut(ca + cb).zip(a.chunks_exact(ca)).zip(b.chunks_exact(cb)) {
                    y[..ca].copy_from_slice(a);
                    y[ca..].copy_from_slice(b);
                }
            },
        );
        Ok((CpuStorage::F32(y), Shape::from((n, d, h, w, ca + cb))))
    }

    fn bwd(&self, a: &Tensor, b: &Tensor, _y: &Tensor, g: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (ca, cb) = (a.dim(4)?, b.dim(4)?);
        let part = |of: &Tensor, first: usize, width: usize| -> Result<Option<Tensor>> {
            if !of.track_op() {
                return Ok(None);
            }
            let mut part = vec![0.0_f32; of.elem_count()];
            with_values(g, |g| {
                part.par_chunks_mut(CHUNK * width).zip(g.par_chunks(CHUNK * (ca + cb))).for_each(|(part, g)| {
                    for (part, g) in part.chunks_exact_mut(width).zip(g.chunks_exact(ca + cb)) {
                        part.copy_from_slice(&g[first..first + width]);
                    }
                });
                Ok(())
            })?;
            Ok(Some(Tensor::from_vec(part, of.shape(), of.device())?))
        };
        Ok((part(a, 0, ca)?, part(b, ca, cb)?))
    }
}
