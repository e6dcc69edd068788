//! The voxel-to-world matrix of a header: sform, else qform, else the spacing alone.

use super::header_fields::Fields;
use crate::base::error::{Error, Kind, Result};
use crate::base::math::powi;

type Affine = [[f64; 4]; 4];

/// The matrix that takes voxels to millimetres: of the sform if it is set, else of the qform, else, as nibabel has
/// it, the spacing with x running to the left and the world's origin at the centre of the image.
///
/// # Errors
/// When the transform that counts is not finite, or flattens the image.
pub fn affine(fields: &Fields, shape: [usize; 3], spacing: [f64; 3]) -> Result<Affine> {
    let blank = fields.srow.iter().all(|row| row[..3].iter().all(|&v| v == 0.0));
    let (name, affine) = if fields.sform_code > 0 && !blank {
        ("sform", sform(fields, spacing))
    } else if fields.qform_code > 0 {
        ("qform", qform(fields, spacing))
    } else {
        ("spacing", centred(fields, shape, spacing))
    };
    if affine.iter().flatten().any(|v| !v.is_finite()) {
        return Err(refused(format!("the {name} of the header is not finite: {:?}", &affine[..3])));
    }
    // The volume of a voxel against the product of its edges: 1 for right angles, 0 for a flat image.
    let edges: f64 = (0..3).map(|column| length(&affine, column)).product();
    let volume = determinant(&affine).abs();
    if edges == 0.0 || !edges.is_finite() || volume < 1e-6 * edges {
        return Err(refused(format!("the {name} of the header flattens the image: {:?}", &affine[..3])));
    }
    Ok(affine)
}

fn refused(message: String) -> Error {
    Error::new(Kind::Format, message).help("set the orientation of the image again and save it")
}

fn length(affine: &Affine, column: usize) -> f64 {
    (0..3).map(|row| powi(affine[row][column], 2)).sum::<f64>().sqrt()
}

fn determinant(m: &Affine) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

/// The matrix as it stands, in mm. Some writers give the spacing in the header's unit and the matrix in mm all the
/// same: where only the unscaled matrix agrees with the spacing, it is left unscaled.
fn sform(fields: &Fields, spacing: [f64; 3]) -> Affine {
    let [x, y, z] = fields.srow;
    let mut affine = [x, y, z, [0.0, 0.0, 0.0, 1.0]];
    let unit = fields.millimetres();
    let agrees =
        |unit: f64| (0..3).all(|axis| (length(&affine, axis) * unit - spacing[axis]).abs() <= 1e-3 * spacing[axis]);
    if agrees(unit) || !agrees(1.0) {
        affine[..3].iter_mut().flatten().for_each(|v| *v *= unit);
    }
    affine
}

fn qform(fields: &Fields, spacing: [f64; 3]) -> Affine {
    let [mut b, mut c, mut d] = fields.quatern;
    let rest = 1.0 - (b * b + c * c + d * d);
    let a = if rest < 1e-7 {
        // Rounding made it longer than 1: a half turn.
        let shrink = 1.0 / (b * b + c * c + d * d).sqrt();
        (b, c, d) = (b * shrink, c * shrink, d * shrink);
        0.0
    } else {
        rest.sqrt()
    };
    let rotation = [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - c * c - b * b],
    ];
    let steps = [spacing[0], spacing[1], if fields.pixdim[0] < 0.0 { -spacing[2] } else { spacing[2] }];
    let mut affine = [[0.0; 4]; 4];
    for row in 0..3 {
        for column in 0..3 {
            affine[row][column] = rotation[row][column] * steps[column];
        }
        affine[row][3] = fields.qoffset[row] * fields.millimetres();
    }
    affine[3][3] = 1.0;
    affine
}

fn centred(fields: &Fields, shape: [usize; 3], spacing: [f64; 3]) -> Affine {
    let size = shape.map(|n| n as f64);
    let origin = fields.origin.map(f64::from);
    let given = origin.iter().any(|&o| o != 0.0)
        && (0..3).all(|axis| origin[axis] > -size[axis] && origin[axis] < 2.0 * size[axis]);
    let mut affine = [[0.0; 4]; 4];
    for axis in 0..3 {
        let step = if axis == 0 { -spacing[0] } else { spacing[axis] };
        let centre = if given { origin[axis] - 1.0 } else { (size[axis] - 1.0) / 2.0 };
        affine[axis][axis] = step;
        affine[axis][3] = -centre * step;
    }
    affine[3][3] = 1.0;
    affine
}
