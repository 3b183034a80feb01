#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Compares the sums of `word_index DIRECTORY` with those of find, gzip, grep and wc.
# usage: check_against_wc.sh PROGRAM DIRECTORY [OPTION OF word_index...]
# Ends with status 77 where DIRECTORY is missing.
# Needs GNU grep, sed, wc and xargs, as every Linux distribution has them.
set -eu
LC_ALL=C
export LC_ALL
program=$1
directory=$2
shift 2
if [ ! -d "$directory" ]; then
  echo "there is no $directory here: nothing to compare"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# 1. What the program says. Status 1 (something unreadable) is the caller's business, not ours.
status=0
"$program" -n 0 "$@" "$directory" >"$work/report" 2>"$work/problems" || status=$?
if [ "$status" -gt 1 ]; then
  echo "FAILED: $program ended with status $status"
  cat "$work/problems"
  exit 1
fi
value() { sed -n "s/^  $1  *\([0-9][0-9]*\).*/\1/p" "$work/report"; }

# 2. The same with other people's programs. Compressed files are unpacked; those gzip finds
#    damaged are dropped (its status 2 is only a warning: rubbish behind the end).
mkdir "$work/unpacked"
find "$directory" -type f -name '?*.gz' -exec sh -c '
  unpacked=$1
  shift
  n=0
  for file do
    n=$((n + 1))
    text=$unpacked/$$-$n
    status=0
    gzip -dc <"$file" >"$text" 2>/dev/null || status=$?
    if [ "$status" = 1 ]; then rm -f "$text"; else wc -c <"$file" >>"$unpacked.stored"; fi
  done' sh "$work/unpacked" {} +
touch "$work/unpacked.stored" "$work/nothing"

#    Files with a NUL byte are binary: grep -L names those without one. wc ignores bytes that no C
#    locale can print, in some versions; dropping them makes all versions agree.
{
  find "$directory" -type f ! -name '?*.gz' -print0
  find "$work/unpacked" -type f -print0
} | xargs -0 -r grep -LZaP '\x00' -- 2>/dev/null >"$work/texts" || true
bytes=$({
  cat "$work/texts"
  printf '%s\0%s\0' "$work/nothing" "$work/nothing"
} | wc -c --files0-from=- 2>/dev/null | tail -n 1 | awk '{print $1}')
#    `$a\` ends the last line of each file, so that its last word does not run into the next file.
words=$(xargs -0 -r sed -s '$a\' -- <"$work/texts" 2>/dev/null |
  tr -d '\001-\010\016-\037\177-\377' | wc -w)
files=$(tr -cd '\0' <"$work/texts" | wc -c)

# 3. Compare.
failed=0
compare() {
  if [ "$2" = "$3" ]; then
    echo "$1: $2"
  else
    echo "FAILED: $1: word_index says $2, the others say $3"
    failed=1
  fi
}
compare 'text files' "$(value 'text files')" "$files"
compare 'bytes of text' "$(value 'bytes of text')" "$bytes"
compare 'words' "$(value 'words')" "$words"
exit "$failed"
