//! Every layout: what is written is read back, folders are told apart, and what does not fit together is said.
#![allow(clippy::unwrap_used)]

mod bids;
mod brats;
mod check;
mod fets;
mod folders;
mod iseg;
mod nnunet;
mod real;
mod wmh;

use crate::folder::Folder;
use seqtran::base::error::Error;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::case::Case;
use seqtran::dataset::layouts::list::LAYOUTS;
use seqtran::dataset::note::Note;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::save::save_tasks;
use seqtran::dataset::task::{Task, TaskName};
use seqtran::dataset::tasks::Tasks;
use seqtran::image::geometry::Geometry;
use seqtran::image::labels::Labels;
use seqtran::image::mask::Mask;
use seqtran::image::orientation::{reorient, reorient_mask};
use seqtran::image::volume::Volume;
use seqtran::io::nifti::{write_labels, write_volume};
use std::path::{Path, PathBuf};

/// Phantoms of a few cases at 12 voxels an axis.
pub(crate) fn phantoms(change: impl FnOnce(&mut PhantomParams)) -> Tasks {
    let mut params = PhantomParams { cases: Some(2), size: Some([12, 12, 12]), ..PhantomParams::default() };
    change(&mut params);
    phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap()
}

/// The same cases under other names.
pub(crate) fn renamed(tasks: &Tasks, change: impl Fn(&mut TaskName)) -> Tasks {
    let rename = |task: &Task| {
        let mut name = task.fields().clone();
        change(&mut name);
        Task::new(name, task.cases().to_vec())
    };
    Tasks::new(tasks.iter().map(rename).collect()).unwrap()
}

/// Infants: T1 and T2 with three tissues.
pub(crate) fn infants(cases: usize) -> Tasks {
    phantoms(|p| (p.preset, p.institutions, p.cases) = ("paperlike".into(), vec!["iSeg".into()], Some(cases)))
}

/// Lesions at three hospitals, beside other pathology in some cases.
pub(crate) fn lesions(cases: usize) -> Tasks {
    let sites = [("U", "Utrecht"), ("S", "Singapore"), ("A", "GE3T")];
    let tasks = phantoms(|p| {
        (p.preset, p.cases) = ("paperlike".into(), Some(cases));
        p.institutions = sites.map(|(site, _)| site.to_string()).to_vec();
    });
    renamed(&tasks, |name| {
        name.institution = sites.into_iter().find(|(site, _)| *site == name.institution).unwrap().1.into();
    })
}

/// Tasks that a layout can hold.
fn example(layout: &str) -> Tasks {
    match layout {
        // Each institution is a data set of its own, with the channels that it has.
        "nnunet" => phantoms(|p| p.cases = Some(3)),
        "brats" => {
            let one = phantoms(|p| p.institutions = vec!["16".into()]);
            // An institution is the folder's name.
            renamed(&one, |name| name.institution = "data-brats".into())
        }
        "iseg" => infants(2),
        "wmh" => lesions(2),
        _ => phantoms(|_| {}),
    }
}

/// Writes an image of 3 voxels an axis, its folder too.
pub(crate) fn put_image(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_volume(path, &Volume::new(Geometry::new([3; 3], [1.0; 3]), (1..28).map(f64::from).collect::<Vec<_>>()))
        .unwrap();
}

/// Writes a label image of 3 voxels an axis that begins with these values, then 0.
pub(crate) fn put_labels(path: &Path, values: &[u16]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut voxels = values.to_vec();
    voxels.resize(27, 0);
    write_labels(path, &Labels::new(Geometry::new([3; 3], [1.0; 3]), voxels)).unwrap();
}

/// The notes: topic, the last name of the place, and the text.
pub(crate) fn notes(tasks: &Tasks) -> Vec<String> {
    let line = |note: &Note| {
        format!("{} {}: {}", note.topic.name(), note.place.file_name().unwrap().to_string_lossy(), note.text)
    };
    tasks.notes().iter().map(line).collect()
}

/// Opens without options.
pub(crate) fn open(path: &Path) -> Result<Tasks, Error> {
    open_tasks(path, OpenParams::default())
}

/// Writes tasks and gives the folder.
pub(crate) fn written(folder: &Folder, tasks: &Tasks, layout: &str) -> PathBuf {
    let path = folder.file(&format!("data-{layout}"));
    save_tasks(tasks, &path, layout, &Monitor::silent()).unwrap();
    path
}

/// The voxels of a mask, to the right, front and top.
fn inside(mask: &Mask) -> Vec<usize> {
    let mask = reorient_mask(mask, "RAS").unwrap();
    (0..mask.geometry().voxels()).filter(|n| mask.get(*n)).collect()
}

/// The voxels of a case that scores leave out.
pub(crate) fn ignored(case: &Case) -> Vec<usize> {
    case.source.ignored().unwrap().map_or_else(Vec::new, |mask| inside(&mask))
}

/// The images and masks of both are the same, case by case in order, and so are the task names. The axes may run another
/// way, since Analyze knows only one.
pub(crate) fn assert_same(found: &Tasks, wanted: &Tasks, layout: &str) {
    assert_eq!(found.names(), wanted.names(), "{layout}");
    for (found, wanted) in found.iter().zip(wanted) {
        let name = wanted.name();
        assert_eq!(found.cases().len(), wanted.cases().len(), "{layout} {name}");
        for (case, source) in found.cases().iter().zip(wanted.cases()) {
            let image = |case: &Case| reorient(&case.source.image().unwrap(), "RAS").unwrap();
            let (image, wanted) = (image(case), image(source));
            assert_eq!(image.voxels(), wanted.voxels(), "{layout} {name} {}", case.id);
            assert_eq!(image.dtype(), wanted.dtype(), "{layout} {name} {}", case.id);
            let spacing = wanted.geometry().spacing;
            assert!((0..3).all(|axis| (image.geometry().spacing[axis] - spacing[axis]).abs() < 1e-4 * spacing[axis]));
            assert_eq!(ignored(case), ignored(source), "{layout} {name} {}", case.id);
            let mask = |case: &Case| inside(&case.source.mask().unwrap());
            assert_eq!(mask(case), mask(source), "{layout} {name} {}", case.id);
            case.source.grid().unwrap();
        }
    }
}

#[test]
fn what_is_written_in_a_layout_is_detected_and_read_back() {
    for layout in LAYOUTS {
        let (folder, tasks) = (Folder::new(&format!("layouts-{}", layout.name())), example(layout.name()));
        let path = written(&folder, &tasks, layout.name());
        let found = open_tasks(&path, OpenParams::default()).unwrap();
        let opening = found.opening().unwrap();
        assert_eq!((opening.layout, opening.notes.len()), (layout.name(), 0), "{:?}", opening.notes);
        assert!(!opening.because.is_empty());
        assert_same(&found, &tasks, layout.name());
    }
}

#[test]
fn no_two_layouts_fit_one_folder_and_each_says_why_not() {
    for layout in LAYOUTS {
        let folder = Folder::new(&format!("detect-{}", layout.name()));
        let path = written(&folder, &example(layout.name()), layout.name());
        for other in LAYOUTS {
            let answer = other.detect(&path);
            assert_eq!(answer.fits(), other.name() == layout.name(), "{} as {}", layout.name(), other.name());
            assert!(!answer.because().is_empty());
            assert!(!other.detect(Path::new("no/such/folder")).fits());
        }
    }
}

#[test]
fn nothing_is_written_over_and_nothing_half() {
    let (folder, tasks) = (Folder::new("layouts-save"), example("folders"));
    let path = folder.file("data");
    std::fs::create_dir(&path).unwrap();
    folder.put("data/x.txt", b"here already");
    let error = save_tasks(&tasks, &path, "folders", &Monitor::silent()).unwrap_err();
    assert!(error.message().contains("something already"), "{error}");
    let monitor = Monitor::silent();
    monitor.cancel().raise();
    assert!(save_tasks(&tasks, &folder.file("other"), "folders", &monitor).is_err());
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1, "only the folder that was there");
    assert!(save_tasks(&tasks, &folder.file("new"), "foldres", &Monitor::silent()).is_err());
}

#[test]
fn a_folder_of_two_data_sets_asks_which() {
    let folder = Folder::new("layouts-two");
    for layout in ["fets", "iseg"] {
        written(&folder, &example(layout), layout);
    }
    let error = open(&folder.0).unwrap_err();
    assert!(error.message().starts_with("several layouts fit:\n    fets: partitioning_1.csv and 6 folders"), "{error}");
    assert!(error.message().contains("\n    iseg: images subject-1-T1"), "{error}");
    for (layout, other) in [("fets", "data-iseg"), ("iseg", "data-fets")] {
        let named = OpenParams { layout: Some(layout.into()), ..OpenParams::default() };
        let found = open_tasks(&folder.0, named).unwrap();
        assert_same(&found, &example(layout), layout);
        assert_eq!(notes(&found), [format!("unused {other}: no cases lie in this folder")]);
    }
}
