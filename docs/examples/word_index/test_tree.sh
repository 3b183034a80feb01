#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs word_index over a small tree with everything in it that may go wrong, and over wrong command
# lines. usage: test_tree.sh PROGRAM
set -eu
LC_ALL=C
export LC_ALL
program=$1
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
# A fifo that is opened by mistake blocks for ever, hence the timeout.
run() {
  expected=$1
  shift
  status=0
  timeout 120 "$program" "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" = "$expected" ] || {
    fail "word_index $*: status $status instead of $expected"
    cat "$work/err"
  }
}
value() { sed -n "s/^  $1  *\([0-9][0-9]*\).*/\1/p" "$work/out"; }
expect_value() { [ "$(value "$1")" = "$2" ] || fail "$1: '$(value "$1")' instead of $2"; }
expect_error() { grep -qF -- "$1" "$work/err" || fail "standard error does not say: $1"; }
# The report without what depends on time and threads.
steady() { sed -n '1,/^$/p; /^ *[0-9][0-9]*  [a-z]*$/p' "$work/out"; }

# --- A tree in good order ---------------------------------------------------------------------
good=$work/good
newline=$(printf 'new\nline')
mkdir -p "$good/empty" "$good/sub dir/deep/deeper" "$good/$newline"
printf 'The cat and the hat.\nDon'\''t  stop\there\n' >"$good/plain.txt"
printf 'no newline at the end' >"$good/with space.txt"
printf 'A name with a newline\n' >"$good/$newline/$newline.txt"
printf 'starts with a dash\n' >"$good/-n"
printf 'hidden from ls\n' >"$good/.hidden"
printf 'caf\303\251 \342\200\224 na\303\257ve \001 \033[1mbold\n' >"$good/utf-8"
printf ' \n\t\v\f\r\n' >"$good/only white space"
: >"$good/sub dir/empty file"
printf 'compressed the cat\n' | gzip -c >"$good/sub dir/deep/small.gz"
printf '' | gzip -c >"$good/sub dir/deep/of nothing.gz"
{ printf 'first mem' | gzip -c && printf 'ber second member\n' | gzip -c; } \
  >"$good/sub dir/two members.gz"
# Larger than several blocks, so that words stand across every cut; one of them without a newline.
awk 'BEGIN { srand(7); for (i = 0; i < 400000; ++i)
  printf "%s%s", substr("abcdefghijklmnopqrstuvwxyz", 1 + int(rand() * 20), 1 + int(rand() * 6)),
         rand() < 0.1 ? "\n" : " "; printf "end" }' >"$good/large"
{ cat "$good/large" "$good/large"; } | gzip -1 -c >"$good/sub dir/deep/deeper/large.gz"
# A single word of 2.5 MiB: no place to cut for longer than a block.
awk 'BEGIN { for (i = 0; i < 40960; ++i) printf "%064d", i; print " tail" }' >"$good/long word"
# Binary: a NUL at the start, and one long after the first blocks have been counted.
printf 'ELF\000\001\002 binary\n' >"$good/binary at once"
{ cat "$good/large" && printf 'late \000 byte\n' && cat "$good/large"; } >"$good/binary late"
gzip -c "$good/binary at once" >"$good/sub dir/binary.gz"
mkfifo "$good/fifo"
ln -s plain.txt "$good/link to a file"
ln -s 'sub dir' "$good/link to a directory"

run 0 -n 1000000 "$good"
expect_value 'directories' 6
expect_value 'text files' 14
expect_value 'of them .gz' 4
expect_value 'binary files' 3
expect_value 'special files' 1
expect_value 'symbolic links' 2
expect_value 'problems' 0
steady >"$work/reference"
sed -n 's/^ *\([0-9][0-9]*\)  \([a-z]*\)$/\1 \2/p' "$work/out" >"$work/table"

# The table, made by tr and uniq.
find "$good" -type f ! -name '*binary*' -exec sh -c '
  for file do
    case $file in *.gz) gzip -dc <"$file" ;; *) cat -- "$file" ;; esac
    echo
  done' sh {} + | tr A-Z a-z | tr -cs a-z '\n' | grep . | sort | uniq -c | sort -k1,1nr -k2,2 |
  awk '{ print $1, $2 }' >"$work/uniq"
[ -s "$work/uniq" ] || fail 'tr and uniq counted nothing'
cmp "$work/table" "$work/uniq" || fail 'the table of words differs from that of tr and uniq'
sh "$here/check_against_wc.sh" "$program" "$good" || fail 'the sums differ from those of wc'

# Any number of threads finds the same as one.
for way in --serial --parallel '--threads 1' '--threads 2' '--threads 5'; do
  # shellcheck disable=SC2086  # one option and its value
  run 0 $way -n 1000000 "$good"
  steady >"$work/other"
  cmp "$work/reference" "$work/other" || fail "$way: another result than by default"
done
run 0 -n 2 "$good"
[ "$(grep -c '^ *[0-9][0-9]*  [a-z]*$' "$work/out")" = 2 ] || fail '-n 2 does not print two words'
run 0 -L "$good"
expect_value 'text files' 20
run 0 "$good/empty"
expect_value 'text files' 0
grep -q 'nothing to count here' "$work/out" || fail 'an empty directory is not said to be empty'

# --- A tree with defects ----------------------------------------------------------------------
bad=$work/bad
mkdir -p "$bad/a/b"
printf 'some good text\n' >"$bad/a/good"
ln -s nowhere "$bad/dangling"
ln -s circle-2 "$bad/circle-1"
ln -s circle-1 "$bad/circle-2"
ln -s ../.. "$bad/a/b/back to the top"
printf 'this is no gzip file\n' >"$bad/plain.gz"
: >"$bad/empty.gz"
gzip -c "$good/large" >"$work/whole.gz"
size=$(wc -c <"$work/whole.gz")
head -c $((size - 1000)) "$work/whole.gz" >"$bad/truncated.gz"
{ head -c $((size - 5)) "$work/whole.gz" && printf '\125\252\125\252\125'; } >"$bad/checksum.gz"
{ head -c 20 "$work/whole.gz" && printf 'ZZZZZZZZ' && tail -c +29 "$work/whole.gz"; } \
  >"$bad/damaged.gz"
for way in '' --serial --parallel; do
  # shellcheck disable=SC2086
  run 1 -n 5 $way "$bad"
  expect_value 'text files' 1
  expect_value 'words' 3
  expect_value 'problems' 9
  [ "$(wc -l <"$work/err")" = 9 ] || fail "$way: not one line for each problem"
  expect_error "$bad/dangling: symbolic link: No such file or directory"
  expect_error "$bad/circle-1: symbolic link: Too many levels of symbolic links"
  expect_error "$bad/circle-2: symbolic link: Too many levels of symbolic links"
  expect_error "$bad/a/b/back to the top: a symbolic link leads back to a directory above it"
  expect_error "$bad/plain.gz: not in gzip format"
  expect_error "$bad/empty.gz: not in gzip format"
  expect_error "$bad/truncated.gz: gzip: unexpected end of file"
  expect_error "$bad/checksum.gz: gzip: incorrect data check"
  expect_error "$bad/damaged.gz: gzip: "
done
sh "$here/check_against_wc.sh" "$program" "$bad" || fail 'the sums differ from those of wc'

# Followed links: a loop through a link above the root is found although its way back is no link.
mkdir -p "$work/outer/root/real" "$work/outer/side"
printf 'beside the root\n' >"$work/outer/side/text"
ln -s ../.. "$work/outer/root/real/up"
run 1 -L "$work/outer/root"
expect_value 'text files' 1
expect_error "$work/outer/root/real/up/root: a symbolic link leads back to a directory above it"

# --- Command lines that make no sense ---------------------------------------------------------
refuse() {
  message=$1
  shift
  run 2 "$@"
  expect_error "$message"
  [ ! -s "$work/out" ] || fail "word_index $*: prints a report all the same"
}
refuse 'word_index: --nope: no such option' --nope
refuse "word_index: -n: 'many' is not a whole number from 0" -n many
refuse "word_index: -n: '-1' is not a whole number" -n -1
refuse "word_index: -n: '12x' is not a whole number" -n 12x
refuse 'word_index: -n: a value must follow' -n
refuse "word_index: --threads: '0' is not a whole number from 1" --threads 0
refuse "word_index: --threads: '' is not a whole number" --threads ''
refuse "word_index: --threads: '99999999999999999999999' is not a whole" --threads 99999999999999999999999
refuse 'word_index: --threads: ' --threads 4000000000 "$good/empty"
refuse 'word_index: --serial and --parallel exclude each other' --serial --parallel
refuse 'word_index: --threads: has no meaning together with --serial' --serial --threads 2
refuse "word_index: 'two': only one directory can be given, and 'one' already is" one two
refuse "$work/missing: No such file or directory" "$work/missing"
refuse "$good/plain.txt: is not a directory" "$good/plain.txt"
refuse "$good/fifo: is not a directory" "$good/fifo"
refuse ': No such file or directory' ''
run 0 --help
grep -q '^usage: word_index' "$work/out" || fail '--help does not tell the usage'
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
