#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks what a shared library exports, since any other name could take the place of a program's own.

usage: exports.py NM LIBRARY

Allowed are names of the namespace micropool, and instantiations of the standard library's templates,
which compilers export from every library, as names that any other definition may replace.
"""

import re
import subprocess
import sys

OURS = re.compile(r"^_Z.*9micropool")
OF_STANDARD_LIBRARY = re.compile(r"^_Z(?:T[ISV]|GV|Z)?N?K?(?:S[tasbd]|9__gnu_cxx)")
REPLACEABLE = "WVu"


def is_allowed(kind, name):
    return bool(OURS.match(name)) or (kind in REPLACEABLE and bool(OF_STANDARD_LIBRARY.match(name)))


def main():
    said = subprocess.run([sys.argv[1], "-D", "--defined-only", sys.argv[2]], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    symbols = [line.split()[-2:] for line in said.splitlines()]
    if not any(OURS.match(name) for _, name in symbols):
        print("the library exports nothing of micropool: this is no way to look at it")
        return False
    foreign = [f"{kind} {name}" for kind, name in symbols if not is_allowed(kind, name)]
    if foreign:
        print("exported without need:", *foreign, sep="\n")
    return not foreign


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
