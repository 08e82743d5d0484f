"""smoke.py URL: every model of a running Triton that takes pictures, compared with the FP32 one on the same pixels. Needs numpy, Pillow.

Prints a line a model with the lowest and mean cosine and the bytes of a picture; ends with 1 where one is too low.
"""

import io
import json
import sys
import urllib.request
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "common" / "embedding_server"))

from preprocessing import Preprocessing, decode, to_pixels

BASE = "openclip_vit_b32"
# FP16 arithmetic may differ in the third digit; JPEG's own loss is allowed a little more.
FLOORS = {"": 0.99999, "_u8": 0.9999, "_fp16": 0.999, "_trt": 0.999, "_jpeg": 0.995}
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url: str, body: bytes | None = None, **headers: str) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    with _opener.open(request, timeout=120) as reply:
        return reply.read(), dict(reply.headers)


def infer(url: str, model: str, datatype: str, tensor: np.ndarray) -> np.ndarray:
    """N vectors for N pictures, by the binary tensor extension."""
    if datatype == "BYTES":
        raw = b"".join(len(item).to_bytes(4, "little") + item for item in tensor.reshape(-1))
    else:
        raw = tensor.tobytes()
    described = {"name": "image", "shape": tensor.shape, "datatype": datatype, "parameters": {"binary_data_size": len(raw)}}
    output = {"name": "embedding", "parameters": {"binary_data": True}}
    head = json.dumps({"inputs": [described], "outputs": [output]}).encode()
    headers = {"Content_Type": "application/octet-stream", "Inference_Header_Content_Length": str(len(head))}
    body, told = ask(f"{url}/v2/models/{model}/infer", head + raw, **headers)
    length = int({key.lower(): value for key, value in told.items()}["inference-header-content-length"])
    return np.frombuffer(body[length:], np.float32).reshape(len(tensor), -1)


def golden() -> list[Image.Image]:
    """Pictures with edges, gradients and noise, of three shapes."""
    numbers, pictures = np.random.default_rng(7), []
    for width, height in [(640, 480), (300, 900), (224, 224), (1200, 500)]:
        y, x = np.mgrid[0:height, 0:width]
        base = np.stack([x * 255 / width, y * 255 / height, 127 + 127 * np.sin(x / 17 + y / 23)], axis=-1)
        base[height // 4 : height // 2, width // 3 : width // 2] = numbers.integers(0, 255, 3)
        noise = numbers.normal(0, 12, base.shape)
        pictures.append(Image.fromarray(np.clip(base + noise, 0, 255).astype(np.uint8)))
    return pictures


def encode(picture: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def inputs(suffix: str, pixels: np.ndarray, normalised: np.ndarray) -> tuple[str, np.ndarray]:
    if suffix == "_u8":
        return "UINT8", pixels
    if suffix == "_fp16":
        return "FP16", normalised.astype(np.float16)
    if suffix == "_jpeg":
        files = [encode(Image.fromarray(p), "JPEG", quality=95, subsampling=0) for p in pixels]
        return "BYTES", np.array(files, object).reshape(-1, 1)
    return "FP32", normalised


def main() -> None:
    url, recipe, failed = sys.argv[1].rstrip("/"), Preprocessing(), False
    whole = [decode(encode(picture, "PNG"), 10**8) for picture in golden()]
    pixels = np.stack([to_pixels(picture, recipe.size) for picture in whole])
    normalised = ((pixels / 255 - recipe.mean) / recipe.std).transpose(0, 3, 1, 2).astype(np.float32)
    offered = {model["name"] for model in json.loads(ask(f"{url}/v2/repository/index", b"{}")[0]) if model.get("state") == "READY"}
    reference_model = BASE if BASE in offered else f"{BASE}_u8"
    reference = infer(url, reference_model, *inputs(reference_model.removeprefix(BASE), pixels, normalised))
    for suffix, floor in FLOORS.items():
        if BASE + suffix not in offered:
            continue
        datatype, tensor = inputs(suffix, pixels, normalised)
        vectors = infer(url, BASE + suffix, datatype, tensor)
        lengths = np.linalg.norm(vectors, axis=1)
        cosines = (vectors * reference).sum(axis=1) / lengths / np.linalg.norm(reference, axis=1)
        good = bool(np.isfinite(vectors).all() and cosines.min() >= floor and abs(lengths - 1).max() < 1e-3)
        size = sum(map(len, tensor.reshape(-1))) if datatype == "BYTES" else tensor.nbytes
        failed |= not good
        print(
            f"{'ok' if good else 'FAILED'}  {BASE + suffix}: cosine to {reference_model} min {cosines.min():.6f} "
            f"mean {cosines.mean():.6f}, {size // len(tensor):,} bytes a picture"
        )
    if f"{BASE}_jpeg" in offered:
        # Untouched files: the server resizes and crops; PNG loses nothing, so its vectors are the reference's.
        files = np.array([encode(picture, "PNG") for picture in whole], object).reshape(-1, 1)
        vectors = infer(url, f"{BASE}_jpeg", "BYTES", files)
        lowest = float((vectors * reference).sum(axis=1).min())
        failed |= lowest < 0.9999
        print(f"{'ok' if lowest >= 0.9999 else 'FAILED'}  {BASE}_jpeg: untouched PNG files, cosine min {lowest:.6f}")
    raise SystemExit(1 if failed or not offered else 0)


if __name__ == "__main__":
    main()
