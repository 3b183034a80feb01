#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Compiles mistakes, each of which must be refused in a way that helps.

usage: compile_fail.py --compile OUTPUT DEPFILE COMPILER [FLAG...] -- SNIPPET...
       compile_fail.py --judge OUTPUT SNIPPET...

The first writes down what the compiler says of each, and what its headers are, so that nothing is compiled
again before one of them changes; the second looks at that.

A snippet is compiled twice: as written it must compile; with MISUSE defined it must not, and every line
`// EXPECT: regular expression` in it has to match what the compiler says. The mistakes in mistakes.py are
expected to be explained in one of the first three lines, and in 25 lines at most.

The headers are compiled once, and what is right all together. The last line counts the cases.
"""

import concurrent.futures
import json
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
    def __init__(self, command, directory, output, depfile):
        header = directory / "all.hpp"
        header.write_text(HEADERS, encoding="utf-8")
        self.command = command
        is_clang = "clang" in subprocess.run([*command, "--version"], text=True, check=True,
                                             stdout=subprocess.PIPE).stdout
        compiled = directory / ("all.hpp.pch" if is_clang else "all.hpp.gch")
        subprocess.run([*command, "-x", "c++-header", header, "-o", compiled, "-MD", "-MQ", output,
                        "-MF", depfile], check=True)
        depends = pathlib.Path(depfile)
        # Gone when the build looks at it.
        depends.write_text(depends.read_text(encoding="utf-8").replace(str(header), ""), encoding="utf-8")
        self.headers = ["-include-pch", compiled] if is_clang else ["-include", header]

    def compile(self, text):
        """None if it compiles, else what the compiler says."""
        result = subprocess.run([*self.command, *self.headers, "-fsyntax-only", "-x", "c++", "-"],
                                input=text, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        return None if result.returncode == 0 else result.stdout


def all_mistakes():
    """With the result of the function that makes the mistake."""
    for result, mistakes in (("void", MISTAKES), ("mp::task<int>", IN_A_TASK)):
        for mistake in mistakes:
            yield result, mistake


def function(result, name, declarations, statement):
    return f"{result} {name}() {{\n  {declarations}\n  {statement}\n}}\n"


def texts(snippets):
    """What is compiled: name -> text. The right uses of all mistakes are one text."""
    result = {"right_uses": USES + "".join(
        function(of, name, declarations, right)
        for of, (name, declarations, _, right, _) in all_mistakes())}
    for name, text in snippets.items():
        result[f"right {name}"] = text
        result[f"wrong {name}"] = "#define MISUSE\n" + text
    for of, (name, declarations, wrong, _, _) in all_mistakes():
        result[f"wrong {name}"] = USES + function(of, name, declarations, wrong)
    return result


def compile_all(output, depfile, command, snippets):
    with tempfile.TemporaryDirectory(prefix="micropool-mistakes-") as directory:
        compiler = Compiler(command, pathlib.Path(directory), output, depfile)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            said = {name: threads.submit(compiler.compile, text)
                    for name, text in texts(snippets).items()}
        said = {name: one.result() for name, one in said.items()}
    pathlib.Path(output).write_text(json.dumps(said, indent=1), encoding="utf-8")


def problem_of_right_uses(said):
    return said["right_uses"] and f"a correct use does not compile\n{said['right_uses']}"


def problem_of_snippet(said, name, text):
    expected = EXPECT.findall(text)
    if not expected or "#ifdef MISUSE" not in text:
        return "it needs lines `// EXPECT: ...` and an `#ifdef MISUSE`"
    right, wrong = said[f"right {name}"], said[f"wrong {name}"]
    if right is not None:
        return f"the correct use does not compile\n{right}"
    if wrong is None:
        return "the misuse compiles"
    missing = [pattern for pattern in expected if not re.search(pattern, wrong)]
    return f"the compiler does not say {missing}\n{wrong}" if missing else None


def problem_of_mistake(said, mistake):
    name, _, _, _, must_say = mistake
    if (wrong := said[f"wrong {name}"]) is None:
        return "the mistake compiles"
    lines = wrong.splitlines()
    if len(lines) > MOST_LINES:
        return f"{len(lines)} lines\n{wrong}"
    if not any(re.search(must_say, line) for line in lines[:FIRST_LINES]):
        return f"the first {FIRST_LINES} lines do not say {must_say}\n{wrong}"
    return None


def judge(said, snippets):
    problems = {"right_uses": problem_of_right_uses(said)}
    for name, text in snippets.items():
        problems[name] = problem_of_snippet(said, name, text)
    for _, mistake in all_mistakes():
        problems[mistake[0]] = problem_of_mistake(said, mistake)
    failed = {name: problem for name, problem in problems.items() if problem}
    for name, problem in failed.items():
        print(f"FAILED: {name}: {problem}")
    print(f"test cases: {len(problems) - len(failed)} passed, {len(failed)} failed")
    return not failed


def read(snippets):
    return {snippet.stem: snippet.read_text(encoding="utf-8")
            for snippet in map(pathlib.Path, snippets)}


def main():
    how, output, *rest = sys.argv[1:]
    if how == "--judge":
        said = json.loads(pathlib.Path(output).read_text(encoding="utf-8"))
        return judge(said, read(rest))
    split = rest.index("--")
    compile_all(output, rest[0], rest[1:split], read(rest[split + 1:]))
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
