#!/bin/sh
# Speed and memory of our networks beside PyTorch's, as lines `ratio BASE STAGES SIZE R` (ours / PyTorch's: below 1, ours is faster).
#
#     PYTHON=python tests/bench/ratios.sh [BASE STAGES SIZE]...
#
# $PYTHON is an interpreter with torch and numpy; ROUNDS and THREADS are 7 and 2 unless set.
set -e
cd "$(dirname "$0")/../.."
cargo build --release --locked --example training_step >&2
exec "${PYTHON:-python3}" tests/bench/ratios.py "$@"
