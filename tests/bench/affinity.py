"""Affinity against numpy, scipy and scikit-learn: ratios measured in one run.

    cargo build --release --example affinity
    python tests/bench/affinity.py target/release/examples/affinity [memory masks disk growth]

Python runs in one process on one thread, ours on two. Needs numpy, scipy, scikit-learn and nibabel.
"""

import os

for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
    os.environ[name] = "1"

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import wasserstein_distance
from sklearn.decomposition import PCA

OURS = sys.argv[1]


def ours(*arguments):
    environment = dict(os.environ, RAYON_NUM_THREADS="2")
    return subprocess.run([OURS, *map(str, arguments)], check=True, capture_output=True, text=True, env=environment).stdout


def head(shape, seed, smooth, wide=(0.8, 0.92, 0.8)):
    """A head of smooth texture, zero outside."""
    axes = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    distance = sum((a / w) ** 2 for a, w in zip(axes, wide))
    texture = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), smooth, mode="wrap")
    values = 220 * (1 + 0.5 * np.exp(-3 * distance)) + 110 * texture / texture.std()
    return np.where(distance < 1, np.clip(values, 1, None), 0).astype(np.int16)


def scores(volume):
    """The pooled scores by the covariance: what a sensible script does once a volume."""
    x = volume.reshape(-1, volume.shape[-1])
    x = x - x.mean(0)
    values, vectors = np.linalg.eigh(x.T @ x)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = np.searchsorted(np.cumsum(values) / values.sum(), 0.75, side="right") + 1
    vectors = vectors[:, :kept]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), range(kept)])
    return (x @ vectors).ravel()


def memory(tasks=6, cases=8, size=128):
    with tempfile.TemporaryDirectory() as folder:
        for t in range(tasks):
            for v in range(cases):
                volume = head((size,) * 3, 1000 * t + v, 3 + 0.6 * t + 0.2 * (v % 4))
                nib.Nifti1Image(volume, np.eye(4)).to_filename(Path(folder) / f"t{t}_v{v}.nii")
        volumes = [[nib.load(Path(folder) / f"t{t}_v{v}.nii").get_fdata() for v in range(cases)] for t in range(tasks)]
        start = time.perf_counter()
        samples = [[scores(v) for v in task] for task in volumes]
        reduced = time.perf_counter() - start
        wanted = np.zeros((tasks, tasks))
        for i in range(tasks):
            for j in range(i, tasks):
                pairs = [
                    (1 if i != j or k == l else 2, samples[i][k], samples[j][l])
                    for k in range(cases)
                    for l in range(k if i == j else 0, cases)
                ]
                total = sum(weight * (0 if a is b else wasserstein_distance(a, b)) for weight, a, b in pairs)
                wanted[i, j] = wanted[j, i] = total / cases**2
        theirs = time.perf_counter() - start
        # The released scripts fit both PCAs again for each pair of volumes: a few pairs, times all of them.
        start = time.perf_counter()
        for k in range(3):
            a, b = volumes[k][0], volumes[-1 - k][1]
            fit = [PCA(0.75).fit_transform(v.reshape(-1, size)).ravel() for v in (a, b)]
            wasserstein_distance(*fit)
        pairs = tasks * (tasks + 1) // 2 * cases * cases
        released = (time.perf_counter() - start) / 3 * pairs
        lines = ours("memory", folder).splitlines()
    seconds = float(lines[0].split()[1])
    got = np.array([[float(v) for v in line.split()[1:]] for line in lines[1:]])
    kept = sorted({len(s) // size**2 for task in samples for s in task})
    print(f"{tasks} tasks x {cases} volumes at {size}^3 in memory, {kept[0]}-{kept[-1]} components")
    print(f"  greatest difference {np.abs(got - wanted).max() / wanted.max():.1e} of the greatest value")
    print(f"  PCA once, wasserstein_distance a pair: {theirs:.2f} s ({reduced:.2f} s of it PCA); ours {seconds:.3f} s: {theirs / seconds:.0f} times")
    print(f"  PCA again for each pair (from 3 of {pairs}): {released:.0f} s: {released / seconds:.0f} times")


def masks(count=280):
    shape = (240, 240, 155)
    grids = np.ogrid[:240, :240, :155]

    def ball(at):
        centre = [60 + at * 37 % 120, 60 + at * 53 % 120, 40 + at * 29 % 70]
        return sum((g - c) ** 2 for g, c in zip(grids, centre)) < (6 + at * 7 % 26) ** 2

    a, b = (ball(at).astype(float) for at in (0, 1))

    def single():
        c1 = c2 = 0.3**2
        p, q = a.mean(), b.mean()
        covariance = np.cov(a.ravel(), b.ravel(), ddof=0)[0, 1]
        return (2 * p * q + c1) * (2 * covariance + c2) / ((p * p + q * q + c1) * (np.var(a) + np.var(b) + c2))

    times = []
    for _ in range(5):
        start = time.perf_counter()
        wanted = single()
        times.append(time.perf_counter() - start)
    lines = ours("masks", count).split()
    got = dict(zip(lines[::2], map(float, lines[1::2])))
    assert abs(got["value"] - wanted) < 1e-9, (got["value"], wanted)
    print(f"masks of {shape}, {count} of them")
    print(f"  one pair: np.var and np.cov {1e3 * min(times):.1f} ms, ours {1e6 * got['single']:.0f} us: {min(times) / got['single']:.0f} times")
    print(f"  all {count * (count + 1) // 2} pairs: {got['all']:.3f} s (packing {got['packing']:.3f} s); if no block were empty {got['dense']:.2f} s")


def disk(subjects=8):
    shape, lines = (240, 240, 155), ["case,institution,modality,image,label"]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        noise = np.random.default_rng(1).integers(-6, 7, shape)
        for m, modality in enumerate(["FLAIR", "T1", "T1ce", "T2"]):
            base = head(shape, m, 2.5, (0.62, 0.75, 0.85)).astype(float)
            for s in range(subjects):
                moved = np.roll(base, 3 * s, axis=2) * (0.8 + 0.05 * s)
                values = np.where(moved > 0, np.clip(moved + np.roll(noise, s, axis=0), 1, None), 0)
                nib.Nifti1Image(values.astype(np.int16), np.eye(4)).to_filename(folder / f"{s}_{modality}.nii.gz")
                lines.append(f"{s},{'01' if s < subjects // 2 else '18'},{modality},{s}_{modality}.nii.gz,{s}_seg.nii.gz")
        grids = np.ogrid[:240, :240, :155]
        for s in range(subjects):
            distance = sum((g - c) ** 2 for g, c in zip(grids, (100 + 4 * s, 120, 70)))
            label = np.select([distance < 100, distance < 400, distance < 900], [1, 4, 2], 0)
            nib.Nifti1Image(label.astype(np.int16), np.eye(4)).to_filename(folder / f"{s}_seg.nii.gz")
        (folder / "cases.csv").write_text("\n".join(lines) + "\n")
        start = time.perf_counter()
        for path in folder.glob("*.nii.gz"):
            nib.load(path).get_fdata()
        theirs = time.perf_counter() - start
        print(f"{subjects} subjects x 4 modalities, 3 objectives, {shape} .nii.gz; nibabel reads them in {theirs:.2f} s")
        for line in ours("disk", folder / "cases.csv", folder / "cache").splitlines():
            name, *rest = line.split()
            got = dict(zip(rest[::2], map(float, rest[1::2])))
            print(
                f"  {name:6} reading alone {got['reading']:.2f} s, affinity {got['affinity']:.2f} s ({got['affinity'] / got['reading']:.2f} times), "
                f"filling the cache {got['filling']:.2f} s, again {got['again']:.3f} s ({got['filling'] / got['again']:.0f} times faster)"
            )


def growth():
    print("tasks  volumes each  size   seconds  peak MiB   (making the volumes taken off)")
    for tasks, cases, size in [(2, 8, 64), (4, 8, 64), (8, 8, 64), (8, 16, 64), (8, 64, 64), (8, 240, 64), (8, 300, 64), (28, 180, 32), (28, 240, 32), (8, 8, 128), (16, 8, 128), (8, 8, 192)]:
        t, c, s, seconds, peak = map(float, ours("growth", tasks, cases, size).split())
        print(f"{t:5.0f} {c:13.0f} {s:5.0f} {seconds:9.2f} {peak:9.0f}")


for part in sys.argv[2:] or ["memory", "masks", "disk", "growth"]:
    {"memory": memory, "masks": masks, "disk": disk, "growth": growth}[part]()
