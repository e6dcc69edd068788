//! The shelf against plain lists, in memory and spilled.

use crate::folder::Folder;
use seqtran::base::error::Kind;
use seqtran::io::shelf::{Scratch, Shelf};
use std::fs;
use std::path::Path;

fn array(n: u32) -> Vec<u32> {
    (0..n * 7 % 61).map(|i| n * 1000 + i).collect()
}

#[test]
fn a_shelf_gives_back_what_a_list_would() {
    let folder = Folder::new("shelf");
    for budget in [0, 4000, usize::MAX] {
        let shelf = Shelf::with_slots(150, budget, &folder.0);
        // Slots from two threads, and then numbers as they come.
        std::thread::scope(|scope| {
            scope.spawn(|| (0..75).rev().for_each(|slot| shelf.set(slot, array(slot as u32)).unwrap()));
            scope.spawn(|| (75..150).for_each(|slot| shelf.set(slot, array(slot as u32)).unwrap()));
        });
        let pushed: Vec<(usize, u32)> = std::thread::scope(|scope| {
            let push = |from: u32| (from..from + 400).map(|n| (shelf.push(array(n)).unwrap(), n)).collect::<Vec<_>>();
            let both = [scope.spawn(move || push(150)), scope.spawn(move || push(550))];
            both.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(shelf.len(), 950);
        let mut part = vec![9];
        let mut in_memory = 0;
        for (id, n) in (0..150).map(|n| (n as usize, n)).chain(pushed) {
            let wanted = array(n);
            assert_eq!(shelf.len_of(id), wanted.len());
            for range in [0..wanted.len(), wanted.len() / 3..wanted.len() * 2 / 3, 0..0] {
                shelf.read(id, range.clone(), &mut part).unwrap();
                assert_eq!(part, wanted[range]);
            }
            assert!(shelf.slice(id).is_none_or(|slice| slice == wanted));
            in_memory += shelf.slice(id).map_or(0, size_of_val);
        }
        let whole: usize = (0..950).map(|n| 4 * array(n).len()).sum();
        assert_eq!(shelf.bytes(), (in_memory, (whole - in_memory) as u64));
        assert!(in_memory <= budget && (budget != 4000 || in_memory > 3700), "{in_memory} of {budget}");
        assert_eq!(shelf.in_memory(), budget == usize::MAX);
        if cfg!(unix) {
            assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0, "the scratch file has a name");
        }
    }
}

#[test]
fn what_does_not_exist_is_an_error_and_so_is_a_disk_that_cannot_be_written() {
    let shelf: Shelf<f64> = Scratch::unlimited().shelf(2);
    shelf.set(0, vec![1.0, 2.0]).unwrap();
    let mut part = Vec::new();
    for (id, range) in [(0, 1..3), (1, 0..1), (1, 0..0), (2, 0..0), (usize::MAX - 1, 0..0)] {
        assert_eq!(shelf.read(id, range, &mut part).unwrap_err().kind(), Kind::Internal);
    }
    assert!(shelf.set(0, vec![]).is_err() && shelf.set(2, vec![]).is_err());
    assert_eq!((shelf.len_of(0), shelf.len_of(1), shelf.len_of(7)), (2, 0, 0));
    assert_eq!(shelf.push(vec![3.0]).unwrap(), 2);

    let missing = Path::new("no/such/folder");
    let shelf = Shelf::new(16, missing);
    assert_eq!(shelf.push(vec![1.0, 2.0]).unwrap(), 0);
    let error = shelf.push(vec![3.0]).unwrap_err();
    assert_eq!((error.kind(), error.path()), (Kind::File, Some(missing)));
    assert!(error.help_line().unwrap().contains("TMPDIR"));
    // Nothing was given out for what failed, and what there was is still there.
    assert_eq!((shelf.len(), shelf.slice(0)), (1, Some(&[1.0, 2.0][..])));
    assert_eq!(shelf.push(vec![]).unwrap(), 1);
}
