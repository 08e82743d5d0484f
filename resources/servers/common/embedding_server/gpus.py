"""What NVIDIA's own tool says about the GPUs; nothing where there is none."""

import shutil
import subprocess

_FIELDS = {
    "index": "index",
    "name": "name",
    "driver_version": "driver",
    "memory.total": "memory_total_bytes",
    "memory.used": "memory_used_bytes",
    "utilization.gpu": "utilization_percent",
    "power.draw": "power_watts",
    "power.limit": "power_limit_watts",
    "temperature.gpu": "temperature_celsius",
}


def _value(query: str, text: str) -> object:
    if query in ("name", "driver_version"):
        return text
    try:
        number = float(text)
    except ValueError:
        return None  # "[N/A]": the card does not tell
    if query.startswith("memory."):
        return int(number * 1024 * 1024)
    return int(number) if query == "index" else number


def nvidia_gpus() -> list[dict[str, object]]:
    """One record a GPU; a figure that the card does not tell is None. Takes up to a second: not for every request."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    command = [tool, f"--query-gpu={','.join(_FIELDS)}", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[cell.strip() for cell in line.split(",")] for line in lines if line.strip()]
    return [
        {name: _value(query, cell) for (query, name), cell in zip(_FIELDS.items(), row, strict=True)}
        for row in rows
        if len(row) == len(_FIELDS)
    ]
