//! The store of results and the shelf: what comes back is what was put, whatever happened in between.

use crate::folder::Folder;
use seqtran::io::shelf::Shelf;
use seqtran::io::store::{Key, Store};

fn key(number: u64) -> Key {
    Key::of("test").number(number).done()
}

#[test]
fn what_was_put_comes_back_and_nothing_else() {
    let folder = Folder::new("store-back");
    let store = Store::open(&folder.0, 1 << 20).unwrap();
    assert_eq!(store.get(&key(1)), None);
    store.put(&key(1), b"one");
    store.put(&key(2), b"");
    store.put_f64s(&key(3), &[1.5, -0.0, f64::NAN, f64::INFINITY]);
    let other = Store::open(&folder.0, 1 << 20).unwrap();
    assert_eq!(other.get(&key(1)).unwrap(), b"one");
    assert_eq!(other.get(&key(2)).unwrap(), b"");
    let bits = |numbers: Vec<f64>| numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(other.get_f64s(&key(3)).unwrap()), bits(vec![1.5, -0.0, f64::NAN, f64::INFINITY]));
    assert_eq!(bits(other.get_f64s_part(&key(3), 1..3).unwrap()), bits(vec![-0.0, f64::NAN]));
    assert_eq!(other.get_f64s_part(&key(3), 3..5), None);
    assert_eq!(other.len_of_f64s(&key(3)), Some(4));
    assert_eq!((other.get(&key(4)), other.trouble(), other.lost()), (None, None, 0));
    Store::none().put(&key(1), b"one");
    assert_eq!((Store::none().get(&key(1)), Store::none().trouble()), (None, None));
}

#[test]
fn a_shelf_gives_back_what_a_list_would() {
    let folder = Folder::new("shelf");
    let arrays: Vec<Vec<u32>> = (0..200_u32).map(|n| (0..n * 7 % 61).map(|i| n * 1000 + i).collect()).collect();
    for budget in [0, 4000, usize::MAX] {
        let shelf = Shelf::with_slots(arrays.len(), budget, &folder.0);
        for (slot, array) in arrays.iter().enumerate().rev() {
            shelf.set(slot, array.clone()).unwrap();
        }
        let mut part = vec![9];
        for (id, array) in arrays.iter().enumerate() {
            assert_eq!(shelf.len_of(id), array.len());
            let middle = array.len() / 3..array.len() * 2 / 3;
            shelf.read(id, middle.clone(), &mut part).unwrap();
            assert_eq!(part, array[middle]);
            assert!(shelf.slice(id).is_none_or(|slice| slice == array));
        }
        assert_eq!(shelf.in_memory(), budget == usize::MAX);
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
    }
}
