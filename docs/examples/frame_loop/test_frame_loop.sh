#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs frame_loop in a small way on every engine: same state, a sound report and picture, and the
# right status for wrong command lines. Times nothing.
# usage: test_frame_loop.sh PROGRAM PYTHON ENGINE...
set -eu
LC_ALL=C
export LC_ALL
program=$1
python=$2
shift 2
engines=$*
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
  timeout 60 "$program" "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" = "$expected" ] || {
    fail "frame_loop $*: status $status instead of $expected"
    cat "$work/err"
  }
}
checksum() { sed -n 's/^checksum \([0-9a-f]\{16\}\)$/\1/p' "$work/out"; }
indexed() { sed -n "s/^indexed meanwhile:.* \([0-9][0-9]*\) $1.*/\1/p" "$work/out"; }

# Every text file holds the same 9 words in 40 bytes 30,000 times, so that the sums are known
# whatever part of the tree has been indexed, and each file is read in blocks and counted in steps.
tree=$work/tree
mkdir -p "$tree/a/b" "$tree/empty"
yes 'nine words make up one line of 40 bytes ' | head -n 30000 | tr -d '\n' >"$tree/one"
cp "$tree/one" "$tree/a/two"
gzip -c "$tree/one" >"$tree/a/b/three.gz"
printf 'ELF\000' >"$tree/a/binary"

small='--particles 3000 --frames 12 --hz 200'
# shellcheck disable=SC2086  # options and their values
{
  run 0 $small --engine serial --no-background
  reference=$(checksum)
  [ -n "$reference" ] || fail 'no checksum'
  ! grep -q '^indexed' "$work/out" || fail '--no-background: something was indexed'
  run 0 $small --engine serial --no-background --frames 13
  [ "$(checksum)" != "$reference" ] || fail 'the checksum is the same one frame later'
  run 0 $small --engine serial --no-background --particles 3001
  [ "$(checksum)" != "$reference" ] || fail 'the checksum is the same with one particle more'
}

# same_state ARGUMENTS...: alone and beside the index, the run ends in the state of the serial one.
same_state() {
  # shellcheck disable=SC2086
  run 0 $small --path "$tree" --svg "$work/picture.svg" "$@"
  [ "$(checksum)" = "$reference" ] || fail "frame_loop $*: '$(checksum)' instead of $reference"
  [ ! -s "$work/err" ] || fail "frame_loop $*: there is something on standard error"
  [ "$(grep -c '^missed frames  *[0-9]*, shown 12  *[0-9]*, shown 12$' "$work/out")" = 1 ] ||
    fail "frame_loop $*: not 12 frames in each of two phases"
  ! grep -q "$(printf '\r')" "$work/out" || fail "frame_loop $*: a live line in a file"
  files=$(indexed 'text files')
  [ "$(indexed bytes) $(indexed words)" = "$((1200000 * ${files:-1})) $((270000 * ${files:-1}))" ] ||
    fail "frame_loop $*: wrong sums: $(grep '^indexed' "$work/out")"
  "$python" - "$work/picture.svg" <<'END' || fail "frame_loop $*: the picture is not as it should be"
import sys
import xml.etree.ElementTree as tree
svg = tree.parse(sys.argv[1]).getroot()
space = '{http://www.w3.org/2000/svg}'
assert svg.tag == space + 'svg', svg.tag
frames = {}
for bar in svg.iter(space + 'rect'):
    title = bar.find(space + 'title')
    if title is not None:
        colour = bar.get('fill')
        frames[colour] = frames.get(colour, 0) + int(title.text.split()[0])
assert sorted(frames.values()) == [12, 12], frames
END
}
for engine in $engines; do
  same_state --engine "$engine"
  [ "${files:-0}" -ge 1 ] || fail "$engine: the index did not run"
  [ "$engine" = serial ] && continue
  for threads in 1 2 5; do same_state --engine "$engine" --threads "$threads"; done
done

# --- Command lines that make no sense ---------------------------------------------------------
refuse() {
  message=$1
  shift
  run 2 "$@"
  grep -qF -- "$message" "$work/err" || fail "frame_loop $*: does not say: $message"
  [ ! -s "$work/out" ] || fail "frame_loop $*: prints a report all the same"
}
refuse "--engine: 'cilk' is no engine; this build has: micropool" --engine cilk
refuse "--engine: '' is no engine" --engine ''
for engine in tbb openmp; do
  case " $engines " in
    *" $engine "*) ;;
    *) refuse "--engine: $engine was not found when this program was built" --engine "$engine" ;;
  esac
done
refuse "--path: \"$work/missing\": No such file or directory" --path "$work/missing"
refuse "--path: \"$tree/one\": Not a directory" --path "$tree/one"
refuse "'--nope': no such option" --nope
refuse "'stray': no such option" stray
refuse '--frames: a value must follow' --frames
refuse "--frames: '0' is not a whole number from 1" --frames 0
refuse "--particles: 'many' is not a whole number from 1" --particles many
refuse "--hz: '-60' is not a whole number" --hz -60
refuse "--seconds: '1.5' is not a whole number" --seconds 1.5
refuse '--seconds and --frames exclude each other' --seconds 1 --frames 1
refuse '--threads: has no meaning together with --engine serial' --engine serial --threads 2
run 0 --help
grep -q '^usage: frame_loop' "$work/out" || fail '--help does not tell the usage'
# shellcheck disable=SC2086
run 3 $small --no-background --svg "$work/no such directory/picture.svg"
grep -q 'frame_loop: --svg: cannot write' "$work/err" || fail 'no word on a picture that is not there'

if [ "$failures" != 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo 'everything as expected'
