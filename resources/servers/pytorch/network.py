"""The visual tower of an open_clip model: which weights, on which device, and pixels in, unit vectors out."""

import hashlib
import logging
import os
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from embedding_server.preprocessing import Preprocessing

_log = logging.getLogger("network")

# What torch was told to know lasts as long as these objects.
_declarations: list[torch.library.Library] = []


def _import_open_clip() -> Any:
    """open_clip imports torchvision, whose compiled part may not fit a CPU build of torch; nothing here calls into it."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        # The operators that torchvision looks up while it is imported, declared without an implementation.
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declarations.append(library)
    import open_clip

    return open_clip


@dataclass(frozen=True)
class Choice:
    """What is asked for; what came of it is in Network."""

    model_name: str
    pretrained: str | None
    seed: int
    require_pretrained: bool
    device: str

    @staticmethod
    def from_environment() -> "Choice":
        return Choice(
            model_name=os.environ.get("CLIP_MODEL") or "ViT-B-32",
            # Empty: random weights are wanted. Not set: the checkpoint that Twinlens' own local model comes from.
            pretrained=os.environ.get("CLIP_PRETRAINED", "laion2b_s34b_b79k") or None,
            seed=int(os.environ.get("CLIP_SEED") or 0),
            require_pretrained=os.environ.get("CLIP_REQUIRE_PRETRAINED", "") not in ("", "0"),
            device=os.environ.get("CLIP_DEVICE") or "auto",
        )


def choose_device(wanted: str) -> torch.device:
    """`auto`: CUDA, else MPS, else CPU, whichever really computes. One asked for by name is used or refused, never replaced."""
    names = ["cuda", "mps", "cpu"] if wanted == "auto" else [wanted]
    for name in names:
        try:
            device = torch.device(name)
            (torch.ones(2, device=device) * 2).cpu()
            return device
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            reason = str(error).splitlines()[0][:200]
    raise SystemExit(f"CLIP_DEVICE={wanted} cannot be used on this machine: {reason}")


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"mps": "Apple GPU", "cpu": f"CPU, {torch.get_num_threads()} threads"}.get(device.type, device.type)


class Network(torch.nn.Module):
    """
    forward: N x 3 x size x size floats, normalised -> N x dimension floats, unit length (what the ONNX export computes too).
    embed: N x size x size x 3 bytes -> the same, from and to NumPy.
    """

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.model_name, self.device = choice.model_name, choose_device(choice.device)
        model, self.pretrained = _create(choice)
        # Which random weights; a checkpoint has none.
        self.seed = None if self.pretrained else choice.seed
        self.visual = model.visual.eval()  # the text tower is let go: 250 MB
        self.preprocessing = _preprocessing_of(self.visual)
        self.dimension = int(self.visual.output_dim)
        self.weights_sha256 = self._hash_weights()
        self.to(self.device)
        mean, std = self.preprocessing.mean, self.preprocessing.std
        self._mean = torch.tensor(mean, device=self.device).view(1, 3, 1, 1)
        self._std = torch.tensor(std, device=self.device).view(1, 3, 1, 1)

    def _hash_weights(self) -> str:
        """Over names, shapes and values, so the same weights give the same hash whatever file they came from."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.visual.state_dict().items()):
            digest.update(f"{name}{tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().data)
        return digest.hexdigest()

    def normalise(self, pixels: torch.Tensor) -> torch.Tensor:
        """N x size x size x 3 bytes -> N x 3 x size x size floats, on the device: a quarter of the bytes cross the bus."""
        return (pixels.permute(0, 3, 1, 2).float() / 255 - self._mean) / self._std

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(self.visual(image), dim=-1)

    @torch.inference_mode()
    def embed(self, pixels: np.ndarray) -> np.ndarray:
        return self(self.normalise(torch.from_numpy(pixels).to(self.device))).float().cpu().numpy()


def _create(choice: Choice) -> tuple[Any, str | None]:
    open_clip = _import_open_clip()
    if choice.pretrained is not None:
        known = open_clip.list_pretrained_tags_by_model(choice.model_name)
        if choice.pretrained not in known and not os.path.isfile(choice.pretrained):
            raise SystemExit(f"CLIP_PRETRAINED={choice.pretrained} is neither a file nor one of {', '.join(known)}.")
        try:
            return open_clip.create_model(choice.model_name, pretrained=choice.pretrained), choice.pretrained
        except Exception as error:  # noqa: BLE001 - no network, no disk, a broken download: all mean "not fetched"
            reason = f"the checkpoint {choice.pretrained} could not be fetched ({type(error).__name__})"
            if choice.require_pretrained:
                raise SystemExit(f"Not started: {reason}. {error}") from error
            _log.warning("%s: RANDOM weights of seed %d are served, good for tests only.", reason, choice.seed)
    torch.manual_seed(choice.seed)
    return open_clip.create_model(choice.model_name, pretrained=None), None


def _preprocessing_of(visual: Any) -> Preprocessing:
    told = visual.preprocess_cfg
    size = told["size"][0] if isinstance(told["size"], (tuple, list)) else told["size"]
    if told["interpolation"] != "bicubic" or told["resize_mode"] != "shortest":
        raise SystemExit(f"This server knows bicubic, shortest-side preprocessing only; the model wants {told}.")
    return Preprocessing(int(size), tuple(told["mean"]), tuple(told["std"]))
