"""Golden numbers for images brought to a spacing as nnU-Net v2 does it, by scikit-image and scipy.

    python tests/golden/spacing.py > tests/golden/spacing.csv      (skimage 0.26.0, scipy 1.17.1)

The steps are those that nnU-Net v2 documents: in one go by skimage.transform.resize(mode="edge", anti_aliasing=False); or the slices
across the coarse axis one by one and the nearest slice between them; labels by one resize a label, taken where it is >= 0.5.
Images: voxel n (i fastest) is n * 7919 % 1009 - 300; labels: a blob of 1 beside one of 2 (and 5 in every 11th voxel).
"""

import sys

import numpy as np
from scipy.ndimage import map_coordinates
from skimage.transform import resize

CASES = [
    ((9, 8, 7), (1, 1, 1), (0.7, 1.3, 1), "off"),
    ((3, 4, 2), (1, 1, 1), (0.5, 0.5, 0.5), "off"),
    ((8, 6, 5), (1, 1, 2.5), (2, 1.7, 1), "auto"),
    ((7, 6, 3), (0.8, 0.8, 4), (1, 1, 1), "auto"),
    ((3, 6, 7), (5, 0.9, 0.9), (2, 1, 1.3), "auto"),
    ((5, 6, 8), (1, 1, 1), (1, 3.5, 1), "auto"),
    ((30, 2, 2), (1, 1, 1), (0.9, 0.4, 0.3), "off"),
    ((1, 7, 2), (1, 1, 1), (0.5, 0.6, 2), "off"),
    ((6, 6, 6), (0.2, 1.25, 1.25), (1, 1, 1), "auto"),
    ((7, 6, 5), (1, 1, 1.5), (0.8, 1.1, 1), "on"),
]

TIES = []  # voxels where rounding alone decides


def coarse(now, then, separate):
    by = {"off": None, "on": now}.get(separate, next((s for s in (now, then) if max(s) / min(s) > 3), None))
    found = [] if by is None else [axis for axis in range(3) if max(by) / by[axis] == 1]
    return found[0] if len(found) == 1 else None


def one(image, shape, order):
    return resize(image, shape, order=order, mode="edge", anti_aliasing=False, clip=True)


def per_label(image, shape, order):
    out = np.zeros(shape)
    for label in np.unique(image):
        share = one((image == label).astype(float), shape, order)
        # A share of exactly a half counts as reached, whatever rounding makes of it.
        TIES.append(int(np.sum((share < 0.5) & (share >= 0.5 - 1e-12))))
        out[share >= 0.5 - 1e-12] = label
    return out


def bring(image, shape, axis, plane, order):
    if image.shape == shape:
        return image
    if axis is None:
        return plane(image, shape, order)
    flat = tuple(n for a, n in enumerate(shape) if a != axis)
    slices = np.stack([plane(image.take(n, axis), flat, order) for n in range(image.shape[axis])], axis)
    grid = np.mgrid[tuple(slice(n) for n in shape)].astype(float)
    for a in range(3):
        grid[a] = slices.shape[a] / shape[a] * (grid[a] + 0.5) - 0.5
    return map_coordinates(slices, grid, order=0, mode="nearest")


def main():
    print("shape,spacing,target,separate,kind,result,values")
    for shape, now, then, separate in CASES:
        voxels = np.arange(np.prod(shape))
        image = (voxels * 7919 % 1009 - 300.0).reshape(shape, order="F")
        position = np.indices(shape)
        labels = np.where(position[0] < shape[0] / 2, 1.0, 2.0) * (position.sum(0) > 3) * (position[1] > 1)
        labels[(voxels % 11 == 3).reshape(shape, order="F")] = 5
        target = tuple(max(1, int(round(a / b * n))) for a, b, n in zip(now, then, shape))
        axis = coarse(now, then, separate)
        results = {
            "cubic": bring(image, target, axis, one, 3),
            "linear": bring(image, target, axis, one, 1),
            "labels": bring(labels, target, axis, per_label, 1),
            "nearest": one(labels, target, 0),
        }
        for kind, result in results.items():
            whole = kind in ("labels", "nearest")
            values = " ".join(str(int(v)) if whole else f"{v:.13g}" for v in result.ravel(order="F"))
            words = ["x".join(map(str, x)) for x in (shape, now, then)]
            print(*words, separate, kind, "x".join(map(str, target)), values, sep=",")
    print("halves that rounding put below a half:", sum(TIES), file=sys.stderr)


main()
