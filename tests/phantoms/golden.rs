//! The bits of phantoms: the same on any number of threads and in any order, now and later.

use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::cohort;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::phantoms::shelf::Shelf;
use seqtran::dataset::phantoms::style::Style;
use seqtran::dataset::phantoms::subject::Subject;
use std::sync::Arc;

/// FNV-1a over the labels and all images.
fn checksum(subject: &Subject) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |value: u64| hash = (hash ^ value).wrapping_mul(0x0100_0000_01b3);
    subject.labels().values().iter().for_each(|&label| add(u64::from(label)));
    for modality in subject.kind().modalities() {
        subject.image(modality).unwrap().voxels().iter().for_each(|&value| add(value as u64));
    }
    hash
}

/// The second subject of an institution, alone or after the others, on so many threads.
fn drawn(preset: &str, institution: &str, others_first: bool, threads: usize) -> u64 {
    let (preset, institutions) = (preset.into(), vec![institution.into()]);
    let params = PhantomParams { preset, institutions, cases: Some(3), ..PhantomParams::default() }.check().unwrap();
    let subjects = cohort(&params, Seed::new(7)).remove(0).subjects;
    let draw = || {
        if others_first {
            rayon::join(|| subjects[2].scan(), || subjects[0].scan());
        }
        checksum(&subjects[1])
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(draw)
}

#[test]
fn a_seed_gives_the_same_bits_for_ever() {
    // Quickstart, README and their pictures are made of `tiny`.
    let wanted = [
        ("tiny", "01", "f207f1d4ae159588"),
        ("tiny", "16", "656570da0bf55bde"),
        ("small", "04", "3d1efde00eb80724"),
        ("small", "U", "66c8d65a24e02800"),
        ("small", "iSeg", "34f4723e6b10aa3a"),
        ("paperlike", "13", "94c69d001cdc6c5f"),
        ("paperlike", "A", "9c793e5329a366dc"),
        ("paperlike", "iSeg", "d4ea2738a9b1b5cd"),
    ];
    for (others_first, threads) in [(false, 1), (true, 2)] {
        let got = wanted.map(|(preset, institution, _)| {
            (preset, institution, format!("{:016x}", drawn(preset, institution, others_first, threads)))
        });
        assert_eq!(got, wanted.map(|(preset, institution, sum)| (preset, institution, sum.to_string())));
    }
}

#[test]
fn a_subject_that_left_the_shelf_comes_back_the_same() {
    let shelf = Arc::new(Shelf::new(1));
    let seed = Seed::new(1);
    let kept = cohort(&PhantomParams { cases: Some(2), ..PhantomParams::default() }.check().unwrap(), seed).remove(0);
    let style = Arc::new(Style::draw(seed, kept.site.kind, "a", "01", 1.0));
    let subject =
        |n| Subject::new(seed.nth(n), kept.subjects[0].identity().clone(), [12; 3], style.clone(), shelf.clone());
    let (first, second) = (subject(0), subject(1));
    let before = checksum(&first);
    assert_eq!(shelf.len(), 1);
    assert_ne!(checksum(&second), before);
    assert_eq!(shelf.len(), 1, "the shelf has room for the newest only");
    assert_eq!(checksum(&first), before);
}
