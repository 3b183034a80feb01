#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Fails unless the headers that Meson installs are those that exist.

usage: listed.py INCLUDE_DIRECTORY NAME...
"""

import pathlib
import sys

root = pathlib.Path(sys.argv[1]) / "micropool"
exist = {path.relative_to(root).as_posix() for path in root.rglob("*.hpp")}
listed = set(sys.argv[2:])
for name in sorted(exist - listed):
    print(f"{name} exists, but include/micropool/meson.build does not list it")
for name in sorted(listed - exist):
    print(f"{name} is listed in include/micropool/meson.build, but does not exist")
sys.exit(exist != listed)
