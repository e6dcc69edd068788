//! Files made wrong on purpose: whatever is in them, reading ends soon, with a network or with an error.

use super::{golden, zipped};
use crate::folder::Folder;
use crate::mutation::Source;
use seqtran::base::error::Kind;
use seqtran::io::pickle::Value;
use seqtran::io::unpickle::unpickle;
use seqtran::io::zip::Zip;
use seqtran::train::model::Model;

/// Makes a few changes, mostly of what pickles and archives are made of.
fn change(source: &mut Source, bytes: &mut Vec<u8>) {
    for _ in 0..=source.below(3) {
        let at = source.below(bytes.len());
        let codes = b".(0N\x88\x89JKM\x8a\x8bGXC\x8d\x8e])}aelt\x85\x86\x87\x91dsuc\x93R\x81bhjqr\x94Q\x95\x80\xff";
        match source.below(8) {
            0 => bytes.truncate(at + 1),
            1 => bytes[at] ^= 1 << source.below(8),
            2 => bytes[at] = source.next() as u8,
            3 => {
                let end = (at + 1 + source.below(40)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = source.below(bytes.len());
                bytes.splice(to..to, part);
            }
            4 => drop(bytes.splice(at..(at + source.below(8)).min(bytes.len()), [])),
            5 => {
                let end = (at + [2, 4, 8][source.below(3)]).min(bytes.len());
                let fill = [0, 0xff, 0x7f, 0x80][source.below(4)];
                bytes[at..end].fill(fill);
            }
            _ => bytes[at] = codes[source.below(codes.len())],
        }
    }
}

#[test]
fn reading_what_was_made_wrong_gives_a_network_or_an_error() {
    let folder = Folder::new("hostile-checkpoints");
    let mut source = Source(29);
    let whole = std::fs::read(golden("checkpoint_nnunet.pth")).unwrap();
    let zip = Zip::open(&whole).unwrap();
    let entries: Vec<(String, Vec<u8>)> =
        zip.names().map(|name| (name.to_owned(), zip.read(name).unwrap().to_vec())).collect();
    let (mut read, mut refused) = (0, 0);
    for round in 0..1200 {
        // Behind right checksums the pickle's faults are met, else the archive's.
        let bytes = if round % 3 > 0 {
            let mut entries = entries.clone();
            let pickle = entries.iter_mut().find(|(name, _)| name.ends_with("data.pkl")).unwrap();
            change(&mut source, &mut pickle.1);
            zipped(&entries)
        } else {
            let mut bytes = whole.clone();
            change(&mut source, &mut bytes);
            bytes
        };
        match Model::load(&folder.put("a.pth", &bytes), "cpu") {
            Ok(model) => {
                read += 1;
                assert_eq!(model.parameters(), 3184);
            }
            Err(error) => {
                refused += 1;
                assert!(error.path().is_some() && matches!(error.kind(), Kind::Format | Kind::Argument), "{error}");
            }
        }
    }
    // Both happen often, or the changes are not telling.
    assert!(read > 100 && refused > 100, "{read} were read, {refused} refused");
}

#[test]
fn every_file_that_is_cut_off_is_refused() {
    let folder = Folder::new("cut-checkpoints");
    let whole = std::fs::read(golden("weights.pth")).unwrap();
    for length in (4..whole.len()).step_by(97) {
        let error = Model::load(&folder.put("a.pth", &whole[..length]), "cpu").unwrap_err();
        assert!(error.kind() == Kind::Format && error.help_line().is_some(), "{length}: {error}");
    }
}

#[test]
fn a_weight_that_changed_is_noticed() {
    let folder = Folder::new("changed-weight");
    let mut bytes = std::fs::read(golden("weights.pth")).unwrap();
    let weights = Zip::open(&bytes).unwrap().read("weights/data/4").unwrap().to_vec();
    let at = bytes.windows(weights.len()).position(|window| window == weights).unwrap();
    bytes[at] ^= 1;
    let error = Model::load(&folder.put("a.pth", &bytes), "cpu").unwrap_err();
    assert!(error.message().contains("checksum"), "{error}");
}

#[test]
fn pickles_that_would_run_or_grow_do_neither() {
    let read = |bytes: &[&[u8]]| unpickle(&bytes.concat());
    // What would run a command stays a word.
    let evil = read(&[b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00exit\x85R."]).unwrap();
    let (module, name, arguments) = evil.call(evil.root()).unwrap();
    assert_eq!((module, name, evil.text(arguments[0])), ("os", "system", Some("exit")));
    // A list in itself, tuples in tuples, a million deep.
    let own = read(&[b"\x80\x02]q\x00h\x00a."]).unwrap();
    assert_eq!(own.items(own.root()), Some(&[own.root()][..]));
    let deep = read(&[b"\x80\x02)", &vec![0x85; 1_000_000], b"."]).unwrap();
    assert!(matches!(deep.value(deep.root()), Value::Tuple(_)));
    // Numbers of both signs and of too many bits.
    for (bytes, wanted) in [
        (b"J\xff\xff\xff\xff".as_slice(), Value::Int(-1)),
        (b"\x8a\x01\x80", Value::Int(-128)),
        (b"\x8a\x02\x00\x01", Value::Int(256)),
        (b"\x8a\x00", Value::Int(0)),
        (b"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01", Value::Opaque),
        (b"G\x3f\xf8\x00\x00\x00\x00\x00\x00", Value::Float(1.5)),
    ] {
        let pickle = read(&[b"\x80\x02", bytes, b"."]).unwrap();
        assert_eq!(*pickle.value(pickle.root()), wanted);
    }
    for (bytes, wanted) in [
        (b"\x80\x02\x8e\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(), "more bytes are wanted"),
        (b"\x80\x02X\xff\xff\xff\x7fab", "it ends where 2147483647 more bytes are wanted"),
        (b"\x80\x02h\x05.", "nothing was remembered as 5"),
        (b"\x80\x02(.", "a value is wanted"),
        (b"\x80\x02\x86.", "2 values are wanted"),
        (b"\x80\x02e.", "a mark is wanted"),
        (b"\x80\x02}(Nu.", "a key without a value"),
        (b"\x80\x00N.", "it has protocol 0, wanted 2 to 5"),
        (b"\x80\x02i", "is none that PyTorch writes"),
        (b"", "it ends where 1 more bytes are wanted"),
    ] {
        let error = unpickle(bytes).unwrap_err();
        assert!(error.message().contains(wanted) && error.kind() == Kind::Format, "{error}");
    }
    let many = read(&[b"\x80\x02", &vec![b']'; 3 << 20], b"."]).unwrap_err();
    assert!(many.message().contains("more than"), "{many}");
    assert!(unpickle(&vec![b'N'; 17 << 20]).unwrap_err().message().contains("at most"));
}

#[test]
fn files_of_other_kinds_are_told_apart() {
    let folder = Folder::new("other-kinds");
    let told = |bytes: &[u8]| Model::load(&folder.put("a.pth", bytes), "cpu").unwrap_err();
    let old = told(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.");
    assert!(old.message().contains("before 1.6") && old.help_line().unwrap().contains("torch.save"), "{old}");
    let none = told(&zipped(&[("a/data.txt".to_owned(), b"x".to_vec())]));
    assert!(none.message().contains("one entry `data.pkl`, got 0"), "{none}");
    let number = told(&zipped(&[("a/data.pkl".to_owned(), b"\x80\x02K\x05.".to_vec())]));
    assert!(number.message().contains("is no dictionary"), "{number}");
    assert!(told(b"PK\x03\x04").message().contains("no directory"));
}
