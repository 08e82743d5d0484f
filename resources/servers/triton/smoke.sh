#!/usr/bin/env bash
# smoke.sh DIR [URL]: every model of a running Triton against its FP32 one, with the Python that start-cpu.sh installed under DIR.
exec "${1:?where is it installed?}/venv/bin/python" -B "$(dirname "${BASH_SOURCE[0]}")/smoke.py" "${2:-http://127.0.0.1:8003}"
