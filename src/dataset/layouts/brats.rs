//! BraTS 2017 to 2024: a folder for each case.

use crate::base::error::{Error, Kind, Result};
use crate::base::params::Checked;
use crate::base::progress::Monitor;
use crate::dataset::cohort::{Cohort, Legend};
use crate::dataset::homes::{Home, found, homes};
use crate::dataset::layout::{Detection, Layout};
use crate::dataset::listing::{Entry, Listing, few, folder_name};
use crate::dataset::naming::{HYPHENS, Naming, UNDERSCORES};
use crate::dataset::note::{Note, Topic};
use crate::dataset::open_params::OpenParams;
use crate::dataset::patients::{one_institution, patients};
use crate::dataset::tasks::Tasks;
use crate::dataset::visit;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The groups of patients since 2023: glioma, meningioma, metastases, children, sub-Saharan Africa.
const GROUPS: [&str; 5] = ["GLI", "MEN", "MET", "PED", "SSA"];

/// Until 2021: necrotic core, oedema, enhancing tumour.
const UNTIL_2021: [(&str, &[u16]); 3] = [("NCR", &[1]), ("ED", &[2]), ("ET", &[4])];

/// 2023; oedema is called SNFH there, and in some groups 1 is more than necrosis.
const IN_2023: [(&str, &[u16]); 3] = [("NCR", &[1]), ("ED", &[2]), ("ET", &[3])];

/// 2024, with the resection cavity (RC) of treated gliomas.
const IN_2024: [(&str, &[u16]); 4] = [("NETC", &[1]), ("SNFH", &[2]), ("ET", &[3]), ("RC", &[4])];

/// Children in 2024: enhancing and other tumour, cysts, oedema.
const CHILDREN_IN_2024: [(&str, &[u16]); 4] = [("ET", &[1]), ("NET", &[2]), ("CC", &[3]), ("ED", &[4])];

/// Folders `BraTS2021_00000/` (also `Brats18_CBICA_AAB_1`, `BraTS20_Training_001`, and those in `HGG` and `LGG`) with
/// `BraTS2021_00000_{flair,t1,t1ce,t2,seg}.nii.gz`, and since 2023 `BraTS-GLI-00000-000/` (GLI, MEN, MET, PED, SSA) with
/// `BraTS-GLI-00000-000-{t2f,t1n,t1c,t2w,seg}.nii.gz`, whose last number is the visit.
///
/// The release decides what label values mean: NCR 1, ED 2, ET 4 until 2021; NCR 1, ED 2, ET 3 in 2023; NETC 1, SNFH 2, ET 3,
/// RC 4 in 2024 (children, PED: ET 1, NET 2, CC 3, ED 4). Names with hyphens are taken for 2023, as names do not tell 2024 from
/// it: the option `release` does. There is one institution, the option `institution` or the folder's name.
pub struct Brats;

impl Layout for Brats {
    fn name(&self) -> &'static str {
        "brats"
    }

    fn looks_for(&self) -> &'static str {
        "folders BraTS2021_* or BraTS-GLI-* with the images of one case"
    }

    fn detect(&self, path: &Path) -> Detection {
        let homes = found(path, 2, &|listing| cases(listing).next().is_some());
        let mut prefixes: BTreeMap<String, usize> = BTreeMap::new();
        for (_, id) in homes.iter().flat_map(|home| cases(&home.listing)) {
            *prefixes.entry(id.prefix).or_default() += 1;
        }
        if prefixes.is_empty() {
            return Detection::Not(match Id::of(&folder_name(path)) {
                Some(_) => "this is the folder of one case, open the one above".into(),
                None => "no folders BraTS2021_* or BraTS-GLI-*".into(),
            });
        }
        let counts: Vec<String> =
            prefixes.into_iter().map(|(prefix, count)| format!("{count} folders {prefix}*")).collect();
        let below: Vec<String> = homes.iter().filter(|home| home.path != path).map(Home::name).collect();
        let within = if below.is_empty() { String::new() } else { format!(" in {}", few(&below)) };
        Detection::Fits(format!("{}{within}", few(&counts)))
    }

    fn read(&self, path: &Path, params: &Checked<OpenParams>) -> Result<Cohort> {
        Listing::of(path)?;
        let institution = params.institution.clone().unwrap_or_else(|| folder_name(path));
        let mut cohort = Cohort::default();
        let homes = homes(path, 2, &|listing| cases(listing).next().is_some(), &mut cohort.notes);
        let found: Vec<(&Entry, Id)> = homes.iter().flat_map(|home| cases(&home.listing)).collect();
        if found.is_empty() {
            return Err(Error::new(Kind::Data, format!("wanted {}, got no such folder", self.looks_for())).at(path));
        }
        cohort.legend = legend(&found, params.release.as_deref()).map_err(|e| e.at(path))?;
        for folder in homes.iter().flat_map(|home| &home.listing.folders) {
            if Id::of(&folder.name).is_none() {
                cohort.notes.push(Note::new(Topic::Unused, &folder.path, "not the folder of a case"));
            }
        }
        let mut visits = Vec::new();
        for (folder, id) in &found {
            visits.push(id.naming.visit(folder, &institution, &id.subject, &mut cohort.notes)?);
        }
        visit::add(visits, &mut cohort);
        Ok(cohort)
    }

    /// Writes with the names and labels of 2023, whose names tell the visits of one patient.
    fn write(&self, tasks: &Tasks, path: &Path, monitor: &Monitor) -> Result<()> {
        one_institution(tasks)?;
        let values = IN_2023.iter().map(|(name, values)| ((*name).to_string(), values[0])).collect();
        let patients = patients(tasks);
        let stage = monitor.stage("write brats", patients.len());
        let mut subjects: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for patient in &patients {
            let next = subjects.len();
            let (subject, visits) = subjects.entry(&patient.subject).or_insert((next, 0));
            HYPHENS.write(path, &format!("BraTS-GLI-{subject:05}-{visits:03}"), patient, &values)?;
            *visits += 1;
            stage.advance(1)?;
        }
        Ok(())
    }
}

/// What the name of a case's folder says.
#[derive(Debug, Clone, PartialEq)]
struct Id {
    /// The name without the visit.
    subject: String,
    /// The group of patients; none until 2021.
    group: Option<&'static str>,
    /// What the names of a release begin with.
    prefix: String,
    /// How its files are named.
    naming: Naming,
}

impl Id {
    fn of(name: &str) -> Option<Self> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let rest = name.get(..5).filter(|start| start.eq_ignore_ascii_case("brats")).map(|_| &name[5..])?;
        if let Some(rest) = rest.strip_prefix('-') {
            let mut parts = rest.split('-');
            let (group, number, visit) = (parts.next()?, parts.next()?, parts.next()?);
            let group = GROUPS.into_iter().find(|known| known.eq_ignore_ascii_case(group))?;
            let fits = digits(number) && digits(visit) && parts.next().is_none();
            let subject = name[..name.len() - visit.len() - 1].to_string();
            let prefix = name[..name.len() - rest.len() + group.len() + 1].to_string();
            return fits.then_some(Id { subject, group: Some(group), prefix, naming: HYPHENS });
        }
        let (year, rest) = rest.split_once('_')?;
        let fits = digits(year) && digits(rest.rsplit('_').next()?);
        let prefix = format!("{}_", &name[..5 + year.len()]);
        fits.then(|| Id { subject: name.into(), group: None, prefix, naming: UNDERSCORES })
    }
}

/// The folders of cases.
fn cases(listing: &Listing) -> impl Iterator<Item = (&Entry, Id)> {
    listing.folders.iter().filter_map(|folder| Some((folder, Id::of(&folder.name)?)))
}

/// What label values mean, by the release that was named or else by the names.
fn legend(found: &[(&Entry, Id)], release: Option<&str>) -> Result<Legend> {
    let groups: BTreeSet<Option<&str>> = found.iter().map(|(_, id)| id.group).collect();
    let children = groups.contains(&Some("PED"));
    let year = match release.map(str::trim) {
        None => {
            let old = groups.contains(&None);
            if old && groups.len() > 1 {
                return Err(Error::data(format!(
                    "cases until 2021 ({}) lie with cases since 2023, and their label values do not mean the same",
                    found.iter().find(|(_, id)| id.group.is_none()).map_or("", |(folder, _)| &folder.name)
                ))
                .help("open the folders one by one"));
            }
            if old { 2021 } else { 2023 }
        }
        Some("2017" | "2018" | "2019" | "2020" | "2021") => 2021,
        Some("2023") => 2023,
        Some("2024") => 2024,
        Some(other) => {
            return Err(Error::argument(format!("option `release`: there is no BraTS release `{other}` known"))
                .help("releases: 2017 to 2021 (one of these is as good as another), 2023, 2024"));
        }
    };
    if year == 2024 && children && groups.len() > 1 {
        return Err(Error::data(
            "cases of children (PED) lie with others, and in 2024 their label values do not mean the same",
        )
        .help("open the folders one by one"));
    }
    let (objectives, hint): (&[(&str, &[u16])], _) = match year {
        2021 => (&UNTIL_2021, Some((3, "3 is enhancing tumour since 2023: say release: \"2023\" or \"2024\""))),
        2023 => (
            &IN_2023,
            Some((
                4,
                "release: \"2024\" has 4 (resection cavity; in children oedema); until 2021 it was enhancing tumour",
            )),
        ),
        _ if children => (&CHILDREN_IN_2024, None),
        _ => (&IN_2024, None),
    };
    let hints = hint.into_iter().map(|(value, text)| (value, text.to_string())).collect();
    Ok(Legend { hints, ..Legend::of(objectives) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cases_are_known_by_their_names() {
        for (name, subject, prefix) in [
            ("BraTS2021_00000", "BraTS2021_00000", "BraTS2021_"),
            ("BraTS20_Training_001", "BraTS20_Training_001", "BraTS20_"),
            ("Brats18_CBICA_AAB_1", "Brats18_CBICA_AAB_1", "Brats18_"),
            ("BraTS19_TCIA01_231_1", "BraTS19_TCIA01_231_1", "BraTS19_"),
            ("BraTS-GLI-00000-001", "BraTS-GLI-00000", "BraTS-GLI-"),
            ("BraTS-MET-00012-100", "BraTS-MET-00012", "BraTS-MET-"),
            ("brats-ssa-00002-000", "brats-ssa-00002", "brats-ssa-"),
        ] {
            let id = Id::of(name).unwrap();
            assert_eq!((id.subject.as_str(), id.prefix.as_str()), (subject, prefix));
        }
        for name in [
            "MICCAI_BraTS2020_TrainingData",
            "BraTS2020_TrainingData",
            "BraTS2021",
            "BraTS-GLI",
            "BraTS-GLI-00000",
            "BraTS-GLI-00000-000-seg",
            "BraTS-MEN-RT-0001-1",
            "BraTS-XYZ-00000-000",
            "FeTS2022_00000",
            "brat",
            "bratś_1",
        ] {
            assert_eq!(Id::of(name), None, "{name}");
        }
    }
}
