//! Tables of text and numbers: what experiments report and manifests hold.
