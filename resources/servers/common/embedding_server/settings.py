"""Settings from the environment. Everything has a default that is safe on a person's own machine."""

import os
from dataclasses import dataclass
from pathlib import Path


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SystemExit(f"{name} must be a number, but is {text!r}.") from None
    if value < 0:
        raise SystemExit(f"{name} must not be negative, but is {text!r}.")
    return value


@dataclass(frozen=True)
class Settings:
    # 127.0.0.1: photos are private, so other machines are let in only when somebody says so.
    host: str
    port: int
    # None: no token is asked for.
    token: str | None
    # Of a whole request, as it travels.
    max_body_bytes: int
    max_images: int
    # Width x height of one picture. Decoded, a pixel takes three bytes.
    max_pixels: int
    # Pictures in one run of the network.
    max_batch: int
    # How long a batch waits for pictures that are being decoded already; a lone request never waits.
    max_delay_s: float
    # Pictures that may wait for the network; more are answered with 503.
    max_waiting: int
    # Threads that decode and resize.
    workers: int
    # Where models and exports are kept between starts.
    cache: Path

    @staticmethod
    def from_environment(default_port: int) -> "Settings":
        cache = os.environ.get("TWINLENS_CACHE") or Path.home() / ".cache" / "twinlens-servers"
        return Settings(
            host=os.environ.get("TWINLENS_HOST") or "127.0.0.1",
            port=int(_number("TWINLENS_PORT", default_port)),
            token=os.environ.get("TWINLENS_TOKEN") or None,
            max_body_bytes=int(_number("TWINLENS_MAX_BODY_MB", 64) * 1024 * 1024),
            max_images=int(_number("TWINLENS_MAX_IMAGES", 256)),
            max_pixels=int(_number("TWINLENS_MAX_MEGAPIXELS", 100) * 1_000_000),
            max_batch=max(1, int(_number("TWINLENS_MAX_BATCH", 32))),
            max_delay_s=_number("TWINLENS_MAX_DELAY_MS", 5) / 1000,
            max_waiting=max(1, int(_number("TWINLENS_MAX_WAITING", 2048))),
            workers=max(1, int(_number("TWINLENS_WORKERS", os.cpu_count() or 2))),
            cache=Path(cache).expanduser().absolute(),
        )
