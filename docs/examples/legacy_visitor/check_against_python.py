# SPDX-License-Identifier: MIT OR Apache-2.0
"""Compares what legacy_visitor reports about a directory with what Python's own parser and another way to
find similar names say. usage: check_against_python.py PROGRAM DIRECTORY"""

import collections
import json
import pathlib
import re
import subprocess
import sys

program, root = sys.argv[1:]
names = []


def collect(pairs):
    names.extend(value for key, value in pairs if key == "name" and isinstance(value, str))
    return dict(pairs)


files = sorted(path for path in pathlib.Path(root).rglob("*.json") if path.is_file())
for path in files:
    json.loads(path.read_bytes(), object_pairs_hook=collect)

asked = [name for name in (name.encode() for name in names) if len(name) >= 6]


def patterns(name):
    """Two names are at most one edit apart if and only if they have one of these in common."""
    yield name, None
    for i in range(len(name)):
        yield name[:i] + name[i + 1 :], None  # one of them lacks this byte
        yield name[:i] + name[i + 1 :], i  # or has another one there


having = collections.defaultdict(set)
for name in set(asked):
    for pattern in patterns(name):
        having[pattern].add(name)


def one_edit_apart(a, b):
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b)) == 1
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def has_neighbour(name):
    near = set().union(*(having[pattern] for pattern in patterns(name)))
    return any(one_edit_apart(name, other) for other in near)


expected = {
    "parsed files": len(files),
    "bytes": sum(path.stat().st_size for path in files),
    "names": len(names),
    "distinct names": len(set(asked)),
    "names like another": sum(map(has_neighbour, asked)),
}
output = subprocess.run([program, "--", root], stdout=subprocess.PIPE, check=True, text=True).stdout
found = {key: int(value) for key, value in re.findall(r"^  ([a-z ]+?) +(\d+)$", output, re.MULTILINE)}
if found != expected:
    sys.exit(f"{program} says {found},\nPython says {expected}")
if not asked:
    sys.exit(f"{root} holds no names: nothing was compared")
print("as Python says:", found)
