#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Installs what is missing (as root, on Debian 12), builds everything and passes the quick tests. The
# benchmarks are built to be tested, not to measure.
#
# usage: sh tests/run.sh [OPTION OF `meson setup`...]
#
#   MICROPOOL_BUILD_DIR   the build directory (default: build/ beside tests/)
#   CXX                   the compiler (default: g++)
#
# The last line is `N passed, N failed`; exit status 0 only if nothing failed and nothing that
# tests/expected_tests.txt names is missing.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${MICROPOOL_BUILD_DIR:-$root/build}
export CXX="${CXX:-g++}"
. "$root/tests/support/packages.sh"

need_test_packages

# What fails before a test can run is one failure.
fail() {
  say "$1"
  say "0 passed, 1 failed"
  exit 1
}

say "Building in $build"
configure "$build" -Dtests=enabled -Dbenchmarks=enabled -Dexamples=enabled \
  -Dquick_build=true -Dsimulation=false "$@" ||
  fail "meson setup failed"
ninja -C "$build" >"$build/build.txt" 2>&1 || {
  grep -v '^\[' "$build/build.txt" | head -n 200
  fail "the build failed; all of its output is in $build/build.txt"
}

log=$build/meson-logs/testlog-quick.json
rm -f "$log"
# Tests wait more than they work.
meson test -C "$build" --setup quick --no-rebuild --print-errorlogs \
  --num-processes "$(($(getconf _NPROCESSORS_ONLN) + 2))" || true
[ -s "$log" ] || fail "meson test left no result"
python3 "$root/tests/support/summary.py" --exclude full --exclude docs --exclude simulation \
  --expect "$root/tests/expected_tests.txt" "$build" "$log"
