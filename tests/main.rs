//! One test binary; each module is a kind of test.

mod phantoms;
mod tidy;
