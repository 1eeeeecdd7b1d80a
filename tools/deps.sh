#!/usr/bin/env bash
# Installs the system packages lampas needs and that are missing, with apt, asking nothing. Quick and silent when all are there.
#   tools/deps.sh             to build, test and check
#   tools/deps.sh --bench     LibTorch, to compare against
#   tools/deps.sh --goldens   Python's PyTorch, to regenerate tests/data
#   tools/deps.sh --list      print the packages instead
set -euo pipefail

packages="g++ cmake ninja-build make git ccache pkg-config python3
  libdnnl-dev libhwy-dev liblapack3 zlib1g-dev libzip-dev nlohmann-json3-dev libfmt-dev libgtest-dev libbenchmark-dev clang-format-14"
list=no
for argument in "$@"; do
  case $argument in
    --bench) packages="libtorch-dev" ;;
    --goldens) packages="python3-torch python3-numpy" ;;
    --list) list=yes ;;
    *) echo "deps.sh: unknown option $argument" >&2; exit 2 ;;
  esac
done
if [ $list = yes ]; then
  printf '%s\n' $packages
  exit
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "deps.sh: no apt on this system. Install by hand what these Debian packages hold:" $packages >&2
  exit 0
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $packages 2>/dev/null | sed -n 's/^installed //p' || true)
missing=""
for package in $packages; do
  grep -qxF -- "$package" <<<"$installed" || missing+=" $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "deps.sh: not root and no sudo. As root, run: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  as_root="sudo"
  [ -t 0 ] || as_root="sudo -n"  # nobody is there to type a password
fi
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}
echo "deps.sh: installing$missing"
# Lists may be absent (fresh images) or stale (packages gone from the mirror); a mirror out of reach may still not matter.
apt update || echo "deps.sh: the package lists could not be refreshed; going on with those at hand" >&2
if ! apt install -y --no-install-recommends $missing; then
  echo "deps.sh: apt could not install:$missing" >&2
  exit 1
fi
