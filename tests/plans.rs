//! Plans for networks: made from images, gone with the weights, compared key by key.
#![allow(clippy::unwrap_used)]

use crate::folder::Folder;
use candle_core::{Device, Tensor};
use seqtran::base::error::Result;
use seqtran::base::level::Level;
use seqtran::base::params::Params;
use seqtran::base::progress::{Cancel, Monitor};
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, Source};
use seqtran::dataset::task::{Task, TaskName};
use seqtran::image::geometry::Geometry;
use seqtran::image::mask::Mask;
use seqtran::image::volume::Volume;
use seqtran::net::compute::Compute;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::context::Context;
use seqtran::train::model::Model;
use seqtran::train::options::TrainParams;
use seqtran::train::planner::{Fingerprint, NetworkPlan, PlanParams, plan};
use seqtran::train::trainer::{fine_tune, train};

/// Thick slices with a bright box, in a frame of zeros.
struct Thick(usize);

impl Thick {
    fn grid(&self) -> Geometry {
        Geometry::new([20 + self.0 % 3, 20, 6], [1.0, 1.0, 5.0])
    }

    fn at(&self, n: usize) -> [usize; 3] {
        let [x, y, _] = self.grid().shape;
        [n % x, n / x % y, n / (x * y)]
    }
}

impl Source for Thick {
    fn image(&self) -> Result<Volume> {
        let value = |n| match self.at(n) {
            [i, j, _] if i < 2 || j < 2 => 0.0,
            [i, j, k] => (10 + (i * 7 + j * 3 + k) % 5) as f64 + if i > 12 { 100.0 } else { 0.0 },
        };
        Ok(Volume::new(self.grid(), (0..self.grid().voxels()).map(value).collect::<Vec<_>>()))
    }

    fn mask(&self) -> Result<Mask> {
        Ok(Mask::from_fn(self.grid(), |n| matches!(self.at(n), [i, j, _] if i > 12 && j >= 2)))
    }

    fn image_key(&self) -> String {
        self.0.to_string()
    }

    fn mask_key(&self) -> String {
        self.0.to_string()
    }
}

fn task(objective: &str, cases: usize) -> Task {
    let name = |text: &str| text.to_owned();
    let fields = TaskName { institution: name("01"), modality: name("T2"), objective: name(objective) };
    Task::new(fields, (0..cases).map(|n| Case::new(format!("p{n}"), Thick(n))).collect())
}

fn made(tasks: &[Task], base: usize) -> NetworkPlan {
    let fingerprint = Fingerprint::of(tasks, &Monitor::silent()).unwrap();
    plan(fingerprint, &PlanParams { base, ..PlanParams::default() }.check().unwrap()).unwrap()
}

#[test]
fn a_fingerprint_is_that_of_the_boxes_and_counts_an_image_once() {
    let seen = Fingerprint::of(&[task("A", 6), task("B", 6)], &Monitor::silent()).unwrap();
    // Widths 20, 21, 22, 20, 21, 22 less the frame of 2: median 19.
    assert_eq!((seen.images, seen.spacing, seen.shape), (6, [1.0, 1.0, 5.0], [19, 18, 6]));
    let inside = seen.intensity.unwrap();
    assert!((110.0..=114.0).contains(&inside.mean) && inside.low == 110.0 && inside.high == 114.0, "{inside:?}");
    assert!(Fingerprint::of(&[task("A", 0)], &Monitor::silent()).unwrap_err().message().contains("at least one case"));
}

#[test]
fn a_plan_goes_with_the_weights() {
    let (folder, task) = (Folder::new("plans"), task("A", 4));
    let plan = made(std::slice::from_ref(&task), 4);
    assert_eq!((plan.kernels()[0], plan.strides()[1]), ([3, 3, 1], [2, 2, 1]));
    let options = |plan: &NetworkPlan| {
        let params =
            TrainParams { plan: Some(plan.clone()), epochs: Some(2), steps: Some(2), ..TrainParams::default() };
        params.check().unwrap()
    };
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(3));
    let model = train(&task, &options(&plan), &context).unwrap();
    assert_eq!(model.about().patch, plan.patch());
    assert_eq!(model.parameters(), plan.parameters().iter().sum::<usize>());
    let path = folder.0.join("net.safetensors");
    model.save(&path).unwrap();
    let loaded = Model::load(&path, "cpu").unwrap();
    assert_eq!(loaded.net().params(), model.net().params());
    let image = task.cases()[0].source.image().unwrap();
    let predict = |model: &Model| model.predict(&image, &Cancel::new()).unwrap();
    assert_eq!(predict(&loaded), predict(&model));
    assert!(fine_tune(&loaded, &task, &options(&plan), &context).is_ok());
    // Another plan: each parameter that differs, with both shapes.
    let wider = made(std::slice::from_ref(&task), 8);
    let error = fine_tune(&loaded, &task, &options(&wider), &context).unwrap_err();
    assert!(
        error.message().contains("decoder.stages.1.convs.0.conv.weight: wanted [8, 16, 1, 3, 3], got [4, 8, 1, 3, 3]"),
        "{error}"
    );
    assert_eq!(error.message().lines().count(), 1 + 46, "{error}");
    let both = TrainParams { plan: Some(plan), base: Some(8), ..TrainParams::default() };
    assert!(both.check().unwrap_err().message().contains("option `base` is decided by the option `plan`"));
}

#[test]
fn kernels_of_each_stage_give_what_stock_operations_give() {
    let params = UNetParams {
        base: 4,
        stages: 3,
        strides: Some(vec![[1; 3], [1, 2, 2], [2; 3]]),
        kernels: Some(vec![[1, 3, 3], [3, 3, 3], [3; 3]]),
        ..UNetParams::default()
    };
    let params = params.check().unwrap();
    assert!(params.parameters().contains(&("decoder.stages.1.convs.1.conv.weight".to_owned(), vec![4, 4, 1, 3, 3])));
    let image =
        Tensor::from_vec((0..512).map(|n| (n * 37 % 101) as f32 / 50.0).collect(), (1, 1, 2, 16, 16), &Device::Cpu);
    let image = image.unwrap();
    let run = |compute: Compute| {
        let net = UNet::new(&params, Seed::new(5), &Device::Cpu).unwrap().with_compute(compute);
        let finest = net.forward(&image).unwrap().swap_remove(0);
        let gradients = finest.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let mut values = vec![finest.flatten_all().unwrap().to_vec1::<f32>().unwrap()];
        for (_, variable) in net.parameters() {
            if let Some(gradient) = gradients.get(&variable) {
                values.push(gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap());
            }
        }
        values
    };
    let stock = run(Compute::Stock);
    // A bias before an instance norm has no slope but rounding's: it is compared with the greatest slope there is.
    let greatest = stock[1..].iter().flatten().fold(0.0_f32, |most, v| most.max(v.abs()));
    for level in Level::ALL {
        for (at, (ours, stock)) in run(Compute::Kernels(level)).iter().zip(&stock).enumerate() {
            let most = stock.iter().fold(1e-2 * greatest, |most, v| most.max(v.abs()));
            for (ours, stock) in ours.iter().zip(stock) {
                assert!((ours - stock).abs() < 2e-4 * most, "{level:?}, {at}: {ours} against {stock}, most {most}");
            }
        }
    }
}
