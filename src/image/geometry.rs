//! Where the voxels of an image lie.

use super::bounds::Bounds;
use crate::base::error::Result;

/// Shape, spacing and affine of a 3-D image.
///
/// Voxels are indexed (i, j, k) with i fastest in memory; `affine` takes (i, j, k, 1) to world (x, y, z, 1) in mm, RAS+.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    /// Voxels along i, j, k; none is zero.
    pub shape: [usize; 3],
    /// Millimetres along i, j, k; positive.
    pub spacing: [f64; 3],
    /// Rows of the voxel-to-world matrix.
    pub affine: [[f64; 4]; 4],
}

impl Geometry {
    /// An image with voxels of `spacing` mm and its first voxel at the world's origin.
    #[must_use]
    pub fn new(shape: [usize; 3], spacing: [f64; 3]) -> Self {
        let mut affine = [[0.0; 4]; 4];
        for axis in 0..3 {
            affine[axis][axis] = spacing[axis];
        }
        affine[3][3] = 1.0;
        Geometry { shape, spacing, affine }
    }

    /// Number of voxels.
    #[must_use]
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Position of voxel (i, j, k) in memory.
    #[must_use]
    pub fn offset(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.shape[0] * (j + self.shape[1] * k)
    }

    /// World position in mm of a voxel position; whole numbers are voxel centres.
    #[must_use]
    pub fn world(&self, position: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|row| {
            (0..3).map(|column| self.affine[row][column] * position[column]).sum::<f64>() + self.affine[row][3]
        })
    }

    /// The grid of the part of the image inside `bounds`: the same world, fewer voxels.
    #[must_use]
    pub fn cropped(&self, bounds: &Bounds) -> Self {
        let mut part = Geometry { shape: bounds.shape, ..self.clone() };
        let first = self.world(bounds.low.map(|low| low as f64));
        for (row, value) in first.into_iter().enumerate() {
            part.affine[row][3] = value;
        }
        part
    }

    /// The grid with `shape` voxels over the same field of view; centre `o` lies at (o + 0.5) in/out - 0.5 of this grid.
    #[must_use]
    pub fn resized(&self, shape: [usize; 3]) -> Self {
        let ratio: [f64; 3] = std::array::from_fn(|axis| self.shape[axis] as f64 / shape[axis] as f64);
        let first = self.world(ratio.map(|r| 0.5 * r - 0.5));
        let mut affine = self.affine;
        for (row, start) in first.into_iter().enumerate() {
            for (column, r) in ratio.into_iter().enumerate() {
                affine[row][column] *= r;
            }
            affine[row][3] = start;
        }
        Geometry { shape, spacing: std::array::from_fn(|axis| self.spacing[axis] * ratio[axis]), affine }
    }

    /// Whether two images lie on the same grid: equal shapes, affines within 1e-3.
    ///
    /// # Errors
    /// Names what differs, with both values; `a` and `b` say what the two images are.
    pub fn same_grid(&self, other: &Geometry, a: &str, b: &str) -> Result<()> {
        let [x, y, z] = self.shape;
        let [u, v, w] = other.shape;
        crate::ensure!(
            self.shape == other.shape,
            crate::base::error::Kind::Data,
            "{a} has {x}x{y}x{z} voxels but {b} has {u}x{v}x{w}"
        );
        for row in 0..3 {
            for column in 0..4 {
                let (p, q) = (self.affine[row][column], other.affine[row][column]);
                crate::ensure!(
                    (p - q).abs() <= 1e-3,
                    crate::base::error::Kind::Data,
                    "{a} and {b} lie on different grids: affine[{row}][{column}] is {p} and {q}"
                );
            }
        }
        Ok(())
    }
}
