//! Figures: charts from plain data, drawn to PNG, to SVG and as text for terminals.
//!
//! A chart (one file each in `charts`) lays its data out as a [`scene`]: shapes and words in logical pixels. The
//! two backends, [`raster`] and [`vector`], draw any scene, so a PNG and an SVG of a figure are the same picture.

pub mod arrows;
pub mod axis;
pub mod blocks;
pub mod chart;
pub mod charts;
pub mod color;
pub mod figure;
pub mod font;
pub mod hatch;
pub mod ink;
pub mod islands;
pub mod labels;
pub mod lattice;
pub mod legend;
pub mod number;
pub mod raster;
pub mod scene;
pub mod shorten;
pub mod spring;
pub mod style;
pub mod tree;
pub mod vector;
