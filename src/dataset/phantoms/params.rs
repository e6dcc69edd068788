//! The options of `phantom_tasks`.

use super::contrast::MODALITIES;
use super::sites::{PRESETS, preset};
use super::tissue::Tissue;
use crate::base::error::{Error, Result};
use crate::base::params::{Params, within};

/// Which phantoms to make; an empty list or `None` takes the preset's own.
#[derive(Debug, Clone, PartialEq)]
pub struct PhantomParams {
    /// `tiny`, `small` or `paperlike`.
    pub preset: String,
    /// Another seed gives other brains and other institution styles; `None` takes the caller's.
    pub seed: Option<u64>,
    /// Only these institutions of the preset.
    pub institutions: Vec<String>,
    /// Only these modalities.
    pub modalities: Vec<String>,
    /// Only these objectives.
    pub objectives: Vec<String>,
    /// Voxels along x, y, z.
    pub size: Option<[usize; 3]>,
    /// Cases of each institution.
    pub cases: Option<usize>,
    /// Strength of the differences between institutions; 0 removes them.
    pub shift: f64,
}

impl Default for PhantomParams {
    fn default() -> Self {
        PhantomParams {
            preset: "tiny".into(),
            seed: None,
            institutions: Vec::new(),
            modalities: Vec::new(),
            objectives: Vec::new(),
            size: None,
            cases: None,
            shift: 1.0,
        }
    }
}

impl Params for PhantomParams {
    fn validate(&self) -> Result<()> {
        let Some(preset) = preset(&self.preset) else {
            let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
            return Err(Error::argument(format!("option `preset`: there is no preset {:?}", self.preset))
                .help(format!("presets: {}", names.join(", "))));
        };
        let institutions: Vec<&str> = preset.sites.iter().map(|site| site.institution).collect();
        known("institutions", &self.institutions, &institutions)?;
        known("modalities", &self.modalities, &MODALITIES)?;
        known("objectives", &self.objectives, &["ED", "ET", "NCR"])?;
        debug_assert!(self.objectives.iter().all(|o| Tissue::of_objective(o).is_some()));
        for voxels in self.size.unwrap_or([24; 3]) {
            within("size", voxels, 12, 160)?;
        }
        within("cases", self.cases.unwrap_or(1), 1, 10_000)?;
        within("shift", self.shift, 0.0, 3.0)
    }
}

fn known(option: &str, wanted: &[String], there: &[&str]) -> Result<()> {
    for name in wanted {
        if !there.contains(&name.as_str()) {
            return Err(Error::argument(format!("option `{option}`: the phantoms have no {name:?}"))
                .help(format!("there are: {}", there.join(", "))));
        }
    }
    Ok(())
}
