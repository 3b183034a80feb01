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
  [ "$sorted" = ABCDEF ] || fail "the letters are $order"
  case $order in A*) ;; *) fail "A is not the first of $order" ;; esac
  case $order in *E*D* | *F*D*) fail "E or F stands before D in $order" ;; esac
  grep -q '^A  at .* the main thread ' "$work/out" || fail 'A was not printed by the main thread'

  # B after the branch that was offered first, and never on the main thread where there are workers.
  # (The main thread may take the branch itself, if no worker manages to within 20 ms.)
  ran() { grep -q "^$1  at .* $2 (thread" "$work/out"; }
  case $order in *B*D*) ran D 'the main thread' || fail "B stands before D in $order" ;; esac
  if [ "$workers" = 0 ]; then
    [ "$order" = ACDEFB ] || fail "without workers the order is $order"
    ran B 'the main thread' || fail 'another thread than the main thread ran B'
    ! grep -q 'worker [0-9]' "$work/out" || fail 'there is a worker'
    grep -q '^The background task .* there is no other thread\.$' "$work/out" || fail 'no word on B'
  else
    ran B 'worker [0-9]*' || fail 'B was not run by a worker'
    grep -q '^The background task .* only when the branch .* had been taken\.$' "$work/out" ||
      fail 'no word on B'
  fi
  # The only worker cannot begin B while it stands in the joins.
  if [ "$workers" = 1 ] && ran D 'worker 0'; then
    case $order in *B*E*) fail "B stands before E in $order" ;; esac
  fi

  # A sentence for each branch, and the verdict.
  for branch in left right inner_left inner_right background; do
    [ "$(grep -c "^  $branch  *was run by .*\.$" "$work/out")" = 1 ] || fail "nothing on $branch"
  done
  grep -q '^While a thread was blocked in a join it ran nothing unrelated' "$work/out" ||
    fail 'no verdict'

  # The sentences agree with the letters.
  sed -n 's/^\([BCDEF]\)  at  *[0-9.]* ms  \(.*\) (thread [0-9]*)$/\1 \2/p' "$work/out" | sort \
    >"$work/letters"
  sed -n 's/^  \([a-z_]*\)  *was run by \([^,]*\),.*/\1 \2/p' "$work/out" |
    sed 's/^left /C /; s/^right /D /; s/^inner_left /E /; s/^inner_right /F /; s/^background /B /' |
    sort >"$work/told"
  cmp -s "$work/letters" "$work/told" || fail 'the sentences name other threads than the letters'
done
echo 'everything as expected'
