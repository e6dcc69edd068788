//! The transferability metrics in one list.

use super::metric::Metric;
use super::{gbc, h_score, leep, logme, nce, transrate};

/// Every metric; of one name the first is the default variant.
pub const METRICS: &[Metric] = &[
    leep::PLAIN,
    leep::BALANCED,
    nce::NCE,
    h_score::H_SCORE,
    logme::FIXED_POINT,
    logme::ICML,
    transrate::TRANSRATE,
    gbc::SPHERICAL,
    gbc::DIAGONAL,
];
