# SPDX-License-Identifier: MIT OR Apache-2.0
"""The list of mutants: one file per layer, and whether each entry still applies."""

import dataclasses
import os
import pathlib
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(__file__).resolve().parent
# What no test kills yet.
NEEDS_SIMULATION = "simulation"
# What is generated, and not to be killed.
EQUIVALENT = "equivalent"


def work_folder():
    """Where the copies of the sources and the build are."""
    folder = pathlib.Path(os.environ.get("MICROPOOL_MUTANTS_DIR", ROOT / "build-mutants")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str  # below the root of the sources
    old: str  # occurs in the file exactly once
    new: str
    why: str = ""  # why tests do not kill it, where they do not
    test: tuple[str, ...] = ()  # files below tests/, of one folder; or that folder
    cases: str = ""  # the beginning of the names of the test cases; default: all
    also: tuple[str, ...] = ()  # files of lib/ that see a mutated header and are compiled anew
    tries: int = 1  # how often the tests run, where a race decides whether they see it

    @property
    def is_header(self):
        return self.file.endswith(".hpp")

    @property
    def is_simulated(self):
        return self.folder.startswith("simulation/")

    @property
    def folder(self):
        """The folder below tests/ whose program the tests belong to."""
        first = self.test[0]
        return first.rsplit("/", 1)[0] if first.endswith(".cpp") else first


def as_tuple(value):
    return (value,) if isinstance(value, str) else tuple(value)


def load():
    """All entries: (those that tests must kill, those that need the simulation)."""
    killable, others = [], []
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem == EQUIVALENT:
            continue
        with path.open("rb") as file:
            entries = tomllib.load(file)["mutant"]
        for entry in entries:
            entry["test"] = as_tuple(entry.get("test", ()))
            entry["also"] = as_tuple(entry.get("also", ()))
            mutant = Mutant(**entry)
            (others if path.stem == NEEDS_SIMULATION else killable).append(mutant)
    return killable, others


def test_files(mutant, root=ROOT):
    for test in mutant.test:
        path = root / "tests" / test
        yield from sorted(path.glob("*.cpp")) if path.is_dir() else [path]


def complaints(mutant, root=ROOT):
    """Why the entry does not apply to the sources any more."""
    path = root / mutant.file
    if not path.is_file():
        return [f"{mutant.name}: there is no {mutant.file}"]
    found = []
    count = path.read_text(encoding="utf-8").count(mutant.old)
    if count != 1:
        found.append(f"{mutant.name}: {mutant.file} has the text {count} times, not once")
    if mutant.old == mutant.new:
        found.append(f"{mutant.name}: changes nothing")
    if len({test.rpartition("/")[0] for test in mutant.test if test.endswith(".cpp")}) > 1:
        found.append(f"{mutant.name}: its tests are of several programs")
    texts = []
    for test in test_files(mutant, root):
        if test.is_file():
            texts.append(test.read_text(encoding="utf-8"))
        else:
            found.append(f"{mutant.name}: there is no {test}")
    if mutant.cases and not any(f'"{mutant.cases}' in text for text in texts):
        found.append(f"{mutant.name}: no test case begins with {mutant.cases!r}")
    found += [f"{mutant.name}: there is no {name}" for name in mutant.also
              if not (root / name).is_file()]
    return found


def check(killable, others):
    """What is wrong with the list."""
    found = []
    names = [mutant.name for mutant in killable + others]
    found += [f"two mutants are named {name!r}" for name in set(names) if names.count(name) > 1]
    found += [f"{mutant.name}: names no test" for mutant in killable if not mutant.test]
    found += [f"{mutant.name}: does not say why" for mutant in others if not mutant.why]
    for mutant in killable + others:
        found += complaints(mutant)
    return found
