#!/bin/sh
# Proves that `--features cuda` compiles and links on a machine without a GPU: some 20 minutes on one core and 3 GB.
#
#     PYTHON=python tests/bench/cuda.sh FOLDER
#
# FOLDER takes NVIDIA's compiler and libraries (wheels of 13.0, by $PYTHON's pip), a stub of the driver's library and the build.
# Nothing outside it changes; what is already there is used again. Needs a C compiler.
set -e
folder=${1:?"usage: cuda.sh FOLDER"}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$(dirname "$0")/../.."
. tests/bench/cuda_toolkit.sh
toolkit "$folder"
export CUDA_COMPUTE_CAP="${CUDA_COMPUTE_CAP:-80}" CARGO_TARGET_DIR="$folder/target"
cargo build --release --locked --features cuda --bin seqtran
binary="$CARGO_TARGET_DIR/release/seqtran"
# It runs without a GPU, computes on the CPU, and says what is missing when asked for one.
"$binary" eval 'train(phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"], #{ epochs: 1, steps: 1, base: 4, stages: 2 }).steps'
if told=$("$binary" eval 'let t = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"]; train(t, #{ device: "cuda:0" })' 2>&1); then
    echo "a training on cuda:0 went on without a GPU: $told" >&2
    exit 1
fi
plain "$told"
echo "features cuda: compiled, linked, and honest about the missing GPU"
