//! Predictions on a volume's own grid: mirrored means, largest parts, and networks with a spacing of their own.
#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use seqtran::base::error::Result;
use seqtran::base::params::Params;
use seqtran::base::progress::{Cancel, Monitor};
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, Source};
use seqtran::dataset::task::{Task, TaskName};
use seqtran::image::components::largest;
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::image::volume::Volume;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::augment::mirror::mirror;
use seqtran::train::context::Context;
use seqtran::train::model::{About, Model};
use seqtran::train::options::TrainParams;
use seqtran::train::patch::windows;
use seqtran::train::planner::{Fingerprint, NetworkPlan, PlanParams, plan};
use seqtran::train::predict::PredictParams;
use seqtran::train::prepared::{Example, Prepared, Scope};
use seqtran::train::recipe::Augment;
use seqtran::train::scores::Empty;
use seqtran::train::trainer::{fine_tune, train};
use seqtran::train::voxels::VoxelParams;

/// A bright ball of 10 mm in a head of 26 mm, seen at a spacing.
struct Ball {
    number: usize,
    spacing: [f64; 3],
}

impl Ball {
    fn grid(&self) -> Geometry {
        Geometry::new(self.spacing.map(|mm| (30.0 / mm).round() as usize), self.spacing)
    }

    /// Distance in mm of a voxel from a point.
    fn away(&self, n: usize, from: [f64; 3]) -> f64 {
        let [x, y, _] = self.grid().shape;
        let at = [n % x, n / x % y, n / (x * y)];
        (0..3).map(|axis| ((at[axis] as f64 + 0.5) * self.spacing[axis] - from[axis]).powi(2)).sum::<f64>().sqrt()
    }

    fn inside(&self, n: usize) -> bool {
        let shift = |axis: usize| (self.number * (5 + 2 * axis) % 7) as f64 - 3.0;
        self.away(n, [15.0 + shift(0), 15.0 + shift(1), 15.0 + shift(2)]) < 5.0
    }
}

impl Source for Ball {
    fn image(&self) -> Result<Volume> {
        let value = |n: usize| match self.away(n, [15.0; 3]) {
            far if far > 13.0 => 0.0,
            _ => 10.0 + ((n * 37 % 101) as f64 / 25.0) + if self.inside(n) { 12.0 } else { 0.0 },
        };
        Ok(Volume::new(self.grid(), (0..self.grid().voxels()).map(value).collect::<Vec<_>>()))
    }

    fn mask(&self) -> Result<Mask> {
        Ok(Mask::from_fn(self.grid(), |n| self.inside(n)))
    }

    fn image_key(&self) -> String {
        self.number.to_string()
    }

    fn mask_key(&self) -> String {
        self.number.to_string()
    }
}

fn task(spacings: &[[f64; 3]], cases: std::ops::Range<usize>) -> Task {
    let name = |text: &str| text.to_owned();
    let fields = TaskName { institution: name("01"), modality: name("T2"), objective: name("ball") };
    let case =
        |number: usize| Case::new(format!("p{number}"), Ball { number, spacing: spacings[number % spacings.len()] });
    Task::new(fields, cases.map(case).collect())
}

const MIXED: [[f64; 3]; 3] = [[1.5, 1.5, 1.5], [1.25, 1.4, 2.5], [2.0, 1.5, 1.2]];

fn planned(task: &Task) -> NetworkPlan {
    let fingerprint = Fingerprint::of(std::slice::from_ref(task), &Monitor::silent()).unwrap();
    plan(fingerprint, &PlanParams { base: 4, ..PlanParams::default() }.check().unwrap()).unwrap()
}

/// A network of random weights.
fn network(patch: [usize; 3], spacing: Option<[f64; 3]>) -> Model {
    let params = UNetParams { base: 4, stages: 2, ..UNetParams::default() }.check().unwrap();
    let net = UNet::new(&params, Seed::new(4), &candle_core::Device::Cpu).unwrap();
    Model::new(net, About { patch, spacing, augment: Some(Augment::NnUNet), ..About::default() })
}

#[test]
fn mirroring_is_the_mean_of_all_eight_and_mirrors_with_the_image() {
    let model = network([8; 3], None);
    let cancel = Cancel::new();
    let image = |flips: u8| {
        let mut voxels: Vec<f64> = (0..512).map(|n| 1.0 + (n * 61 % 113) as f64).collect();
        (0..3).filter(|axis| flips >> axis & 1 == 1).for_each(|axis| mirror(&mut voxels, [8; 3], axis));
        Prepared::new(&Volume::new(Geometry::new([8; 3], [1.0; 3]), voxels))
    };
    let margin = |flips: u8, mirroring: bool| {
        let mut margin = model.margin(&image(flips), mirroring, &cancel).unwrap();
        (0..3).filter(|axis| flips >> axis & 1 == 1).for_each(|axis| mirror(&mut margin, [8; 3], axis));
        margin
    };
    let mean: Vec<f32> = (0..512).map(|_| 0.0).collect();
    let mean = (0..8).fold(mean, |sum, flips| sum.iter().zip(margin(flips, false)).map(|(a, b)| a + b / 8.0).collect());
    let (asked, plain) = (margin(0, true), margin(0, false));
    // Only left and right where only they were exchanged in training; nothing where nothing was.
    let by = |augment: Option<Augment>| {
        let about = About { augment, ..model.about().clone() };
        Model::new(model.net().detached_copy().unwrap(), about).margin(&image(0), true, &cancel).unwrap()
    };
    let two: Vec<f32> = plain_and(&margin(0, false), &margin(1, false));
    assert_eq!((by(Some(Augment::Mirror)), by(None)), (two.clone(), two));
    assert_eq!(by(Some(Augment::None)), margin(0, false));
    let far = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far(&asked, &mean) < 1e-5, "{}", far(&asked, &mean));
    assert!(far(&asked, &plain) > 1e-3, "the network itself does not mirror");
    for flips in 1..8 {
        assert!(far(&margin(flips, true), &asked) < 1e-5, "{flips}");
    }
}

fn plain_and(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a / 2.0 + b / 2.0).collect()
}

#[test]
fn the_largest_part_is_what_is_kept() {
    let model = network([16; 3], None);
    let (volume, cancel) = (Ball { number: 1, spacing: [1.0; 3] }.image().unwrap(), Cancel::new());
    let plain = model.predict(&volume, &cancel).unwrap();
    let how = PredictParams { largest_component: true, mirroring: false };
    let kept = model.predict_by(&volume, how, &cancel).unwrap();
    assert_eq!(kept, largest(&plain));
    assert!(kept.count() > 0 && kept.count() < plain.count(), "{} of {}", kept.count(), plain.count());
}

#[test]
fn an_image_at_its_own_spacing_is_as_it_was() {
    let volume = Ball { number: 2, spacing: [1.25, 1.4, 2.5] }.image().unwrap();
    let (plain, at) = (Prepared::new(&volume), Prepared::at(&volume, Some([1.25, 1.4, 2.5]), Scope::NonZero).unwrap());
    assert_eq!((plain.image, plain.shape, plain.origin), (at.image.clone(), at.shape, at.origin));
    assert_eq!(at.back(at.image.clone()), at.image);
}

#[test]
fn values_come_back_to_the_grid_they_were_taken_from() {
    for (spacing, to) in [([1.0, 1.3, 0.9], [1.5, 1.1, 1.2]), ([0.8, 0.8, 4.0], [1.0, 1.0, 3.5]), ([1.0; 3], [2.0; 3])]
    {
        let grid = Geometry::new([24, 21, 17], spacing);
        let position = |n: usize| grid.world([(n % 24) as f64, (n / 24 % 21) as f64, (n / 504) as f64]);
        let volume = Volume::new(grid.clone(), (0..grid.voxels()).map(|n| 5.0 + position(n)[0]).collect::<Vec<_>>());
        let prepared = Prepared::at(&volume, Some(to), Scope::NonZero).unwrap();
        let wanted: [usize; 3] =
            std::array::from_fn(|axis| (spacing[axis] / to[axis] * grid.shape[axis] as f64).round_ties_even() as usize);
        assert_eq!((prepared.shape, prepared.cropped), (wanted, grid.shape));
        // A ramp is a ramp at any spacing, there and back, but at the edge, where there is nothing to lean on.
        let seen = grid.resized(prepared.shape);
        let ramp = |p: [f64; 3]| p[0] - 0.5 * p[1];
        let there = (0..seen.voxels()).map(|n| {
            let [x, y, _] = seen.shape;
            ramp(seen.world([(n % x) as f64, (n / x % y) as f64, (n / (x * y)) as f64])) as f32
        });
        let back = prepared.back(there.collect());
        assert_eq!(back.len(), grid.voxels());
        for (n, value) in
            back.iter().enumerate().filter(|(n, _)| (2..22).contains(&(n % 24)) && (2..19).contains(&(n / 24 % 21)))
        {
            assert!((f64::from(*value) - ramp(position(n))).abs() < 1e-4, "{spacing:?}: voxel {n}");
        }
        // Each place is the nearest voxel's.
        for (n, place) in prepared.places().into_iter().enumerate() {
            let [x, y, _] = seen.shape;
            let (a, b) = (seen.world([(n % x) as f64, (n / x % y) as f64, (n / (x * y)) as f64]), position(place));
            assert!(
                (0..3).all(|axis| (a[axis] - b[axis]).abs() <= 0.5 * spacing[axis] + 1e-9),
                "{spacing:?}: voxel {n}"
            );
        }
    }
}

#[test]
fn a_case_keeps_its_millimetres_and_its_zeros() {
    for spacing in MIXED {
        let case = Case::new("p3", Ball { number: 3, spacing });
        let (own, new) =
            (Example::load(&case).unwrap(), Example::load_at(&case, Some([1.0; 3]), Scope::NonZero).unwrap());
        let volume = spacing.iter().product::<f64>() * own.foreground.len() as f64;
        // Of the ball's cubic millimetres, within a twentieth.
        let error = (new.foreground.len() as f64 - volume).abs() / volume;
        assert!(error < 0.05, "{spacing:?}: {} for {volume} mm^3", new.foreground.len());
        assert_eq!(new.label.len(), new.image.image.len());
        assert_eq!(new.image.image.len(), new.image.shape.iter().product::<usize>());
        let (low, high) = (f32::min as fn(f32, f32) -> f32, f32::max as fn(f32, f32) -> f32);
        let most = |image: &[f32], pick: fn(f32, f32) -> f32| image.iter().copied().fold(0.0, pick);
        assert!(most(&new.image.image, low) >= most(&own.image.image, low));
        assert!(most(&new.image.image, high) <= most(&own.image.image, high));
        assert!(new.image.image.contains(&0.0), "the corners around the head");
    }
}

#[test]
fn a_network_trained_on_mixed_spacings_finds_its_objective_on_every_grid() {
    let all = task(&MIXED, 0..9);
    let plan = planned(&all);
    assert_eq!(plan.spacing(), [1.5, 1.5, 1.5]);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(3));
    let params = TrainParams {
        plan: Some(plan.clone()),
        epochs: Some(6),
        steps: Some(10),
        cases: Some(9),
        foreground_weight: Some(4.0),
        ..TrainParams::default()
    };
    let params = params.check().unwrap();
    let model = train(&all, &params, &context).unwrap();
    assert_eq!((model.about().spacing, model.about().patch), (Some([1.5; 3]), plan.patch()));
    assert!(model.summary().contains("voxels of 1.500 x 1.500 x 1.500 mm"), "{}", model.summary());
    let held = task(&[[1.0, 1.0, 1.0], [0.8, 1.7, 2.0], [1.0, 1.0, 3.2]], 12..18);
    let how = PredictParams { largest_component: true, mirroring: false };
    let scores = model.evaluate_by(&held, Empty::Nan, how, &context).unwrap();
    assert!(scores.cases.iter().all(|case| case.dice > 0.75), "{scores:?}");
    assert!(scores.dice() > 0.82, "{scores:?}");
    let image = held.cases()[1].source.image().unwrap();
    let mask = model.predict(&image, &Cancel::new()).unwrap();
    assert_eq!(mask.geometry(), image.geometry());

    // The spacing goes with the file, and samples of voxels are taken at it.
    let folder = Folder::new("spacing");
    let path = folder.0.join("net.safetensors");
    model.save(&path).unwrap();
    let loaded = Model::load(&path, "cpu").unwrap();
    assert_eq!((loaded.about().spacing, loaded.about().augment), (Some([1.5; 3]), Some(Augment::Mirror)));
    assert_eq!(loaded.predict(&image, &Cancel::new()).unwrap(), mask);
    let sample = loaded.voxels(&held, &VoxelParams::default().check().unwrap(), &context).unwrap();
    let right =
        sample.labels.iter().enumerate().filter(|(row, z)| (sample.probabilities[[*row, 1]] > 0.5) == (**z == 1));
    assert!(right.count() as f64 > 0.9 * sample.labels.len() as f64);
    network([8; 3], None).save(&path).unwrap();
    assert_eq!(Model::load(&path, "cpu").unwrap().about().spacing, None);

    // Another plan's spacing is not the network's.
    let finer = planned(&task(&[[1.2; 3]], 0..3));
    let other = TrainParams { plan: Some(finer), ..(*params).clone() }.check().unwrap();
    let error = fine_tune(&model, &all, &other, &context).unwrap_err();
    assert!(error.message().contains("1.2000 x 1.2000 x 1.2000 mm, but the network was trained on 1.5000"), "{error}");
}

#[test]
fn a_prediction_is_made_at_the_spacing_and_decided_on_the_grid() {
    let spacing = [1.0, 1.25, 1.5];
    let (model, cancel) = (network([16; 3], Some(spacing)), Cancel::new());
    let volume = Ball { number: 4, spacing: [1.4, 0.9, 3.0] }.image().unwrap();
    let prepared = Prepared::at(&volume, Some(spacing), Scope::NonZero).unwrap();
    assert_ne!(prepared.shape, prepared.cropped);
    let margin = prepared.back(model.margin(&prepared, false, &cancel).unwrap());
    let inside: Vec<bool> = margin.iter().map(|m| *m > 0.0).collect();
    let mask = model.predict(&volume, &cancel).unwrap();
    assert_eq!(mask, prepared.paste(&inside));
    assert!(mask.count() > 0 && mask.count() < inside.len());
    assert_ne!(mask, network([16; 3], None).predict(&volume, &cancel).unwrap(), "the spacing matters");
}

/// Windows weigh by their middles: of a network that says the same everywhere they give the same everywhere, on any grid.
#[test]
fn windows_give_means_of_logits_also_on_another_grid() {
    let spacing = [1.0, 1.25, 1.5];
    let model = network([8; 3], Some(spacing));
    let mut values = std::collections::BTreeMap::new();
    for (name, tensor) in model.net().tensors() {
        let mut value = tensor.zeros_like().unwrap();
        if name.starts_with("decoder.seg_layers") && name.ends_with("bias") {
            value = candle_core::Tensor::new(&[-1.0_f32, 1.5], &candle_core::Device::Cpu).unwrap();
        }
        values.insert(name, value);
    }
    model.net().set_parameters(&values).unwrap();
    let volume = Ball { number: 4, spacing: [1.4, 0.9, 3.0] }.image().unwrap();
    let prepared = Prepared::at(&volume, Some(spacing), Scope::NonZero).unwrap();
    assert!(windows(prepared.shape, [8; 3]).len() > 8 && prepared.shape != prepared.cropped);
    let margin = model.margin(&prepared, false, &Cancel::new()).unwrap();
    assert!(margin.iter().all(|m| (m - 2.5).abs() < 1e-5), "{margin:?}");
    assert!(prepared.back(margin).iter().all(|m| (m - 2.5).abs() < 1e-4));
}

#[test]
fn an_image_may_be_scored_by_all_of_its_box() {
    let grid = Geometry::new([4, 3, 2], [1.0; 3]);
    let mut voxels = vec![0.0; 24];
    (voxels[grid.offset([1, 0, 0])], voxels[grid.offset([3, 2, 1])], voxels[grid.offset([2, 1, 0])]) =
        (6.0, 3.0, f64::NAN);
    let prepared = Prepared::at(&Volume::new(grid, voxels), None, Scope::Box).unwrap();
    assert_eq!((prepared.origin, prepared.shape), ([1, 0, 0], [3, 3, 2]));
    // 18 voxels: 6, 3 and sixteen zeros. Mean 1/2, variance 45/18 - 1/4 = 9/4.
    let wanted = |v: f32| (v - 0.5) / 1.5;
    for (n, got) in prepared.image.iter().enumerate() {
        let value = if n == 0 {
            6.0
        } else if n == 17 {
            3.0
        } else {
            0.0
        };
        assert!((got - wanted(value)).abs() < 1e-6, "voxel {n}: {got}");
    }
}

#[test]
fn training_brings_cases_to_the_spacing() {
    let all = task(&[[2.0; 3]], 0..3);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(3));
    let by = |spacing: f64| {
        let fingerprint = Fingerprint { images: 3, spacing: [spacing; 3], shape: [18; 3], intensity: None };
        let plan = plan(fingerprint, &PlanParams { base: 4, ..PlanParams::default() }.check().unwrap()).unwrap();
        let params = TrainParams { plan: Some(plan), epochs: Some(1), steps: Some(1), ..TrainParams::default() };
        let model = train(&all, &params.check().unwrap(), &context).unwrap();
        (model.about().patch, model.history()[0].loss)
    };
    let (a, b) = (by(1.5), by(1.6));
    assert_eq!(a.0, b.0);
    assert_ne!(a.1, b.1, "the same patches of the same images at another spacing");
    assert_eq!(by(1.5).1, a.1);
}

#[test]
fn strategies_judge_as_they_are_told() {
    let all = task(&[[1.5; 3]], 0..6);
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(3));
    let run = |judging: PredictParams| {
        let params = TrainParams {
            base: Some(4),
            stages: Some(2),
            epochs: Some(1),
            steps: Some(2),
            judging,
            ..TrainParams::default()
        };
        let list = seqtran::experiment::strategies::list::STRATEGIES;
        let scratch = list.iter().find(|strategy| strategy.name() == "scratch").unwrap();
        scratch.run(&[], &all, &params.check().unwrap(), &context).unwrap()
    };
    let (plain, kept) =
        (run(PredictParams::default()), run(PredictParams { largest_component: true, mirroring: true }));
    let predicted =
        |run: &seqtran::experiment::run::Run| run.scores.cases.iter().map(|case| case.predicted).collect::<Vec<_>>();
    assert_ne!(predicted(&plain), predicted(&kept));
    let test: Vec<&Case> = all.cases()[3..].iter().collect();
    for (case, score) in test.iter().zip(&kept.scores.cases) {
        let how = PredictParams { largest_component: true, mirroring: true };
        let mask = kept.model.predict_by(&case.source.image().unwrap(), how, &Cancel::new()).unwrap();
        assert_eq!(mask.count(), score.predicted);
    }
}
