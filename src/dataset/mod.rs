//! Cases, tasks and where they come from: folders on disk, or phantoms.

pub mod case;
pub mod files;
pub mod layout;
pub mod layouts;
pub mod modality;
pub mod open;
pub mod phantoms;
pub mod task;
pub mod tasks;
