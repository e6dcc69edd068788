//! Global structural similarity of two binary images.

/// SSIM of two masks over one window, the whole image, from three counts: voxels in the first, in the second and in both,
/// of `n`. In [-1, 1], higher is closer; symmetric; 1 for equal masks, two empty ones included.
///
/// Population variance and covariance, C1 = k1^2, C2 = k2^2 (dynamic range 1). Equations 3 and 4 of the paper, whose
/// k1 = k2 = 0.3; the textbook's are 0.01 and 0.03. With 0.3 two disjoint masks that each fill 0.1 % of the image score 0.978:
/// the value then says mostly how alike the sizes are.
///
/// # Panics
/// If `n` is zero or the counts contradict each other.
#[must_use]
pub fn binary(first: usize, second: usize, both: usize, n: usize, k1: f64, k2: f64) -> f64 {
    assert!(n > 0 && first <= n && second <= n && both <= first.min(second), "counts {first} {second} {both} of {n}");
    if first == second && both == first {
        return 1.0;
    }
    let size = n as f64;
    let (p, q) = (first as f64 / size, second as f64 / size);
    let variance = |count: usize, mean: f64| mean * ((n - count) as f64 / size);
    // In whole numbers first: the covariance of two small masks is a small difference.
    let covariance = (both as i128 * n as i128 - first as i128 * second as i128) as f64 / (size * size);
    let (c1, c2) = (k1 * k1, k2 * k2);
    let luminance = ratio(2.0 * p * q + c1, p * p + q * q + c1);
    let structure = ratio(2.0 * covariance + c2, variance(first, p) + variance(second, q) + c2);
    luminance * structure
}

/// 0 / 0, possible only when a constant is zero and the images are constant alike, counts as equal.
fn ratio(above: f64, below: f64) -> f64 {
    if below == 0.0 { 1.0 } else { above / below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_masks_are_equal_whatever_the_constants() {
        assert_eq!(binary(0, 0, 0, 1000, 0.3, 0.3), 1.0);
        assert_eq!(binary(0, 0, 0, 1000, 0.0, 0.0), 1.0);
        assert!((1..=1000).all(|count| binary(count, count, count, 1000, 0.01, 0.03) == 1.0));
    }

    #[test]
    fn small_disjoint_masks_look_alike_with_the_papers_constants() {
        assert!((binary(1000, 1000, 0, 1_000_000, 0.3, 0.3) - 0.978).abs() < 5e-4);
    }

    #[test]
    fn symmetric() {
        assert_eq!(binary(10, 25, 4, 512, 0.3, 0.3), binary(25, 10, 4, 512, 0.3, 0.3));
    }
}
