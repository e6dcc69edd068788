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
wheels="$folder/wheels"
if [ ! -e "$folder/unpacked" ]; then
    "${PYTHON:-python3}" -m pip install --quiet --no-deps --target "$wheels" \
        'nvidia-cuda-nvcc==13.0.*' 'nvidia-nvvm==13.0.*' 'nvidia-cuda-crt==13.0.*' 'nvidia-cuda-runtime==13.0.*' \
        'nvidia-cuda-cccl==13.0.*' 'nvidia-cublas==13.0.*' 'nvidia-curand==10.4.0.*' 'nvidia-cuda-nvrtc==13.0.*'
    touch "$folder/unpacked"
fi
# The wheels share one folder.
CUDA_HOME=$(dirname "$(dirname "$(find "$wheels" -path '*/bin/nvcc' | head -n 1)")")
export CUDA_HOME CUDA_PATH="$CUDA_HOME" CUDA_ROOT="$CUDA_HOME" CUDA_TOOLKIT_ROOT_DIR="$CUDA_HOME"
chmod -R u+x "$CUDA_HOME/bin" "$CUDA_HOME"/nvvm/bin 2>/dev/null || true
libraries="$CUDA_HOME/lib"
[ -e "$CUDA_HOME/lib64" ] || ln -s lib "$CUDA_HOME/lib64"
# Wheels hold libx.so.13 alone; linkers look for libx.so.
for library in "$libraries"/lib*.so.*; do
    short="${library%%.so.*}.so"
    [ -e "$short" ] || ln -s "$(basename "$library")" "$short"
done
# The driver's library comes with a GPU. A stub has its names; each answers CUDA_ERROR_NO_DEVICE.
stub="$folder/stub"
mkdir -p "$stub"
{ grep -oh '\bcu[A-Z][A-Za-z0-9_]*' "$CUDA_HOME/include/cuda.h"; printf '%s\n' cuProfilerStart cuProfilerStop; } | sort -u |
    sed 's/.*/int &(void) { return 100; }/' > "$stub/cuda.c"
cc -shared -fPIC -w -Wl,-soname,libcuda.so.1 -o "$stub/libcuda.so.1" "$stub/cuda.c"
ln -sf libcuda.so.1 "$stub/libcuda.so"
export CUDA_COMPUTE_CAP=80 CARGO_TARGET_DIR="$folder/target"
export PATH="$CUDA_HOME/bin:$CUDA_HOME/nvvm/bin:$PATH"
export LIBRARY_PATH="$stub:$libraries" LD_LIBRARY_PATH="$stub:$libraries"
export RUSTFLAGS="-L native=$stub -L native=$libraries"
cargo build --release --locked --features cuda --bin seqtran
binary="$CARGO_TARGET_DIR/release/seqtran"
# It runs without a GPU, computes on the CPU, and says what is missing when asked for one.
"$binary" eval 'train(phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"], #{ epochs: 1, steps: 1, base: 4, stages: 2 }).steps'
if told=$("$binary" eval 'let t = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"]; train(t, #{ device: "cuda:0" })' 2>&1); then
    echo "a training on cuda:0 went on without a GPU: $told" >&2
    exit 1
fi
echo "$told"
case $told in
    *"core::ops"* | *"  at ./"*) echo "asking for a GPU shows a backtrace" >&2; exit 1 ;;
    *panicked*) echo "asking for a GPU panicked" >&2; exit 1 ;;
    *cannot\ be\ opened*) echo "features cuda: compiled, linked, and honest about the missing GPU" ;;
    *) echo "wanted an error that says the device cannot be opened" >&2; exit 1 ;;
esac
