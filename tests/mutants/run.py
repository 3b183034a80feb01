#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Breaks the library in one small place at a time, and looks whether a test notices.

usage: run.py [--jobs N] [WORD...]   the mutants with a word in their name or in that of the file
                                     that they change; default: all
       run.py --check                whether every entry of the list still applies; builds nothing
       run.py --list                 their names

The lists are the files *.toml beside this one: what is replaced by what, and which test must fail.
A mutant that hangs or crashes is killed as well. Those whose test is below tests/simulation run on
the simulated machine. Those of simulation.toml are not run: no test kills them yet.

  MICROPOOL_MUTANTS_DIR   where the copies of the sources and the build are (default: build-mutants/)

The last line is `N killed, N survived`; the exit status is 0 only if all were killed.
"""

import argparse
import concurrent.futures
import os
import queue
import shutil
import sys
import time

import cases
import mutant_list
from program import Build, BuildFailed

SECONDS_PER_PROGRAM = 120
NO_END = "watchdog: no end after all: the program"


def run_test(mutant, program):
    """(passed, what it has said)."""
    names = cases.escaped(mutant.cases) + "*" if mutant.cases else ""
    passed, output = cases.run(program, names, SECONDS_PER_PROGRAM)
    return bool(passed), output if passed is not None else NO_END


def killer(mutant, output):
    """The file, and where they are known the first case that has failed, and the execution."""
    case = cases.failed_case(output)
    files = " ".join(mutant.test)
    if not case:
        return files
    execution = cases.last_execution(output) if mutant.is_simulated else None
    return f"{files}: {case}" + (f" (execution {execution})" if execution else "")


class Workplace:
    """A second copy of the sources, in which one mutant after the other is applied."""

    def __init__(self, build, folder):
        self.build = build
        self.sources = folder / "sources"
        self.output = folder / "output"
        shutil.rmtree(folder, ignore_errors=True)
        self.output.mkdir(parents=True)
        for name in ["include", "lib", "tests"]:
            shutil.copytree(build.sources / name, self.sources / name)

    def verdict(self, mutant):
        """(survived, what to print)."""
        path = self.sources / mutant.file
        original = path.read_text(encoding="utf-8")
        path.write_text(original.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            program = self.build.program(mutant, self.sources, self.output)
        except BuildFailed as error:
            return True, f"DOES NOT BUILD: {error}"
        finally:
            path.write_text(original, encoding="utf-8")
        for _ in range(mutant.tries):
            passed, output = run_test(mutant, program)
            if not passed:
                return False, f"killed by {killer(mutant, output)}"
        return True, f"SURVIVED {' '.join(mutant.test)}"


def passes_unchanged(build, mutants, folder, jobs):
    """Whether the tests of the mutants pass as long as nothing is changed."""
    folder.mkdir(parents=True, exist_ok=True)
    by_program = {}
    for mutant in mutants:
        by_program.setdefault(mutant.test, {})[mutant.cases] = mutant

    def passes(numbered):
        number, by_cases = numbered
        program = folder / f"program{number}"
        build.link(next(iter(by_cases.values())), program, {})
        good = True
        for mutant in by_cases.values():
            passed, output = run_test(mutant, program)
            if not passed:
                print(f"fails without any change: {killer(mutant, output)}\n{output[-2000:]}")
            good = good and passed
        program.unlink()
        return good

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return all(list(pool.map(passes, enumerate(by_program.values()))))


def run_all(mutants, folder, jobs):
    began = time.monotonic()
    build = Build(folder)
    build.make(mutants)
    print(f"built after {time.monotonic() - began:.0f} s", flush=True)
    if not passes_unchanged(build, mutants, folder / "unchanged", jobs):
        return None
    print(f"{len(mutants)} mutants after {time.monotonic() - began:.0f} s", flush=True)
    workplaces = queue.SimpleQueue()
    for number in range(jobs):
        workplaces.put(Workplace(build, folder / f"workplace{number}"))

    def judge(mutant):
        workplace = workplaces.get()
        try:
            survived, text = workplace.verdict(mutant)
        finally:
            workplaces.put(workplace)
        print(f"{mutant.name}: {text}", flush=True)
        return survived

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        survived = sum(pool.map(judge, mutants))
    print(f"in {time.monotonic() - began:.0f} s")
    return survived


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--list", action="store_true")
    arguments.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    arguments.add_argument("words", nargs="*")
    options = arguments.parse_args()
    killable, others = mutant_list.load()
    wrong = mutant_list.check(killable, others)
    for complaint in wrong:
        print(complaint)
    if options.check or wrong:
        print(f"{len(killable)} mutants, {len(others)} that need the simulation, "
              f"{len(wrong)} complaints")
        return 1 if wrong else 0
    mutants = [mutant for mutant in killable
               if not options.words or any(word in f"{mutant.file}: {mutant.name}"
                                            for word in options.words)]
    if options.list:
        print("\n".join(mutant.name for mutant in mutants))
        return 0
    if not mutants:
        print("0 killed, 0 survived: no mutant has such a name")
        return 1
    try:
        survived = run_all(mutants, mutant_list.work_folder(), max(1, options.jobs))
    except BuildFailed as error:
        print(error)
        survived = None
    if survived is None:
        print(f"0 killed, {len(mutants)} survived")
        return 1
    print(f"{len(mutants) - survived} killed, {survived} survived")
    return 0 if survived == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
