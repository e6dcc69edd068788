//! How near two tasks are: image distance H, label similarity R, cost T.
