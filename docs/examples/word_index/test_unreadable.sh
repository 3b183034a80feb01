#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# A file and a directory that may not be read are reported, the rest is counted, and the status is
# 1. root may read everything, so as root the program runs without that privilege; where that
# cannot be arranged the test counts as skipped (77). usage: test_unreadable.sh PROGRAM
set -eu
LC_ALL=C
export LC_ALL
program=$1
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

unprivileged() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --inh-caps=-all --bounding-set=-dac_override,-dac_read_search "$@"
  else
    "$@"
  fi
}

mkdir -p "$work/tree/closed directory"
printf 'may be read\n' >"$work/tree/open"
printf 'may not be read\n' >"$work/tree/closed"
printf 'cannot be reached\n' >"$work/tree/closed directory/text"
printf 'compressed\n' | gzip -c >"$work/tree/closed.gz"
chmod 000 "$work/tree/closed" "$work/tree/closed.gz" "$work/tree/closed directory"

if unprivileged cat "$work/tree/closed" >"$work/out" 2>&1; then
  echo 'files without any permission can be read here: nothing to test'
  exit 77
fi
if ! unprivileged "$program" --help >"$work/out" 2>&1; then
  echo "cannot run $program without privileges:"
  cat "$work/out"
  exit 77
fi

for way in --serial --parallel '--threads 3'; do
  status=0
  # shellcheck disable=SC2086  # one option and its value
  unprivileged timeout 60 "$program" $way "$work/tree" >"$work/out" 2>"$work/err" || status=$?
  sort >"$work/expected" <<END
word_index: $work/tree/closed: Permission denied
word_index: $work/tree/closed directory: Permission denied
word_index: $work/tree/closed.gz: Permission denied
END
  if [ "$status" != 1 ] || ! sort "$work/err" | cmp - "$work/expected" ||
    ! grep -q '^  words  *3 ' "$work/out"; then
    echo "FAILED: $way: status $status"
    cat "$work/out" "$work/err"
    exit 1
  fi
done

status=0
unprivileged "$program" "$work/tree/closed directory" >"$work/out" 2>"$work/err" || status=$?
if [ "$status" != 2 ] || ! grep -q 'closed directory: Permission denied' "$work/err"; then
  echo "FAILED: a root that may not be read: status $status"
  cat "$work/err"
  exit 1
fi
echo 'everything as expected'
