//! Shapes: which tissue lies where in one head, painted at twice the image's grid.

use super::head::{Head, inside, radius};
use super::kind::Kind;
use super::lattice::fields;
use super::lesions;
use super::tissue::Tissue;
use super::tumour;
use crate::base::seed::Seed;

/// Semi-axes of the head in a cube from -1 to 1.
const HEAD: [f64; 3] = [0.80, 0.92, 0.80];

/// Centre and semi-axes of the deep grey nuclei, mirrored to both sides.
const NUCLEI: [([f64; 3], [f64; 3]); 2] =
    [([0.14, -0.08, -0.05], [0.10, 0.15, 0.11]), ([0.30, 0.10, -0.06], [0.07, 0.17, 0.12])];

/// White matter this deep is where tumours and infarcts may begin.
const DEEP: f64 = 0.22;

/// A head painted on a fine grid, first axis fastest.
pub struct Anatomy {
    /// Voxels of the fine grid.
    pub shape: [usize; 3],
    /// One tissue a voxel.
    pub tissues: Vec<Tissue>,
}

/// Paints the head of a subject over `shape` voxels (twice the image's).
#[must_use]
pub fn paint(seed: Seed, kind: Kind, shape: [usize; 3]) -> Anatomy {
    let of = |name: &str, cells| (seed.named(name), cells);
    let [warp_x, warp_y, warp_z, skin, fold, falx] =
        fields([of("warp x", 4), of("warp y", 4), of("warp z", 4), of("skin", 5), of("fold", 9), of("falx", 4)], shape);
    let head = Head::draw(&mut seed.named("pose").rng(), kind, shape, [warp_x, warp_y, warp_z]);
    let cortex = Cortex::of(kind);
    let [nx, ny, nz] = shape;
    let plane = nx * ny;
    let mut tissues = Vec::with_capacity(plane * nz);
    let mut deep = Vec::new();
    let mut points = Vec::new();
    let [mut skins, mut folds, mut falxes] = [vec![0.0; plane], vec![0.0; plane], vec![0.0; plane]];
    for k in 0..nz {
        head.plane(k, &mut points);
        skin.plane(k, &mut skins);
        fold.plane(k, &mut folds);
        falx.plane(k, &mut falxes);
        for (n, &q) in points.iter().enumerate() {
            if outside(q, skins[n]) {
                tissues.push(Tissue::Outside);
                continue;
            }
            let depth = 0.82 * (1.0 - radius(q, HEAD)) + 0.02 * skins[n];
            let tissue =
                if depth > 0.0 { cortex.tissue(&head, q, depth, folds[n], falxes[n]) } else { Tissue::Outside };
            if tissue == Tissue::White && depth > DEEP {
                deep.push(tissues.len());
            }
            tissues.push(tissue);
        }
    }
    match kind {
        Kind::Tumour => tumour::grow(seed.named("tumour"), &head, &deep, &mut tissues),
        Kind::Lesions => lesions::grow(seed.named("lesions"), &head, &deep, &mut tissues),
        Kind::Infant => {}
    }
    Anatomy { shape, tissues }
}

/// Whether a point is so far out that its depth is surely not above 0, told without a root or a division.
fn outside(q: [f64; 3], skin: f64) -> bool {
    const INVERSE: [f64; 3] = [1.0 / HEAD[0], 1.0 / HEAD[1], 1.0 / HEAD[2]];
    let [x, y, z] = [q[0] * INVERSE[0], q[1] * INVERSE[1], q[2] * INVERSE[2]];
    let limit = (1.0 + 0.02 / 0.82 * skin).max(0.0);
    x * x + y * y + z * z > limit * limit * (1.0 + 1e-9) + 1e-9
}

/// How the surface of a brain looks.
struct Cortex {
    /// Fluid under the skull.
    rim: f64,
    /// Thickness of the grey ribbon: everywhere, and added where it is folded in.
    ribbon: [f64; 2],
}

impl Cortex {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Tumour | Kind::Lesions => Cortex { rim: 0.02, ribbon: [0.10, 0.17] },
            Kind::Infant => Cortex { rim: 0.05, ribbon: [0.06, 0.21] },
        }
    }

    /// The healthy tissue at a point `depth` below the skin of the brain.
    fn tissue(&self, head: &Head, [x, y, z]: [f64; 3], depth: f64, fold: f64, falx: f64) -> Tissue {
        // Sulci follow the zero set of the noise: fluid reaches deep there and the cortex goes down with it.
        let tent = |width: f64| (1.0 - fold.abs() / width).clamp(0.0, 1.0);
        let side = x.abs();
        let centre = 0.10 + 0.10 * (-y - 0.05).max(0.0) + 0.03 * y;
        let size = head.ventricles;
        if inside([side - centre, y, z - (0.12 - 0.25 * y * y)], [0.065 * size, 0.42 * size, 0.12 * size])
            || inside([x, y + 0.05, z + 0.08], [0.03 * size, 0.14 * size, 0.12 * size])
        {
            return Tissue::Ventricle;
        }
        if (x + 0.012 * falx).abs() < 0.022 && depth < 0.35 && z > -0.2 {
            return Tissue::Csf;
        }
        if depth < self.rim + 0.20 && depth < self.rim + 0.20 * tent(0.16) {
            return Tissue::Csf;
        }
        let [thin, folded] = self.ribbon;
        if depth <= self.rim + (thin + folded * tent(0.75)).max(0.05) {
            return Tissue::Grey;
        }
        let nucleus = NUCLEI.iter().any(|(c, axes)| inside([side - c[0], y - c[1], z - c[2]], *axes));
        if nucleus { Tissue::DeepGrey } else { Tissue::White }
    }
}
