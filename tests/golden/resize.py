"""Golden values of the linear and nearest resize: writes resize.csv beside this file.

pip install numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0
python tests/golden/resize.py
"""

from pathlib import Path

import numpy as np
from skimage.transform import resize

CASES = [
    ((9, 7, 5), (4, 4, 4)),
    ((9, 7, 5), (12, 7, 9)),
    ((6, 11, 2), (3, 2, 5)),
    ((23, 5, 1), (4, 9, 3)),
    ((3, 3, 17), (1, 1, 2)),
    ((2, 2, 2), (7, 49, 2)),
    ((13, 8, 10), (5, 16, 10)),
]


def volume(shape):
    """Voxel n (i fastest) is (n * 7919 mod 1009) - 300; the test makes the same."""
    n = np.arange(np.prod(shape))
    return ((n * 7919) % 1009 - 300.0).reshape(shape, order="F")


with open(Path(__file__).with_name("resize.csv"), "w") as out:
    print("from,to,kind,values", file=out)
    for before, after in CASES:
        image = volume(before)
        linear = resize(image, after, order=1, mode="reflect", anti_aliasing=True, clip=True, preserve_range=True)
        nearest = resize(image, after, order=0, mode="reflect", anti_aliasing=False, preserve_range=True)
        for kind, values in [("linear", linear), ("nearest", nearest)]:
            text = " ".join(repr(float(v)) for v in values.ravel(order="F"))
            print(f"{'x'.join(map(str, before))},{'x'.join(map(str, after))},{kind},{text}", file=out)
