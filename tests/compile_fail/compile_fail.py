#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Compiles one snippet twice: as written it must compile; with MISUSE defined it must not.

usage: compile_fail.py SNIPPET COMPILER [FLAG...]

The snippet names what the diagnostics must say in lines `// EXPECT: regular expression`; every one
of them has to match the output of the failing compilation. Exit status 0 only if both halves hold.
"""

import pathlib
import re
import subprocess
import sys

EXPECT = re.compile(r"^// EXPECT: (.+)$", re.MULTILINE)


def compile_snippet(command, snippet, *flags):
    return subprocess.run([*command, *flags, "-fsyntax-only", snippet], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def main():
    snippet, command = sys.argv[1], sys.argv[2:]
    text = pathlib.Path(snippet).read_text(encoding="utf-8")
    expected = EXPECT.findall(text)
    if not expected or "#ifdef MISUSE" not in text:
        print(f"{snippet}: needs lines `// EXPECT: ...` and an `#ifdef MISUSE`")
        return False

    control = compile_snippet(command, snippet)
    if control.returncode != 0:
        print(f"{snippet}: the correct use does not compile\n{control.stdout}")
        return False

    misuse = compile_snippet(command, snippet, "-DMISUSE")
    if misuse.returncode == 0:
        print(f"{snippet}: the misuse compiles\n{misuse.stdout}")
        return False
    missing = [pattern for pattern in expected if not re.search(pattern, misuse.stdout)]
    if missing:
        print(f"{snippet}: the diagnostics do not say {missing}\n{misuse.stdout}")
        return False
    print("\n".join(line for line in misuse.stdout.splitlines() if "error" in line))
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
