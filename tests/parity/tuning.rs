//! Gaussian processes against scikit-learn, expected improvement and the best weights against scipy.

use super::{close, golden, numbers};
use seqtran::affinity::known::{Known, Method};
use seqtran::affinity::tuning::{TuningParams, tune};
use seqtran::base::choice::Choice;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::numeric::bayes::{SearchParams, expected_improvement};
use seqtran::numeric::gaussian_process::{GaussianProcess, Kernel};
use serde_json::Value;

fn known(case: &Value) -> Vec<Known> {
    let known = |row: &Value| {
        let number = |name: &str| row[name].as_f64().unwrap();
        let target = row["target"].as_str().unwrap().into();
        Known { target, image: number("image"), label: number("label"), dice: number("dice") }
    };
    case["rows"].as_array().unwrap().iter().map(known).collect()
}

#[test]
fn posteriors_equal_scikit_learn() {
    for case in golden("tuning")["processes"].as_array().unwrap() {
        let matrix = |name: &str| case[name].as_array().unwrap().iter().map(numbers).collect::<Vec<_>>();
        let kernel = Kernel::named("kernel", case["kernel"].as_str().unwrap()).unwrap();
        let [length, noise, least] = ["length", "noise", "least"].map(|name| case[name].as_f64().unwrap());
        let process = GaussianProcess::fit(matrix("points"), &numbers(&case["values"]), kernel, length, noise).unwrap();
        close(process.log_likelihood(), case["log_likelihood"].as_f64().unwrap(), 1e-9);
        let wanted = ["mean", "std", "expected_improvement"].map(|name| numbers(&case[name]));
        for (n, point) in matrix("asked").iter().enumerate() {
            let (mean, std) = process.posterior(point);
            close(mean, wanted[0][n], 1e-8);
            close(std, wanted[1][n], 1e-8);
            close(expected_improvement(least, mean, std), wanted[2][n], 1e-8);
        }
    }
}

#[test]
fn the_closed_form_equals_a_search_over_angles() {
    for case in golden("tuning")["weights"].as_array().unwrap() {
        let params = TuningParams::default().check().unwrap();
        let tuning = tune(&known(case), &params, Seed::new(1), &Monitor::silent()).unwrap();
        close(tuning.weights.correlation, case["correlation"].as_f64().unwrap(), 1e-10);
        // The search knows the angle to the square root of its precision only.
        let (got, wanted) = (tuning.weights.alpha, case["alpha"].as_f64().unwrap());
        assert!((got - wanted).abs() <= 1e-4 * wanted.max(1e-4), "{got} {wanted}");
    }
}

#[test]
fn bayesian_optimisation_comes_near_the_closed_form_and_never_beats_it() {
    for case in golden("tuning")["weights"].as_array().unwrap() {
        let [best, in_box] = ["correlation", "in_box"].map(|name| case[name].as_f64().unwrap());
        for (seed, (_, kernel)) in [1, 2, 3].into_iter().flat_map(|s| Kernel::CHOICES.iter().map(move |k| (s, k))) {
            let search = SearchParams { kernel: *kernel, ..SearchParams::default() };
            let params = TuningParams { method: Method::Bayes, search, ..TuningParams::default() }.check().unwrap();
            let tuning = tune(&known(case), &params, Seed::new(seed), &Monitor::silent()).unwrap();
            let [alpha, beta] = [tuning.weights.alpha, tuning.weights.beta];
            assert!((1e-3..=10.0).contains(&alpha) && (1e-3..=10.0).contains(&beta), "{alpha} {beta}");
            let reached = tuning.weights.correlation;
            assert!(reached >= best - 1e-12 && reached < in_box + 0.01, "{reached} {best} {in_box}");
        }
    }
}
