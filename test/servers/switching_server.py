"""The PyTorch recipe with a classic mistake that can be changed while it runs, so that one start serves all tests of parity.

The file named by FAULT_FILE holds the name of the mistake that is planted now; empty: none. Hashes and the ONNX export, which
would give other weights away without a look at the vectors, are left out.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

RECIPE = Path(__file__).resolve().parents[2] / "resources" / "servers" / "pytorch"
sys.path.insert(0, str(RECIPE))

import server  # noqa: E402 - puts the recipe's shared modules on the path
import network  # noqa: E402
import torch  # noqa: E402
from embedding_server import preprocessing  # noqa: E402
from PIL import Image  # noqa: E402

FAULT_FILE = Path(os.environ["FAULT_FILE"])
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

right_normalise = network.Network.normalise
right_forward = network.Network.forward
right_crop = preprocessing.resize_and_crop
other_weights: list[torch.nn.Module] = []


def fault() -> str:
    return FAULT_FILE.read_text().strip()


def normalise(self, pixels):
    planted = fault()
    if planted == "bgr":
        return right_normalise(self, pixels.flip(-1))
    values = pixels.permute(0, 3, 1, 2).float() / 255
    if planted == "no-mean-std":
        return values
    if planted == "imagenet-mean-std":
        mean, std = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in IMAGENET)
        return (values - mean) / std
    return right_normalise(self, pixels)


def forward(self, image):
    planted = fault()
    if planted == "not-normalised":
        return self.visual(image)
    if planted == "other-weights":
        if not other_weights:
            model, _ = network._create(replace(network.Choice.from_environment(), seed=1))
            other_weights.append(model.visual.eval())
        return torch.nn.functional.normalize(other_weights[0](image), dim=-1)
    return right_forward(self, image)


def resize_and_crop(image, size):
    planted = fault()
    if planted == "stretched":
        return image.resize((size, size), Image.Resampling.BICUBIC)
    preprocessing.KERNEL = Image.Resampling.BILINEAR if planted == "bilinear" else Image.Resampling.BICUBIC
    return right_crop(image, size)


def main() -> None:
    network.Network.normalise = normalise
    network.Network.forward = forward
    preprocessing.resize_and_crop = resize_and_crop
    os.environ["EXPORT_ONNX"] = "0"
    right_info = server.TorchBackend.info
    server.TorchBackend.info = lambda self: {
        key: value for key, value in right_info(self).items() if key not in ("seed", "weights_sha256", "onnx")
    }
    server.main()


if __name__ == "__main__":
    main()
