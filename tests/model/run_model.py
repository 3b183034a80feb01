#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Model-checks one Promela file with Spin: as it is, and broken in each way that it knows.

usage: run_model.py SPIN C_COMPILER MODEL.pml

The model must hold in every state. For each line `// BREAK: NAME` in the file it is checked again
with -DNAME, and then the search must find an error: a model that cannot fail proves nothing. A
search that was cut short counts as failed.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

BREAK = re.compile(r"^// BREAK: (\w+)", re.MULTILINE)
ERRORS = re.compile(r"errors: (\d+)")


def search(spin, compiler, model, directory, defines):
    """(number of errors, output) of an exhaustive search."""
    output = ""
    for command in ([spin, *defines, "-a", model],
                    [compiler, "-O2", "-w", "-DSAFETY", "-o", "pan", "pan.c"],
                    ["./pan", "-m10000000"]):
        result = subprocess.run(command, cwd=directory, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        output += result.stdout
        if result.returncode != 0:
            return None, output
    errors = ERRORS.search(output)
    cut_short = "max search depth too small" in output or "Search not completed" in output
    if errors is None or (cut_short and errors.group(1) == "0"):
        return None, output
    return int(errors.group(1)), output


def main():
    spin, compiler, model = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    passed = failed = 0
    for broken in [None, *BREAK.findall(model.read_text(encoding="utf-8"))]:
        with tempfile.TemporaryDirectory() as directory:
            defines = [] if broken is None else [f"-D{broken}"]
            errors, output = search(spin, compiler, str(model), directory, defines)
        good = errors == 0 if broken is None else errors is not None and errors > 0
        what = "holds" if broken is None else f"is found out when broken by {broken}"
        print(f"{'ok' if good else 'FAILED'}: {model.name} {what}")
        if good:
            passed += 1
        else:
            failed += 1
            print(output)
    print(f"test cases: {passed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
