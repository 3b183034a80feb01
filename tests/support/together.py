#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes a translation unit that consists of several test files.

usage: together.py [--scopes] FILE.cpp...

With --scopes each file stands in a namespace of its own, so that names in unnamed namespaces, aliases
and using-directives of one are none of the others' business. Its headers come before, outside: what it
includes again is not read again, for every header has a guard.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^ *# *include *([<"])([^>"]+)[>"]', re.MULTILINE)


def headers(file):
    for bracket, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
        beside = file.parent / name
        if bracket == '"' and beside.exists():
            yield f'#include "{beside}"'
        else:
            yield f'#include "{name}"' if bracket == '"' else f"#include <{name}>"


def main():
    scopes = sys.argv[1] == "--scopes"
    print("// Made by tests/support/together.py.")
    for file in map(pathlib.Path, sys.argv[2 if scopes else 1:]):
        include = f'#include "{file}"'
        if scopes:
            print(*headers(file), f"namespace in_{file.stem} {{", include, "}", sep="\n")
        else:
            print(include)


if __name__ == "__main__":
    main()
