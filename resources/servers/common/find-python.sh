#!/usr/bin/env bash
# Prints the Python that the servers can use: 3.11 up to $NEWEST_PYTHON (3.13), with venv and, for Triton's Python backend, the
# shared libpython. $PYTHON names one; otherwise those on the PATH are tried. `--list` prints what Debian and Ubuntu lack instead.
set -euo pipefail
newest=${NEWEST_PYTHON:-3.13}
check='
import ctypes, os, sys, sysconfig
import venv, ensurepip
newest = tuple(int(part) for part in sys.argv[1].split("."))
if not (3, 11) <= sys.version_info[:2] <= newest: sys.exit(1)
if sys.platform == "linux":
    name = "libpython%d.%d.so.1.0" % sys.version_info[:2]
    beside = os.path.join(sysconfig.get_config_var("LIBDIR") or "", name)
    ctypes.CDLL(beside if os.path.exists(beside) else name)
print(os.path.realpath(sys.executable))'
for candidate in ${PYTHON:-python3 python3.12 python3.11 python3.13 /usr/bin/python3}; do
  if found=$("$candidate" -c "$check" "$newest" 2>/dev/null); then
    [ "${1:-}" = --list ] || echo "$found"
    exit 0
  fi
done
# The system's own Python, or the one that would be installed now.
version=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null ||
  apt-cache show python3 2>/dev/null | sed -nE 's/^Version: ([0-9]+\.[0-9]+).*/\1/p' | head -1)
packages="python3 python3-venv libpython${version:-3.11}"
if [ "${1:-}" = --list ]; then
  echo "$packages"
  exit 0
fi
echo "No Python 3.11–$newest with venv and a shared libpython was found. On Debian or Ubuntu paste: sudo apt-get update && sudo apt-get install -y $packages" >&2
echo "Another Python can be named: PYTHON=/path/to/python3.12" >&2
exit 1
