//! Cases, tasks and where they come from: folders on disk, or phantoms.

pub mod brightness;
pub mod case;
pub mod check;
pub mod cohort;
pub mod files;
pub mod homes;
pub mod layout;
pub mod layouts;
pub mod listing;
pub mod modality;
pub mod naming;
pub mod note;
pub mod open;
pub mod open_params;
pub mod patients;
pub mod phantoms;
pub mod save;
pub mod split;
pub mod task;
pub mod tasks;
pub mod visit;
