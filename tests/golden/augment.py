"""Golden values of the augmentations: scipy 1.16, torch 2.x, numpy 2.x. Writes augment.json beside itself."""
import json, pathlib
import numpy as np, scipy.ndimage as nd, torch
import torch.nn.functional as F

shape = (7, 6, 5)  # i, j, k; memory has i fastest
n = np.arange(np.prod(shape))
x = ((n * 37 % 101) / 25.0 - 2.0).astype(np.float32).reshape(shape, order="F").astype(np.float64)
label = ((n * 11 % 17) < 8).astype(np.float64).reshape(shape, order="F")
flat = lambda a: [float(v) for v in np.asarray(a).reshape(-1, order="F")]
out = {"shape": shape, "image": flat(x), "label": flat(label)}

# Blur: nnU-Net's kernel widths are odd(6 sigma + 0.5): 3, 5 and 7 voxels here.
y = x
for axis, (sigma, radius) in enumerate([(0.55, 1), (0.8, 2), (0.99, 3)]):
    y = nd.gaussian_filter1d(y, sigma, axis=axis, mode="mirror", radius=radius)
out["blur"] = flat(y)

# Contrast, gamma and gamma of the negative, as batchgeneratorsv2 writes them.
mean = x.mean()
out["contrast"] = flat(np.clip((x - mean) * 1.2 + mean, x.min(), x.max()))
def gamma(x, g):
    low, span = x.min(), x.max() - x.min()
    y = ((x - low) / span) ** g * span + low
    return (y - y.mean()) * (x.std() / y.std()) + x.mean()
out["gamma"] = flat(gamma(x, 1.4))

# Low resolution: to 4 x 4 x 3 and back.
t = torch.from_numpy(x)[None, None]
small = F.interpolate(t, (4, 4, 3), mode="nearest-exact")
out["resolution"] = flat(F.interpolate(small, shape, mode="trilinear")[0, 0])

# A turn about the middle: about i, then j, then k, after a zoom; zero outside; a label from a share of a half on.
a, b, c = 0.3, -0.2, 0.5
X = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
Y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
Z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
M = Z @ Y @ X @ np.diag([0.8] * 3)
middle = (np.array(shape) - 1) / 2
grid = np.stack(np.meshgrid(*[np.arange(s) for s in shape], indexing="ij"), -1) - middle
place = grid @ M.T + middle
# grid_sample: last axis first, -1 and 1 are the outer edges of the first and the last voxel.
g = torch.from_numpy((2 * place[..., ::-1] + 1) / np.array(shape[::-1]) - 1)[None].double()
sample = lambda v: F.grid_sample(torch.from_numpy(v)[None, None], g, mode="bilinear", padding_mode="zeros", align_corners=False)[0, 0].numpy()
out["turned"], out["turned_label_share"] = flat(sample(x)), flat(sample(label))
inside = np.floor(place + 0.5)
out["turned_inside"] = flat(np.all((inside >= 0) & (inside < np.array(shape)), -1))
pathlib.Path(__file__).with_name("augment.json").write_text(json.dumps(out) + "\n")
