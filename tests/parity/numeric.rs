//! W1 against scipy, PCA against scikit-learn, SSIM and statistics against numpy and scipy.

use super::{close, golden, numbers};
use ndarray::Array2;
use seqtran::numeric::pca::{self, Sign};
use seqtran::numeric::{ssim, statistics, wasserstein};

#[test]
fn w1_equals_scipy() {
    for case in golden("numeric")["w1"].as_array().unwrap() {
        let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
        close(wasserstein::w1(&a, &b).unwrap(), case["w1"].as_f64().unwrap(), 1e-9);
    }
}

#[test]
fn ssim_equals_numpy() {
    for case in golden("numeric")["ssim"].as_array().unwrap() {
        let [p, q, both, n] = [0, 1, 2, 3].map(|i| case["counts"][i].as_u64().unwrap() as usize);
        let value = ssim::binary(p, q, both, n, case["k1"].as_f64().unwrap(), case["k2"].as_f64().unwrap());
        close(value, case["ssim"].as_f64().unwrap(), 1e-12);
    }
}

#[test]
fn pca_scores_equal_scikit_learn() {
    for case in golden("numeric")["pca"].as_array().unwrap() {
        let rows: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
        let x = Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap();
        let fit = pca::fit(x.view(), case["variance"].as_f64().unwrap()).unwrap();
        let wanted: Vec<Vec<f64>> = case["scores"].as_array().unwrap().iter().map(numbers).collect();
        assert_eq!(fit.scores.nrows(), wanted[0].len(), "kept components");
        for (got, wanted) in fit.pooled(Sign::Loading).iter().zip(wanted.concat()) {
            close(*got, wanted, 1e-8);
        }
        for (got, wanted) in fit.explained.iter().zip(numbers(&case["explained"])) {
            close(*got, wanted, 1e-10);
        }
    }
}

#[test]
fn statistics_equal_numpy_and_scipy() {
    let golden = golden("numeric");
    let case = &golden["statistics"];
    let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
    let check = |got: Option<f64>, name: &str| close(got.unwrap(), case[name].as_f64().unwrap(), 1e-12);
    check(statistics::mean(&x), "mean");
    check(statistics::std(&x, 0), "std0");
    check(statistics::std(&x, 1), "std1");
    check(statistics::pearson(&x, &y), "pearson");
    check(statistics::kendall(&x, &y), "kendall");
    for pair in case["quantiles"].as_array().unwrap() {
        close(statistics::quantile(&x, pair[0].as_f64().unwrap()).unwrap(), pair[1].as_f64().unwrap(), 1e-12);
    }
}
