#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs legacy_visitor over a small tree, over a tree with every kind of defect, and with wrong command
# lines. usage: test_legacy_visitor.sh PROGRAM PYTHON
set -eu
LC_ALL=C
export LC_ALL
program=$1
python=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# run STATUS ARGUMENTS...: the program must end with STATUS; the output goes to $work/out and /err.
run() {
  expected=$1
  shift
  status=0
  timeout 120 "$program" "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" = "$expected" ] || {
    fail "legacy_visitor $*: status $status instead of $expected"
    cat "$work/err"
  }
}
value() { sed -n "s/^  $1  *\([0-9][0-9]*\)$/\1/p" "$work/out"; }
expect_value() { [ "$(value "$1")" = "$2" ] || fail "$1: '$(value "$1")' instead of $2"; }
expect_output() { grep -qF -- "$1" "$work/out" || fail "the report does not say: $1"; }
expect_error() { grep -qF -- "$1" "$work/err" || fail "standard error does not say: $1"; }
# counted RUN FIELD: a number of the table, from the right: 3 the threads, 2 the parsers, 1 the rounds.
counted() { awk -v from_right="$2" -v name="$1" 'index($0, name) == 1 { print $(NF + 1 - from_right) }' "$work/out"; }

# --- A tree in good order: each file holds names, the largest one 40 that are asked for ---------
good=$work/good
mkdir -p "$good/sub dir/deep"
printf '{"name": "Kingston", "code": "Kingstan", "all": [{"name": "Georgetown"}, {"name": "Rio"}]}' \
  >"$good/a.json"
printf '[[[{"name": "K\\u0069ngstown", "x": {"name": 7, "y": "Kingstox", "name": ["Kingstoy"]}}]]]' \
  >"$good/sub dir/b.json"
printf '{"name": "S\303\243o Tom\303\251"}' >"$good/sub dir/deep/c.json"
awk 'BEGIN { for (i = 10; i < 50; ++i) printf "%s{\"name\": \"number%d\"}", i == 10 ? "[" : ", ", i
  print "]" }' >"$good/many.json"
printf 'no JSON at all' >"$good/ignored.txt"
ln -s ../good "$good/not followed"

run 0 -n 100 "$good"
expect_value 'parsed files' 4
expect_value 'names' 45
expect_value 'distinct names' 44
expect_value 'names like another' 42
expect_output '  a.json: Kingston ~ Kingstown'
expect_output '  b.json: Kingstown ~ Kingston'
expect_output '  many.json: number10 ~ number11 and 11 more'
[ ! -s "$work/err" ] || fail 'there is something on standard error'
"$python" "$here/check_against_python.py" "$program" "$good" || fail 'Python finds something else'

# All files wait at once, whatever the number of threads, and on stacks they take no thread.
for copies in 1 9; do
  for threads in 1 2 5; do
    run 0 -n 0 --copies "$copies" --threads "$threads" "$good"
    expect_value 'parsed files' $((4 * copies))
    expect_value 'names like another' $((42 * copies))
    for way in 'a thread per file' 'stackful tasks'; do
      [ "$(counted "$way" 2) $(counted "$way" 1)" = "$((4 * copies)) 40" ] ||
        fail "$copies copies, $threads threads, $way: $(counted "$way" 2) waited, $(counted "$way" 1) rounds"
    done
    on_stacks=$(counted 'stackful tasks' 3)
    [ $(($(counted 'a thread per file' 3) - on_stacks)) = $((4 * copies)) ] ||
      fail "$copies copies, $threads threads: not a thread less for each file"
    # A sanitizer may have a thread of its own, so only what changes is known.
    [ "$threads" != 1 ] || with_one=$on_stacks
    [ $((on_stacks - with_one)) = $((threads - 1)) ] || fail "$on_stacks threads for --threads $threads"
  done
done

run 0 "$good"
[ "$(grep -c ' ~ ' "$work/out")" = 10 ] || fail 'not ten findings by default'
run 0 -n 3 "$good"
[ "$(grep -c ' ~ ' "$work/out")" = 3 ] || fail '-n 3 does not print three findings'
run 0 --no-threads "$good"
[ "$(counted 'stackful tasks' 1)" = 40 ] || fail '--no-threads: no run on stacks'
! grep -q '^a thread per file' "$work/out" || fail '--no-threads: a thread per file all the same'
run 0 --key code "$good"
expect_value 'names' 1
run 0 --key nothing "$good"
expect_value 'names' 0

# --- A tree with defects: what stands before them counts ---------------------------------------
bad=$work/bad
mkdir "$bad"
cp "$good/a.json" "$bad/"
printf '[{"name": "Kingstown"}, ' >"$bad/cut off.json"
printf '{"name": "Kingst\377n"}' >"$bad/encoding.json"
: >"$bad/empty.json"
printf '{} \000' >"$bad/nul.json"
awk 'BEGIN { for (i = 0; i < 100000; ++i) printf "[" }' >"$bad/deep.json"
ln -s nowhere.json "$bad/dangling.json"
for threads in 1 3; do
  run 1 --copies 3 --threads "$threads" "$bad"
  expect_value 'parsed files' 15
  expect_value 'names' 12
  expect_value 'names like another' 6
  [ "$(wc -l <"$work/err")" = 6 ] || fail 'not one line for each problem'
  expect_error "$bad/cut off.json: byte 24: Invalid value."
  expect_error "$bad/encoding.json: byte "
  expect_error "$bad/empty.json: byte 0: The document is empty."
  expect_error "$bad/nul.json: holds a NUL byte"
  expect_error "$bad/deep.json: byte 201: nested deeper than 200 levels"
  expect_error "$bad/dangling.json: No such file or directory"
done

# --- Command lines that make no sense ---------------------------------------------------------
refuse() {
  message=$1
  shift
  run 2 "$@"
  expect_error "$message"
  [ ! -s "$work/out" ] || fail "legacy_visitor $*: prints a report all the same"
}
mkdir "$work/nothing"
refuse "$work/nothing: no *.json file is in there" "$work/nothing"
refuse "$work/missing: No such file or directory" "$work/missing"
refuse "$good/a.json: Not a directory" "$good/a.json"
refuse 'legacy_visitor: --nope: no such option' --nope
refuse 'legacy_visitor: --key: a value must follow' --key
refuse "legacy_visitor: -n: 'many' is not a whole number from 0" -n many
refuse "legacy_visitor: --copies: '0' is not a whole number from 1" --copies 0
refuse "legacy_visitor: --threads: '0' is not a whole number from 1" --threads 0
refuse 'legacy_visitor: --threads: ' --threads 100000000 "$good"
refuse "legacy_visitor: 'two': only one directory can be given, and 'one' already is" one two
run 0 --help
grep -q '^usage: legacy_visitor' "$work/out" || fail '--help does not tell the usage'
if [ -w /dev/full ]; then
  status=0
  "$program" "$good" >/dev/full 2>"$work/err" || status=$?
  [ "$status" = 3 ] || fail "a report that cannot be written: status $status instead of 3"
fi

if [ "$failures" != 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo 'everything as expected'
