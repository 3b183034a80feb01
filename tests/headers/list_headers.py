#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Names the public headers, one per line.

usage: list_headers.py INCLUDE_DIRECTORY             prints them
       list_headers.py INCLUDE_DIRECTORY NAME...     fails unless exactly these exist
"""

import pathlib
import sys

GENERATED = {"build_config.hpp"}

include = pathlib.Path(sys.argv[1])
found = sorted({path.name for path in (include / "micropool").glob("*.hpp")} | GENERATED)
if len(sys.argv) == 2:
    print("\n".join(found))
elif found != sorted(sys.argv[2:]):
    print(f"headers that exist: {found}\nheaders compiled: {sorted(sys.argv[2:])}\n"
          "run `meson setup --reconfigure` on the build directory")
    sys.exit(1)
