//! Every layout: what is written is read back, folders are told apart, and what does not fit together is said.
#![allow(clippy::unwrap_used)]

mod folders;
mod nnunet;

use crate::folder::Folder;
use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::layouts::list::LAYOUTS;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::save::save_tasks;
use seqtran::dataset::tasks::Tasks;
use std::path::{Path, PathBuf};

/// Phantoms of a few cases at 12 voxels an axis.
pub(crate) fn phantoms(change: impl FnOnce(&mut PhantomParams)) -> Tasks {
    let mut params = PhantomParams { cases: Some(2), size: Some([12, 12, 12]), ..PhantomParams::default() };
    change(&mut params);
    phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap()
}

/// Tasks that a layout can hold.
fn example(layout: &str) -> Tasks {
    match layout {
        // Each institution is a data set of its own, with the channels that it has.
        "nnunet" => phantoms(|p| p.cases = Some(3)),
        _ => phantoms(|_| {}),
    }
}

/// Writes tasks and gives the folder.
pub(crate) fn written(folder: &Folder, tasks: &Tasks, layout: &str) -> PathBuf {
    let path = folder.file(&format!("data-{layout}"));
    save_tasks(tasks, &path, layout, &Monitor::silent()).unwrap();
    path
}

/// The images and masks of both are the same, case by case in order, and so are the task names.
pub(crate) fn assert_same(found: &Tasks, wanted: &Tasks, layout: &str) {
    assert_eq!(found.names(), wanted.names(), "{layout}");
    for (found, wanted) in found.iter().zip(wanted) {
        let name = wanted.name();
        assert_eq!(found.cases().len(), wanted.cases().len(), "{layout} {name}");
        for (case, source) in found.cases().iter().zip(wanted.cases()) {
            let (image, mask) = (case.source.image().unwrap(), case.source.mask().unwrap());
            let wanted = source.source.image().unwrap();
            assert_eq!(image.voxels(), wanted.voxels(), "{layout} {name} {}", case.id);
            let spacing = wanted.geometry().spacing;
            assert!((0..3).all(|axis| (image.geometry().spacing[axis] - spacing[axis]).abs() < 1e-4 * spacing[axis]));
            assert_eq!(
                case.source.ignored().unwrap().map(|m| m.count()),
                source.source.ignored().unwrap().map(|m| m.count())
            );
            let truth = source.source.mask().unwrap();
            assert!((0..truth.geometry().voxels()).all(|n| mask.get(n) == truth.get(n)), "{layout} {name} {}", case.id);
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
