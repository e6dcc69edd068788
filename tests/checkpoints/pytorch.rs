//! Networks of PyTorch: see tests/golden/checkpoint.py.

use super::{golden, zipped};
use crate::blink::weights;
use crate::folder::Folder;
use candle_core::{DType, Device, Tensor};
use seqtran::base::error::Error;
use seqtran::base::params::Params;
use seqtran::base::progress::{Cancel, Monitor};
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::image::geometry::Geometry;
use seqtran::image::volume::Volume;
use seqtran::io::zip::Zip;
use seqtran::net::checkpoint;
use seqtran::net::unet::{UNet, UNetParams};
use seqtran::train::context::Context;
use seqtran::train::model::Model;
use seqtran::train::options::TrainParams;
use seqtran::train::prepared::Scope;
use seqtran::train::trainer::fine_tune;
use std::collections::BTreeMap;

fn load(name: &str) -> Model {
    Model::load(&golden(name), "cpu").unwrap()
}

fn image() -> Tensor {
    let values = (0..512_u32).map(|n| (f64::from(n * 7919 % 1009) / 200.0 - 2.5) as f32).collect();
    Tensor::from_vec(values, (1, 1, 4, 16, 8), &Device::Cpu).unwrap()
}

fn logits(model: &Model, image: &Tensor) -> Vec<Tensor> {
    model.net().forward(image).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn a_checkpoint_of_nnu_net_gives_torchs_logits() {
    let json = std::fs::read_to_string(golden("checkpoint.json")).unwrap();
    let wanted: serde_json::Value = serde_json::from_str(&json).unwrap();
    let model = load("checkpoint_nnunet.pth");
    for (head, got) in logits(&model, &image()).iter().enumerate() {
        assert_eq!(serde_json::json!(got.dims()), wanted["shapes"][head]);
        let wanted: Vec<f64> = serde_json::from_value(wanted["logits"][head].clone()).unwrap();
        let got: Vec<f32> = values(got).into_iter().step_by(5).collect();
        assert_eq!(got.len(), wanted.len());
        for (got, wanted) in got.iter().zip(&wanted) {
            assert!((f64::from(*got) - wanted).abs() < 1e-4, "head {head}: wanted {wanted}, got {got}");
        }
    }
    // Its plan and where it comes from; weights alone have neither.
    assert_eq!(model.about().patch, [8, 16, 4]);
    assert_eq!(model.lineage()[0].line(), "Dataset501_Golden: trained elsewhere by nnUNetTrainer");
    let alone = load("weights.pth");
    assert_eq!(alone.about().patch, [8, 16, 8]);
    assert!(weights(&alone) == weights(&model));
}

#[test]
fn weights_of_another_program_as_safetensors_are_read_too() {
    let (folder, model) = (Folder::new("bare"), load("weights.pth"));
    let bytes = checkpoint::save(&model.net().tensors(), &BTreeMap::new()).unwrap();
    assert!(weights(&Model::load(&folder.put("net.safetensors", &bytes), "cpu").unwrap()) == weights(&model));
    let path = folder.0.join("own.safetensors");
    model.save(&path).unwrap();
    let again = Model::load(&path, "cpu").unwrap();
    assert!(weights(&again) == weights(&model) && again.lineage() == model.lineage());
}

#[test]
fn a_network_of_pytorch_predicts_and_learns() {
    let model = load("checkpoint_nnunet.pth");
    let grid = Geometry::new([9, 17, 5], [1.0; 3]);
    let volume = Volume::new(grid, (0..765).map(|n| f64::from(n * 31 % 101 + 1)).collect::<Vec<_>>());
    assert!(model.predict(&volume, &Cancel::new()).unwrap().count() > 0);
    let tasks = PhantomParams { size: Some([16; 3]), cases: Some(2), ..PhantomParams::default() }.check().unwrap();
    let tasks = phantom_tasks(&tasks, Seed::new(0)).unwrap();
    let params = TrainParams { epochs: Some(1), steps: Some(2), ..TrainParams::default() }.check().unwrap();
    let monitor = Monitor::silent();
    let context = Context::silent(&monitor, Seed::new(0));
    let tuned = fine_tune(&model, tasks.get("16-T2-NCR").unwrap(), &params, &context).unwrap();
    assert_eq!(tuned.path(), "Dataset501_Golden -> 16-T2-NCR");
    for ((name, before), (_, after)) in weights(&model).into_iter().zip(weights(&tuned)) {
        // The encoder is frozen, and the coarsest head has no part in the loss.
        let stays = name.starts_with("encoder.") || name.starts_with("decoder.seg_layers.0.");
        assert_eq!(before == after, stays, "{name}");
    }
}

/// The golden checkpoint with other bytes for a part of its pickle.
fn changed(folder: &Folder, from: &[u8], to: &[u8]) -> Result<Model, Error> {
    let bytes = std::fs::read(golden("checkpoint_nnunet.pth")).unwrap();
    let zip = Zip::open(&bytes).unwrap();
    let mut entries: Vec<(String, Vec<u8>)> =
        zip.names().map(|name| (name.to_owned(), zip.read(name).unwrap().to_vec())).collect();
    let pickle = &mut entries.iter_mut().find(|(name, _)| name.ends_with("data.pkl")).unwrap().1;
    let at = pickle.windows(from.len()).position(|window| window == from).expect("the pickle has these bytes");
    pickle.splice(at..at + from.len(), to.iter().copied());
    Model::load(&folder.put("changed.pth", &zipped(&entries)), "cpu")
}

#[test]
fn axes_that_nnu_net_exchanged_are_put_back() {
    let folder = Folder::new("exchanged");
    let order = |text: &[u8]| [b"transpose_forward".as_slice(), text].concat();
    let before = std::fs::read(golden("checkpoint_nnunet.pth")).unwrap();
    let at = before.windows(17).position(|window| window == b"transpose_forward").unwrap();
    let between = &before[at + 17..at + 40];
    let start = between.windows(6).position(|window| window == b"K\x00K\x01K\x02").unwrap();
    let from = order(&between[..start + 6]);
    let to = [&from[..from.len() - 6], b"K\x02K\x00K\x01"].concat();
    let (plain, turned) = (load("checkpoint_nnunet.pth"), changed(&folder, &from, &to).unwrap());
    // Weights have the file's axes 2, 0, 1 as 0, 1, 2: its patch is 4, 16, 8 along i, k, j.
    assert_eq!(turned.about().patch, [4, 8, 16]);
    let own = image().permute((0, 1, 3, 4, 2)).unwrap().contiguous().unwrap();
    for (plain, turned) in logits(&plain, &image()).iter().zip(logits(&turned, &own)) {
        let back = turned.permute((0, 1, 4, 2, 3)).unwrap();
        assert_eq!(back.dims(), plain.dims());
        for (a, b) in values(plain).iter().zip(values(&back)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

#[test]
fn a_configuration_has_what_it_does_not_say_from_the_one_it_inherits_from() {
    let folder = Folder::new("heirs");
    let bytes = std::fs::read(golden("checkpoint_nnunet.pth")).unwrap();
    let start = bytes.windows(13).position(|window| window == b"inherits_from").unwrap();
    let end = start + bytes[start..].windows(4).position(|window| window == b"fold").unwrap();
    // The cascade's dictionary ends by `suu`; then comes which configuration it was, by a reference of five bytes.
    let own = &bytes[start..end];
    let dictionary = own.windows(3).position(|window| window == b"suu").unwrap() + 1;
    let name = own.len() - 10;
    let cascade = [b"X\x12\0\0\0".as_slice(), b"3d_cascade_fullres", &own[name + 5..]].concat();
    let inherited = changed(&folder, own, &[&own[..name], &cascade].concat()).unwrap();
    let plain = load("checkpoint_nnunet.pth");
    assert_eq!((inherited.about().patch, inherited.about().spacing), ([8, 16, 4], Some([1.0, 1.0, 3.0])));
    assert_eq!((plain.about().patch, plain.about().spacing), ([8, 16, 4], Some([1.0, 1.0, 3.0])));

    let patch = b"X\x0a\0\0\0patch_size](K\x08K\x20K\x10es";
    let other = [&own[..dictionary], patch, &own[dictionary..name], &cascade].concat();
    let other = changed(&folder, own, &other).unwrap();
    assert_eq!((other.about().patch, other.about().spacing), ([16, 32, 8], Some([1.0, 1.0, 3.0])));

    // Configurations that inherit from each other come to an end.
    let circle = [&own[..dictionary - 6], &cascade[..23], &own[dictionary - 1..name], &cascade].concat();
    assert_eq!(changed(&folder, own, &circle).unwrap().about().spacing, None);
}

/// Before the golden configuration's batch size, so many more entries of its dictionary.
fn with_entries(folder: &Folder, entries: &[u8]) -> Result<Model, Error> {
    let batch = b"X\x0a\0\0\0batch_size";
    changed(folder, batch, &[entries, batch].concat())
}

#[test]
fn what_the_plans_say_of_images_is_followed_or_refused() {
    let folder = Folder::new("images");
    let entry = |name: &str, value: &[u8]| {
        [b"X".as_slice(), &(name.len() as u32).to_le_bytes(), name.as_bytes(), value].concat()
    };
    let text = |text: &str| entry(text, b"");
    let list = |item: &[u8]| [b"](".as_slice(), item, b"e"].concat();
    let zscore = entry("normalization_schemes", &list(&text("ZScoreNormalization")));
    let by_mask = |flag: &[u8]| [&zscore[..], &entry("use_mask_for_norm", &list(flag))].concat();
    let plain = load("checkpoint_nnunet.pth");
    assert_eq!((plain.about().scope, &plain.about().mirrored), (Scope::NonZero, &Some(vec![0, 1, 2])));
    assert_eq!(with_entries(&folder, &by_mask(b"\x88")).unwrap().about().scope, Scope::NonZero);
    let whole = with_entries(&folder, &by_mask(b"\x89")).unwrap();
    assert_eq!(whole.about().scope, Scope::Box);
    // It stays so in a file of ours.
    let path = folder.file("own.safetensors");
    whole.save(&path).unwrap();
    let again = Model::load(&path, "cpu").unwrap();
    assert_eq!(again.about(), whole.about());
    let ct = entry("normalization_schemes", &list(&text("CTNormalization")));
    let told = with_entries(&folder, &ct).unwrap_err();
    assert!(told.message().contains("normalised by `CTNormalization`, wanted `ZScoreNormalization`"), "{told}");
    // The axes come after their name and its place in the memo, as (0, 1, 2).
    let key = b"inference_allowed_mirroring_axesr";
    let bytes = std::fs::read(golden("checkpoint_nnunet.pth")).unwrap();
    let start = bytes.windows(key.len()).position(|window| window == key).unwrap();
    let before = &bytes[start..start + key.len() + 4];
    let with_axes = |axes: &[u8]| changed(&folder, &[before, b"K\0K\x01K\x02\x87"].concat(), &[before, axes].concat());
    let mirrored = |axes: &[u8]| with_axes(axes).unwrap().about().mirrored.clone();
    // Of the file's k, j, i.
    assert_eq!(mirrored(b"K\0\x85"), Some(vec![2]));
    assert_eq!(mirrored(b"K\x01K\x02\x86"), Some(vec![0, 1]));
    assert_eq!((mirrored(b")"), mirrored(b"N")), (Some(Vec::new()), Some(Vec::new())));
    for wrong in [&b"K\x07\x85"[..], b"J\xff\xff\xff\xff\x85", &text("abc")] {
        let told = with_axes(wrong).unwrap_err();
        assert!(told.message().contains("mirroring along axes that are not among 0, 1, 2"), "{told}");
    }
    let told = changed(&folder, &entry("configuration", b"r"), &entry("configurat!on", b"r")).unwrap();
    assert_eq!(told.about().patch, plain.about().patch, "without a name it is 3d_fullres");
}

#[test]
fn safetensors_have_every_name_of_the_network_once_and_any_real_numbers() {
    let (folder, model) = (Folder::new("doubles"), load("weights.pth"));
    let own = model.net().tensors();
    // nnU-Net's network has its encoder also in its decoder, and a block's layers also as a list.
    let mut doubled = own.clone();
    for (name, tensor) in &own {
        let list = name.replace(".conv.", ".all_modules.0.").replace(".norm.", ".all_modules.1.");
        doubled.push((list.clone(), tensor.clone()));
        if name.starts_with("encoder.") {
            doubled.extend([(format!("decoder.{name}"), tensor.clone()), (format!("decoder.{list}"), tensor.clone())]);
        }
    }
    let load = |tensors: &[(String, Tensor)]| {
        let bytes = checkpoint::save(tensors, &BTreeMap::new()).unwrap();
        Model::load(&folder.put("net.safetensors", &bytes), "cpu")
    };
    assert!(weights(&load(&doubled).unwrap()) == weights(&model));
    let only: Vec<_> = doubled.iter().filter(|(name, _)| !name.contains(".conv.")).cloned().collect();
    assert!(weights(&load(&only).unwrap()) == weights(&model), "the list's names alone will do");
    let last = doubled.len() - 1;
    doubled[last].1 = (&doubled[last].1 + 1.0).unwrap();
    let told = load(&doubled).unwrap_err();
    assert!(told.message().contains("has other values"), "{told}");
    let mut broken = own.clone();
    broken[3].1 = (&broken[3].1 / 0.0).unwrap();
    let told = load(&broken).unwrap_err();
    assert!(told.message().contains("not finite") && told.message().contains(&broken[3].0), "{told}");

    for (kind, most) in [(DType::F64, 0.0), (DType::F16, 1e-3), (DType::BF16, 8e-3)] {
        let path = folder.file("kind.safetensors");
        let other = own.iter().map(|(name, tensor)| (name.clone(), tensor.to_dtype(kind).unwrap()));
        candle_core::safetensors::save(&other.collect(), &path).unwrap();
        let read = Model::load(&path, "cpu").unwrap();
        for ((name, wanted), (_, got)) in own.iter().zip(read.net().tensors()) {
            for (wanted, got) in values(wanted).iter().zip(values(&got)) {
                assert!((wanted - got).abs() <= most * wanted.abs().max(1e-4), "{kind:?} {name}: {got} for {wanted}");
            }
        }
    }
}

#[test]
fn plans_that_cannot_be_followed_say_so() {
    let folder = Folder::new("plans-of-others");
    let bytes = std::fs::read(golden("checkpoint_nnunet.pth")).unwrap();
    // A label that is a list of labels is a region, a first stage with a stride loses voxels.
    let between = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        let length = bytes[at..].windows(to.len()).position(|window| window == to).unwrap() + to.len();
        bytes[at..at + length].to_vec()
    };
    let label = between(b"tumour", b"K\x01");
    let region = [&label[..label.len() - 2], b"](K\x01K\x02e"].concat();
    assert!(changed(&folder, &label, &region).unwrap_err().message().contains("regions that overlap"));
    let sizes = between(b"patch_size", b"K\x04K\x10K\x08");
    let odd = [&sizes[..sizes.len() - 6], b"K\x04K\x0fK\x08"].concat();
    let told = changed(&folder, &sizes, &odd).unwrap_err();
    assert!(told.message().contains("must be divisible by [2, 4, 2] and at most 1024, got [8, 15, 4]"), "{told}");
    let refused = |from: &[u8], to: &[u8]| changed(&folder, from, to).unwrap_err().message().to_owned();
    assert!(refused(b"torch.nn.LeakyReLU", b"torch.nn.Hardswish").contains("wanted `torch.nn.LeakyReLU`"));
    let strides = between(b"stridesr", b"K\x01K\x01K\x01");
    let halved = [&strides[..strides.len() - 6], b"K\x01K\x02K\x02"].concat();
    assert!(refused(&strides, &halved).contains("its first stage has a stride, wanted 1, 1, 1"));
    let name = b"encoder.stages.1.0.convs.1.norm.bias";
    let told = refused(name, b"encoder.stages.1.0.convs.1.norm.bugs");
    assert!(told.contains("encoder.stages.1.0.convs.1.norm.bugs: wanted none, got [4]"), "{told}");
    // The same parameter under a second name, with the numbers of another one.
    let told =
        refused(b"encoder.stages.1.0.convs.1.all_modules.1.bias", b"encoder.stages.2.0.convs.0.all_modules.1.bias");
    assert!(told.contains("has other values"), "{told}");
    let told = refused(b"network_weights", b"network_feights");
    assert!(told.contains("no weights"), "{told}");
}

#[test]
fn channels_and_classes_that_cannot_be_used_are_named_when_they_are() {
    let folder = Folder::new("channels");
    let volume = Volume::new(Geometry::new([8; 3], [1.0; 3]), vec![1.0; 512]);
    for (in_channels, classes, wanted) in
        [(4, 2, "the network takes images of 4 channels, a volume has 1"), (1, 3, "tells 3 classes apart, wanted 2")]
    {
        let params = UNetParams { in_channels, classes, base: 2, stages: 2, ..UNetParams::default() }.check().unwrap();
        let net = UNet::new(&params, Seed::new(1), &Device::Cpu).unwrap();
        let bytes = checkpoint::save(&net.tensors(), &BTreeMap::new()).unwrap();
        let model = Model::load(&folder.put("net.safetensors", &bytes), "cpu").unwrap();
        let error = model.predict(&volume, &Cancel::new()).unwrap_err();
        assert!(error.message().contains(wanted) && error.help_line().is_some(), "{error}");
    }
}
