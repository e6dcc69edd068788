//! Where the voxels of an image lie.

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
