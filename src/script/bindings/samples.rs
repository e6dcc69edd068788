//! `Samples`: the pooled PCA scores of a volume.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::affinity::params::SampleParams;
use crate::affinity::samples::{Samples as Scores, pca_scores as scores};
use crate::base::choice::Choice;
use crate::base::params::Params;
use crate::image::volume::Volume;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::{Show, number, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map};
use std::sync::Arc;

/// The pooled PCA scores of a volume.
#[derive(Clone)]
pub struct Samples(Arc<Scores>);

impl Samples {
    /// The scores.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.0.values
    }
}

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Samples>("Samples");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("pca_scores", list(|reader| sample_options(reader, &mut SampleParams::default())))]
}

fn sample_options(reader: &mut Reader, params: &mut SampleParams) {
    reader.ranges(SampleParams::RANGES);
    reader.shape("size", &mut params.size, "voxels the volume is resized to");
    reader.number("variance", &mut params.variance, "share of the variance the kept components exceed");
    reader.whole("axis", &mut params.axis, "which axis holds the features");
    reader.choice("sign", &mut params.sign, Choice::CHOICES, "how a component's sign is fixed");
    reader.choice("intensity", &mut params.intensity, Choice::CHOICES, "what is done to intensities first");
}

impl Show for Samples {
    fn line(&self) -> String {
        let explained = number(100.0 * self.0.explained.iter().sum::<f64>());
        let components = plural(self.0.components, "component");
        format!("Samples  {} scores of {components}, {explained} % of the variance", self.0.values.len())
    }
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The pooled PCA scores of a volume: what two images are compared by.
    ///
    /// # Arguments
    /// - `volume`: any 3-D image; in-plane positions are samples, slices along `axis` are features
    ///
    /// # Source
    /// The argument of equation 2: the fewest components whose cumulative explained variance is strictly greater than
    /// `variance`, scores pooled into one 1-D sample. Deviates: signs are fixed, because W1 depends on them.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// let s = pca_scores(v, #{ size: 16, intensity: "minmax" });
    /// s.len == s.components * 16 * 16         // => true
    /// pca_scores(v, #{ variance: 2 })         // error: option `variance` must be above 0 and below 1, got 2
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pca_scores(volume: Volume, options: Map) -> Answer<Samples> {
        let mut params = SampleParams::default();
        read("pca_scores", &options, |reader| sample_options(reader, &mut params))?;
        Ok(Samples(Arc::new(scores(&volume, &params.check()?)?)))
    }

    /// The same with the defaults.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// pca_scores(v).len == pca_scores(v).components * 128 * 128       // => true
    /// ```
    #[rhai_fn(name = "pca_scores", return_raw)]
    pub fn default_pca_scores(volume: Volume) -> Answer<Samples> {
        Ok(Samples(Arc::new(scores(&volume, &SampleParams::default().check()?)?)))
    }

    /// How many components were kept.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// pca_scores(v, #{ size: 16 }).components > 0         // => true
    /// ```
    #[rhai_fn(get = "components", pure)]
    pub fn components(samples: &mut Samples) -> i64 {
        i64::try_from(samples.0.components).unwrap_or(i64::MAX)
    }

    /// How many scores there are.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// pca_scores(v, #{ size: 16 }).len % 256      // => 0
    /// ```
    #[rhai_fn(name = "len", get = "len", pure)]
    pub fn len(samples: &mut Samples) -> i64 {
        i64::try_from(samples.0.values.len()).unwrap_or(i64::MAX)
    }

    /// The scores as an array.
    ///
    /// # Example
    /// ```
    /// let v = phantom_tasks(#{ cases: 1 })["16-T2-NCR"].case(0).image;
    /// let s = pca_scores(v, #{ size: 16 });
    /// wasserstein(s, s.to_array())        // => 0.0
    /// ```
    #[rhai_fn(pure)]
    pub fn to_array(samples: &mut Samples) -> Array {
        samples.0.values.iter().map(|&x| Dynamic::from(x)).collect()
    }
}
