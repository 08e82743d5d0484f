"""smoke.py URL: asks a running PyTorch server or gateway everything that its contract promises. Standard library only.

TWINLENS_TOKEN is sent where it is set. Prints one line a check and ends with 1 at the first that fails.
"""

import base64
import json
import math
import os
import struct
import sys
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor

TOKEN = os.environ.get("TWINLENS_TOKEN")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url: str, body: bytes | None = None, kind: str = "application/json", method: str | None = None, **headers: str):
    """Status, headers and body of the answer, errors included."""
    if TOKEN:
        headers["Authorization"] = f"Bearer {TOKEN}"
    if body is not None:
        headers["Content-Type"] = kind
    try:
        with _opener.open(urllib.request.Request(url, body, headers, method=method), timeout=60) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def png(width: int, height: int, seed: int) -> bytes:
    """A picture that is different for each seed: waves of colour."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes(int(127 + 127 * math.sin((x * (c + 1) + y * (seed + 1)) / (9 + seed + c))) for c in range(3))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


def check(what: str, good: bool, seen: object = "") -> None:
    print(f"{'ok' if good else 'FAILED'}  {what}{'' if good else f': {seen!r:.500}'}")
    if not good:
        raise SystemExit(1)


def as_json(*pictures: bytes, **more: str) -> bytes:
    return json.dumps({"images": [base64.b64encode(p).decode() for p in pictures], **more}).encode()


def as_form(*pictures: bytes) -> tuple[bytes, str]:
    parts = [
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + p
        for p in pictures
    ]
    return b"\r\n".join([*parts, b"--edge--\r\n"]), "multipart/form-data; boundary=edge"


def check_embedding(url: str, dimension: int) -> None:
    pictures = [png(224, 224, seed) for seed in range(3)]
    status, headers, body = ask(f"{url}/embed/base64", as_json(*pictures))
    check("/embed/base64 answers", status == 200, (status, body[:300]))
    together = json.loads(body)["embeddings"]
    check("one vector a picture, of the told length", [len(v) for v in together] == [dimension] * 3)
    check("vectors have unit length", all(abs(math.hypot(*v) - 1) < 1e-3 for v in together))
    check("pictures differ", cosine(together[0], together[1]) < 0.999)
    timing = headers.get("Server-Timing", "")
    check("Server-Timing tells its stages", all(f"{s};dur=" in timing for s in ("decode", "preprocess", "queue", "inference")), timing)
    status, _, body = ask(f"{url}/embed/batch", *as_form(*reversed(pictures)))
    check("/embed/batch answers", status == 200, (status, body[:300]))
    turned = json.loads(body)["embeddings"][::-1]
    check("the same vectors in the order sent", min(map(cosine, together, turned)) > 0.99999)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda i: ask(f"{url}/embed/base64", as_json(pictures[i % 3])), range(24)))
    alone = [json.loads(body)["embeddings"][0] for _, _, body in replies]
    check("24 requests at once get each their own", min(cosine(v, together[i % 3]) for i, v in enumerate(alone)) > 0.99999)


def check_refusals(url: str, max_images: int) -> None:
    status, _, body = ask(f"{url}/embed/base64", as_json(png(8, 8, 0), b"no picture"))
    check("what is no picture is named", status == 400 and b"image 1" in body, (status, body))
    status, _, body = ask(f"{url}/embed/base64", json.dumps({"images": ["%%%"]}).encode())
    check("bad base64 is refused", status == 400 and b"base64" in body, (status, body))
    status, _, body = ask(f"{url}/embed/base64", json.dumps({"images": ["AAAA"] * (max_images + 1)}).encode())
    check("too many pictures are refused, and not sent back", status == 422 and len(body) < 1000, (status, body))
    status, _, body = ask(f"{url}/embed/base64", as_json(png(8, 8, 0), model_name="another"))
    check("another model is not pretended", status == 404, (status, body))


def check_questions(url: str) -> dict:
    for path in ("/health", "/healthz"):
        status, _, body = ask(url + path)
        check(f"{path} says ok", status == 200 and json.loads(body)["status"] == "ok", (status, body))
    status, _, body = ask(f"{url}/model-info")
    info = json.loads(body)
    told = {"model_name", "pretrained", "embedding_dim", "device", "weights_sha256", "preprocessing"}
    check("/model-info tells what is served", status == 200 and told <= info.keys(), info)
    status, _, body = ask(f"{url}/gpu-info")
    check("/gpu-info answers", status == 200 and "devices" in json.loads(body), (status, body))
    status, _, body = ask(f"{url}/metrics")
    check("/metrics counts requests", status == 200 and b"twinlens_requests_total" in body, status)
    if info.get("onnx"):
        status, headers, body = ask(f"{url}/model.onnx", Range="bytes=100-199")
        total = headers.get("Content-Range", "").rpartition("/")[2]
        check("/model.onnx answers ranges", status == 206 and len(body) == 100 and total == str(info["onnx"]["bytes"]), status)
        check("/model.onnx tells its sha256", headers.get("X-Content-SHA256") == info["onnx"]["sha256"], dict(headers))
    return info


def main() -> None:
    url = sys.argv[1].rstrip("/")
    if TOKEN:
        try:
            _opener.open(f"{url}/model-info", timeout=10)
            check("without the token nothing is told", False)
        except urllib.error.HTTPError as error:
            check("without the token nothing is told", error.code == 401, error.code)
    info = check_questions(url)
    check_embedding(url, info["embedding_dim"])
    check_refusals(url, info["max_images"])
    print(f"{info['model_name']} on {info['device']}: all good")


if __name__ == "__main__":
    main()
