//! `FeTS2022_01341/FeTS2022_01341_flair.nii.gz` with `partitioning_1.csv`.

use super::{assert_same, notes, open, phantoms, put_image, put_labels, renamed, written};
use crate::folder::Folder;
use crate::skip;
use seqtran::dataset::open::{OpenParams, open_tasks};
use seqtran::dataset::tasks::Tasks;
use std::fs;
use std::path::Path;

const WORDS: [&str; 4] = ["flair", "t1", "t1ce", "t2"];

/// A folder of subjects, each with its four images and its label; and a partitioning.
fn data(folder: &Folder, home: &str, subjects: &[&str], csv: &str) {
    for subject in subjects {
        let file = |word: &str| folder.file(&format!("{home}/{subject}/{subject}_{word}.nii.gz"));
        WORDS.iter().for_each(|word| put_image(&file(word)));
        put_labels(&file("seg"), &[1, 2, 2, 4]);
    }
    if !csv.is_empty() {
        folder.put(&format!("{home}/partitioning_1.csv"), csv.as_bytes());
    }
}

fn cases(tasks: &Tasks, name: &str) -> Vec<String> {
    tasks.get(name).unwrap().cases().iter().map(|case| case.id.clone()).collect()
}

fn release(path: &Path, release: &str) -> Result<Tasks, seqtran::base::error::Error> {
    open_tasks(path, OpenParams { release: Some(release.into()), ..OpenParams::default() })
}

#[test]
fn a_partitioning_says_where_each_subject_was_seen() {
    let folder = Folder::new("fets");
    let csv = "Partition_ID,Subject_ID\r\n18,FeTS2022_01341\r\n18,FeTS2022_00002\r\n1,FeTS2022_01333\r\n";
    data(&folder, "fets", &["FeTS2022_01341", "FeTS2022_01333", "FeTS2022_00002"], csv);
    folder.put(
        "fets/partitioning_2.csv",
        b"Partition_ID,Subject_ID\n3,FeTS2022_01341\n3,FeTS2022_00002\n24,FeTS2022_01333\n",
    );
    folder.put("fets/sanity_partitioning.csv", b"whatever");
    let tasks = open(&folder.file("fets")).unwrap();
    let opening = tasks.opening().unwrap();
    assert_eq!((opening.layout, opening.because.as_str()), ("fets", "partitioning_1.csv and 3 folders FeTS2022_*"));
    assert_eq!(notes(&tasks), [""; 0]);
    assert_eq!((tasks.len(), tasks.institutions()), (2 * 4 * 3, vec!["01".to_string(), "18".to_string()]));
    assert_eq!(cases(&tasks, "18-T1ce-NCR"), ["FeTS2022_00002", "FeTS2022_01341"]);
    for (objective, voxels) in [("NCR", 1), ("ED", 2), ("ET", 1)] {
        let case = &tasks.get(&format!("01-FLAIR-{objective}")).unwrap().cases()[0];
        assert_eq!(case.source.mask().unwrap().count(), voxels);
        assert!(case.source.image_key().ends_with("FeTS2022_01333_flair.nii.gz"));
    }
    let second = release(&folder.file("fets"), "2").unwrap();
    assert_eq!(cases(&second, "03-T2-ED"), ["FeTS2022_00002", "FeTS2022_01341"]);
    assert_eq!(second.institutions(), ["03", "24"]);
    let error = release(&folder.file("fets"), "3").unwrap_err();
    assert!(error.message().contains("no partitioning_3.csv"), "{error}");
    assert_eq!(error.help_line(), Some("there are the releases 1, 2"));
    fs::remove_file(folder.file("fets/partitioning_1.csv")).unwrap();
    assert_eq!(open(&folder.file("fets")).unwrap().institutions(), ["03", "24"], "the one that is there");
    fs::rename(folder.file("fets/partitioning_2.csv"), folder.file("fets/Partitioning_mine.CSV")).unwrap();
    assert_eq!(open(&folder.file("fets")).unwrap().institutions(), ["03", "24"]);
    fs::copy(folder.file("fets/Partitioning_mine.CSV"), folder.file("fets/partitioning_yours.csv")).unwrap();
    let error = open(&folder.file("fets")).unwrap_err();
    assert!(error.message().contains("several partitionings: mine, yours"), "{error}");
    assert_eq!(release(&folder.file("fets"), "yours").unwrap().institutions(), ["03", "24"]);
}

#[test]
fn a_partitioning_is_read_however_it_was_saved() {
    let folder = Folder::new("fets-csv");
    data(&folder, "fets", &["FeTS21_Training_001", "FeTS21_Training_002"], "");
    let (a, b) = ("FeTS21_Training_001", "FeTS21_Training_002");
    for csv in [
        format!("Partition_ID,Subject_ID\r\n1,{a}\r\n2,{b}\r\n"),
        format!("\u{feff}partition_id,subject_id\n1.0,{a}\n 02 , {b} \n"),
        format!("Subject_ID,note,PARTITION_ID\n{a},\"a, b\",1\n{b},,2.0"),
        format!("\"Partition_ID\",\"Subject_ID\"\n\"1\",\"{a}\"\n\n\n\"2\",\"{b}\"\n,\n"),
        format!("Partition_ID;Subject_ID\r\n1;{a}\r\n2;\"{b}\"\r\n"),
        format!("Partition_ID\tSubject_ID\n1\t{a}\n2\t{b}\n"),
        format!("Partition ID, Subject ID\n1,{a}\n2,{}\n", b.to_uppercase()),
    ] {
        folder.put("fets/partitioning_1.csv", csv.as_bytes());
        let tasks = open(&folder.file("fets")).unwrap_or_else(|e| panic!("{csv}: {e}"));
        assert_eq!(notes(&tasks), [""; 0], "{csv}");
        assert_eq!((cases(&tasks, "01-T1-ET"), cases(&tasks, "02-T1-ET")), (vec![a.into()], vec![b.into()]), "{csv}");
    }
}

#[test]
fn a_bad_partitioning_is_an_error_that_names_the_row() {
    let folder = Folder::new("fets-bad");
    data(&folder, "fets", &["FeTS2022_00001"], "");
    for (csv, wanted) in [
        ("Institution,Subject_ID\n1,FeTS2022_00001\n", "wanted a column Partition_ID, got Institution, Subject_ID"),
        ("Partition_ID,Subject_ID\nx,FeTS2022_00001\n", "row 2: wanted a whole number as Partition_ID, got `x`"),
        ("Partition_ID,Subject_ID\n1.5,FeTS2022_00001\n", "got `1.5`"),
        ("Partition_ID,Subject_ID\n1,\n", "row 2: the column Subject_ID is empty"),
        ("Partition_ID,Subject_ID\n", "names no subject"),
        ("Partition_ID;Subject_ID\n1;a;b\n", "row 2 has 3 cells"),
        (
            "Partition_ID,Subject_ID\n1,FeTS2022_00001\n2,FeTS2022_00009\n18,FeTS2022_00001\n",
            "rows 2 and 4 have subject FeTS2022_00001 at the institutions 01 and 18",
        ),
    ] {
        let file = folder.put("fets/partitioning_1.csv", csv.as_bytes());
        let error = open(&folder.file("fets")).unwrap_err();
        assert!(error.message().contains(wanted), "{csv}: {error}");
        assert_eq!(error.path(), Some(file.as_path()));
    }
}

#[test]
fn what_does_not_fit_together_is_named_and_stops_nothing() {
    let folder = Folder::new("fets-notes");
    let subjects = ["FeTS2022_00001", "FeTS2022_00002", "FeTS2022_00003", "FeTS2022_00004", "FeTS2022_00005"];
    let csv = "Partition_ID,Subject_ID\n1,FeTS2022_00001\n1,FeTS2022_00002\n1,FeTS2022_00003\n1,FeTS2022_00005\n\
               1,FeTS2022_00001\n2,FeTS2022_00009\n2,FeTS2022_00008\n";
    data(&folder, "fets", &subjects, csv);
    let file = |name: &str| folder.file(&format!("fets/{name}"));
    fs::remove_file(file("FeTS2022_00001/FeTS2022_00001_t1ce.nii.gz")).unwrap();
    fs::remove_file(file("FeTS2022_00002/FeTS2022_00002_seg.nii.gz")).unwrap();
    // An unpacked copy, a file of another subject, what a Mac leaves, an empty folder, and what belongs to nobody.
    put_image(&file("FeTS2022_00003/FeTS2022_00003_t2.nii"));
    put_image(&file("FeTS2022_00003/FeTS2022_00001_t2.nii.gz"));
    folder.put("fets/FeTS2022_00003/._FeTS2022_00003_t2.nii.gz", b"\0");
    folder.put("fets/FeTS2022_00003/.DS_Store", b"\0");
    folder.put("fets/Thumbs.db", b"\0");
    fs::remove_dir_all(file("FeTS2022_00005")).unwrap();
    fs::create_dir(file("FeTS2022_00005")).unwrap();
    fs::create_dir(file("papers é")).unwrap();
    let tasks = open(&folder.file("fets")).unwrap();
    assert_eq!(
        notes(&tasks),
        [
            "unpaired FeTS2022_00002: no label FeTS2022_00002_seg.nii.gz for the 4 images",
            "unpaired FeTS2022_00004: no row of partitioning_1.csv names this subject",
            "incomplete FeTS2022_00001: case FeTS2022_00001 has no T1ce image",
            "missing FeTS2022_00008: partitioning_1.csv has this subject at institution 02, but it has no folder",
            "missing FeTS2022_00009: partitioning_1.csv has this subject at institution 02, but it has no folder",
            "unused FeTS2022_00003: not read: FeTS2022_00001_t2.nii.gz; read is FeTS2022_00003_[flair, t1, t1ce, t2, seg]",
            "unused FeTS2022_00003_t2.nii: read is FeTS2022_00003_t2.nii.gz beside it",
            "unused FeTS2022_00005: no image of case FeTS2022_00005",
            "unused papers é: not the folder of a subject",
            "unused FeTS2022_00001: rows 2 and 6 of partitioning_1.csv are the same",
        ]
    );
    assert_eq!(cases(&tasks, "01-T1ce-ED"), ["FeTS2022_00003"]);
    assert_eq!(cases(&tasks, "01-T2-ED"), ["FeTS2022_00001", "FeTS2022_00003"]);
    let source = &tasks.get("01-T2-ED").unwrap().cases()[1].source;
    assert!(source.image_key().ends_with("_t2.nii.gz"));
}

#[test]
fn the_data_are_found_in_the_folder_below_and_what_is_missing_is_said() {
    let folder = Folder::new("fets-levels");
    let csv = "Partition_ID,Subject_ID\n1,FeTS2022_00001\n";
    data(&folder, "all/MICCAI_FeTS2022_TrainingData", &["FeTS2022_00001"], csv);
    data(&folder, "all/MICCAI_FeTS2022_ValidationData", &["FeTS2022_00070"], "");
    fs::create_dir(folder.file("all/papers")).unwrap();
    let wanted = [
        "unpaired MICCAI_FeTS2022_ValidationData: no partitioning lies beside the 1 subjects here",
        "unused papers: no cases lie in this folder",
    ];
    let tasks = open(&folder.file("all")).unwrap();
    assert_eq!(notes(&tasks), wanted);
    assert_eq!(tasks.opening().unwrap().because, "partitioning_1.csv and 2 folders FeTS2022_*");
    assert_eq!(notes(&open(&folder.file("all/MICCAI_FeTS2022_TrainingData")).unwrap()), [""; 0]);

    // One level too low, and without the table.
    let low = open(&folder.file("all/MICCAI_FeTS2022_TrainingData/FeTS2022_00001")).unwrap_err();
    assert!(low.message().contains("fets: this is the folder of one subject, open the one above"), "{low}");
    let validation = folder.file("all/MICCAI_FeTS2022_ValidationData");
    let none = open(&validation).unwrap_err();
    assert!(none.message().contains("fets: no partitioning_1.csv with the 1 folders FeTS2022_*"), "{none}");
    let named = OpenParams { layout: Some("fets".into()), ..OpenParams::default() };
    let none = open_tasks(&validation, named.clone()).unwrap_err();
    assert!(none.message().contains("wanted partitioning_1.csv beside"), "{none}");
    let none = open_tasks(&folder.file("all/papers"), named.clone()).unwrap_err();
    assert!(none.message().contains("wanted folders FeTS2022_*"), "{none}");
    let institution = Some("x".to_string());
    let error = open_tasks(&folder.file("all"), OpenParams { institution, ..named }).unwrap_err();
    assert!(error.message().contains("names its own"), "{error}");

    // The table in the folder above, and the data of two years.
    fs::rename(
        folder.file("all/MICCAI_FeTS2022_TrainingData/partitioning_1.csv"),
        folder.file("all/partitioning_1.csv"),
    )
    .unwrap();
    let tasks = open(&folder.file("all")).unwrap();
    assert_eq!(cases(&tasks, "01-T2-ED"), ["FeTS2022_00001"]);
    data(&folder, "all/2021", &["FeTS21_Training_001"], "Partition_ID,Subject_ID\n1,FeTS21_Training_001\n");
    data(&folder, "all/2022", &["FeTS2022_00001"], csv);
    let error = open(&folder.file("all")).unwrap_err();
    assert!(error.message().contains("all/2021 and ") && error.help_line() == Some("open one of them"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_are_followed() {
    let folder = Folder::new("fets-links");
    data(&folder, "far/a", &["FeTS2022_00001"], "");
    let near = folder.file("near");
    fs::create_dir(&near).unwrap();
    std::os::unix::fs::symlink(folder.file("far/a/FeTS2022_00001"), near.join("FeTS2022_00001")).unwrap();
    folder.put("near/partitioning_1.csv", b"Partition_ID,Subject_ID\n1,FeTS2022_00001\n");
    // A link to the folder above is no endless way.
    std::os::unix::fs::symlink(&folder.0, folder.file("far/up")).unwrap();
    for path in [&near, &folder.0] {
        assert_eq!(cases(&open(path).unwrap(), "01-T2-ED"), ["FeTS2022_00001"]);
    }
}

#[test]
fn a_strange_label_names_its_file() {
    let folder = Folder::new("fets-label");
    data(&folder, "fets", &["FeTS2022_00001"], "Partition_ID,Subject_ID\n1,FeTS2022_00001\n");
    put_labels(&folder.file("fets/FeTS2022_00001/FeTS2022_00001_seg.nii.gz"), &[1, 3]);
    let tasks = open(&folder.file("fets")).unwrap();
    let error = tasks.get("01-T2-ED").unwrap().cases()[0].source.mask().err().unwrap();
    assert!(error.message().contains("wanted the label values 0, 1, 2, 4, got 3"), "{error}");
    assert!(error.path().unwrap().ends_with("FeTS2022_00001_seg.nii.gz"));
}

#[test]
fn a_whole_cohort_comes_back() {
    let folder = Folder::new("fets-whole");
    let tasks = phantoms(|p| {
        p.preset = "paperlike".into();
        p.cases = Some(3);
    });
    let tasks = tasks.filter(|task| Ok(task.fields().institution.bytes().all(|b| b.is_ascii_digit()))).unwrap();
    assert_eq!(tasks.len(), 84 + 12);
    let path = written(&folder, &tasks, "fets");
    let found = open(&path).unwrap();
    assert_eq!(notes(&found), [""; 0]);
    assert_same(&found, &tasks, "fets");
    assert_eq!(cases(&found, "16-T2-ED"), ["FeTS2022_00013", "FeTS2022_00014", "FeTS2022_00015"]);
    assert!(path.join("FeTS2022_00013/FeTS2022_00013_t1ce.nii.gz").is_file());
}

#[test]
fn only_what_the_layout_has_is_written() {
    let folder = Folder::new("fets-refused");
    let tasks = phantoms(|p| p.institutions = vec!["01".into()]);
    let save = |tasks: &Tasks| {
        let monitor = seqtran::base::progress::Monitor::silent();
        seqtran::dataset::save::save_tasks(tasks, &folder.file("out"), "fets", &monitor).unwrap_err()
    };
    for institution in ["Utrecht", "1", "1.0"] {
        let error = save(&renamed(&tasks, |name| name.institution = institution.into()));
        assert!(error.message().contains(&format!("got `{institution}`")), "{error}");
    }
    let error = save(&renamed(&tasks, |name| name.modality = name.modality.replace("T2", "PD")));
    assert!(error.message().contains("no modality `PD`; it has FLAIR, T1, T1ce, T2"), "{error}");
    let error = save(&renamed(&tasks, |name| name.objective = name.objective.replace("ED", "WMH")));
    assert!(error.message().contains("no objective `WMH`"), "{error}");
    assert!(!folder.file("out").exists());
}

/// The partitionings as they were published: 1251 subjects of 23 and 33 institutions.
#[test]
fn the_published_partitionings_are_read() {
    let Some(real) = skip::real_volumes("fets_partitioning") else { return };
    let folder = Folder::new("fets-published");
    for (file, institutions, counts) in [
        ("partitioning_1.csv", 23, [("01", 511), ("18", 382), ("16", 30)]),
        ("partitioning_2.csv", 33, [("01", 170), ("18", 11), ("33", 5)]),
    ] {
        let text = fs::read(real.join(file)).unwrap();
        let home = folder.file(file.trim_end_matches(".csv"));
        // Every subject has the same few voxels; a hard link costs nothing.
        put_image(&folder.file("image.nii.gz"));
        for line in String::from_utf8_lossy(&text).lines().skip(1) {
            let subject = line.split(',').nth(1).unwrap().trim();
            fs::create_dir_all(home.join(subject)).unwrap();
            for word in ["flair", "t1", "t1ce", "t2", "seg"] {
                let link = home.join(subject).join(format!("{subject}_{word}.nii.gz"));
                fs::hard_link(folder.file("image.nii.gz"), link).unwrap();
            }
        }
        fs::write(home.join(file), &text).unwrap();
        let tasks = open(&home).unwrap();
        assert_eq!((notes(&tasks), tasks.institutions().len()), (Vec::new(), institutions));
        assert_eq!(tasks.opening().unwrap().because, format!("{file} and 1251 folders FeTS2022_*"));
        for (institution, count) in counts {
            assert_eq!(cases(&tasks, &format!("{institution}-T1ce-ET")).len(), count, "{file} {institution}");
        }
    }
}
