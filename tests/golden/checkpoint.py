"""Makes checkpoint_nnunet.pth, as nnU-Net v2 writes its checkpoints (optimiser, log and plans beside the weights), weights.pth
with the weights alone, and checkpoint.json with PyTorch's logits of an image.

    python tests/golden/checkpoint.py        (torch 2.15, numpy)
"""

import collections
import json
import os

import numpy as np
import torch
from torch_net import PlainUNet, stirred

here = os.path.dirname(os.path.abspath(__file__))
features, kernels, strides = [2, 4, 4], [[1, 3, 3], [3, 3, 3], [3, 3, 3]], [[1, 1, 1], [1, 2, 2], [2, 2, 1]]
net = stirred(PlainUNet(features, kernels, strides), 3)
# One weight that is not contiguous in its storage.
net.encoder.stages[1][0].convs[1].conv.weight.data = net.encoder.stages[1][0].convs[1].conv.weight.data.transpose(0, 1)
sgd = torch.optim.SGD(net.parameters(), 0.01, momentum=0.99, nesterov=True)
architecture = {
    "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
    "arch_kwargs": {"n_stages": 3, "features_per_stage": features, "kernel_sizes": kernels, "strides": strides,
                    "n_conv_per_stage": [2, 2, 2], "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"inplace": True}},
}
checkpoint = {
    "network_weights": net.state_dict(),
    "optimizer_state": sgd.state_dict(),
    "grad_scaler_state": None,
    "logging": {"train_losses": [np.float32(-0.25), np.float64(-0.5)], "lrs": [0.01, 0.0099], "dice_per_class_or_region": [[0.5]]},
    "_best_ema": np.float64(0.625),
    "current_epoch": 2,
    "init_args": {
        "plans": {
            "dataset_name": "Dataset501_Golden", "plans_name": "nnUNetPlans", "transpose_forward": [0, 1, 2],
            "transpose_backward": [0, 1, 2], "original_median_shape_after_transp": np.array([6, 16, 8]).tolist(),
            "configurations": {"3d_fullres": {"patch_size": [4, 16, 8], "batch_size": 2, "spacing": [3.0, 1.0, 1.0],
                                              "architecture": architecture},
                               "3d_cascade_fullres": {"inherits_from": "3d_fullres"}},
        },
        "configuration": "3d_fullres", "fold": 0, "unpack_dataset": True, "device": torch.device("cpu"),
        "dataset_json": {"labels": {"background": 0, "tumour": 1}, "channel_names": {"0": "T1"}, "numTraining": 2},
    },
    "trainer_name": "nnUNetTrainer",
    "inference_allowed_mirroring_axes": (0, 1, 2),
}
torch.save(checkpoint, os.path.join(here, "checkpoint_nnunet.pth"))
plain = collections.OrderedDict((name, value.contiguous()) for name, value in net.state_dict().items()
                                if "all_modules" not in name and "decoder.encoder" not in name)
torch.save(plain, os.path.join(here, "weights.pth"))

image = torch.tensor([((n * 7919) % 1009) / 200 - 2.5 for n in range(4 * 16 * 8)], dtype=torch.float64).reshape(1, 1, 4, 16, 8)
with torch.no_grad():
    heads = net.double()(image.float().double())
logits = [[round(v, 7) for v in head.flatten()[::5].tolist()] for head in heads]
with open(os.path.join(here, "checkpoint.json"), "w") as file:
    json.dump({"every": 5, "logits": logits, "shapes": [list(head.shape) for head in heads]}, file)
    file.write("\n")
for name in ("checkpoint_nnunet.pth", "weights.pth", "checkpoint.json"):
    print(name, os.path.getsize(os.path.join(here, name)), "bytes")
