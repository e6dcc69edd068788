//! The options of `phantom_tasks`.

use super::sites::{PRESETS, Preset, Site, preset};
use crate::base::error::{Error, Result};
use crate::base::params::{Params, Range, within};
use crate::dataset::modality::canonical;
use std::collections::BTreeSet;

/// Which phantoms to make; an empty list or `None` takes the preset's own.
#[derive(Debug, Clone, PartialEq)]
pub struct PhantomParams {
    /// `tiny`, `small` or `paperlike`.
    pub preset: String,
    /// Another seed gives other brains and other institution styles; `None` takes the caller's.
    pub seed: Option<u64>,
    /// Only these institutions of the preset.
    pub institutions: Vec<String>,
    /// Only these modalities; other words for them are understood.
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

impl PhantomParams {
    /// The modalities of an institution that are wanted.
    pub fn modalities_of(&self, site: &Site) -> impl Iterator<Item = &'static str> {
        let wanted: Vec<String> = self.modalities.iter().map(|name| canonical(name)).collect();
        site.modalities.iter().copied().filter(move |name| chosen(&wanted, name))
    }

    /// The objectives of an institution that are wanted.
    pub fn objectives_of(&self, site: &Site) -> impl Iterator<Item = &'static str> {
        site.objectives.iter().copied().filter(|name| chosen(&self.objectives, name))
    }

    /// Whether any task of an institution is wanted.
    #[must_use]
    pub fn wants(&self, site: &Site) -> bool {
        chosen(&self.institutions, site.institution)
            && self.modalities_of(site).next().is_some()
            && self.objectives_of(site).next().is_some()
    }
}

fn chosen(wanted: &[String], name: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|item| item == name)
}

impl Params for PhantomParams {
    const RANGES: &'static [Range] = &[Range::new("cases", 1.0, 10000.0), Range::new("shift", 0.0, 3.0)];

    fn validate(&self) -> Result<()> {
        let Some(preset) = preset(&self.preset) else {
            let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
            return Err(Error::argument(format!("option `preset`: there is no preset {:?}", self.preset))
                .help(format!("presets: {}", names.join(", "))));
        };
        known(preset, "institutions", &self.institutions, |site| vec![site.institution])?;
        let modalities: Vec<String> = self.modalities.iter().map(|name| canonical(name)).collect();
        known(preset, "modalities", &modalities, |site| site.modalities.to_vec())?;
        known(preset, "objectives", &self.objectives, |site| site.objectives.to_vec())?;
        if !preset.sites.iter().any(|site| self.wants(site)) {
            let line = |site: &Site| {
                format!("{}: {} x {}", site.institution, site.modalities.join(" "), site.objectives.join(" "))
            };
            let sites: Vec<String> =
                preset.sites.iter().filter(|site| chosen(&self.institutions, site.institution)).map(line).collect();
            return Err(Error::argument(format!(
                "no task of the preset `{}` has one of these institutions, modalities and objectives together",
                preset.name
            ))
            .help(format!("there are {}", sites.join("; "))));
        }
        for voxels in self.size.unwrap_or([24; 3]) {
            within("size", voxels, 12, 160)?;
        }
        Self::inside("cases", self.cases.unwrap_or(1) as f64)?;
        Self::inside("shift", self.shift)
    }
}

fn known(preset: &Preset, option: &str, wanted: &[String], of: fn(&Site) -> Vec<&'static str>) -> Result<()> {
    let there: BTreeSet<&str> = preset.sites.iter().flat_map(of).collect();
    match wanted.iter().find(|name| !there.contains(name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let there: Vec<&str> = there.into_iter().collect();
            Err(Error::argument(format!("option `{option}`: the preset `{}` has no {name:?}", preset.name))
                .help(format!("there are: {}", there.join(", "))))
        }
    }
}
