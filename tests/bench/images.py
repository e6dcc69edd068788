"""The numpy, scipy and scikit-image side of images.rs: milliseconds, best of 7.

    cargo run --release --example images && python tests/bench/images.py
"""

import time

import numpy as np
from skimage.transform import resize


def best(name, verb):
    times = []
    for _ in range(1 if name.startswith("resample") else 7):
        start = time.perf_counter()
        verb()
        times.append(time.perf_counter() - start)
    print(f"{name:24} {1e3 * min(times):9.2f} ms")


def crop(volume):
    inside = np.nonzero(volume)
    return volume[tuple(slice(at.min(), at.max() + 1) for at in inside)].copy()


def zscore(volume):
    inside = volume != 0
    values = volume[inside]
    out = np.zeros_like(volume)
    out[inside] = (values - values.mean()) / values.std()
    return out


def per_label(labels, shape):
    out = np.zeros(shape, labels.dtype)
    for label in np.unique(labels):
        out[resize((labels == label).astype(float), shape, order=1, mode="edge", anti_aliasing=False) >= 0.5] = label
    return out


def main():
    shape, target = (240, 240, 155), (160, 200, 141)
    squared = sum(a**2 for a in np.meshgrid(*[np.linspace(-1.2, 1.2, n) for n in shape], indexing="ij"))
    numbers = np.arange(np.prod(shape)).reshape(shape, order="F")
    volume = np.where(squared < 1, 100.0 + numbers * 7919 % 1009, 0.0)
    labels = np.select([squared < 0.1, squared < 0.2, squared < 0.3], [1, 2, 4], 0).astype(np.uint16)
    a, b = np.isin(labels, [1, 4]), np.isin(labels, [1, 2])
    best("mask of one label", lambda: labels == 1)
    best("mask of two labels", lambda: np.isin(labels, [1, 4]))
    best("voxels of a mask", lambda: np.count_nonzero(a))
    best("overlap of two masks", lambda: np.count_nonzero(a & b))
    best("counts of labels", lambda: np.unique(labels, return_counts=True))
    best("crop", lambda: crop(volume))
    best("zscore", lambda: zscore(volume))
    best("resample cubic", lambda: resize(volume, target, order=3, mode="edge", anti_aliasing=False))
    best("resample labels", lambda: per_label(labels, target))


main()
