#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks that includes go left only: base <- sync <- work <- sched <- task <- pool <- iter <- all.

usage: include_direction.py SOURCE_ROOT | --self-test

The directory is the layer: include/micropool/detail/<layer>/, include/micropool/iter/ and
lib/<layer>/; the public headers have theirs in PUBLIC. A file may include its own layer and those
to the left. Headers under include/ never include lib/, and no two files include each other.
"""

import pathlib
import re
import sys
import tempfile

LAYERS = ["base", "sync", "work", "sched", "task", "pool", "iter", "all"]

PUBLIC = {
    "build_config": "base",
    "error": "base",
    "iter": "iter",
    "stats": "base",
    "version": "base",
    "join": "task",
    "optional_ref": "base",
    "scope": "task",
    "spawn": "task",
    "stackful": "task",
    "sync_wait": "task",
    "task": "task",
    "thread_pool": "pool",
    "micropool": "all",
}

# Written by Meson into the build directory.
GENERATED = {"include/micropool/build_config.hpp"}

SOURCE_SUFFIXES = {".hpp", ".cpp", ".h", ".ipp", ".S"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def layer_of(path):
    """The layer of a path relative to the source root, or None if it has no place."""
    parts = pathlib.PurePosixPath(path).parts
    layer = None
    if parts[:2] == ("include", "micropool"):
        inner = parts[2:]
        if len(inner) == 1:
            return PUBLIC.get(pathlib.PurePosixPath(inner[0]).stem)
        if inner[0] == "detail" and len(inner) > 2:
            layer = inner[1]
        elif inner[0] == "iter":
            layer = "iter"
    elif parts[0] == "lib" and len(parts) > 2:
        layer = parts[1]
    return layer if layer in LAYERS and layer != "all" else None


def sources(root):
    found = []
    for top in ("include", "lib"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCE_SUFFIXES and path.is_file():
                found.append(path.relative_to(root).as_posix())
    return found


def blank_comments(text):
    """The text without comments, line numbers kept."""
    return COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)


def resolve(root, includer, kind, name, known):
    """The file of this project that an include means, or None for one from elsewhere."""
    candidates = [f"include/{name}"]
    if kind == '"':
        beside = (root / includer).parent / name
        try:
            candidates.insert(0, beside.resolve().relative_to(root).as_posix())
        except ValueError:
            pass
        candidates.append(f"lib/{name}")
    for candidate in candidates:
        if candidate in known:
            return candidate
    return None


def check(root):
    root = root.resolve()
    files = sources(root)
    known = set(files) | GENERATED
    errors, graph = [], {}
    for file in files:
        layer = layer_of(file)
        if layer is None:
            errors.append(f"{file}: belongs to no layer (see LAYERS and PUBLIC in include_direction.py)")
            continue
        graph[file] = []
        text = blank_comments((root / file).read_text(encoding="utf-8"))
        for match in INCLUDE.finditer(text):
            where = f"{file}:{text.count(chr(10), 0, match.start()) + 1}"
            kind, name = match.groups()
            target = resolve(root, file, kind, name, known)
            if target is None:
                if kind == '"' or name.startswith("micropool/"):
                    errors.append(f"{where}: cannot find {name}")
                elif name.startswith("boost/") and not file.startswith("lib/work/"):
                    errors.append(f"{where}: Boost belongs into lib/work only")
                continue
            graph[file].append(target)
            target_layer = layer_of(target)
            if target_layer is None:
                continue  # reported at the file itself
            if LAYERS.index(target_layer) > LAYERS.index(layer):
                errors.append(f"{where}: layer {layer} includes {target} of layer {target_layer}")
            if file.startswith("include/") and target.startswith("lib/"):
                errors.append(f"{where}: a public tree header includes the private {target}")
    return errors + cycles(graph), len(files)


def cycles(graph):
    """One message per include that closes a circle."""
    errors, state = [], {}

    def visit(file, trail):
        state[file] = "open"
        for target in graph.get(file, ()):
            if state.get(target) == "open":
                circle = trail[trail.index(target):] + [target]
                errors.append("include cycle: " + " -> ".join(circle))
            elif target not in state:
                visit(target, trail + [target])
        state[file] = "done"

    for file in graph:
        if file not in state:
            visit(file, [file])
    return errors


GOOD = {
    "include/micropool/micropool.hpp": "#include <micropool/task.hpp>\n",
    "include/micropool/task.hpp": "#include <micropool/detail/task/promise.hpp>\n#include <vector>\n",
    "include/micropool/detail/task/promise.hpp": '#include "../sync/deque.hpp"\n',
    "include/micropool/detail/sync/deque.hpp": "#include <micropool/build_config.hpp>\n"
                                               "// #include <micropool/task.hpp>\n"
                                               "/*\n#include <micropool/task.hpp>\n*/\n",
    "lib/sync/park.hpp": "#pragma once\n",
    "lib/sched/sleep.cpp": '#include "sync/park.hpp"\n#include "../sync/park.hpp"\n',
    "lib/work/fiber.cpp": "#include <boost/context/fiber.hpp>\n",
}

# What is added or replaced, and what the complaint must say.
BAD = {
    "a lower layer includes a higher one": (
        {"include/micropool/detail/sync/deque.hpp": "#include <micropool/task.hpp>\n"},
        "layer sync includes include/micropool/task.hpp of layer task"),
    "a quoted include to the right": (
        {"lib/sync/park.hpp": '#include "sched/x.hpp"\n', "lib/sched/x.hpp": ""},
        "lib/sync/park.hpp:1: layer sync includes lib/sched/x.hpp"),
    "a lib file includes the umbrella header": (
        {"lib/pool/pool.cpp": "\n#include <micropool/micropool.hpp>\n"},
        "lib/pool/pool.cpp:2: layer pool includes include/micropool/micropool.hpp of layer all"),
    "a header that reaches into lib": (
        {"include/micropool/task.hpp": '#include "../../lib/sync/park.hpp"\n'},
        "includes the private lib/sync/park.hpp"),
    "a public header without a layer": (
        {"include/micropool/novelty.hpp": ""}, "novelty.hpp: belongs to no layer"),
    "a folder that is no layer": (
        {"lib/misc/x.cpp": ""}, "lib/misc/x.cpp: belongs to no layer"),
    "an include that leads nowhere": (
        {"lib/sync/park.cpp": '#include "no_such.hpp"\n'}, "cannot find no_such.hpp"),
    "a cycle": (
        {"lib/sync/a.hpp": '#include "b.hpp"\n', "lib/sync/b.hpp": '#include "a.hpp"\n'},
        "include cycle: lib/sync/a.hpp -> lib/sync/b.hpp -> lib/sync/a.hpp"),
    "Boost elsewhere": (
        {"lib/sched/x.cpp": "#include <boost/context/fiber.hpp>\n"}, "Boost belongs into"),
}


def check_sample(files):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return check(root)[0]


def self_test():
    failed = 0
    complaints = check_sample(GOOD)
    if complaints:
        failed += 1
        print(f"FAILED: a good tree is accepted: {complaints}")
    for name, (change, expected) in BAD.items():
        complaints = check_sample({**GOOD, **change})
        if not any(expected in complaint for complaint in complaints):
            failed += 1
            print(f"FAILED: {name} is rejected: {complaints}")
    print(f"test cases: {len(BAD) + 1 - failed} passed, {failed} failed")
    return failed == 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    errors, number = check(pathlib.Path(sys.argv[1]))
    for error in errors:
        print(error)
    print(f"{number} files, {len(errors)} errors")
    return number > 0 and not errors


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
