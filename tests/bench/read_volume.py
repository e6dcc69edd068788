"""How fast volumes are read, against nibabel's `np.asarray(image.get_fdata())`, interleaved in one run.

    cargo build --release --example read_volume
    python tests/bench/read_volume.py target/release/examples/read_volume [FOLDER]

FOLDER holds a head (mni152's T1 is fine: any .nii.gz in it) that is resampled to 240x240x155; without it a head is made up. Each
file is read 9 times by both, in turn; best and median times in ms, and their ratios (above 1: ours is faster).
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import nibabel
import numpy as np
from scipy import ndimage

SHAPE, ROUNDS = (240, 240, 155), 9


def head(folder):
    """Intensities like those of a skull-stripped scan: 0 outside, noisy whole numbers inside."""
    if folder:
        path = sorted(pathlib.Path(folder).rglob("*.nii.gz"))[0]
        source = np.asarray(nibabel.load(path).dataobj, dtype=np.float64)
        voxels = ndimage.zoom(source, [n / m for n, m in zip(SHAPE, source.shape)], order=1, grid_mode=True, mode="nearest")
        return voxels * (900 / np.percentile(voxels, 99))
    random = np.random.default_rng(0)
    axes = np.meshgrid(*[np.linspace(-1.25, 1.25, n) for n in SHAPE], indexing="ij")
    inside = sum(axis**2 for axis in axes) < 1
    tissue = ndimage.gaussian_filter(random.normal(size=SHAPE), 4) * 6000 + 700
    return np.where(inside, np.maximum(tissue + random.normal(size=SHAPE) * 25, 1), 0)


def main():
    reader = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    voxels = head(sys.argv[2] if len(sys.argv) > 2 else None)
    with tempfile.TemporaryDirectory() as folder:
        for name, dtype in [("i16.nii.gz", np.int16), ("f32.nii.gz", np.float32), ("i16.nii", np.int16), ("f32.nii", np.float32)]:
            path = f"{folder}/{name}"
            nibabel.save(nibabel.Nifti1Image(voxels.astype(dtype), np.eye(4)), path)
            theirs, ours = [], []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                data = np.asarray(nibabel.load(path).get_fdata())
                theirs.append(time.perf_counter() - start)
                reader.stdin.write(path + "\n")
                reader.stdin.flush()
                seconds, total = map(float, reader.stdout.readline().split()[:2])
                ours.append(seconds)
                assert abs(total - data.sum()) <= 1e-9 * abs(total), (total, data.sum())
                del data
            best, median = min(theirs) / min(ours), statistics.median(theirs) / statistics.median(ours)
            size = pathlib.Path(path).stat().st_size / 2**20
            print(
                f"{name:11} {size:5.1f} MiB  nibabel {1e3 * min(theirs):6.1f} / {1e3 * statistics.median(theirs):6.1f} ms"
                f"  seqtran {1e3 * min(ours):6.1f} / {1e3 * statistics.median(ours):6.1f} ms  ratio {best:.2f} / {median:.2f}"
            )


main()
