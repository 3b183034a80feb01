#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Installs what is missing (as root, on Debian 12), builds the main example and runs it.
#
# usage: sh docs/examples/run.sh [ARGUMENT OF word_index...]
#
# Without arguments it indexes /usr/share/doc. The exit status is that of the example.
#
#   MICROPOOL_BUILD_DIR   the build directory (default: build/ in the checkout)
#   CXX                   the compiler (default: g++)
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=${MICROPOOL_BUILD_DIR:-$root/build}
export CXX="${CXX:-g++}"
. "$root/tests/support/packages.sh"

need_packages meson ninja-build g++ pkg-config libboost-context-dev zlib1g-dev rapidjson-dev

configure "$build" -Dexamples=enabled
ninja -C "$build" docs/examples/word_index/word_index >"$build/build.txt" 2>&1 || {
  cat "$build/build.txt" >&2
  exit 1
}
exec "$build/docs/examples/word_index/word_index" "$@"
