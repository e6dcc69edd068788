//! Linear and nearest resize.
