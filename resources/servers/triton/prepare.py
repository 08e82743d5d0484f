"""prepare.py --onnx FILE --to REPOSITORY [--for gpu|cpu] [--models fp32,u8,fp16,jpeg,trt] [--cache DIR]: fills a Triton model repository.

From one exported network it derives the UINT8 and FP16 graphs, copies the configurations of model_repository/ (for `cpu` with the
Python backend in place of onnxruntime) and records the sha256 of every file in REPOSITORY/models.json and in each model's parameters.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

import onnx

from graphs import fp16_compute, fp16_wire, uint8_input

HERE = Path(__file__).resolve().parent
COMMON = HERE.parent / "common" / "embedding_server"
sys.path.insert(0, str(COMMON))

from preprocessing import Preprocessing

BASE = "openclip_vit_b32"
NAMES = {"fp32": BASE, "u8": f"{BASE}_u8", "fp16": f"{BASE}_fp16", "jpeg": f"{BASE}_jpeg", "trt": f"{BASE}_trt"}


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    """Without the room of a copy where the disk allows."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)


def _derive(kind: str, source: Path, sha256: str, host: str, described: dict, cache: Path) -> tuple[Path, str]:
    """The network of one model and its sha256; derived graphs are kept in `cache`, so that a later start only links them."""
    if kind in ("fp32", "trt"):
        return source, sha256
    derived = cache / f"{sha256[:16]}-{kind}{'-wire' if kind == 'fp16' and host == 'cpu' else ''}.onnx"
    noted = derived.with_suffix(".sha256")
    if not noted.is_file():
        model = onnx.load(source)
        if kind == "u8":
            model = uint8_input(model, described["mean"], described["std"])
        else:
            model = fp16_wire(model) if host == "cpu" else fp16_compute(model)
        cache.mkdir(parents=True, exist_ok=True)
        partial = derived.with_suffix(f".{os.getpid()}")
        onnx.save(model, partial)
        hashed = sha256_of(partial)
        partial.replace(derived)
        noted.write_text(hashed)
    return derived, noted.read_text()


def _place_config(name: str, folder: Path, host: str, parameters: dict[str, str]) -> None:
    config = (HERE / "model_repository" / name / "config.pbtxt").read_text()
    if host == "cpu":
        config = config.replace('backend: "onnxruntime"', 'backend: "python"').replace("KIND_GPU", "KIND_CPU")
    for key, value in parameters.items():
        config += f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'
    (folder / "config.pbtxt").write_text(config)


def _told_of(source: Path) -> dict:
    """What the exporter wrote beside the network; a file from elsewhere has only its hash."""
    sidecar = source.with_suffix(source.suffix + ".json")
    return json.loads(sidecar.read_text()) if sidecar.is_file() else {"sha256": sha256_of(source)}


def prepare(source: Path, repository: Path, kinds: list[str], host: str, cache: Path) -> None:
    told = _told_of(source)
    described = told.get("preprocessing") or Preprocessing().describe()
    shared = {"source_sha256": told["sha256"], "preprocessing": described["id"]}
    shared |= {key: str(told[key]) for key in ("model", "pretrained", "seed", "weights_sha256") if told.get(key) is not None}
    record = {"source": told, "models": {}}
    for name in NAMES.values():  # of an earlier choice; nothing else that lies there is touched
        shutil.rmtree(repository / name, ignore_errors=True)
    for kind in kinds:
        name = NAMES[kind]
        version = repository / name / "1"
        version.mkdir(parents=True)
        if kind == "jpeg":
            shutil.copyfile(HERE / "model_repository" / name / "1" / "model.py", version / "model.py")
            shutil.copyfile(COMMON / "preprocessing.py", version / "preprocessing.py")
            _place_config(name, repository / name, host, shared)
            continue
        network, sha256 = _derive(kind, source, told["sha256"], host, described, cache)
        _link(network, version / "model.onnx")
        record["models"][name] = {"sha256": sha256, "bytes": network.stat().st_size}
        if host == "cpu":
            shutil.copyfile(HERE / "cpu" / "model.py", version / "model.py")
        _place_config(name, repository / name, host, shared | {"onnx_sha256": sha256})
    (repository / "models.json").write_text(json.dumps(record, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--for", dest="host", choices=["gpu", "cpu"], default="gpu")
    parser.add_argument("--models", default=None)
    parser.add_argument("--cache", type=Path, help="where derived graphs are kept; default: REPOSITORY/../derived")
    asked = parser.parse_args()
    kinds = (asked.models or ("fp32,u8,fp16,jpeg" if asked.host == "cpu" else ",".join(NAMES))).split(",")
    unknown = [kind for kind in kinds if kind not in NAMES or (kind == "trt" and asked.host == "cpu")]
    if unknown:
        raise SystemExit(f"unknown here: {', '.join(unknown)}; there are {', '.join(NAMES)} (trt on GPUs only).")
    if "jpeg" in kinds and "u8" not in kinds:
        kinds.append("u8")  # what it hands the decoded pictures to
    prepare(asked.onnx, asked.to, kinds, asked.host, asked.cache or asked.to.absolute().parent / "derived")


if __name__ == "__main__":
    main()
