//! Canonical modality names.
