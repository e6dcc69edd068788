#!/bin/sh
# A GPU beside the CPU, in one table and six minutes: what it computes, how fast it trains, how much memory that takes, and the
# same of PyTorch where $PYTHON (python3) has it.
#
#     gpu.sh                         builds with `--features cuda` and runs: needs cargo, a C++ compiler, a CUDA toolkit and a GPU
#     gpu.sh pack FOLDER             makes what travels to a machine with a GPU but without cargo or a network
#     sh FOLDER/gpu.sh run FOLDER    runs it there; needs CUDA's libraries: a toolkit's, or those that came with PyTorch
#     gpu.sh cpu                     the same on the CPU, of small sizes: a GPU's operations beside our kernels
#
# `pack` takes the toolkit at hand, or fetches one as cuda.sh does, into $TOOLKIT (target/toolkit), where the build goes too.
# Machine code is for $CUDA_COMPUTE_CAP: that of the GPU at hand, or 90. From 90 on (H100, H200) it runs on that kind of GPU alone,
# below on newer ones too: 80 serves every GPU from the A100 on.
# The build is not counted in the six minutes. The exit code is 0 if every check passes, 1 if one fails, 2 if nothing could run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
mode=${1:-gpu}
BUDGET=360

missing() {
    echo "gpu.sh: missing: $*" >&2
    exit 2
}

has() { command -v "$1" > /dev/null 2>&1; }

# Sets CUDA_HOME to the folder of a toolkit with nvcc.
find_nvcc() {
    has nvcc && CUDA_HOME=${CUDA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")}
    for home in "${CUDA_HOME:-}" "${CUDA_PATH:-}" /usr/local/cuda /usr/local/cuda-*; do
        if [ -n "$home" ] && [ -x "$home/bin/nvcc" ]; then
            export CUDA_HOME="$home" PATH="$home/bin:$PATH"
            return 0
        fi
    done
    return 1
}

# Sets `smi` to the driver's own tool.
find_driver() {
    for smi in nvidia-smi /usr/local/nvidia/bin/nvidia-smi; do
        has "$smi" && "$smi" -L 2> /dev/null | grep -q '^GPU 0' && return 0
    done
    return 1
}

ask() { "$smi" --id=0 --query-gpu="$1" --format=csv,noheader,nounits | head -n 1; }

# Adds to LD_LIBRARY_PATH the folders of what a binary is linked with.
find_libraries() {
    binary=$1
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' 2> /dev/null) || site=
    for _ in 1 2 3 4 5 6 7 8; do
        lost=$(ldd "$binary" 2>&1 | grep 'not found' | grep -v version | head -n 1 | awk '{ print $1 }')
        [ -n "$lost" ] || break
        found=
        for folder in "${CUDA_HOME:-/usr/local/cuda}"/lib64 "${CUDA_HOME:-/usr/local/cuda}"/lib /usr/local/cuda*/lib64 \
            /usr/local/cuda*/targets/*/lib /usr/local/nvidia/lib64 /usr/lib/*-linux-gnu /usr/lib64 \
            "$site"/nvidia/*/lib; do
            if [ -e "$folder/$lost" ]; then
                found=$folder
                break
            fi
        done
        case $lost in
            libcuda.*) [ -n "$found" ] || missing "$lost, the library of NVIDIA's driver: is there a GPU?" ;;
            *) [ -n "$found" ] || missing "$lost: set CUDA_HOME to a CUDA toolkit of that version, or PYTHON to a python whose PyTorch has it" ;;
        esac
        echo "$lost: $found"
        export LD_LIBRARY_PATH="$found${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    done
    if ldd "$binary" 2>&1 | grep 'not found' >&2; then
        missing "what stands above, which $binary needs"
    fi
}

# Appends a row of the table: what, size, value, verdict.
row() { printf 'row\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >> "$rows"; }

# Runs a command for so many seconds at most, and no longer than the budget lasts. Its rows are kept; its code is in `code`.
phase() {
    name=$1 limit=$2
    shift 2
    left=$((BUDGET - $(date +%s) + began))
    [ "$limit" -le "$left" ] || limit=$left
    if [ "$limit" -lt 5 ]; then
        echo "$name: left out, the six minutes are over"
        code=124
        return
    fi
    since=$(date +%s)
    code=0
    timeout -k 2 "$limit" "$@" > "$work/out" 2> "$work/err" || code=$?
    grep -E '^(row|torch)	' "$work/out" >> "$rows" || true
    cat "$work/err"
    echo "$name: $(($(date +%s) - since)) s"
}

# Trains at a size as it is; where memory is short stage by stage, and then one sample at a time.
train() {
    device=$1 limit=$2 rounds=$3
    shift 3
    size="base $1, $2 stages, $3x$4x$5"
    for how in 2 "2 recompute" "1 recompute"; do
        title="$size, batch ${how%% *}"
        [ "${how#* }" = "$how" ] || title="$title, recomputed"
        # The words of $how are two arguments.
        phase "ours, $title" "$limit" "$binary" speed "$device" "$@" "$rounds" $how
        case $code in
            0) return ;;
            3)
                row "steps a second" "$title" "out of memory" ""
                row "peak memory in MB" "$title" "out of memory" ""
                ;;
            124 | 137) row "steps a second" "$title" "none in $limit s" ""; return ;;
            *) row "steps a second" "$title" "exit code $code" FAIL; return ;;
        esac
    done
}

pytorch() {
    [ -n "$torch" ] || return 0
    device=$1 limit=$2 rounds=$3
    shift 3
    phase "PyTorch, base $1, $2 stages, $3x$4x$5" "$limit" "$python" "$here/gpu.py" "$device" "$@" "$rounds" 2
    [ "$code" = 0 ] || echo "  PyTorch has no numbers: exit code $code"
}

compare() {
    device=$1 limit=$2
    shift 2
    phase "comparison of $device with our kernels" "$limit" "$binary" compare "$device" "$@"
    case $code in
        0 | 1) ;;
        124 | 137) row "comparison with the CPU" "base $1, $2 stages, $3x$4x$5" "over $limit s" FAIL ;;
        *) row "comparison with the CPU" "base $1, $2 stages, $3x$4x$5" "exit code $code" FAIL ;;
    esac
}

# The table, and 1 if a check failed.
table() {
    echo
    awk -F '\t' '
        function short(x) { return x == "" ? "-" : x }
        function number(x) { return x ~ /^[0-9.]+$/ && x + 0 > 0 }
        function line(what, size, ours, theirs, ratio, verdict) {
            printf "%-42s %-52s %14s %14s %7s  %s\n", what, size, short(ours), short(theirs), short(ratio), short(verdict)
        }
        function ratio(a, b) { return number(a) && number(b) ? sprintf("%.3f", a / b) : "" }
        $1 == "torch" { torch[$2 FS $3] = $4; next }
        $1 == "row" { order[++n] = $0 }
        END {
            line("what", "size", "ours", "PyTorch", "ratio", "verdict")
            for (i = 1; i <= n; i++) {
                split(order[i], f, FS)
                what = f[2]
                size = f[3]
                sub(/, (stock operations|our kernels)$/, "", what)
                sub(/, recomputed$/, "", size)
                theirs = torch[what FS size]
                line(f[2], f[3], f[4], theirs, ratio(f[4], theirs), f[5])
                theirs = torch[what " by TF32" FS size]
                if (theirs != "" && size == f[3]) line(what ", PyTorch by TF32", f[3], f[4], theirs, ratio(f[4], theirs), "")
                if (f[5] == "FAIL") failed++
                if (f[5] == "pass") passed++
            }
            printf "\nratio: ours / PyTorch; more steps a second are better, less memory is\n"
            printf "%d checks pass, %d fail; a difference is relative and passes up to 1e-3\n", passed, failed
            exit failed > 0 || passed == 0
        }' "$rows"
}

measure() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    rows="$work/rows"
    : > "$rows"
    began=$(date +%s)
    torch=
    if has "$python" && "$python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'; then
        torch=1
    else
        echo "no PyTorch: $python has none (PYTHON names another)"
    fi
    if [ "$1" = cpu ]; then
        compare cpu 180 4 3 16 20 12 20
        for device in cpu kernels; do
            train $device 30 5 8 3 16 16 16
            train $device 30 5 8 4 16 24 12
        done
        pytorch cpu 30 5 8 3 16 16 16
        pytorch cpu 30 5 8 4 16 24 12
    else
        compare cuda:0 120 16 4 32 40 28 20
        train cuda:0 40 20 16 4 64 64 64
        pytorch cuda:0 40 20 16 4 64 64 64
        train cuda:0 35 10 32 6 128 160 112
        pytorch cuda:0 55 10 32 6 128 160 112
    fi
    result=0
    table || result=1
    echo "$(($(date +%s) - began)) s of $BUDGET"
    return $result
}

# Says what the GPU is, and whether it runs machine code for $1 by CUDA $2.
check_gpu() {
    find_driver || missing "a GPU with NVIDIA's driver (nvidia-smi lists none)"
    has timeout || missing "timeout, of coreutils"
    capability=$(ask compute_cap | tr -d .)
    newest=$("$smi" | sed -n 's/.*CUDA Version: *\([0-9.]*\).*/\1/p')
    echo "$(ask name), $(ask memory.total) MiB, compute capability $(ask compute_cap), driver $(ask driver_version) up to CUDA $newest"
    [ "$capability" = "$1" ] || { [ "$1" -lt 90 ] && [ "$capability" -gt "$1" ]; } ||
        missing "a GPU that runs machine code for $1: build again with CUDA_COMPUTE_CAP=$capability"
    [ -z "$newest" ] || [ "$(printf '%s\n' "$2" "$newest" | sort -V | head -n 1)" = "$2" ] ||
        missing "a driver for CUDA $2: this one is for $newest at most"
}

# The version of the toolkit at hand.
cuda_version() { nvcc --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p'; }

case $mode in
    cpu)
        cd "$here/../.."
        has cargo || missing cargo
        cargo build --release --locked --example gpu
        binary="${CARGO_TARGET_DIR:-target}/release/examples/gpu"
        measure cpu
        ;;
    run)
        folder=$(cd "${2:?"usage: gpu.sh run FOLDER"}" && pwd)
        binary="$folder/gpu"
        [ -e "$binary.gz" ] || missing "$binary.gz, which gpu.sh pack makes"
        gzip -dc "$binary.gz" > "$binary"
        chmod +x "$binary"
        cat "$folder/about"
        about() { sed -n "s/^$1 \([0-9.]*\).*/\1/p" "$folder/about"; }
        check_gpu "$(about 'compute capability')" "$(about CUDA)"
        find_nvcc || true
        find_libraries "$binary"
        measure gpu
        ;;
    gpu)
        cd "$here/../.."
        has cargo || missing "cargo: use gpu.sh pack FOLDER elsewhere, and gpu.sh run FOLDER here"
        find_nvcc || missing "nvcc of a CUDA toolkit (CUDA_HOME names its folder): use gpu.sh pack FOLDER elsewhere, and gpu.sh run FOLDER here"
        find_driver || missing "a GPU with NVIDIA's driver (nvidia-smi lists none)"
        CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-$(ask compute_cap | tr -d .)}
        export CUDA_COMPUTE_CAP
        check_gpu "$CUDA_COMPUTE_CAP" "$(cuda_version)"
        since=$(date +%s)
        cargo build --release --locked --features cuda --example gpu
        echo "build: $(($(date +%s) - since)) s"
        binary="${CARGO_TARGET_DIR:-target}/release/examples/gpu"
        find_libraries "$binary"
        measure gpu
        ;;
    pack)
        folder=${2:?"usage: gpu.sh pack FOLDER"}
        mkdir -p "$folder"
        folder=$(cd "$folder" && pwd)
        cd "$here/../.."
        has cargo || missing cargo
        mkdir -p "${TOOLKIT:-target/toolkit}"
        toolkit_folder=$(cd "${TOOLKIT:-target/toolkit}" && pwd)
        . tests/bench/cuda_toolkit.sh
        stub=
        if find_nvcc; then
            export RUSTFLAGS="-L native=$CUDA_HOME/lib64/stubs"
        else
            toolkit "$toolkit_folder"
        fi
        export CUDA_COMPUTE_CAP="${CUDA_COMPUTE_CAP:-90}" CARGO_TARGET_DIR="$toolkit_folder/target"
        echo "machine code for compute capability $CUDA_COMPUTE_CAP (CUDA_COMPUTE_CAP sets another), by $(command -v nvcc)"
        since=$(date +%s)
        cargo build --release --locked --features cuda --example gpu
        echo "build: $(($(date +%s) - since)) s"
        cp "$CARGO_TARGET_DIR/release/examples/gpu" "$folder/gpu"
        strip "$folder/gpu" 2> /dev/null || echo "no strip: the binary is larger than it need be"
        cp tests/bench/gpu.sh tests/bench/gpu.py tests/golden/torch_net.py "$folder"
        {
            echo "compute capability $CUDA_COMPUTE_CAP"
            echo "of $(git rev-parse --short HEAD 2> /dev/null || echo 'no commit')"
            echo "CUDA $(cuda_version), whose libraries and driver it needs"
            echo "needs $(readelf -d "$folder/gpu" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | tr '\n' ' ')"
            echo "needs $(readelf -V "$folder/gpu" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1) or newer"
        } > "$folder/about"
        cat "$folder/about"
        if [ -n "$stub" ]; then
            # Here is no GPU: the program has to say so.
            if told=$("$folder/gpu" compare cuda:0 4 2 8 8 8 1 2>&1); then
                echo "a comparison with cuda:0 went on without a GPU: $told" >&2
                exit 1
            fi
            plain "$told"
        fi
        gzip -f "$folder/gpu"
        echo "$folder takes $(du -sk "$folder" | cut -f 1) KB; there: sh FOLDER/gpu.sh run FOLDER"
        ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
