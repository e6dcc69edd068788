//! Fast code against slow code that is plainly right.
#![allow(clippy::unwrap_used)]

mod betweenness;
mod paths;
