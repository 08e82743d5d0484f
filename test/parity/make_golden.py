"""Makes test/parity/golden: small source pictures and the model pixels that the reference implementation makes of them.

    python -m venv venv && venv/bin/pip install pillow==13.0.0 numpy
    venv/bin/python test/parity/make_golden.py FOLDER_WITH_THE_SOURCE_PHOTOS

The reference is Pillow: Image.open -> ImageOps.exif_transpose -> convert('RGB') -> resize(BICUBIC). torchvision's
Resize(224, BICUBIC, antialias=True) on a PIL image calls the same Pillow resize after its own rounding of the size
(`int(224 * long / short)`), and CenterCrop(224) crops at `int(round((size - 224) / 2.0))`; both rules are written out here, so
torchvision itself is not needed. Where Pillow's convert('RGB') is known to be no reference, the picture is prepared first:
alpha goes on white, 16-bit values lose their low byte.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

photos = Path(sys.argv[1])
golden = Path(__file__).parent / "golden"
golden.mkdir(exist_ok=True)


def crop_to(image, width, height):
    return ImageOps.fit(image, (width, height), Image.LANCZOS)


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def make_sources():
    shutil.copyfile(photos / "saturnian-profile.jpg", golden / "quarter-scale.jpg")
    tea = Image.open(photos / "the-spices-of-life.jpg").convert("RGB")
    crop_to(tea, 1999, 1403).save(golden / "odd-size.jpg", quality=50)
    waves = Image.open(photos / "waves-midnight.jpg").convert("RGB")
    crop_to(waves, 5003, 3763).save(golden / "eighth-scale.jpg", quality=40)
    colosseum = Image.open(photos / "roman-colosseum.jpg").convert("RGB")
    crop_to(colosseum, 1203, 805).save(golden / "rotated.jpg", quality=75, exif=orientation(6))
    crop_to(colosseum, 900, 600).convert("L").save(golden / "grey.jpg", quality=80)
    beacon = Image.open(photos / "beacon-street-sunset.jpg").convert("RGB")
    beacon.resize((3840, 2160)).crop((0, 1000, 3840, 1200)).save(golden / "panorama.jpg", quality=80)
    coffee = Image.open(photos / "coffee.png").convert("RGB")
    crop_to(coffee, 210, 140).save(golden / "small.png")
    crop_to(coffee, 40, 30).save(golden / "tiny.png")
    cat = crop_to(Image.open(photos / "chelsea.png").convert("RGB"), 300, 200)
    cat.putalpha(Image.linear_gradient("L").resize(cat.size))
    cat.save(golden / "alpha.png")
    grey = np.asarray(crop_to(tea, 320, 240).convert("L")).astype(np.uint16)
    Image.fromarray(grey * 257).save(golden / "sixteen-bit.png")


def open_reference(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")


def stretch(image, side):
    return image.resize((side, side), Image.BICUBIC)


def shortest_side_crop(image, side):
    width, height = image.size
    if width <= height:
        size = (side, int(side * height / width))
    else:
        size = (int(side * width / height), side)
    left, top = (int(round((length - side) / 2.0)) for length in size)
    return image.resize(size, Image.BICUBIC).crop((left, top, left + side, top + side))


make_sources()
for source in sorted(golden.iterdir()):
    if ".stretch-" in source.name or ".crop-" in source.name or source.suffix == ".md":
        continue
    picture = open_reference(source)
    stretch(picture, 260).save(golden / f"{source.name}.stretch-260.png", optimize=True)
    if source.stem in ("odd-size", "rotated", "panorama", "small", "quarter-scale"):
        shortest_side_crop(picture, 224).save(golden / f"{source.name}.crop-224.png", optimize=True)
