#!/usr/bin/env bash
# start-cpu.sh DIR: installs the gateway under DIR (once, 0.1 GB) and starts it in the foreground on 127.0.0.1:8006, in front of the
# Triton at $TRITON_URL (http://127.0.0.1:8003, see ../triton). start-cpu.sh DIR --install: only installs. Settings: README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:?where to install?}"
dir=$(cd "$1" && pwd)
# shellcheck source=../common/install.sh
. "$here/../common/install.sh"
make_venv "$dir"
requirements=("$here/requirements.txt" "$here/../common/requirements.txt")
if ! is_installed "$dir/installed-gateway" "${requirements[@]}"; then
  "${pip[@]}" install -r "$here/requirements.txt"
  echo "$wanted" >"$dir/installed-gateway"
fi
[ "${2:-}" = --install ] || exec "$dir/venv/bin/python" -B "$here/server.py"
