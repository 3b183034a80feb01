#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Model-checks one Promela file with Spin: as it is, and broken in each way that it knows.

usage: run_model.py SPIN C_COMPILER QUICK_C_COMPILER DIRECTORY MODEL.pml [-DNAME=VALUE...]

The model must hold in every state. For each line `// BREAK: NAME` in the file it is checked again
with -DNAME, and then the search must find an error: a model that cannot fail proves nothing. With
-D options the unbroken model alone is checked with these, as a larger case. A search that was cut
short counts as failed.

Most searches are over sooner than a compiler that optimises, so only larger cases are compiled by the
first of the two compilers, which may be the same.

What passed is written down in DIRECTORY, under a name made of all that the result depends on: the
model, this file, the tools and the definitions. Where that is found, the search would only find the
same once more, so it is not done again; the output says so.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BREAK = re.compile(r"^// BREAK: (\w+)", re.MULTILINE)
ERRORS = re.compile(r"errors: (\d+)")
CUT_SHORT = ("max search depth too small", "out of memory")


def search(spin, compile_search, model, directory, defines):
    """(number of errors, or None if the search was not done; output) of an exhaustive search."""
    output = ""
    for command in ([spin, *defines, "-a", model],
                    [*compile_search, "-w", "-DSAFETY", "-o", "pan", "pan.c"],
                    ["./pan", "-m200000", "-w22"]):
        result = subprocess.run(command, cwd=directory, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        output += result.stdout
        if result.returncode != 0:
            return None, output
    errors = ERRORS.search(output)
    if errors is None or any(text in output for text in CUT_SHORT):
        return None, output
    # A search ends at the first error; without one it must have come to its end.
    if errors.group(1) == "0" and "Search not completed" in output:
        return None, output
    return int(errors.group(1)), output


def version(tool, option):
    return subprocess.run([tool, option], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


def name_of_result(spin, compiler, model, defines):
    """Differs where anything that the result depends on does."""
    parts = [model.read_bytes(), pathlib.Path(__file__).read_bytes(), version(spin, "-V"),
             version(compiler, "--version"), " ".join(defines).encode()]
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
    return f"{model.stem}-{digest.hexdigest()[:32]}.txt"


def main():
    spin, model, larger = sys.argv[1], pathlib.Path(sys.argv[5]).resolve(), sys.argv[6:]
    compiler = sys.argv[2] if larger else sys.argv[3]
    # States as they are take more memory and less time.
    compile_search = [compiler, "-O2"] if larger else [compiler, "-DNOCOMP"]
    result = pathlib.Path(sys.argv[4]) / name_of_result(spin, compiler, model, larger)
    if result.exists():
        print("Searched before; neither the model nor what searches it has changed since.")
        print(result.read_text(encoding="utf-8"), end="")
        return True
    ways = [] if larger else BREAK.findall(model.read_text(encoding="utf-8"))
    passed = failed = 0
    said = []
    for broken in [None, *ways]:
        with tempfile.TemporaryDirectory() as directory:
            errors, output = search(spin, compile_search, str(model), directory,
                                    larger if broken is None else [f"-D{broken}"])
        good = errors == 0 if broken is None else errors is not None and errors > 0
        name = " ".join([model.name, *larger])
        what = "holds" if broken is None else f"is found out when broken by {broken}"
        said.append(f"{'ok' if good else 'FAILED'}: {name} {what}")
        print(said[-1], flush=True)
        if good:
            passed += 1
        else:
            failed += 1
            print(output)
    said.append(f"test cases: {passed} passed, {failed} failed")
    print(said[-1])
    if failed == 0:
        result.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all.
        unfinished = result.with_suffix(f".{os.getpid()}")
        unfinished.write_text("".join(f"{line}\n" for line in said), encoding="utf-8")
        unfinished.rename(result)
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
