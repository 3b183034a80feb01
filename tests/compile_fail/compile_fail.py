#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Compiles mistakes, each of which must be refused in a way that helps.

usage: compile_fail.py COMPILER [FLAG...] -- SNIPPET...

A snippet is compiled twice: as written it must compile; with MISUSE defined it must not, and every line
`// EXPECT: regular expression` in it has to match what the compiler says. The mistakes in mistakes.py are
expected to be explained in one of the first three lines, and in 25 lines at most.

The headers are compiled once, and what is right all together. The last line counts the cases.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from mistakes import IN_A_TASK, MISTAKES

EXPECT = re.compile(r"^// EXPECT: (.+)$", re.MULTILINE)
MOST_LINES = 25
FIRST_LINES = 3
HEADERS = "".join(f"#include <{name}>\n" for name in [
    "micropool/micropool.hpp", "array", "deque", "functional", "list", "map", "optional", "string",
    "string_view", "utility", "variant", "vector"])
USES = "namespace mp = micropool;\nmp::task<int> number();\n"


class Compiler:
    def __init__(self, command, directory):
        header = directory / "all.hpp"
        header.write_text(HEADERS, encoding="utf-8")
        self.command = command
        is_clang = "clang" in subprocess.run([*command, "--version"], text=True, check=True,
                                             stdout=subprocess.PIPE).stdout
        compiled = directory / ("all.hpp.pch" if is_clang else "all.hpp.gch")
        subprocess.run([*command, "-x", "c++-header", header, "-o", compiled], check=True)
        self.headers = ["-include-pch", compiled] if is_clang else ["-include", header]

    def compile(self, text):
        """None if it compiles, else what the compiler says."""
        result = subprocess.run([*self.command, *self.headers, "-fsyntax-only", "-x", "c++", "-"],
                                input=text, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        return None if result.returncode == 0 else result.stdout


def problem_of_snippet(compiler, text):
    expected = EXPECT.findall(text)
    if not expected or "#ifdef MISUSE" not in text:
        return "it needs lines `// EXPECT: ...` and an `#ifdef MISUSE`"
    if (said := compiler.compile(text)) is not None:
        return f"the correct use does not compile\n{said}"
    if (said := compiler.compile("#define MISUSE\n" + text)) is None:
        return "the misuse compiles"
    missing = [pattern for pattern in expected if not re.search(pattern, said)]
    return f"the compiler does not say {missing}\n{said}" if missing else None


def all_mistakes():
    """With the result of the function that makes the mistake."""
    for result, mistakes in (("void", MISTAKES), ("mp::task<int>", IN_A_TASK)):
        for mistake in mistakes:
            yield result, mistake


def function(result, name, declarations, statement):
    return f"{result} {name}() {{\n  {declarations}\n  {statement}\n}}\n"


def problem_of_right_uses(compiler):
    uses = (function(result, name, declarations, right) for result, (name, declarations, _, right, _)
            in all_mistakes())
    said = compiler.compile(USES + "".join(uses))
    return said and f"a correct use does not compile\n{said}"


def problem_of_mistake(compiler, result, mistake):
    name, declarations, wrong, _, must_say = mistake
    if (said := compiler.compile(USES + function(result, name, declarations, wrong))) is None:
        return "the mistake compiles"
    lines = said.splitlines()
    if len(lines) > MOST_LINES:
        return f"{len(lines)} lines\n{said}"
    if not any(re.search(must_say, line) for line in lines[:FIRST_LINES]):
        return f"the first {FIRST_LINES} lines do not say {must_say}\n{said}"
    return None


def main():
    split = sys.argv.index("--")
    command, snippets = sys.argv[1:split], sys.argv[split + 1:]
    with tempfile.TemporaryDirectory(prefix="micropool-mistakes-") as directory:
        compiler = Compiler(command, pathlib.Path(directory))
        jobs = {"right_uses": (problem_of_right_uses, compiler)}
        for snippet in map(pathlib.Path, snippets):
            jobs[snippet.stem] = (problem_of_snippet, compiler, snippet.read_text(encoding="utf-8"))
        for result, mistake in all_mistakes():
            jobs[mistake[0]] = (problem_of_mistake, compiler, result, mistake)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            results = {name: threads.submit(*job) for name, job in jobs.items()}
        problems = {name: result.result() for name, result in results.items()}
    failed = {name: problem for name, problem in problems.items() if problem}
    for name, problem in failed.items():
        print(f"FAILED: {name}: {problem}")
    print(f"test cases: {len(problems) - len(failed)} passed, {len(failed)} failed")
    return not failed


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
