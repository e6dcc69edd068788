//! `open_tasks`: a folder or manifest becomes tasks.
