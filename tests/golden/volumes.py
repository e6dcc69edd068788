"""What nibabel reads from the real volumes: writes volumes.csv beside this file.

pip install numpy==2.4.6 nibabel==5.4.2
python tests/golden/volumes.py FOLDER      (the folder of real volumes, see README)
"""

import sys
from pathlib import Path

import nibabel
import numpy as np

root = Path(sys.argv[1])
files = [f for folder in ["ms_lesion", "spine", "mni152"] for f in sorted((root / folder).rglob("*.nii.gz"))]
files += [f for kind in ["images", "labels"] for f in sorted((root / "hippocampus" / kind).glob("*.nii.gz"))[::10]]

with open(Path(__file__).with_name("volumes.csv"), "w") as out:
    print("file,dtype,shape,sum,least,greatest,weighted,affine", file=out)
    for file in files:
        image = nibabel.load(file)
        data = image.get_fdata(dtype=np.float64)
        flat = data.ravel(order="F")
        # The place of every voxel counts: weights 0..=996 in memory order.
        weighted = float((flat * (np.arange(flat.size) % 997)).sum())
        kind = {"i": "i", "u": "u", "f": "f"}[image.get_data_dtype().kind] + str(8 * image.get_data_dtype().itemsize)
        affine = " ".join(repr(float(v)) for v in image.affine.ravel())
        shape = "x".join(map(str, data.shape))
        numbers = [repr(float(v)) for v in (flat.sum(), flat.min(), flat.max(), weighted)]
        print(",".join([str(file.relative_to(root)), kind, shape, *numbers, affine]), file=out)
