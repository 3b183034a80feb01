#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks that includes go left only: base <- sync <- work <- sched <- task <- pool <- iter <- all.

usage: include_direction.py SOURCE_ROOT | --self-test

The directory is the layer: include/micropool/detail/<layer>/, lib/<layer>/, and
include/micropool/iter/ for what iterators have of public names; the public headers have theirs in PUBLIC. A file may include its own layer and those
to the left. Headers under include/ never include lib/, and no two files include each other.

lib/sched is cut into floors: its files include those of their own floor and below. The few includes
that go upwards are listed, and the headers that only one module may include. A function that
another file defines is declared in a header, never by hand in a .cpp.
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
    "pool_options": "sched",
    "scope": "task",
    "spawn": "task",
    "stackful": "task",
    "sync_wait": "task",
    "task": "task",
    "thread_pool": "pool",
    "micropool": "all",
}

# Of lib/sched, from below. A name is that of a header and its .cpp.
FLOORS = [
    # records and marks
    "work_origin found_work begun_tasks fork_mark spin pin end_event options_check",
    # the state of participants, queues and pools
    "participant_state registry injector background_queue shutdown_wait all_pools pool_state "
    "thread_local_state unhandled default_pool scope_control scope_data",
    # who waits for whom, and what descends from what
    "find_circle leapfrog wait_graph wait_lists wait_marks",
    # who is woken
    "sleep",
    # where a job goes that becomes ready
    "inbox lift serving migration",
    # how a job runs
    "run_job enough_stack",
    # what runs next
    "find_work take_awaited",
    # what threads do: help, work, wait
    "visit bridge fiber_host loops",
    # the lives of tasks, calls, threads and pools
    "background_task task_waits blocked_call guest current_pool workers shutdown "
    "fork_survivor after_fork",
]
FLOOR_OF = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
UPWARD = {
    ("wait_graph", "sleep"),  # a watcher that has something to do is woken
    ("sleep", "find_work"),  # the last look before a sleep
}

# Headers inside a module of lib/sched, with the files that may include them. Others include the front
# of the module, wait_graph: who waits for whom is asked there only.
INSIDE = {
    "find_circle": "wait_graph",
    "wait_lists": "wait_graph take_awaited lift serving after_fork",
    "wait_marks": "wait_graph take_awaited lift serving",
}

# Written by Meson into the build directory.
GENERATED = {"include/micropool/build_config.hpp"}

SOURCE_SUFFIXES = {".hpp", ".cpp", ".h", ".ipp", ".S"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
DECLARATION = re.compile(r"^(?!return|using|static_assert|extern template)[A-Za-z_][\w:<>&*, ]*?"
                         r"[ &*](\w+)\([^;{}]*\)( noexcept)?;$", re.MULTILINE)


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


def floor_errors(where, includer, target):
    """What is wrong with an include inside lib/sched."""
    names = [pathlib.PurePosixPath(file).stem for file in (includer, target)]
    if "lib/sched" not in map(str, pathlib.PurePosixPath(target).parents):
        return []
    missing = [name for name in names if name not in FLOOR_OF]
    if missing:
        return [f"{where}: {name} has no floor (see FLOORS in include_direction.py)" for name in missing]
    if names[0] not in [names[1], *INSIDE.get(names[1], names[0]).split()]:
        return [f"{where}: {names[0]} includes {names[1]}, which is inside {INSIDE[names[1]].split()[0]}"]
    if FLOOR_OF[names[1]] <= FLOOR_OF[names[0]] or tuple(names) in UPWARD:
        return []
    return [f"{where}: {names[0]} includes {names[1]} of a higher floor"]


def declared_by_hand(file, text):
    """Functions that a .cpp declares without defining them."""
    return [f"{file}:{text.count(chr(10), 0, match.start()) + 1}: {match[1]}() is declared by hand; "
            "include the header that declares it"
            for match in DECLARATION.finditer(text)
            if not re.search(rf"\b{match[1]}\([^;{{}}]*\)[^;{{}}]*\{{", text)]


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
        if file.endswith(".cpp"):
            errors += declared_by_hand(file, text)
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
            if file.startswith("lib/sched/"):
                errors += floor_errors(where, file, target)
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
    "lib/sched/sleep.hpp": "",
    "lib/sched/find_work.cpp": '#include "sleep.hpp"\nint here();\nint here() { return 1; }\n',
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
    "a floor that includes a higher one": (
        {"lib/sched/registry.cpp": '#include "sleep.hpp"\n'},
        "registry includes sleep of a higher floor"),
    "a header inside a module": (
        {"lib/sched/sleep.cpp": '#include "wait_marks.hpp"\n', "lib/sched/wait_marks.hpp": ""},
        "sleep includes wait_marks, which is inside wait_graph"),
    "a file without a floor": (
        {"lib/sched/novelty.cpp": '#include "sleep.hpp"\n'}, "novelty has no floor"),
    "a function declared by hand": (
        {"lib/sched/sleep.cpp": "\nvoid worker_loop(int& self, bool searching) noexcept;\n"},
        "lib/sched/sleep.cpp:2: worker_loop() is declared by hand"),
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
