#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Weakens each memory order of the library, splits each locked step, leaves out each store, wake-up,
fence and lock, one at a time, and looks whether a test on the simulated machine notices.

usage: generated.py [--build DIR] [--jobs N] [--seconds N] [WORD...]
                        the mutants with a word in their name or in their line of source; default: all
       generated.py --list [WORD...]   their names
       generated.py --equivalent       those of equivalent.toml, which must survive
       generated.py --check            whether the entries of equivalent.toml still apply; builds nothing

The mutants come from the program itself: it runs once, and writes down the places that it comes by.
Then it runs again for each mutant, told by its environment to act differently there
(tests/simulation/runtime/mutant.hpp), with the test cases that come by that place, until one fails.
First come short ones, and those that come by few places, because these test just that. Nothing is compiled for a mutant. What changes nothing that the program
promises is listed in equivalent.toml with the reason, and is not run.

  --seconds N             so long for each mutant, for a first look; default: all its test cases

  MICROPOOL_MUTANTS_DIR   where the copies of the sources and the build are (default: build-mutants/)

The last line is `N killed, N survived, N equivalent`; the exit status is 0 only if all that are not
equivalent were killed and all entries of equivalent.toml apply.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import tomllib

import cases
import mutant_list
import places
from program import Build, BuildFailed, run

PROGRAMS = ["unit", "protocol", "program"]
EQUIVALENT = mutant_list.FOLDER / "equivalent.toml"


@dataclasses.dataclass(frozen=True)
class Case:
    program: str
    name: str
    seconds: float
    places: int  # by how many it comes

    def cost(self):
        return self.seconds * self.places

    def __str__(self):
        return f"{self.program}: {self.name}"


@dataclasses.dataclass
class Mutant:
    line: places.Line
    kind: str
    change: str
    addresses: dict  # by program
    cases: list

    def __str__(self):
        return f"{self.line.file}:{self.line.number} {self.kind}"

    def key(self):
        return self.line.file, self.line.text, self.kind


@dataclasses.dataclass(frozen=True)
class Equivalent:
    """The mutants of some kinds at a line of source, wherever it is in the file."""
    file: str
    line: str
    kinds: tuple[str, ...]
    why: str
    function: str = ""  # where a file has the line in several

    def __str__(self):
        return f"{self.file}: {self.line}"

    def applies_to(self, mutant):
        return (mutant.key() in ((self.file, self.line, kind) for kind in self.kinds)
                and self.function in ("", mutant.line.function))

    def complaints(self):
        path = mutant_list.ROOT / self.file
        texts = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        if self.line not in (text.strip() for text in texts):
            yield f"{self}: there is no such line"
        if not self.why.endswith("."):
            yield f"{self}: does not say why, in a sentence"


def load_equivalents():
    with EQUIVALENT.open("rb") as file:
        entries = tomllib.load(file).get("equivalent", [])
    return [Equivalent(**entry | {"kinds": tuple(entry["kinds"])}) for entry in entries]


def program_of(build, name):
    return build / "tests/simulation" / f"simulation_{name}_test"


def make_build():
    """Builds the simulation tests in the build that run.py uses."""
    folder = mutant_list.work_folder()
    build = Build(folder)
    run(["ninja", "simulation"], build.folder)
    return build.folder


def names_of_cases(program):
    answer = subprocess.run([program, "--list-test-names-only"], stdout=subprocess.PIPE, text=True)
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]


def record(program, name):
    """(seconds, the text of the places, None or what has failed)."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "places"
        began = time.monotonic()
        passed, output = cases.run(program, cases.escaped(name), 600,
                                   {"MICROPOOL_SIM_PLACES": str(path)})
        seconds = time.monotonic() - began
        return (seconds, path.read_text(encoding="utf-8") if path.is_file() else "",
                None if passed else output[-2000:])


def record_all(build, jobs):
    """{case: its places}. What a program has written is kept beside it until it is built anew."""
    recorded = {}
    for name in PROGRAMS:
        program = program_of(build, name)
        kept = program.with_suffix(".places")
        if kept.is_file() and kept.stat().st_mtime > program.stat().st_mtime:
            entries = json.loads(kept.read_text(encoding="utf-8"))
        else:
            with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                names = names_of_cases(program)
                entries = list(zip(names, pool.map(lambda case: record(program, case), names)))
            for case, (_, _, failure) in entries:
                if failure:
                    raise BuildFailed(f"fails without any change: {case}\n{failure}")
            kept.write_text(json.dumps(entries), encoding="utf-8")
        for case, (seconds, text, _) in entries:
            found = list(places.read(text))
            recorded[Case(name, case, seconds, len(found))] = found
    return recorded


def generate(build, recorded):
    """All mutants, in the order of the sources."""
    by_program = collections.defaultdict(set)
    for case, found in recorded.items():
        for place in found:
            by_program[case.program].update(place.addresses)
    frames = {name: places.symbolize(program_of(build, name), addresses)
              for name, addresses in by_program.items()}
    mutants = {}
    known = {}
    for case, found in recorded.items():
        for place in found:
            if (case.program, place) not in known:
                known[case.program, place] = list(places.mutants_at(place, frames[case.program]))
            for line, kind, change, address in known[case.program, place]:
                mutant = mutants.setdefault((line.file, line.number, kind, change),
                                            Mutant(line, kind, change, {}, []))
                mutant.addresses.setdefault(case.program, set()).add(address)
                if case not in mutant.cases:
                    mutant.cases.append(case)
    for mutant in mutants.values():
        mutant.cases.sort(key=Case.cost)
    return [mutants[key] for key in sorted(mutants)]


def verdict(build, mutant, seconds):
    """(killed, what to print)."""
    late = 0
    for tried, case in enumerate(mutant.cases):
        seconds -= case.seconds
        if seconds < 0 and tried > 0:
            return False, f"SURVIVED {tried} of {len(mutant.cases)} cases"
        text = " ".join([mutant.change, *sorted(mutant.addresses[case.program])])
        # A weaker order has more executions, which is no failure.
        passed, output = cases.run(program_of(build, case.program), cases.escaped(case.name),
                                   10 + 4 * case.seconds, {"MICROPOOL_SIM_MUTANT": text})
        if "MICROPOOL_SIM_MUTANT" in output:
            raise BuildFailed(output[-2000:])
        if passed is False:
            execution = cases.last_execution(output)
            return True, f"killed by {case}" + (f" (execution {execution})" if execution else "")
        late += passed is None
    return False, (f"SURVIVED {len(mutant.cases)} cases"
                   + (f", {late} of them without an end" if late else ""))


def judge(build, mutants, jobs, seconds):
    """How many were killed. Prints each."""
    def one(mutant):
        killed, text = verdict(build, mutant, seconds)
        print(f"{mutant}: {text}", flush=True)
        return killed

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return sum(pool.map(one, mutants))


def read_arguments():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--build", type=pathlib.Path)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--equivalent", action="store_true")
    arguments.add_argument("--list", action="store_true")
    arguments.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    arguments.add_argument("--seconds", type=float, default=float("inf"))
    arguments.add_argument("words", nargs="*")
    return arguments.parse_args()


def main():
    options = read_arguments()
    equivalents = load_equivalents()
    wrong = [complaint for entry in equivalents for complaint in entry.complaints()]
    if options.check or wrong:
        print("\n".join(wrong + [f"{len(equivalents)} entries, {len(wrong)} complaints"]))
        return 1 if wrong else 0
    began = time.monotonic()
    build = (options.build or make_build()).resolve()
    mutants = generate(build, record_all(build, options.jobs))
    wrong = [f"{entry}: there is no such mutant" for entry in equivalents
             if not any(entry.applies_to(mutant) for mutant in mutants)]
    print("\n".join(wrong + [f"{len(mutants)} mutants after {time.monotonic() - began:.0f} s"]))
    chosen = [mutant for mutant in mutants if not options.words or
              any(word in f"{mutant} {mutant.line.text}" for word in options.words)]
    same = [mutant for mutant in chosen if any(entry.applies_to(mutant) for entry in equivalents)]
    others = [mutant for mutant in chosen if mutant not in same]
    if options.list:
        print("\n".join(f"{mutant}: {mutant.line.text}" for mutant in chosen))
        return 1 if wrong else 0
    if options.equivalent:
        killed = judge(build, same, options.jobs, options.seconds)
        print(f"{killed} killed, {len(same) - killed} survived of those that shall")
        return 1 if killed or wrong else 0
    killed = judge(build, others, options.jobs, options.seconds)
    print(f"in {time.monotonic() - began:.0f} s")
    print(f"{killed} killed, {len(others) - killed} survived, {len(same)} equivalent")
    return 0 if killed == len(others) and others and not wrong else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BuildFailed as error:
        print(error)
        sys.exit(1)
