#!/usr/bin/env bash
# smoke.sh [URL]: asks a running server everything that its contract promises. TWINLENS_TOKEN is sent where it is set.
exec "${PYTHON:-python3}" -B "$(dirname "${BASH_SOURCE[0]}")/../common/smoke.py" "${1:-http://127.0.0.1:8002}"
