"""Networks go from PyTorch to us and back, with the same outputs on the way: exits with 1 if any differs.

    cargo build --release --locked --bins --example interchange
    python tests/bench/interchange.py        (torch, safetensors; dynamic_network_architectures if it is there)

For each plan: a network of PyTorch is saved as nnU-Net saves it, we read it, and its logits are compared; we save it again, PyTorch
reads that, and the logits are compared once more. Then a network that we trained goes to PyTorch. Where nnU-Net's own package is
installed, its PlainConvUNet is what is saved and what reads.
"""

import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
from torch_net import PlainUNet, stirred  # noqa: E402

try:
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
except ImportError:
    PlainConvUNet = None

RELEASE = os.environ.get("CARGO_TARGET_DIR", "target") + "/release/"
MOST = 1e-4
K3, S1, S2 = [3, 3, 3], [1, 1, 1], [2, 2, 2]
# Features, kernels, strides, convolutions a stage, classes, channels, image.
PLANS = {
    "small": ([4, 8, 16], [K3] * 3, [S1, S2, S2], 2, 2, 1, (16, 16, 16)),
    "anisotropic": ([4, 8, 16, 16], [[1, 3, 3], [1, 3, 3], K3, K3], [S1, [1, 2, 2], [1, 2, 2], S2], 2, 2, 1, (6, 24, 16)),
    "several channels and classes": ([3, 6], [K3, [3, 3, 5]], [S1, [2, 1, 3]], 3, 4, 2, (8, 5, 12)),
    "the authors' plan": ([32, 64, 128, 256, 320, 320], [K3] * 6, [S1, S2, S2, S2, S2, [2, 2, 1]], 2, 2, 1, (64, 64, 32)),
}


def build(features, kernels, strides, convs, classes, channels):
    if PlainConvUNet is None:
        return PlainUNet(features, kernels, strides, convs, classes, channels)
    return PlainConvUNet(channels, len(features), features, torch.nn.Conv3d, kernels, strides, convs, classes,
                         [convs] * (len(features) - 1), conv_bias=True, norm_op=torch.nn.InstanceNorm3d,
                         norm_op_kwargs={"eps": 1e-5, "affine": True}, nonlin=torch.nn.LeakyReLU,
                         nonlin_kwargs={"inplace": True}, deep_supervision=True)


def ours(checkpoint, image, folder):
    """Our logits, and the network as we saved it again."""
    paths = [f"{folder}/{name}.safetensors" for name in ("image", "logits", "again")]
    save_file({"image": image}, paths[0])
    subprocess.run([RELEASE + "examples/interchange", checkpoint, *paths], check=True)
    logits = load_file(paths[1])
    return [logits[str(n)] for n in range(len(logits))], load_file(paths[2])


def restored(net, weights):
    """A network with our weights: names that nnU-Net's files hold twice may be missing, nothing else."""
    missing, unexpected = net.load_state_dict(weights, strict=False)
    own = [name for name in missing if ".all_modules." not in name and not name.startswith("decoder.encoder.")]
    assert not own and not unexpected, (own, unexpected)
    return net


def compare(what, wanted, got):
    assert [w.shape for w in wanted] == [g.shape for g in got], (what, [w.shape for w in wanted], [g.shape for g in got])
    off = max(float((w - g).abs().max() / w.abs().max()) for w, g in zip(wanted, got))
    print(f"{what}: {len(got)} heads differ by {off:.1e} of their largest logit", flush=True)
    return off < MOST


@torch.no_grad()
def main():
    torch.set_num_threads(2)
    print("nnU-Net's own PlainConvUNet" if PlainConvUNet else "our copy of PlainConvUNet (nnU-Net's package is not installed)")
    fine = []
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = f"{folder}/checkpoint_final.pth"
        for name, (*plan, size) in PLANS.items():
            net = stirred(build(*plan), 11).eval()
            image = torch.randn(1, plan[5], *size, generator=torch.Generator().manual_seed(7))
            configuration = {"patch_size": list(size)}
            init = {"plans": {"configurations": {"3d_fullres": configuration}}, "configuration": "3d_fullres"}
            torch.save({"network_weights": net.state_dict(), "init_args": init}, checkpoint)
            wanted = net(image)
            got, again = ours(checkpoint, image, folder)
            fine.append(compare(f"{name}, PyTorch to us", wanted, got))
            back = restored(stirred(build(*plan), 12), again).eval()
            fine.append(compare(f"{name}, and back", wanted, back(image)))
        path = f"{folder}/ours.safetensors"
        code = ('train(phantom_tasks(#{ cases: 2, size: 16 })["16-T2-NCR"], #{ epochs: 1, steps: 5, base: 4, stages: 3 })'
                f'.save("{path}")')
        subprocess.run([RELEASE + "seqtran", "eval", code], check=True, stdout=subprocess.DEVNULL)
        image = torch.randn(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(8))
        got, _ = ours(path, image, folder)
        weights = load_file(path)
        strides = [S1] + [list(weights[f"decoder.transpconvs.{n}.weight"].shape[2:]) for n in (1, 0)]
        net = restored(build([4, 8, 16], [K3] * 3, strides, 2, 2, 1), weights).eval()
        fine.append(compare("a network that we trained, to PyTorch", net(image), got))
    sys.exit(0 if all(fine) else 1)


main()
