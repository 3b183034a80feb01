#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs tour with several numbers of workers and checks what it prints. usage: test_tour.sh PROGRAM
set -eu
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

for workers in default 0 1 2 4; do
  if [ "$workers" = default ]; then unset MICROPOOL_NUM_THREADS; else
    MICROPOOL_NUM_THREADS=$workers
    export MICROPOOL_NUM_THREADS
  fi
  fail() {
    echo "FAILED with $workers workers: $*"
    cat "$work/out" "$work/err"
    exit 1
  }
  status=0
  timeout 60 "$program" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" = 0 ] || fail "status $status"
  [ ! -s "$work/err" ] || fail 'there is something on standard error'

  # Each letter once, with a thread and a time; the order as far as the program fixes it.
  order=$(sed -n 's/^\([A-Z]\)  at  *[0-9.]* ms  .* (thread [0-9]*)$/\1/p' "$work/out" | tr -d '\n')
  sorted=$(printf '%s\n' "$order" | sed 's/./&\n/g' | sort | tr -d '\n')
  [ "$sorted" = ACDEF ] || fail "the letters are $order"
  case $order in A*) ;; *) fail "A is not the first of $order" ;; esac
  case $order in *E*D* | *F*D*) fail "E or F stands before D in $order" ;; esac
  grep -q '^A  at .* the main thread ' "$work/out" || fail 'A was not printed by the main thread'

  # A sentence for each branch, and the verdict.
  for branch in left right inner_left inner_right; do
    [ "$(grep -c "^  $branch  *was run by .*\.$" "$work/out")" = 1 ] || fail "nothing on $branch"
  done
  grep -q '^While a thread was blocked in a join it ran nothing unrelated' "$work/out" ||
    fail 'no verdict'

  # The sentences agree with the letters.
  sed -n 's/^\([CDEF]\)  at  *[0-9.]* ms  \(.*\) (thread [0-9]*)$/\1 \2/p' "$work/out" | sort \
    >"$work/letters"
  sed -n 's/^  \([a-z_]*\)  *was run by \([^,]*\),.*/\1 \2/p' "$work/out" |
    sed 's/^left /C /; s/^right /D /; s/^inner_left /E /; s/^inner_right /F /' | sort >"$work/told"
  cmp -s "$work/letters" "$work/told" || fail 'the sentences name other threads than the letters'
  if [ "$workers" = 0 ]; then
    [ "$order" = ACDEF ] || fail "without workers the order is $order"
    ! grep -q worker "$work/out" || fail 'there is a worker'
  fi
done
echo 'everything as expected'
