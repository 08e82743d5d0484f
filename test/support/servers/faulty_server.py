"""faulty_server.py FAULT: the PyTorch recipe with one classic mistake planted in it, for tests of the parity check only.

What the server says of itself stays what a server with that mistake would say; hashes and the ONNX export, which would give
other weights away without a look at the vectors, are left out.
"""

import os
import sys
from pathlib import Path

RECIPE = Path(__file__).resolve().parents[3] / "resources" / "servers" / "pytorch"
sys.path.insert(0, str(RECIPE))

import server  # noqa: E402 - puts the recipe's shared modules on the path
from embedding_server import preprocessing  # noqa: E402
from network import Network  # noqa: E402
from PIL import Image  # noqa: E402


def no_mean_std() -> None:
    Network.normalise = lambda self, pixels: pixels.permute(0, 3, 1, 2).float() / 255


def bgr() -> None:
    right = Network.normalise
    Network.normalise = lambda self, pixels: right(self, pixels.flip(-1))


def stretched() -> None:
    preprocessing.resize_and_crop = lambda image, size: image.resize((size, size), preprocessing.KERNEL)


def bilinear() -> None:
    preprocessing.KERNEL = Image.Resampling.BILINEAR


def not_normalised() -> None:
    Network.forward = lambda self, image: self.visual(image)


def other_weights() -> None:
    os.environ["CLIP_SEED"] = "1"


FAULTS = {f.__name__.replace("_", "-"): f for f in (no_mean_std, bgr, stretched, bilinear, not_normalised, other_weights)}


def main() -> None:
    FAULTS[sys.argv[1]]()
    os.environ["EXPORT_ONNX"] = "0"
    right = server.TorchBackend.info
    server.TorchBackend.info = lambda self: {
        key: value for key, value in right(self).items() if key not in ("seed", "weights_sha256", "onnx")
    }
    server.main()


if __name__ == "__main__":
    main()
