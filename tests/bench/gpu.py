"""PyTorch's side of gpu.sh: training steps of one size, as lines `torch WHAT SIZE VALUE` between tabs.

    gpu.py DEVICE BASE STAGES D H W ROUNDS BATCH

DEVICE is `cpu` or `cuda:0`. A step is that of gpu.rs: deep supervision, Dice + cross-entropy, gradient clipping and Adam. Full
precision is compared with ours; on a GPU a second line has PyTorch's own choice, convolutions in TF32.
"""

import os
import statistics
import sys
import time

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "golden")]
from torch_net import PlainUNet, dice_ce  # noqa: E402

SECONDS = 20.0


def nearest(target, size):
    for axis, out in enumerate(size):
        index = (2 * torch.arange(out, device=target.device) + 1) * target.shape[axis + 1] // (2 * out)
        target = target.index_select(axis + 1, index)
    return target


def strides_of(stages, patch):
    """An axis is halved from stage to stage as long as it stays whole."""
    left, strides = list(patch), [[1, 1, 1]]
    for _ in range(1, stages):
        strides.append([2 if size % 2 == 0 else 1 for size in left])
        left = [size // stride for size, stride in zip(left, strides[-1])]
    return strides


def resident():
    """The most memory this process has had, in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10


def measure(device, base, stages, patch, rounds, batch):
    """Steps a second by the middle round, and the peak of memory in MB: of the CPU's, what was there before is not counted."""
    on_gpu, before = device.startswith("cuda"), resident()
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    count = batch * patch[0] * patch[1] * patch[2]
    image = torch.sin(torch.arange(count) * 0.37).reshape(batch, 1, *patch)
    target = (image[:, 0] > 0.5).long().to(device)
    image = image.to(device)
    features = [min(base * 2**stage, 320) for stage in range(stages)]
    net = PlainUNet(features, [[3] * 3] * stages, strides_of(stages, patch)).to(device)
    adam = torch.optim.Adam(net.parameters(), 0.003)
    weights = [0.5**head for head in range(stages - 2)] or [1.0]
    weights = [weight / sum(weights) for weight in weights]

    def step():
        wait()
        start = time.perf_counter()
        adam.zero_grad()
        heads = zip(net(image), weights)
        loss = sum(weight * dice_ce(logits, nearest(target, logits.shape[2:])) for logits, weight in heads)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in net.parameters() if p.grad is not None], 12.0)
        adam.step()
        wait()
        return time.perf_counter() - start

    begun = time.perf_counter()
    step()
    if on_gpu:
        # What cuDNN tries out in the first step is not counted.
        torch.cuda.reset_peak_memory_stats()
    times = []
    while len(times) < max(rounds, 1) and (not times or time.perf_counter() - begun < SECONDS):
        times.append(step())
    peak = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else resident() - before
    return f"{1 / statistics.median(times):.3f}", f"{peak:.0f}"


def main():
    device = sys.argv[1]
    base, stages, d, h, w, rounds, batch = (int(word) for word in sys.argv[2:])
    if device.startswith("cuda") and not torch.cuda.is_available():
        sys.exit("gpu.py: this PyTorch sees no GPU")
    size = f"base {base}, {stages} stages, {d}x{h}x{w}, batch {batch}"
    torch.backends.cudnn.benchmark = True
    for tf32 in (False, True) if device.startswith("cuda") else (False,):
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
        try:
            steps, peak = measure(device, base, stages, [d, h, w], rounds, batch)
        except torch.cuda.OutOfMemoryError:
            steps = peak = "out of memory"
        if device.startswith("cuda"):
            torch.cuda.empty_cache()
        ending = " by TF32" if tf32 else ""
        print(f"torch\tsteps a second{ending}\t{size}\t{steps}")
        print(f"torch\tpeak memory in MB{ending}\t{size}\t{peak}", flush=True)


main()
