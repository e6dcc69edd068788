"""One training step, ours against PyTorch's, in turns on the same machine.

    cargo build --release --example training_step
    python tests/bench/training_step.py [edge] [base] [rounds] [threads]

Both: 4 stages, batch 2, deep supervision, Dice + cross-entropy, gradient clipping, Adam, 2 threads unless told.
Prints medians in milliseconds and their ratio, ours / PyTorch's (below 1: ours is faster), of wall time and of
processor time. On a machine that others use too, take the processor time of 1 thread: waiting threads spin.
"""

import glob
import os
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Sequential):
    def __init__(self, inputs, outputs, stride):
        super().__init__(
            nn.Conv3d(inputs, outputs, 3, stride, 1), nn.InstanceNorm3d(outputs, affine=True), nn.LeakyReLU(0.01, True),
            nn.Conv3d(outputs, outputs, 3, 1, 1), nn.InstanceNorm3d(outputs, affine=True), nn.LeakyReLU(0.01, True))


class UNet(nn.Module):
    def __init__(self, base, stages=4, classes=2):
        super().__init__()
        f = [min(base * 2**s, 320) for s in range(stages)]
        self.encoder = nn.ModuleList(Block(1 if s == 0 else f[s - 1], f[s], 1 if s == 0 else 2) for s in range(stages))
        self.decoder = nn.ModuleList(Block(2 * f[s], f[s], 1) for s in range(stages - 1))
        self.up = nn.ModuleList(nn.ConvTranspose3d(f[s + 1], f[s], 2, 2) for s in range(stages - 1))
        self.head = nn.ModuleList(nn.Conv3d(f[s], classes, 1) for s in range(stages - 1))

    def forward(self, x):
        features = []
        for stage in self.encoder:
            x = stage(x)
            features.append(x)
        logits = []
        for s in reversed(range(len(self.decoder))):
            x = self.decoder[s](torch.cat([self.up[s](x), features[s]], 1))
            logits.append(self.head[s](x))
        return logits[::-1]


def dice_ce(logits, target):
    p = torch.softmax(logits, 1)[:, 1:]
    hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1)[:, 1:].float()
    axes = (2, 3, 4)
    dice = (2 * (p * hot).sum(axes) + 1e-5) / (p.sum(axes) + hot.sum(axes) + 1e-5)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


def main():
    edge, base, rounds, threads = (int(a) for a in sys.argv[1:] + ["32", "16", "15", "2"][len(sys.argv) - 1:])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    image = torch.sin(torch.arange(2 * edge**3) * 0.37).reshape(2, 1, edge, edge, edge)
    target = (image[:, 0] > 0.5).long()
    weights = [2 / 3, 1 / 3]

    def torch_step(channels_last):
        net = UNet(base)
        x = image
        if channels_last:
            net, x = net.to(memory_format=torch.channels_last_3d), image.to(memory_format=torch.channels_last_3d)
        adam = torch.optim.Adam(net.parameters(), 0.01)

        def step():
            start, busy = time.perf_counter(), time.process_time()
            adam.zero_grad()
            loss, small = 0.0, target
            for logits, weight in zip(net(x), weights):
                if logits.shape[2:] != small.shape[1:]:
                    small = small[:, 1::2, 1::2, 1::2]
                loss = loss + weight * dice_ce(logits, small)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for p in net.parameters() if p.grad is not None], 12.0)
            adam.step()
            return (time.perf_counter() - start) * 1e3, (time.process_time() - busy) * 1e3

        return step

    binary = os.environ.get("CARGO_TARGET_DIR", "target") + "/release/examples/training_step"
    ours = subprocess.Popen([binary, str(edge), str(base)], text=True, bufsize=1, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, env=os.environ | {"RAYON_NUM_THREADS": str(threads)})

    def our_busy():
        tasks = glob.glob(f"/proc/{ours.pid}/task/*/schedstat")
        return sum(int(open(task).read().split()[0]) for task in tasks) / 1e6

    def our_step():
        busy = our_busy()
        ours.stdin.write("\n")
        ours.stdin.flush()
        wall, *parts = (float(word) for word in ours.stdout.readline().split())
        return wall, our_busy() - busy, *parts

    plain, last = torch_step(False), torch_step(True)
    for _ in range(2):
        plain(), last(), our_step()
    times = [(plain(), last(), our_step()) for _ in range(rounds)]
    ours.stdin.close()
    forward, backward, update = (statistics.median(t[2][i] for t in times) for i in (2, 3, 4))
    print(f"{edge}^3, base {base}, {threads} threads; ours: forward {forward:.1f}, backward {backward:.1f}, Adam {update:.1f} ms")
    for kind, what in enumerate(("wall", "processor")):
        a, b, c = (statistics.median(t[i][kind] for t in times) for i in range(3))
        print(f"{what} time: PyTorch {a:.1f} ms, channels-last {b:.1f} ms, ours {c:.1f} ms; "
              f"ratio {statistics.median(t[2][kind] / t[0][kind] for t in times):.3f}, "
              f"to channels-last {statistics.median(t[2][kind] / t[1][kind] for t in times):.3f}")


main()
