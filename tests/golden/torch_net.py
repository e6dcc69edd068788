"""nnU-Net's plain U-Net in PyTorch, under nnU-Net's names and without its package; other scripts here import it."""

import torch
import torch.nn.functional as F
from torch import nn


def dice_ce(logits, target):
    """Cross-entropy and soft Dice of the foreground, as our loss: logits [N, C, D, H, W], classes [N, D, H, W]."""
    p = torch.softmax(logits, 1)[:, 1:]
    hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1)[:, 1:].float()
    axes = (2, 3, 4)
    dice = (2 * (p * hot).sum(axes) + 1e-5) / (p.sum(axes) + hot.sum(axes) + 1e-5)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


class Layer(nn.Module):
    """A convolution, its norm and leaky ReLU; `all_modules` names them once more, as nnU-Net's files do."""

    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, kernel, stride, [(k - 1) // 2 for k in kernel])
        self.norm = nn.InstanceNorm3d(outputs, eps=1e-5, affine=True)
        self.nonlin = nn.LeakyReLU(0.01, inplace=True)
        self.all_modules = nn.Sequential(self.conv, self.norm, self.nonlin)

    def forward(self, x):
        return self.all_modules(x)


class Block(nn.Module):
    def __init__(self, convs, inputs, outputs, kernel, stride):
        super().__init__()
        self.convs = nn.Sequential(
            *[Layer(outputs if c else inputs, outputs, kernel, [1] * 3 if c else stride) for c in range(convs)])

    def forward(self, x):
        return self.convs(x)


class Encoder(nn.Module):
    def __init__(self, inputs, features, kernels, strides, convs):
        super().__init__()
        sides = zip([inputs] + features, features, kernels, strides)
        self.stages = nn.Sequential(*[nn.Sequential(Block(convs, i, o, k, s)) for i, o, k, s in sides])

    def forward(self, x):
        skips = []
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        return skips


class Decoder(nn.Module):
    def __init__(self, encoder, features, kernels, strides, convs, classes):
        super().__init__()
        self.encoder = encoder
        order = range(len(features) - 2, -1, -1)
        self.stages = nn.ModuleList(Block(convs, 2 * features[s], features[s], kernels[s], [1] * 3) for s in order)
        self.transpconvs = nn.ModuleList(
            nn.ConvTranspose3d(features[s + 1], features[s], strides[s + 1], strides[s + 1]) for s in order)
        self.seg_layers = nn.ModuleList(nn.Conv3d(features[s], classes, 1) for s in order)

    def forward(self, skips, finest):
        x, heads = skips[-1], []
        for n, (up, stage, head) in enumerate(zip(self.transpconvs, self.stages, self.seg_layers)):
            x = stage(torch.cat([up(x), skips[-2 - n]], 1))
            if not finest or n + 2 == len(skips):
                heads.append(head(x))
        return heads[::-1]


class PlainUNet(nn.Module):
    """Logits of all heads, the finest first, or of that alone."""

    def __init__(self, features, kernels, strides, convs=2, classes=2, inputs=1):
        super().__init__()
        self.encoder = Encoder(inputs, features, kernels, strides, convs)
        self.decoder = Decoder(self.encoder, features, kernels, strides, convs, classes)

    def forward(self, x, finest=False):
        return self.decoder(self.encoder(x), finest)


def stirred(net, seed):
    """Every parameter random, biases and norms too, so that no mistake in one of them is hidden."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in sorted(dict(net.named_parameters()).items()):
            noise = torch.randn(p.shape, generator=generator)
            if p.dim() > 1:
                p.copy_(noise * (2 / p[0].numel()) ** 0.5)
            else:
                p.copy_(0.3 * noise + (1 if name.endswith("norm.weight") else 0))
    return net
