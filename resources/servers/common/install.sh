# Sourced. install_into DIR COMMAND…: runs COMMAND with $pip once for each content of the requirement files; a second call is instant.
here_common=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# make_venv DIR: DIR/venv and $pip, made when missing.
make_venv() {
  if [ ! -x "$1/venv/bin/pip" ]; then
    local python
    python=$(bash "$here_common/find-python.sh")
    mkdir -p "$1"
    "$python" -m venv "$1/venv"
  fi
  pip=("$1/venv/bin/python" -m pip --disable-pip-version-check -q)
}

# is_installed STAMP FILE…: whether the stamp was written for the files as they are now.
is_installed() {
  local stamp=$1
  shift
  wanted=$(cat "$@" | cksum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]
}
