//! Each transform against numbers from scipy, numpy and torch, or against what must hold of it.
#![allow(clippy::unwrap_used)]

use seqtran::base::params::Params;
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::train::augment::blur::blur;
use seqtran::train::augment::contrast::{range, stretch};
use seqtran::train::augment::gamma::bend;
use seqtran::train::augment::list::{Choice, TRANSFORMS, transform, vary};
use seqtran::train::augment::noise;
use seqtran::train::augment::place::{Source, place};
use seqtran::train::augment::resolution::coarsen;
use seqtran::train::augment::transform::Change;
use seqtran::train::augment::turn::Turn;
use seqtran::train::context::Context;
use seqtran::train::options::TrainParams;
use seqtran::train::trainer::train;
use serde_json::Value;
use std::f64::consts::FRAC_PI_2;

const SHAPE: [usize; 3] = [7, 6, 5];

struct Golden(Value);

impl Golden {
    fn read() -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/augment.json");
        Golden(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    fn values(&self, name: &str) -> Vec<f32> {
        self.0[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
    }

    fn label(&self) -> Vec<u8> {
        self.values("label").iter().map(|&v| v as u8).collect()
    }

    fn close(&self, name: &str, got: &[f32], tolerance: f32) {
        let wanted = self.values(name);
        assert_eq!(wanted.len(), got.len());
        for (n, (a, b)) in wanted.iter().zip(got).enumerate() {
            assert!((a - b).abs() <= tolerance, "{name}: voxel {n} is {b}, wanted {a}");
        }
    }
}

fn moments(voxels: &[f32]) -> (f64, f64) {
    let n = voxels.len() as f64;
    let mean = voxels.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    (mean, (voxels.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// A patch of `patch` voxels at `corner`, turned.
fn placed(source: &Source, patch: [usize; 3], turn: Turn) -> (Vec<f32>, Vec<u8>) {
    let count = patch.iter().product();
    let (mut image, mut label) = (vec![0.0; count], vec![0; count]);
    place(source, patch, &turn, &mut image, &mut label);
    (image, label)
}

fn varied(source: &Source, patch: [usize; 3], choice: Choice, seed: u64) -> (Vec<f32>, Vec<u8>) {
    let count = patch.iter().product();
    let (mut image, mut label) = (vec![0.0; count], vec![0; count]);
    vary(source, patch, choice, Seed::new(seed), &mut image, &mut label);
    (image, label)
}

/// A ball of wavy intensities in nothing, its upper half the objective.
fn ball(shape: [usize; 3]) -> (Vec<f32>, Vec<u8>) {
    let at = |n: usize| [n % shape[0], n / shape[0] % shape[1], n / (shape[0] * shape[1])];
    let radius = |p: [usize; 3]| {
        let along = |axis: usize| (2.0 * p[axis] as f64 + 1.0) / shape[axis] as f64 - 1.0;
        (0..3).map(|axis| along(axis).powi(2)).sum::<f64>()
    };
    let count = shape.iter().product();
    let image = (0..count).map(|n| if radius(at(n)) < 0.9 { 1.5 + ((n * 37 % 101) as f32 / 50.0).sin() } else { 0.0 });
    let label = (0..count).map(|n| u8::from(radius(at(n)) < 0.5 && 2 * at(n)[2] >= shape[2]));
    (image.collect(), label.collect())
}

#[test]
fn intensities_change_as_scipy_numpy_and_torch_change_them() {
    let golden = Golden::read();
    let changed = |change: &dyn Fn(&mut [f32])| {
        let mut voxels = golden.values("image");
        change(&mut voxels);
        voxels
    };
    golden.close("blur", &changed(&|v| blur(v, SHAPE, [0.55, 0.8, 0.99])), 2e-6);
    golden.close("contrast", &changed(&|v| stretch(v, 1.2)), 2e-6);
    golden.close("gamma", &changed(&|v| bend(v, 1.4)), 5e-6);
    golden.close("resolution", &changed(&|v| coarsen(v, SHAPE, [4, 4, 3])), 2e-6);
}

#[test]
fn a_turned_patch_is_what_grid_sample_gives() {
    let golden = Golden::read();
    let (image, label) = (golden.values("image"), golden.label());
    let source = Source { image: &image, label: &label, shape: SHAPE, corner: [0; 3] };
    let turn = Turn::rotation([0.3, -0.2, 0.5]).after(Turn::scaling([0.8; 3]));
    let (new, mask) = placed(&source, SHAPE, turn);
    let (wanted, inside) = (golden.values("turned"), golden.values("turned_inside"));
    let share = golden.values("turned_label_share");
    let mut both = [0; 2];
    for n in 0..new.len() {
        // Where the nearest voxel is outside, or 0, the patch is 0.
        assert!(new[n] == 0.0 || (new[n] - wanted[n]).abs() < 1e-5, "voxel {n}: {} for {}", new[n], wanted[n]);
        assert!(inside[n] == 1.0 || new[n] == 0.0);
        assert_eq!(mask[n], u8::from(share[n] >= 0.5), "voxel {n}: {}", share[n]);
        both[usize::from(new[n] == 0.0)] += 1;
    }
    assert!(both[0] > 170, "most voxels are inside: {both:?}");
}

#[test]
fn a_quarter_turn_permutes_voxels_and_a_turned_ramp_is_a_ramp() {
    let shape = [9, 9, 4];
    let image: Vec<f32> = (1..=324).map(|n| n as f32).collect();
    let label: Vec<u8> = (0..324).map(|n| u8::from(n % 5 == 0)).collect();
    let source = Source { image: &image, label: &label, shape, corner: [0; 3] };
    let (new, mask) = placed(&source, shape, Turn::rotation([0.0, 0.0, FRAC_PI_2]));
    for (n, (value, class)) in new.iter().zip(&mask).enumerate() {
        let (i, j, k) = (n % 9, n / 9 % 9, n / 81);
        // From (8 - j, i): exactly, label with image.
        let from = (8 - j) + 9 * (i + 9 * k);
        assert_eq!((*value, *class), (image[from], label[from]));
    }

    // A patch around the middle of a larger image: linear interpolation of a ramp is that ramp, corners included.
    let shape = [24, 22, 20];
    let ramp = |p: [f64; 3]| 3.0 + 0.25 * p[0] - 0.5 * p[1] + p[2];
    let at = |n: usize, s: [usize; 3]| [n % s[0], n / s[0] % s[1], n / (s[0] * s[1])].map(|v| v as f64);
    let image: Vec<f32> = (0..shape.iter().product()).map(|n| ramp(at(n, shape)) as f32 + 40.0).collect();
    let label = vec![1; image.len()];
    let source = Source { image: &image, label: &label, shape, corner: [7, 7, 6] };
    let turn = Turn::rotation([0.4, 0.2, -0.5]).after(Turn::scaling([1.2, 1.1, 0.9]));
    let (new, mask) = placed(&source, [8; 3], turn);
    let middle = [10.5, 10.5, 9.5];
    for (n, value) in new.iter().enumerate() {
        let from = at(n, [8; 3]).map(|v| v - 3.5);
        let place: [f64; 3] = std::array::from_fn(|a| middle[a] + (0..3).map(|b| turn.0[a][b] * from[b]).sum::<f64>());
        assert!((f64::from(*value) - ramp(place) - 40.0).abs() < 1e-4, "voxel {n}");
    }
    assert!(mask.iter().all(|class| *class == 1));
}

#[test]
fn laws_of_intensities() {
    let (image, _) = ball([20, 18, 16]);
    let (mean, sd) = moments(&image);
    let (low, high) = range(&image);
    for power in [0.7, 1.0, 1.5] {
        let mut bent = image.clone();
        bend(&mut bent, power);
        let (mean_now, sd_now) = moments(&bent);
        assert!((mean - mean_now).abs() < 1e-5 && (sd - sd_now).abs() < 1e-5, "{power}: {mean_now} {sd_now}");
        // The order of intensities stays.
        let brighter = (1..image.len()).filter(|&n| (image[n] > image[n - 1]) != (bent[n] > bent[n - 1]));
        assert_eq!(brighter.filter(|&n| image[n] != image[n - 1]).count(), 0);
    }
    let mut stretched = image.clone();
    stretch(&mut stretched, 1.25);
    let (low_now, high_now) = range(&stretched);
    assert!(low_now >= low && high_now <= high && moments(&stretched).1 > sd);
    let mut noisy = vec![1.0; 40_000];
    noise::add(&mut noisy, 0.1, &mut Seed::new(1).rng());
    let (mean, sd) = moments(&noisy);
    assert!((mean - 1.0).abs() < 0.002 && (sd - 0.1).abs() < 0.002, "{mean} {sd}");
    // What is constant stays constant.
    let mut flat = vec![2.5; 720];
    blur(&mut flat, [10, 9, 8], [1.0, 0.5, 0.7]);
    coarsen(&mut flat, [10, 9, 8], [5, 6, 7]);
    stretch(&mut flat, 0.8);
    bend(&mut flat, 1.3);
    assert!(flat.iter().all(|v| (v - 2.5).abs() < 1e-5));
    // Single voxels along an axis, and single slices.
    let mut thin = vec![1.0, 2.0, 4.0];
    blur(&mut thin, [3, 1, 1], [0.9; 3]);
    coarsen(&mut thin, [3, 1, 1], [2, 1, 1]);
    assert!(thin.iter().all(|v| v.is_finite()));
}

#[test]
fn every_transform_changes_what_it_says_and_nothing_outside() {
    let shape = [20, 18, 16];
    let (image, label) = ball(shape);
    let source = Source { image: &image, label: &label, shape, corner: [0; 3] };
    for one in TRANSFORMS {
        let choice = Choice::Only(one);
        assert!((0..4).any(|seed| varied(&source, shape, choice, seed).0 != image), "{} changes nothing", one.name);
        for seed in 0..4 {
            let (new, mask) = varied(&source, shape, choice, seed);
            assert_eq!((&new, &mask), (&varied(&source, shape, choice, seed).0, &mask), "{}", one.name);
            assert!(new.iter().all(|v| v.is_finite()));
            if matches!(one.change, Change::Values(_)) {
                assert_eq!(mask, label, "{} leaves labels", one.name);
                assert!(
                    image.iter().zip(&new).all(|(old, new)| *old != 0.0 || *new == 0.0),
                    "{} paints outside",
                    one.name
                );
            } else {
                // The objective lies in the ball, and does after any move.
                let outside = mask.iter().zip(&new).filter(|(class, v)| **class == 1 && **v == 0.0);
                assert_eq!(outside.count(), 0, "{}: the label has left the image", one.name);
                assert!(mask.contains(&1));
            }
        }
    }
}

#[test]
fn image_and_label_move_together() {
    let shape = [24, 20, 18];
    let (_, label) = ball(shape);
    // An image that is its label: interpolated alike, cut at a half alike.
    let image: Vec<f32> = label.iter().map(|&class| 1.0 + f32::from(class)).collect();
    let source = Source { image: &image, label: &label, shape, corner: [4, 3, 2] };
    for seed in 0..40 {
        for name in ["rotation", "scaling", "mirror"] {
            let (new, mask) = varied(&source, [16, 14, 14], Choice::Only(transform(name).unwrap()), seed);
            let inside = new.iter().zip(&mask).filter(|(v, _)| **v >= 1.0);
            let wrong = inside.filter(|(v, class)| (**v - 1.5).abs() > 1e-4 && (**v > 1.5) != (**class == 1)).count();
            assert_eq!(wrong, 0, "{name}, seed {seed}");
        }
    }
}

#[test]
fn thick_slices_turn_within_themselves() {
    let shape = [40, 40, 6];
    let image: Vec<f32> = (0..9600).map(|n| (n / 1600 + 1) as f32).collect();
    let label = vec![0; 9600];
    let source = Source { image: &image, label: &label, shape, corner: [0; 3] };
    for name in ["rotation", "scaling", "resolution"] {
        for seed in 0..10 {
            let (new, _) = varied(&source, shape, Choice::Only(transform(name).unwrap()), seed);
            let moved = new
                .iter()
                .zip(&image)
                .filter(|(new, old)| **new != 0.0 && (**new - **old).abs() > 1e-4 && **new > **old);
            assert_eq!(moved.count(), 0, "{name}, seed {seed}: slices mix");
        }
    }
}

#[test]
fn transforms_come_as_often_as_they_should() {
    let shape = [6, 5, 4];
    let image: Vec<f32> = (0..120).map(|n| 1.0 + (n % 7) as f32).collect();
    let label = vec![0; 120];
    let source = Source { image: &image, label: &label, shape, corner: [0; 3] };
    let count = 4000;
    // Mirroring on three axes is nothing in an eighth; the others leave a patch alone by their chances.
    let alone = TRANSFORMS.iter().filter(|t| t.name != "mirror").fold(1.0 / 8.0, |all, t| all * (1.0 - t.chance));
    let same = (0..count).filter(|&seed| varied(&source, shape, Choice::Chance, seed).0 == image).count();
    let wanted = alone * count as f64;
    assert!((same as f64 - wanted).abs() < 4.0 * wanted.sqrt(), "{same} unchanged, wanted about {wanted}");
}

#[test]
fn patches_are_the_same_on_any_number_of_threads() {
    let shape = [30, 28, 26];
    let (image, label) = ball(shape);
    let source = Source { image: &image, label: &label, shape, corner: [-2, 3, 1] };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (0..12).map(|seed| varied(&source, [24; 3], Choice::Chance, seed)).collect::<Vec<_>>())
    };
    assert_eq!(on(1), on(4));
}

/// Mean, standard deviation, objective and some voxels of each transform's draw: seeds and draws stay what they are.
#[test]
fn draws_stay_what_they_were() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/augment_draws.csv");
    let shape = [20, 18, 16];
    let (image, label) = ball(shape);
    let source = Source { image: &image, label: &label, shape, corner: [0; 3] };
    let mut text = "transform,mean,sd,objective,voxels\n".to_owned();
    let chance = (3..8).map(|seed| ("nnunet", Choice::Chance, seed));
    for (name, choice, seed) in TRANSFORMS.iter().map(|one| (one.name, Choice::Only(one), 3)).chain(chance) {
        let (new, mask) = varied(&source, shape, choice, seed);
        let ((mean, sd), inside) = (moments(&new), mask.iter().filter(|class| **class == 1).count());
        let some: Vec<String> = new.iter().skip(2610).step_by(97).take(6).map(|v| format!("{v:.5}")).collect();
        text += &format!("{name},{mean:.5},{sd:.5},{inside},{}\n", some.join(" "));
    }
    if std::env::var_os("SEQTRAN_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let numbers = |text: &str| {
        let parts = text.lines().skip(1).flat_map(|line| line.split([',', ' ']).skip(1));
        parts.map(|part| part.parse::<f64>().unwrap()).collect::<Vec<_>>()
    };
    let (a, b) = (numbers(&golden), numbers(&text));
    assert_eq!(a.len(), b.len());
    // Powers and sines differ in their last bits from machine to machine.
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 5e-5), "{golden}\n{text}");
}

#[test]
fn networks_trained_by_the_list_are_the_same_on_any_number_of_threads() {
    let params = PhantomParams { size: Some([16; 3]), cases: Some(2), ..PhantomParams::default() };
    let tasks = phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap();
    let on = |threads: usize, augment: &str| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let monitor = Monitor::silent();
            let params = TrainParams {
                base: Some(4),
                stages: Some(2),
                epochs: Some(1),
                steps: Some(6),
                augment: Some(augment.into()),
                ..TrainParams::default()
            };
            let context = Context::silent(&monitor, Seed::new(3));
            let model = train(tasks.get("01-T2-NCR").unwrap(), &params.check().unwrap(), &context).unwrap();
            let values = model.net().parameters().into_iter().map(|(_, v)| v.flatten_all().unwrap().to_vec1::<f32>());
            values.flat_map(|values| values.unwrap()).map(f32::to_bits).collect::<Vec<_>>()
        })
    };
    let one = on(1, "nnunet");
    assert_eq!(one, on(3, "nnunet"));
    assert_ne!(one, on(1, "mirror"));
}
