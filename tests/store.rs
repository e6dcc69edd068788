//! The store of results: what comes back is what was put, whatever happened in between.

use crate::folder::Folder;
use seqtran::io::store::{Key, Store};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn key(number: u64) -> Key {
    Key::of("test").number(number).done()
}

/// The file of an entry.
fn file(folder: &Folder, key: &Key) -> PathBuf {
    folder.file("v2").join(&key.hex()[..2]).join(key.hex())
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map_or_else(|_| Vec::new(), |found| found.map(|entry| entry.unwrap().path()).collect())
}

fn unfinished(folder: &Folder) -> usize {
    names(&folder.file("v2/parts")).len()
}

/// All entries that lie in the folder, right or not.
fn entries(folder: &Folder) -> usize {
    let groups = names(&folder.file("v2")).into_iter().filter(|group| !group.ends_with("parts"));
    groups.map(|group| names(&group).len()).sum()
}

/// Sets the time of an entry's last use so many minutes back.
fn age(path: &Path, minutes: u64) {
    let file = File::open(path).unwrap();
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - Duration::from_secs(60 * minutes)).unwrap();
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
    store.put(&key(1), b"another");
    assert_eq!(other.get(&key(1)).unwrap(), b"another");
    assert_eq!((unfinished(&folder), store.content().entries), (0, 3));
    Store::none().put(&key(1), b"one");
    assert_eq!((Store::none().get(&key(1)), Store::none().trouble()), (None, None));
}

#[test]
fn what_is_damaged_or_foreign_is_absent_and_removed() {
    let folder = Folder::new("store-damaged");
    let store = Store::open(&folder.0, 1 << 20).unwrap();
    let numbers = [1.0, 2.0, 3.0];
    store.put_f64s(&key(1), &numbers);
    let path = file(&folder, &key(1));
    let good = fs::read(&path).unwrap();
    let refused = |bytes: &[u8], what: String| {
        fs::write(&path, bytes).unwrap();
        assert_eq!(store.get_f64s(&key(1)), None, "{what}");
        assert!(!path.exists(), "{what}");
    };
    for length in 0..good.len() {
        refused(&good[..length], format!("cut after {length}"));
    }
    for bit in 0..8 * good.len() {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        refused(&bad, format!("bit {bit}"));
    }
    refused(&[&good[..], &[0]].concat(), "a byte too many".into());
    // The same content under another name, and the same name in another sort.
    store.put_f64s(&key(2), &numbers);
    refused(&fs::read(file(&folder, &key(2))).unwrap(), "another's entry".into());
    store.put(&key(1), &good[128..]);
    refused(&fs::read(&path).unwrap(), "bytes where numbers are wanted".into());
    // A part is read without its content's checksum, but not past a header or a length that is wrong.
    for bit in 0..8 * 128 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bad).unwrap();
        assert_eq!(store.get_f64s_part(&key(1), 0..1), None, "bit {bit}");
    }
    fs::write(&path, &good[..good.len() - 8]).unwrap();
    assert_eq!(store.get_f64s_part(&key(1), 0..1), None);
    fs::create_dir(&path).unwrap();
    assert_eq!(store.get_f64s(&key(1)), None);
    fs::remove_dir(&path).unwrap();
    store.put_f64s(&key(1), &numbers);
    assert_eq!((store.get_f64s(&key(1)).unwrap(), store.trouble()), (numbers.to_vec(), None));
}

#[test]
fn the_cap_is_kept_and_what_is_in_use_stays() {
    let folder = Folder::new("store-cap");
    let cap = 64 * 4096;
    let store = Store::open(&folder.0, cap).unwrap();
    for number in 0..50 {
        store.put(&key(number), &[number as u8; 3000]);
        age(&file(&folder, &key(number)), 300 - number);
    }
    assert_eq!(store.content().entries, 50);
    // Used again by another process, which marks it only once in an hour.
    let other = Store::open(&folder.0, cap).unwrap();
    for number in [0, 3] {
        assert!(other.get(&key(number)).is_some());
    }
    let marked = fs::metadata(file(&folder, &key(0))).unwrap().modified().unwrap();
    age(&file(&folder, &key(3)), 30);
    let before = fs::metadata(file(&folder, &key(3))).unwrap().modified().unwrap();
    assert!(other.get(&key(3)).is_some() && before < marked);
    assert_eq!(fs::metadata(file(&folder, &key(3))).unwrap().modified().unwrap(), before);
    for number in 100..130 {
        store.put(&key(number), &[number as u8; 3000]);
        let content = store.content();
        assert!(content.bytes <= cap, "{content:?}");
    }
    assert!(store.content().entries > 50, "{:?}", store.content());
    let there = |number: u64| file(&folder, &key(number)).exists();
    assert!(there(0) && there(3) && !there(1) && !there(2) && !there(4) && there(49));
    assert!((100..130).all(there));

    // Sizes of all sorts, and one that is more than all may take.
    let mut bytes = 7_u64;
    for number in 200..320 {
        bytes = bytes * 48271 % 65537;
        store.put(&key(number), &vec![1; bytes as usize]);
        let content = store.content();
        assert!(content.bytes <= cap, "{number} {bytes} {content:?}");
        assert!(store.get(&key(number)).is_some());
    }
    assert_eq!(store.lost(), 0);
    store.put(&key(320), &vec![1; cap as usize]);
    assert_eq!((store.lost(), store.get(&key(320))), (1, None));
    assert!(store.trouble().unwrap().contains("262.3 kB does not fit into 262.1 kB"), "{:?}", store.trouble());
}

#[test]
fn a_folder_that_cannot_be_written_costs_the_cache_and_not_the_work() {
    let folder = Folder::new("store-blocked");
    let path = folder.put("file", b"mine");
    let error = Store::open(&path, 1 << 20).err().unwrap();
    assert_eq!((error.path(), error.help_line().is_some()), (Some(path.as_path()), true));
    let store = Store::within(&path, 1 << 20);
    store.put(&key(1), b"one");
    store.put(&key(2), b"two");
    assert_eq!((store.get(&key(1)), store.lost()), (None, 2));
    let told = store.trouble().unwrap();
    assert!(told.contains("cannot keep results") && told.contains(&path.display().to_string()), "{told}");
    assert_eq!((store.untold_trouble(), store.untold_trouble()), (Some(told.clone()), None));
    assert_eq!(store.trouble(), Some(told));
    assert_eq!((fs::read(&path).unwrap(), store.content().entries), (b"mine".to_vec(), 0));
    store.clear().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    // The folder is made with the first entry, and made anew when somebody removes it.
    let later = folder.file("a/b");
    let store = Store::within(&later, 1 << 20);
    assert!(store.get(&key(1)).is_none() && !later.exists());
    for _ in 0..2 {
        store.put(&key(1), b"one");
        assert_eq!((store.get(&key(1)), store.trouble()), (Some(b"one".to_vec()), None));
        fs::remove_dir_all(&later).unwrap();
    }
    // A group of entries whose place is taken: what is unfinished does not stay.
    store.put(&key(1), b"one");
    fs::write(later.join("v2").join(&key(2).hex()[..2]), b"").unwrap();
    store.put(&key(2), b"two");
    assert_eq!((store.lost(), names(&later.join("v2/parts")).len()), (1, 0));
}

/// What a child is told: the folder, its number, and how much it does.
const TOLD: &str = "SEQTRAN_TEST_STORE";

/// The cap of the folders that children use.
const CAP: u64 = 4 << 20;

/// Names that children use.
const NAMES: u64 = 800;

/// The bytes under a name: up to 20 kB that nothing else holds.
fn content(number: u64) -> Vec<u8> {
    let mut state = number * 2 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let length = next() % 20_000;
    (0..length).map(|_| next() as u8).collect()
}

#[test]
#[ignore = "run by the tests below in processes of its own"]
fn child() {
    let told = std::env::var(TOLD).unwrap();
    let [folder, seed, rounds] = told.split('\n').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let store = Store::open(Path::new(folder), CAP).unwrap();
    let contents: Vec<Vec<u8>> = (0..NAMES).map(content).collect();
    let (seed, rounds): (u64, u64) = (seed.parse().unwrap(), rounds.parse().unwrap());
    let work = |thread: u64| {
        let mut state = seed * 1000 + thread + 1;
        for _ in 0..rounds {
            state = state * 48271 % 2_147_483_647;
            let number = state % NAMES;
            match store.get(&key(number)) {
                Some(found) => assert!(found == contents[number as usize], "wrong content under {number}"),
                None => store.put(&key(number), &contents[number as usize]),
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|thread| scope.spawn(move || work(thread))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(store.trouble(), None);
}

fn start(folder: &Folder, seed: u64, rounds: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["store::child", "--exact", "--ignored", "--nocapture"])
        .env(TOLD, format!("{}\n{seed}\n{rounds}", folder.0.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Every entry that lies there is whole and right; how many there are.
fn all_right(folder: &Folder) -> usize {
    let lying = entries(folder);
    let store = Store::open(&folder.0, CAP).unwrap();
    let found = (0..NAMES).filter(|&number| {
        let found = store.get(&key(number));
        assert!(found.as_ref().is_none_or(|found| *found == content(number)), "wrong content under {number}");
        found.is_some()
    });
    assert_eq!(found.count(), lying);
    lying
}

#[test]
fn two_processes_share_a_small_folder() {
    let folder = Folder::new("store-two");
    let whole: u64 = (0..NAMES).map(|number| content(number).len() as u64).sum();
    assert!(whole > CAP * 5 / 4, "{whole} bytes fit, and nothing would have to go");
    let mut children = [start(&folder, 1, 700), start(&folder, 2, 700)];
    let store = Store::open(&folder.0, CAP).unwrap();
    let mut most = 0;
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        most = most.max(store.content().bytes);
        std::thread::sleep(Duration::from_millis(10));
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    }
    assert!(most <= CAP && most > CAP / 2, "{most} bytes of {CAP}");
    assert!(all_right(&folder) > 20);
    assert_eq!(unfinished(&folder), 0);
}

#[test]
fn killed_at_any_moment_it_leaves_only_whole_entries() {
    let folder = Folder::new("store-killed");
    let (mut left, mut seen) = (0, 0);
    for round in 0..30 {
        let mut child = start(&folder, round, u64::MAX);
        // Until it has begun to write, and then a little longer each time.
        while entries(&folder) + unfinished(&folder) == 0 {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(10 + 3 * round % 40));
        child.kill().unwrap();
        child.wait().unwrap();
        seen += all_right(&folder);
        left += unfinished(&folder);
        if round % 5 == 4 {
            // The first entry of a new process finds what the dead ones left.
            let store = Store::open(&folder.0, CAP).unwrap();
            store.put(&key(0), &content(0));
            assert_eq!((unfinished(&folder), store.trouble()), (0, None));
            store.clear().unwrap();
        }
    }
    assert!(seen > 30, "{seen} entries in 30 rounds");
    assert!(left > 0, "no round was killed while it wrote: the test is too kind");
}
