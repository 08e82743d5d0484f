"""export_onnx.py FILE.onnx: writes the network that the server would serve as ONNX, and FILE.onnx.json that says what it is.

Input `image` N x 3 x size x size float32, normalised; output `embedding` N x dimension float32, unit length.
"""

import hashlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "common"))

OPSET = 17


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def export(target: Path) -> None:
    """Exports from the environment's choice of model; the file appears under its name only when it is whole."""
    import torch
    from network import Choice, Network

    torch.backends.mha.set_fastpath_enabled(False)  # the fused attention has no ONNX operator
    network = Network(Choice(**{**Choice.from_environment().__dict__, "device": "cpu"})).eval()
    size = network.preprocessing.size
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    # The newer exporter splits weights from graph and names nothing as asked; this one gives a single file.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    torch.onnx.export(
        network,
        (torch.zeros(2, 3, size, size),),
        str(partial),
        opset_version=OPSET,
        dynamo=False,
        input_names=["image"],
        output_names=["embedding"],
        dynamic_axes={"image": {0: "N"}, "embedding": {0: "N"}},
    )
    told = {
        "model": network.model_name,
        "pretrained": network.pretrained,
        "seed": network.seed,
        "weights_sha256": network.weights_sha256,
        "sha256": sha256_of(partial),
        "bytes": partial.stat().st_size,
        "opset": OPSET,
        "dimension": network.dimension,
        "preprocessing": network.preprocessing.describe(),
        "torch": torch.__version__,
    }
    partial.replace(target)
    _sidecar(target).write_text(json.dumps(told, indent=2) + "\n")


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in Path(name).name)


def _sidecar(file: Path) -> Path:
    return file.with_suffix(file.suffix + ".json")


def cached_export(cache: Path, model_name: str, weights: str, weights_sha256: str) -> tuple[Path, str]:
    """The export of exactly these weights and its sha256; made now, in a process of its own, where there is none.

    weights: how they are called, for the file's name.
    """
    file = cache / f"{_plain(model_name)}-{_plain(weights)}.onnx"
    try:
        told = json.loads(_sidecar(file).read_text())
        if told["weights_sha256"] == weights_sha256 and told["bytes"] == file.stat().st_size:
            return file, told["sha256"]
    except (OSError, ValueError, KeyError):
        pass  # not there, or half there
    print(f"Exporting the network to {file} (once) ...", flush=True)
    subprocess.run([sys.executable, __file__, str(file)], check=True)
    told = json.loads(_sidecar(file).read_text())
    if told["weights_sha256"] != weights_sha256:
        raise RuntimeError("the export is not of the weights that are served")
    return file, told["sha256"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    export(Path(sys.argv[1]).absolute())
