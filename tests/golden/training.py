"""Makes training.json: losses of 50 steps of PyTorch on a small problem whose weights and images are numbers anyone can compute,
with Adam and with nnU-Net's SGD, in float32 and float64; and what both rules do to a few numbers whose gradients are clipped.

    python tests/golden/training.py        (torch 2.15, numpy)

Adam has three stages, where float32 and float64 stay together for 50 steps, and with them one head that counts; with four, PyTorch's
two differ by 0.2 % after ten steps and by a third at the end. SGD has four stages and two heads that count.
"""

import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch_net import PlainUNet

STEPS, EDGE, BATCHES, CLIP = 50, 16, 5, 12.0


def uniform(count, stream):
    """Numbers in [-0.5, 0.5) of 24 bits: two rounds of SplitMix64's mixing."""
    z = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(stream * 0xD1B54A32D192ED03 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float64) / 2.0**24 - 0.5


def network(stages):
    net = PlainUNet([4, 8, 16, 32][:stages], [[3] * 3] * stages, [[1] * 3] + [[2] * 3] * (stages - 1))
    with torch.no_grad():
        for stream, (name, p) in enumerate(sorted(net.named_parameters())):
            if p.dim() > 1:
                values = uniform(p.numel(), stream + 1) * (24.0 / p[0].numel()) ** 0.5
                p.copy_(torch.from_numpy(values.reshape(p.shape)))
            else:
                p.fill_(1.0 if name.endswith("norm.weight") else 0.0)
    return net


def batch(number):
    """Two images of noise with a ball that is brighter, and the ball."""
    images, targets = [], []
    for sample in range(2):
        stream = 1000 + 2 * number + sample
        center = EDGE / 2 + np.floor(8 * uniform(3, 5000 + stream))
        places = np.indices((EDGE,) * 3)
        ball = sum((places[axis] - center[axis]) ** 2 for axis in range(3)) < 14
        images.append(2 * uniform(EDGE**3, stream).reshape(ball.shape) + np.where(ball, 0.5, 0.0))
        targets.append(ball)
    return torch.tensor(np.stack(images))[:, None], torch.tensor(np.stack(targets)).long()


def dice_ce(logits, target):
    p = torch.softmax(logits, 1)[:, 1]
    axes = (1, 2, 3)
    dice = (2 * (p * target).sum(axes) + 1e-5) / (p.sum(axes) + target.sum(axes) + 1e-5)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


def optimiser(rule, parameters):
    if rule == "adam":
        return torch.optim.Adam(parameters, 0.01)
    return torch.optim.SGD(parameters, 0.01, momentum=0.99, nesterov=True, weight_decay=3e-5)


def losses(rule, dtype):
    net = network(3 if rule == "adam" else 4).to(dtype)
    own = optimiser(rule, net.parameters())
    seen, norms = [], []
    for step in range(STEPS):
        image, target = batch(step % BATCHES)
        own.zero_grad()
        fine, half, *rest = net(image.to(dtype))
        loss = dice_ce(fine, target)
        if rest:
            # Three heads weigh 2/3, 1/3 and 0; of two the second weighs 0.
            loss = 2 / 3 * loss + 1 / 3 * dice_ce(half, target[:, 1::2, 1::2, 1::2])
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_([p for p in net.parameters() if p.grad is not None], CLIP)))
        own.step()
        seen.append(float(loss.detach()))
    print(rule, dtype, f"losses {seen[0]:.6f} {seen[9]:.6f} {seen[-1]:.6f}, norms up to {max(norms):.2f}")
    return seen


def clipped(rule):
    """Five numbers after each of four steps, the gradients of the second and third longer than the clip."""
    p = torch.tensor([0.5, -1.0, 2.0, 0.25, -3.0], dtype=torch.float64, requires_grad=True)
    own, after = optimiser(rule, [p]), []
    for scale in (1.0, 10.0, 30.0, 0.5):
        p.grad = scale * torch.tensor([1.0, -2.0, 0.5, 3.0, -0.25], dtype=torch.float64)
        torch.nn.utils.clip_grad_norm_([p], CLIP)
        own.step()
        after.append(p.detach().tolist())
    return after


golden = {"clipped": {rule: clipped(rule) for rule in ("adam", "sgd")}}
for rule in ("adam", "sgd"):
    golden[rule] = {str(dtype).removeprefix("torch."): losses(rule, dtype) for dtype in (torch.float32, torch.float64)}
    pairs = list(zip(golden[rule]["float32"], golden[rule]["float64"]))
    print(rule, "float32 differs from float64 by", max(abs(a / b - 1) for a, b in pairs[:10]), "in 10 steps,",
          abs(pairs[-1][0] / pairs[-1][1] - 1), "in the last")
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "training.json"), "w") as file:
    json.dump(golden, file)
    file.write("\n")
