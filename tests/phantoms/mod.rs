//! The built-in phantoms are brains, the same ones for the same seed, and their tasks relate as they should.

mod cohort;
mod golden;
mod looks;
mod relations;

use seqtran::base::params::Params;
use seqtran::base::seed::Seed;
use seqtran::dataset::phantoms::catalogue;
use seqtran::dataset::phantoms::params::PhantomParams;
use seqtran::dataset::phantoms::subject::Subject;
use std::sync::Arc;

/// The subjects of one institution.
fn of_site(params: PhantomParams, institution: &str, seed: u64) -> Vec<Arc<Subject>> {
    let params = PhantomParams { institutions: vec![institution.into()], ..params }.check().unwrap();
    catalogue::cohort(&params, Seed::new(seed)).remove(0).subjects
}
