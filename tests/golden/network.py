"""Makes network.safetensors: PyTorch's values and gradients of every operation, the U-Net and the loss, in float64.

    python tests/golden/network.py        (torch 2.15, safetensors)
"""

import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
golden = {}


def keep(**tensors):
    for name, tensor in tensors.items():
        golden[name] = tensor.detach().to(torch.float32 if tensor.is_floating_point() else torch.uint8).contiguous()


def random(*shape):
    return torch.randn(*shape).float().double().requires_grad_()


def operation(name, f, **inputs):
    y = f(*inputs.values())
    direction = random(*y.shape)
    gradients = torch.autograd.grad((y * direction).sum(), list(inputs.values()))
    keep(**{f"{name}.{k}": v for k, v in inputs.items()}, **{f"{name}.y": y, f"{name}.direction": direction})
    keep(**{f"{name}.d{k}": g for k, g in zip(inputs, gradients)})


def conv(stride, pad):
    return lambda x, w, b: F.conv3d(x, w, b, stride, pad)


operation("conv.111", conv(1, 1), x=random(2, 3, 4, 5, 3), w=random(5, 3, 3, 3, 3), b=random(5))
operation("conv.222", conv(2, 1), x=random(1, 4, 5, 4, 6), w=random(9, 4, 3, 3, 3), b=random(9))
operation("conv.122", conv((1, 2, 2), (0, 1, 1)), x=random(1, 2, 3, 7, 6), w=random(3, 2, 1, 3, 3), b=random(3))
operation("head.111", conv(1, 0), x=random(2, 6, 2, 3, 4), w=random(2, 6, 1, 1, 1), b=random(2))
operation("up.222", lambda x, w, b: F.conv_transpose3d(x, w, b, (2, 2, 2)), x=random(2, 6, 2, 3, 2), w=random(6, 3, 2, 2, 2),
          b=random(3))
operation("up.221", lambda x, w, b: F.conv_transpose3d(x, w, b, (2, 2, 1)), x=random(1, 3, 2, 2, 4), w=random(3, 9, 2, 2, 1),
          b=random(9))
operation("norm", lambda x, w, b: F.leaky_relu(F.instance_norm(x, weight=w, bias=b, eps=1e-5), 0.01), x=random(2, 9, 3, 4, 5),
          w=random(9), b=random(9))

# A whole network: base 4, 3 stages, strides 1, 2 and (2, 2, 1), 2 channels, 3 classes.
strides = [(1, 1, 1), (2, 2, 2), (2, 2, 1)]
features = [4, 8, 16]
p = {}


def parameter(name, *shape):
    scale = 0.3 if len(shape) == 1 else (2 / torch.tensor(shape[1:]).prod()) ** 0.5
    offset = 1.0 if name.endswith("norm.weight") else 0.0
    p[name] = (torch.randn(*shape) * scale + offset).float().double().requires_grad_()


# nnU-Net's names: its decoder counts from the coarsest stage.
def layer(side, s, c):
    return f"encoder.stages.{s}.0.convs.{c}" if side == "encoder" else f"decoder.stages.{1 - s}.convs.{c}"


for side, count in (("encoder", 3), ("decoder", 2)):
    for s in range(count):
        first = 2 * features[s] if side == "decoder" else (2 if s == 0 else features[s - 1])
        for c in range(2):
            n = layer(side, s, c)
            parameter(f"{n}.conv.weight", features[s], first if c == 0 else features[s], 3, 3, 3)
            parameter(f"{n}.conv.bias", features[s])
            parameter(f"{n}.norm.weight", features[s])
            parameter(f"{n}.norm.bias", features[s])
for s in range(2):
    parameter(f"decoder.transpconvs.{1 - s}.weight", features[s + 1], features[s], *strides[s + 1])
    parameter(f"decoder.transpconvs.{1 - s}.bias", features[s])
    parameter(f"decoder.seg_layers.{1 - s}.weight", 3, features[s], 1, 1, 1)
    parameter(f"decoder.seg_layers.{1 - s}.bias", 3)


def block(x, side, s):
    for c in range(2):
        n = layer(side, s, c)
        stride = strides[s] if side == "encoder" and c == 0 else 1
        x = F.conv3d(x, p[f"{n}.conv.weight"], p[f"{n}.conv.bias"], stride, 1)
        x = F.leaky_relu(F.instance_norm(x, weight=p[f"{n}.norm.weight"], bias=p[f"{n}.norm.bias"], eps=1e-5), 0.01)
    return x


def network(x):
    skips = []
    for s in range(3):
        x = block(x, "encoder", s)
        skips.append(x)
    logits = []
    for s in (1, 0):
        up = F.conv_transpose3d(x, p[f"decoder.transpconvs.{1 - s}.weight"], p[f"decoder.transpconvs.{1 - s}.bias"], strides[s + 1])
        x = block(torch.cat([up, skips[s]], 1), "decoder", s)
        logits.append(F.conv3d(x, p[f"decoder.seg_layers.{1 - s}.weight"], p[f"decoder.seg_layers.{1 - s}.bias"]))
    return logits[::-1]


def dice_ce(logits, target, weight):
    q = torch.softmax(logits, 1)[:, 1:]
    hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1)[:, 1:].double()
    axes = (2, 3, 4)
    dice = (2 * (q * hot).sum(axes) + 1e-5) / (q.sum(axes) + hot.sum(axes) + 1e-5)
    weights = torch.full((logits.shape[1],), float(weight))
    weights[0] = 1
    return F.cross_entropy(logits, target, weights) + 1 - dice.mean()


image = torch.randn(2, 2, 8, 8, 4).float().double()
target = torch.randint(0, 3, (2, 8, 8, 4))
keep(**{f"net.{n}": v for n, v in p.items()}, image=image, target=target)
fine, coarse = network(image)
# The loss of both heads, the coarse target at index floor((o + 0.5) * in / out).
loss = dice_ce(fine, target, 10) + dice_ce(coarse, target[:, 1::2, 1::2, 1::2], 10)
gradients = torch.autograd.grad(loss, list(p.values()))
keep(fine=fine, coarse=coarse, loss=loss)
keep(**{f"grad.{n}": g for n, g in zip(p, gradients)})

# Five steps of clipped Adam on the first head alone.
adam = torch.optim.Adam(p.values(), 0.01)
losses = []
for _ in range(6):
    adam.zero_grad()
    loss = dice_ce(network(image)[0], target, 1)
    losses.append(loss.detach())
    loss.backward()
    torch.nn.utils.clip_grad_norm_([v for v in p.values() if v.grad is not None], 0.5)
    adam.step()
keep(losses=torch.stack(losses))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "network.safetensors")
save_file(golden, path)
print(os.path.getsize(path), "bytes; losses", [round(float(v), 4) for v in losses])
