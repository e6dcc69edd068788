"""Our networks and PyTorch's in turns on the same machine: tests/bench/ratios.sh builds ours and runs this.

A training step has batch 2, deep supervision, Dice + cross-entropy, gradient clipping and Adam; inference is the forward pass to
the finest head. Wall time is what counts; on a machine with other work the processor time says more. Every ratio is the median
of the rounds' own ratios. Memory is the peak of a training process of each, less what it had before its network.

BEFORE names another build's training_step, which takes its turn too: lines `cost` say what ours takes in units of its time.
SEQTRAN_LEVEL lowers the instructions of ours (and of that build, if it can).
"""

import glob
import os
import statistics
import subprocess
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
from torch_net import PlainUNet, dice_ce  # noqa: E402

THREADS, ROUNDS = (int(os.environ.get(name, default)) for name, default in (("THREADS", "2"), ("ROUNDS", "7")))
CASES = [(16, 4, 32), (16, 4, 64), (32, 5, 64)]


def kilobytes(pid, field):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


class Torch:
    """PyTorch's side: a network, and what it does in one round."""

    def __init__(self, base, stages, size, channels_last=False):
        image = torch.sin(torch.arange(2 * size**3) * 0.37).reshape(2, 1, size, size, size)
        self.target = (image[:, 0] > 0.5).long()
        features = [min(base * 2**stage, 320) for stage in range(stages)]
        layout = torch.channels_last_3d if channels_last else torch.contiguous_format
        self.net = PlainUNet(features, [[3] * 3] * stages, [[1] * 3] + [[2] * 3] * (stages - 1)).to(memory_format=layout)
        self.image = image.to(memory_format=layout)
        self.adam = torch.optim.Adam(self.net.parameters(), 0.01)
        weights = [0.5**head for head in range(stages - 2)] or [1.0]
        self.weights = [weight / sum(weights) for weight in weights]

    def train(self):
        self.adam.zero_grad()
        loss, small = 0.0, self.target
        for logits, weight in zip(self.net(self.image), self.weights):
            loss, small = loss + weight * dice_ce(logits, small), small[:, 1::2, 1::2, 1::2]
            small = small.contiguous()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in self.net.parameters() if p.grad is not None], 12.0)
        self.adam.step()

    @torch.inference_mode()
    def predict(self):
        self.net(self.image, finest=True)

    def timed(self, what):
        start, busy = time.perf_counter(), time.process_time()
        getattr(self, what)()
        return (time.perf_counter() - start) * 1e3, (time.process_time() - busy) * 1e3


class Ours:
    """Our side, in a process of its own."""

    def __init__(self, base, stages, size, binary=None):
        binary = binary or os.environ.get("CARGO_TARGET_DIR", "target") + "/release/examples/training_step"
        self.process = subprocess.Popen([binary, str(size), str(base), str(stages)], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=os.environ | {"RAYON_NUM_THREADS": str(THREADS)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def busy(self):
        tasks = glob.glob(f"/proc/{self.process.pid}/task/*/schedstat")
        return sum(int(open(task).read().split()[0]) for task in tasks) / 1e6

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def timed(self, what):
        busy = self.busy()
        wall = float(self.ask(what)[0])
        return wall, self.busy() - busy


def compare(case):
    """Rounds of training and inference; lines for people, and the lines of the result."""
    lines = []
    before = os.environ.get("BEFORE")
    with Ours(*case) as ours, Ours(*case, before) as earlier:
        plain, last = Torch(*case), Torch(*case, channels_last=True)
        for what, name in (("predict", "inference"), ("train", "ratio")):
            sides = [plain, last, ours] + ([earlier] if before else [])
            for side in sides:
                side.timed(what)
            rounds = [[side.timed(what) for side in sides] for _ in range(ROUNDS)]
            for kind, word in enumerate(("wall", "processor")):
                a, b, c = (statistics.median(times[side][kind] for times in rounds) for side in range(3))
                to = [statistics.median(times[2][kind] / times[side][kind] for times in rounds) for side in (0, 1)]
                print(f"{case} {what}, {word} time: PyTorch {a:.1f} ms, channels-last {b:.1f} ms, ours {c:.1f} ms; "
                      f"ratio {to[0]:.3f}, to channels-last {to[1]:.3f}", flush=True)
                if before:
                    cost = statistics.median(times[2][kind] / times[3][kind] for times in rounds)
                    print(f"{case} {what}, {word} time: {cost:.3f} of the build before", flush=True)
                    if kind == 0:
                        lines.append((f"cost of {what}", case, cost))
                if kind == 0:
                    lines.append((name, case, to[0]))
    return lines


def memory(case):
    """Peak of resident memory over three steps, less what there was before the network: ours / PyTorch's."""
    own = subprocess.run([sys.executable, __file__, "memory", *map(str, case)], capture_output=True, text=True, check=True)
    theirs = int(own.stdout)
    with Ours(*case) as ours:
        # The few MB that our program has without a network are counted as the network's.
        for _ in range(3):
            ours.ask("train")
        peak = kilobytes(ours.process.pid, "VmHWM")
    print(f"{case} peak memory of training: PyTorch {theirs / 1024:.0f} MB, ours {peak / 1024:.0f} MB", flush=True)
    return ("memory", case, peak / theirs)


def torch_memory(case):
    before = kilobytes("self", "VmHWM")
    side = Torch(*case)
    for _ in range(3):
        side.train()
    print(kilobytes("self", "VmHWM") - before)


def layers(case):
    """Every convolution as a part of what this machine's matrix product reaches."""
    a = torch.rand(2048, 2048)
    torch.mm(a, a)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        torch.mm(a, a)
        times.append(time.perf_counter() - start)
    peak = 2 * 2048**3 / 1e9 / min(times)
    print(f"{case} convolutions in GFLOP/s and as parts of the matrix product's {peak:.0f} ({THREADS} threads)")
    print("  in   out  edge stride      forward   input grad.  weight grad.")
    with Ours(*case) as ours:
        words = ours.ask("layers")
        while words[0] == "layer":
            speeds = [f"{float(speed):6.1f} ({float(speed) / peak:.2f})" for speed in words[5:]]
            print(f"{words[1]:>4} {words[2]:>5} {words[3]:>5} {words[4]:>6} " + " ".join(f"{s:>13}" for s in speeds), flush=True)
            words = ours.process.stdout.readline().split()


def main():
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    words = sys.argv[1:]
    if words[:1] == ["memory"]:
        return torch_memory(tuple(int(word) for word in words[1:]))
    numbers = [int(word) for word in words]
    cases = [tuple(numbers[n:n + 3]) for n in range(0, len(numbers), 3)] or CASES
    print(f"load {os.getloadavg()[0]:.1f}, {THREADS} threads, {ROUNDS} rounds, torch {torch.__version__}", flush=True)
    lines = []
    for case in cases:
        layers(case)
        lines += compare(case)
        lines.append(memory(case))
    print(f"load {os.getloadavg()[0]:.1f}")
    for name in ("cost of predict", "cost of train", "memory", "inference", "ratio"):
        for kind, case, value in lines:
            if kind == name:
                print(name, *case, f"{value:.3f}")


main()
