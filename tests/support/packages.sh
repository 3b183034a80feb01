# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=sh
# Sourced by the scripts that build and run things; defines
#   need_packages PACKAGE...   installs what is missing, or says what is missing and exits with 1
#   need_test_packages   the same for all that tests, benchmarks and examples need
#   configure DIRECTORY OPTION...   sets up a build directory, or brings an old one up to date
# Needs the variable `root`: the directory of the sources.

: "${root:?must be set before packages.sh is sourced}"

say() { printf '%s\n' "$*"; }

package_is_here() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
  for package in "$@"; do
    package_is_here "$package" || printf ' %s' "$package"
  done
}

need_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "This is no Debian, so nothing is installed; assumed to be here:" "$@"
    return 0
  fi
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    say "Missing packages:$missing" >&2
    say "Not root, so they cannot be installed here. As root: apt-get install$missing" >&2
    exit 1
  fi
  say "Installing:$missing"
  # A source that cannot be reached matters only if the packages cannot be had without it.
  apt-get update -q >/dev/null || say "apt-get update had problems"
  # shellcheck disable=SC2086  # one word per package
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $missing >/dev/null
  still_missing=$(missing_packages "$@")
  if [ -n "$still_missing" ]; then
    say "Could not install:$still_missing" >&2
    exit 1
  fi
}

need_test_packages() {
  need_packages meson ninja-build g++ pkg-config cmake python3 spin tcc \
    catch2 libbenchmark-dev libtbb-dev libboost-context-dev zlib1g-dev rapidjson-dev iso-codes
}

configure() {
  directory=$1
  shift
  if [ -f "$directory/build.ninja" ]; then
    # A directory of another Meson, compiler or place of the sources cannot be reconfigured.
    meson setup --reconfigure "$directory" "$root" "$@" >"$directory/configure.txt" 2>&1 && return 0
    rm -rf "$directory"
  fi
  mkdir -p "$directory"
  if ! meson setup "$directory" "$root" "$@" >"$directory/configure.txt" 2>&1; then
    cat "$directory/configure.txt" >&2
    return 1
  fi
}
