//! W1 is a metric, SSIM a similarity.

use proptest::prelude::*;
use seqtran::numeric::ssim;
use seqtran::numeric::wasserstein::w1;

fn sample() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1e3..1e3, 1..60)
}

/// W1 by its other definition: the area between the two cumulative distributions.
fn area_between(a: &[f64], b: &[f64]) -> f64 {
    let mut cuts: Vec<f64> = a.iter().chain(b).copied().collect();
    cuts.sort_by(f64::total_cmp);
    let below = |sample: &[f64], x: f64| sample.iter().filter(|v| **v <= x).count() as f64 / sample.len() as f64;
    cuts.windows(2).map(|w| (below(a, w[0]) - below(b, w[0])).abs() * (w[1] - w[0])).sum()
}

proptest! {
    #[test]
    fn w1_is_a_metric(a in sample(), b in sample(), c in sample()) {
        let (ab, ba) = (w1(&a, &b).unwrap(), w1(&b, &a).unwrap());
        prop_assert_eq!(ab, ba);
        prop_assert_eq!(w1(&a, &a).unwrap(), 0.0);
        prop_assert!(ab >= 0.0);
        prop_assert!(w1(&a, &c).unwrap() <= ab + w1(&b, &c).unwrap() + 1e-9);
        prop_assert!((ab - area_between(&a, &b)).abs() <= 1e-9 * (1.0 + ab), "{ab} {}", area_between(&a, &b));
    }

    #[test]
    fn w1_does_not_see_repetition(a in sample(), b in sample(), times in 2_usize..5) {
        let repeated: Vec<f64> = a.iter().flat_map(|&v| vec![v; times]).collect();
        prop_assert!((w1(&repeated, &b).unwrap() - w1(&a, &b).unwrap()).abs() <= 1e-9);
    }

    #[test]
    fn ssim_of_masks_is_a_similarity(p in prop::collection::vec(any::<bool>(), 64), q in prop::collection::vec(any::<bool>(), 64)) {
        let count = |mask: &[bool]| mask.iter().filter(|v| **v).count();
        let both = p.iter().zip(&q).filter(|(a, b)| **a && **b).count();
        for (k1, k2) in [(0.3, 0.3), (0.01, 0.03)] {
            let value = ssim::binary(count(&p), count(&q), both, 64, k1, k2);
            prop_assert_eq!(value, ssim::binary(count(&q), count(&p), both, 64, k1, k2));
            prop_assert!((-1.0..=1.0 + 1e-12).contains(&value));
            prop_assert!((ssim::binary(count(&p), count(&p), count(&p), 64, k1, k2) - 1.0).abs() < 1e-12);
        }
    }
}
