#!/usr/bin/env bash
# start-cpu.sh DIR: installs the server under DIR (once, 1.2 GB) and starts it in the foreground on 127.0.0.1:8002, no Docker needed.
# start-cpu.sh DIR --install: only installs. start-cpu.sh DIR --export FILE.onnx: writes the network as ONNX and ends.
# Settings come from the environment: README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:?where to install?}"
dir=$(cd "$1" && pwd)
# shellcheck source=../common/install.sh
. "$here/../common/install.sh"
make_venv "$dir"
requirements=("$here/start-cpu.sh" "$here/requirements.txt" "$here/../common/requirements.txt")
if ! is_installed "$dir/installed-pytorch" "${requirements[@]}"; then
  if [ "$(uname -s)" = Linux ]; then
    # The build without CUDA (0.2 GB instead of 3): from wherever pip finds it, else from PyTorch's own index.
    "${pip[@]}" install torch==2.13.0+cpu 2>/dev/null ||
      "${pip[@]}" install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu
  else
    "${pip[@]}" install torch==2.13.0
  fi
  # With their dependencies these would bring a CUDA torch along; what they really need is in requirements.txt.
  "${pip[@]}" install --no-deps open_clip_torch==3.3.0 timm==1.0.31 torchvision==0.28.0
  "${pip[@]}" install -r "$here/requirements.txt"
  echo "$wanted" >"$dir/installed-pytorch"
fi
export TWINLENS_CACHE="${TWINLENS_CACHE:-$dir/models}"
cd "$dir" # not a folder that holds one named `triton`: torch would import that instead of its compiler
case "${2:-}" in
--install) ;;
--export) exec "$dir/venv/bin/python" -B "$here/export_onnx.py" "${3:?to which file?}" ;;
*) exec "$dir/venv/bin/python" -B "$here/server.py" ;;
esac
