//! The built-in phantoms are brains, and the same ones for the same seed.
#![allow(clippy::unwrap_used)]

use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::{phantom_tasks, subjects};
use seqtran::dataset::phantoms::contrast::MODALITIES;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::phantoms::sites::preset;
use seqtran::dataset::phantoms::subject::Subject;
use seqtran::dataset::phantoms::tissue::Tissue;
use seqtran::image::volume::Volume;
use std::sync::Arc;

fn of_site(params: PhantomParams, institution: &str) -> Vec<Arc<Subject>> {
    let params = params.check().unwrap();
    let preset = preset(&params.preset).unwrap();
    let site = preset.sites.iter().find(|site| site.institution == institution).unwrap();
    subjects(site, &params, Seed::new(5), [preset.size; 3])
}

#[test]
fn a_subject_is_the_same_whatever_is_asked_first() {
    let params = || PhantomParams { seed: Some(3), ..PhantomParams::default() };
    let (all, few) = (of_site(params(), "01"), of_site(PhantomParams { cases: Some(2), ..params() }, "01"));
    let late = all[1].image(3);
    assert_eq!(few[1].labels().values(), all[1].labels().values());
    assert_eq!(few[1].image(3).voxels(), late.voxels());
    assert_ne!(few[0].image(3).voxels(), late.voxels());
    let other = of_site(PhantomParams { seed: Some(4), cases: Some(2), ..params() }, "01");
    assert_ne!(other[1].image(3).voxels(), late.voxels());
}

#[test]
fn tasks_have_the_names_and_cases_of_the_preset() {
    let tasks = phantom_tasks(&PhantomParams::default().check().unwrap(), Seed::new(7)).unwrap();
    assert_eq!(tasks.len(), 27);
    let of = |name: &str| tasks.get(name).unwrap();
    assert_eq!(of("16-T2-NCR").cases().len(), 13);
    assert_eq!(of("01-T1ce-ET").cases().len(), 28);
    let (ncr, et) = (&of("16-T2-NCR").cases()[0].source, &of("16-FLAIR-ET").cases()[0].source);
    assert_eq!(ncr.mask().unwrap().overlap(&et.mask().unwrap()), 0, "objectives exclude each other");
    assert_ne!(ncr.image_key(), et.image_key());
    assert_eq!(ncr.image_key(), of("16-T2-ED").cases()[0].source.image_key());
    let image = ncr.image().unwrap();
    assert!(image.voxels().iter().all(|v| *v >= 0.0 && v.fract() == 0.0));
}

#[test]
fn target_cases_hold_every_objective_in_twelve_voxels() {
    let tasks =
        phantom_tasks(&PhantomParams { seed: Some(11), ..PhantomParams::default() }.check().unwrap(), Seed::new(7))
            .unwrap();
    for task in tasks.iter().filter(|task| task.fields().institution == "16" && task.fields().modality == "T2") {
        for case in task.cases() {
            let voxels = case.source.mask().unwrap().count();
            assert!((12..4000).contains(&voxels), "{} of {}: {voxels} voxels", case.id, task.name());
        }
    }
}

#[test]
fn tissues_come_in_the_order_of_their_contrast() {
    let subjects = of_site(PhantomParams { cases: Some(8), shift: 0.0, ..PhantomParams::default() }, "01");
    let median = |modality: usize, tissue: Tissue| {
        let mut values: Vec<f64> = Vec::new();
        for subject in &subjects {
            let image: Volume = subject.image(modality);
            values.extend(image.voxels().iter().zip(subject.tissues()).filter(|(_, t)| **t == tissue).map(|(v, _)| v));
        }
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let [flair, t1, t1ce, t2] = [0, 1, 2, 3];
    assert_eq!(MODALITIES, ["FLAIR", "T1", "T1ce", "T2"]);
    for (modality, dark_to_bright) in [
        (flair, vec![Tissue::Ventricle, Tissue::White, Tissue::Enhancing, Tissue::Oedema]),
        (t1, vec![Tissue::Ventricle, Tissue::Necrosis, Tissue::Grey, Tissue::White]),
        (t1ce, vec![Tissue::Necrosis, Tissue::Oedema, Tissue::White, Tissue::Enhancing]),
        (t2, vec![Tissue::White, Tissue::Enhancing, Tissue::Necrosis]),
        (t2, vec![Tissue::White, Tissue::Grey, Tissue::Oedema, Tissue::Ventricle]),
    ] {
        let medians: Vec<f64> = dark_to_bright.iter().map(|&tissue| median(modality, tissue)).collect();
        assert!(medians.is_sorted(), "{} {dark_to_bright:?} {medians:?}", MODALITIES[modality]);
    }
}

#[test]
fn unknown_names_say_which_there_are() {
    let wrong = PhantomParams { preset: "tinny".into(), ..PhantomParams::default() }.check().unwrap_err();
    assert!(wrong.help_line().unwrap().contains("tiny"), "{wrong}");
    let wrong = PhantomParams { modalities: vec!["CT".into()], ..PhantomParams::default() }.check().unwrap_err();
    assert_eq!(wrong.message(), "option `modalities`: the phantoms have no \"CT\"");
}
