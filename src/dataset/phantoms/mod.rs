//! Procedural brains with known relations between their tasks: folded cortex, ventricles, deep grey, a tumour with
//! oedema (ED), enhancing rim (ET) and necrotic core (NCR), in four modalities, at institutions with a style of their own.
//!
//! Everything is drawn from named seeds (institution, subject, part), so a subject is the same whatever is asked first.

pub mod anatomy;
pub mod catalogue;
pub mod contrast;
pub mod lattice;
pub mod params;
pub mod render;
pub mod sites;
pub mod style;
pub mod subject;
pub mod tissue;
pub mod tumour;
