"""CLIP's preprocessing with Pillow and NumPy, in the order of open_clip's own transform: resize, crop, then RGB.

EXIF rotation is not applied, as nowhere in CLIP. A client that sends a picture of the model's own size makes resizing and
cropping the identity, so that only the client decides how a photo is turned and cropped.
This file imports nothing of its package: Triton's Python backend uses it on its own.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

# The limit is ours and is checked before anything is decoded; Pillow's would only warn first.
Image.MAX_IMAGE_PIXELS = None

KERNEL = Image.Resampling.BICUBIC


class UnreadablePicture(ValueError):
    """The bytes are no picture that Pillow can decode."""


class TooManyPixels(ValueError):
    """The picture is larger than the server allows."""


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes the network's input: shortest side to `size`, centre crop, (x / 255 - mean) / std."""

    size: int = 224
    mean: tuple[float, float, float] = (0.48145466, 0.4578275, 0.40821073)
    std: tuple[float, float, float] = (0.26862954, 0.26130258, 0.27577711)

    def describe(self) -> dict[str, object]:
        """In the words of Twinlens' own model manifest."""
        return {
            "id": f"clip-bicubic-{self.size}",
            "width": self.size,
            "height": self.size,
            "resize": "shortest-side-crop",
            "kernel": "bicubic",
            "layout": "NCHW",
            "channels": "RGB",
            "scale": 1 / 255,
            "mean": list(self.mean),
            "std": list(self.std),
        }


def decode(data: bytes, max_pixels: int) -> Image.Image:
    """Decodes one JPEG, PNG, WebP … ; the pixels are in memory afterwards.

    Raises UnreadablePicture or, before any pixel is decoded, TooManyPixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data))
            width, height = image.size
            if width * height > max_pixels:
                raise TooManyPixels(f"{width} x {height} pixels are more than the {max_pixels:,} allowed here")
            image.load()
            return image
    except TooManyPixels:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise whatever broken bytes lead them to
        kind = "it is no picture in a known format" if isinstance(error, OSError) and not str(error) else str(error)
        # Pillow names the buffer by its address, which tells nobody anything.
        kind = kind.split(" <_io.BytesIO")[0]
        raise UnreadablePicture(kind) from error


def resize_and_crop(image: Image.Image, size: int) -> Image.Image:
    """Shortest side to `size`, then the centre square; rounding as in torchvision's Resize and CenterCrop."""
    width, height = image.size
    if min(width, height) != size:
        if width <= height:
            width, height = size, int(size * height / width)
        else:
            width, height = int(size * width / height), size
        image = image.resize((width, height), KERNEL)
    left, top = round((width - size) / 2), round((height - size) / 2)
    return image.crop((left, top, left + size, top + size))


def to_pixels(image: Image.Image, size: int) -> np.ndarray:
    """A decoded picture as size x size x 3 bytes RGB."""
    return np.asarray(resize_and_crop(image, size).convert("RGB"), dtype=np.uint8)
