//! Phantoms and networks small enough to train in a blink.

use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue::phantom_tasks;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::tasks::Tasks;
use seqtran::train::model::Model;

/// Two objectives in one modality, so many cases an institution, 16^3 voxels.
pub(crate) fn tasks(cases: usize) -> Tasks {
    let params = PhantomParams {
        size: Some([16; 3]),
        cases: Some(cases),
        modalities: vec!["T1ce".into()],
        objectives: vec!["ED".into(), "ET".into()],
        ..PhantomParams::default()
    };
    phantom_tasks(&params.check().unwrap(), Seed::new(7)).unwrap()
}

/// A network's weights to the last bit.
pub(crate) fn weights(model: &Model) -> Vec<(String, Vec<u32>)> {
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
    let list = model.net().tensors().into_iter();
    list.map(|(name, tensor)| (name, bits(tensor.flatten_all().unwrap().to_vec1().unwrap()))).collect()
}
