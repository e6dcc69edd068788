# For other scripts here: a CUDA toolkit without a GPU. `toolkit FOLDER` fetches NVIDIA's compiler and libraries into FOLDER
# (wheels of 13.0, by $PYTHON's pip), makes a stub of the driver's library, and sets what a build with `--features cuda` reads.
# What is already there is used again. Needs a C compiler.
toolkit() {
    wheels="$1/wheels"
    if [ ! -e "$1/unpacked" ]; then
        "${PYTHON:-python3}" -m pip install --quiet --no-deps --target "$wheels" \
            'nvidia-cuda-nvcc==13.0.*' 'nvidia-nvvm==13.0.*' 'nvidia-cuda-crt==13.0.*' 'nvidia-cuda-runtime==13.0.*' \
            'nvidia-cuda-cccl==13.0.*' 'nvidia-cublas==13.0.*' 'nvidia-curand==10.4.0.*' 'nvidia-cuda-nvrtc==13.0.*'
        touch "$1/unpacked"
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
    stub="$1/stub"
    mkdir -p "$stub"
    { grep -oh '\bcu[A-Z][A-Za-z0-9_]*' "$CUDA_HOME/include/cuda.h"; printf '%s\n' cuProfilerStart cuProfilerStop; } |
        sort -u | sed 's/.*/int &(void) { return 100; }/' > "$stub/cuda.c"
    cc -shared -fPIC -w -Wl,-soname,libcuda.so.1 -o "$stub/libcuda.so.1" "$stub/cuda.c"
    ln -sf libcuda.so.1 "$stub/libcuda.so"
    export PATH="$CUDA_HOME/bin:$CUDA_HOME/nvvm/bin:$PATH"
    export LIBRARY_PATH="$stub:$libraries" LD_LIBRARY_PATH="$stub:$libraries"
    export RUSTFLAGS="-L native=$stub -L native=$libraries"
}

# Whether what a program said when it was asked for a GPU is plain, on a machine without one.
plain() {
    echo "$1"
    case $1 in
        *"core::ops"* | *"  at ./"*) echo "asking for a GPU shows a backtrace" >&2; return 1 ;;
        *panicked*) echo "asking for a GPU panicked" >&2; return 1 ;;
        *cannot\ be\ opened*) return 0 ;;
        *) echo "wanted an error that says the device cannot be opened" >&2; return 1 ;;
    esac
}
