#!/usr/bin/env bash
# start-cpu.sh DIR [tritonserver options…]: a real Triton 2.51.0 (24.10) on a machine without GPU and Docker. Installs it under DIR (once,
# 0.45 GB, perf_analyzer beside it) and starts it in the foreground on 127.0.0.1. End it with Ctrl-C or SIGTERM.
# start-cpu.sh DIR --install: only installs.
#   MODELS=fp32,u8,fp16,jpeg  which to serve; each needs about 0.6 GB of memory
#   ONNX=FILE                 the exported network (../pytorch/start-cpu.sh DIR --export FILE); ONNX=tiny: a 3 MB stand-in for tests
#   REPOSITORY=DIR/repository where the model repository is written
#   HTTP_PORT=8003 GRPC_PORT=8004 METRICS_PORT=8005 ORT_THREADS=(all cores)
# Needs Linux on x86-64 or aarch64 with glibc 2.35 or newer.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:?where to install?}"
dir=$(cd "$1" && pwd)
shift
# shellcheck source=../common/install.sh
. "$here/../common/install.sh"
NEWEST_PYTHON=3.12 make_venv "$dir" # numpy 1, which this Triton needs, ends there
python=$dir/venv/bin/python
if ! is_installed "$dir/installed-triton" "$here/requirements.txt"; then
  "${pip[@]}" install --no-deps nvidia-pytriton==0.7.0 # only for the server inside it
  "${pip[@]}" install -r "$here/requirements.txt"
  # The last release whose perf_analyzer runs on glibc 2.36.
  "${pip[@]}" download --no-deps --only-binary :all: -d "$dir/download" tritonclient==2.51.0
  "$python" - "$dir" <<'PY'
import glob, os, sys, zipfile
folder = sys.argv[1]
archive = zipfile.ZipFile(glob.glob(folder + "/download/tritonclient-2.51.0*.whl")[0])
name = next(name for name in archive.namelist() if name.endswith("bin/perf_analyzer"))
with open(folder + "/perf_analyzer", "wb") as file:
    file.write(archive.read(name))
os.chmod(folder + "/perf_analyzer", 0o755)
PY
  rm -r "$dir/download"
  echo "$wanted" >"$dir/installed-triton"
fi
read -r site version libdir < <("$python" -c 'import sys, sysconfig as s; print(s.get_path("purelib"), "%d.%d" % sys.version_info[:2], s.get_config_var("LIBDIR"))')
mkdir -p "$dir/lib" # perf_analyzer: LD_LIBRARY_PATH=DIR/lib DIR/perf_analyzer …
for wanted in b64.so.0d:libb64 cudart.so.12:libcudart; do
  ln -sfn "$(ls "$site"/nvidia_pytriton.libs/"${wanted#*:}"-* | head -1)" "$dir/lib/lib${wanted%%:*}"
done
if [ "${1:-}" = --install ]; then exit 0; fi

onnx=${ONNX:-$dir/network.onnx}
if [ "$onnx" = tiny ]; then
  onnx=$dir/tiny.onnx
  [ -f "$onnx" ] || { "$python" -B "$here/tiny_network.py" "$onnx.$$" && mv "$onnx.$$" "$onnx"; }
fi
[ -f "$onnx" ] || {
  echo "There is no network yet. Make one: $here/../pytorch/start-cpu.sh DIR --export $onnx (or set ONNX)." >&2
  exit 1
}
repository=${REPOSITORY:-$dir/repository}
"$python" -B "$here/prepare.py" --onnx "$onnx" --to "$repository" --for cpu --models "${MODELS:-fp32,u8}" --cache "$dir/derived"

server=$site/pytriton/tritonserver
ln -sfn "../../python_backend_stubs/$version/triton_python_backend_stub" "$server/backends/python/triton_python_backend_stub"
export LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" TRITON_MODEL_SITE="$site" ORT_THREADS="${ORT_THREADS:-0}"
exec "$server/bin/tritonserver" --model-repository="$repository" --backend-directory="$server/backends" --cache-directory="$server/caches" \
  --http-address=127.0.0.1 --http-port="${HTTP_PORT:-8003}" --grpc-address=127.0.0.1 --grpc-port="${GRPC_PORT:-8004}" \
  --metrics-address=127.0.0.1 --metrics-port="${METRICS_PORT:-8005}" --allow-gpu-metrics=false --exit-timeout-secs=5 "$@"
