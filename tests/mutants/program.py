# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds test programs of a mutated library, without building anything else anew.

One ordinary build is made of a copy of the sources. For a mutant the few files that see the change
are compiled once more, from a second copy, to another place, and linked with the objects of the
ordinary build. So nothing has to be built back.
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import threading

from mutant_list import ROOT, test_files

OPTIONS = ["--buildtype=plain", "-Doptimization=1", "-Ddebug_checks=enabled", "-Dtests=enabled",
           "-Dbenchmarks=disabled", "-Dexamples=disabled", "-Dtest_files_together=1"]
# The folder of the precompiled header, for each way in which tests are compiled.
WAY = re.compile(r"-Itests/libtests_.*\.p$")
SIMULATED = re.compile(r"tests/simulation/(libmicropool_simulated\.a|simulation_\w+_test)\.p/.*\.o$")
LIBRARY = re.compile(r"(^|/)libmicropool(_objects)?\.(a|so[.\d]*)$")


class BuildFailed(Exception):
    pass


def run(command, folder):
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise BuildFailed(f"{shlex.join(map(str, command))[:300]}\n{done.stdout[-3000:]}")
    return done.stdout


def copy_sources(target):
    """Copies what is not there yet or has changed, so that the build begins where it left off."""
    def copy(source, destination):
        old = pathlib.Path(destination)
        if not old.is_file() or old.read_bytes() != pathlib.Path(source).read_bytes():
            shutil.copyfile(source, destination)
            shutil.copymode(source, destination)

    for name in ["include", "lib", "tests", "docs", "meson.build", "meson_options.txt"]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, copy_function=copy, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            copy(source, target / name)


class Build:
    """The ordinary build, in `folder`/build, of the sources in `folder`/sources."""

    def __init__(self, folder):
        self.sources = folder / "sources"
        self.folder = folder / "build"
        copy_sources(self.sources)
        again = ["--reconfigure"] if (self.folder / "build.ninja").is_file() else []
        run(["meson", "setup", *again, self.folder, self.sources, *OPTIONS], folder)
        with (self.folder / "compile_commands.json").open(encoding="utf-8") as file:
            commands = json.load(file)
        # A test file may be compiled a second time, for a program of its own.
        self.commands = {entry["file"].removeprefix("../sources/"): entry for entry in commands
                         if re.match(r"(lib/libmicropool\.|tests/libtests_).*\.o$", entry["output"])}
        # What the simulated machine runs is compiled in a way of its own.
        self.simulated = {entry["file"].removeprefix("../sources/"): entry for entry in commands
                          if SIMULATED.match(entry["output"])}
        self.library = [name for name in self.commands if name.startswith("lib/")]
        self.links = {}
        self.making_header = threading.Lock()
        # What the library itself is linked with. Its objects lie in a folder of its name.
        library = self.commands[self.library[0]]["output"].rsplit(".p/", 1)[0]
        self.needs = [word for word in self.link_command(library)
                      if re.match(r"-l|/.*\.(so|a)[.\d]*$", word)]

    def link_command(self, target):
        text = run(["ninja", "-t", "commands", target], self.folder)
        return shlex.split([line for line in text.splitlines() if " -o " in line][-1])

    def commands_of(self, mutant):
        return self.simulated if mutant.is_simulated else self.commands

    def sources_of(self, mutant):
        names = [path.relative_to(ROOT).as_posix() for path in test_files(mutant)]
        return [name for name in names if name in self.commands_of(mutant)]

    def make(self, mutants):
        """Builds all that the test programs of these mutants are made of."""
        for folder in {mutant.folder for mutant in mutants}:
            target = f"tests/{folder.replace('/', '_')}_test"
            if folder.startswith("simulation/"):
                target = f"tests/simulation/{folder.replace('/', '_')}_test"
            self.links[folder] = self.link_command(target)
        wanted = {word for link in self.links.values() for word in link
                  if word.endswith(".a") and not LIBRARY.search(word) and word[0] != "/"}
        ordinary = [mutant for mutant in mutants if not mutant.is_simulated]
        needed = set(self.library if ordinary else ()).union(
            *(self.sources_of(mutant) for mutant in ordinary))
        wanted |= {self.commands[name]["output"] for name in needed}
        # All of a simulated program but the program itself.
        wanted |= {word for folder, link in self.links.items() for word in link
                   if folder.startswith("simulation/") and word.endswith(".o")}
        run(["ninja", *sorted(wanted)], self.folder)

    def compile(self, name, sources, output, mutant):
        """Compiles a file of other `sources`."""
        arguments = shlex.split(self.commands_of(mutant)[name]["command"])
        if mutant.is_header and name.startswith("tests/") and not mutant.is_simulated:
            folder = f"-I{self.other_headers(arguments)}"
            arguments = [folder if WAY.match(word) else word for word in arguments]
        self.compile_as(arguments, sources, output)

    def compile_as(self, arguments, sources, output):
        arguments = [re.sub(r"^(-I|)\.\./sources/", rf"\1{sources}/", word) for word in arguments]
        for flag, value in {"-o": output, "-MF": f"{output}.d", "-MQ": output}.items():
            arguments[arguments.index(flag) + 1] = str(value)
        run(arguments, self.folder)

    def other_headers(self, arguments):
        """A folder with a precompiled header like that of the tests, without the library's."""
        way = next(word for word in arguments if WAY.match(word))[2:]
        folder = self.folder / way / "without_library"
        with self.making_header:
            if not folder.is_dir():
                text = (self.sources / "tests/support/pch.hpp").read_text(encoding="utf-8")
                made = self.folder / way / "without_library.new"
                made.mkdir(exist_ok=True)
                (made / "pch.hpp").write_text(re.sub(r"#include <micropool/.*", "", text),
                                              encoding="utf-8")
                first, last = arguments.index("-include"), arguments.index("-c")
                self.compile_as(arguments[:first] + arguments[first + 2:last]
                                + ["-x", "c++-header", "-c", str(made / "pch.hpp")],
                                self.sources, made / "pch.hpp.gch")
                made.rename(folder)
        return folder

    def link(self, mutant, output, instead):
        """Links the test program; `instead` has the objects that replace those of the build."""
        if mutant.is_simulated:
            return self.link_simulated(mutant, output, instead)
        objects = [instead.get(name, self.commands[name]["output"])
                   for name in self.sources_of(mutant) + self.library]
        words = [word for word in self.links[mutant.folder]
                 if not word.endswith(".o") and not LIBRARY.search(word)]
        words[words.index("-o") + 1] = str(output)
        # Before the archives: of an inline function that is compiled twice, the first counts.
        at = words.index("-o") + 2
        run(words[:at] + [str(o) for o in objects] + words[at:] + self.needs,
            self.folder)

    def link_simulated(self, mutant, output, instead):
        """The same. The other tests of the program are left out."""
        sources = self.sources_of(mutant)
        left_out = {entry["output"] for name, entry in self.simulated.items()
                    if name.startswith(f"tests/{mutant.folder}/") and name not in sources}
        left_out |= {self.simulated[name]["output"] for name in instead}
        words = [word for word in self.links[mutant.folder] if word not in left_out]
        words[words.index("-o") + 1] = str(output)
        # Before the archive of the library, from which then only the other files come.
        at = words.index("-o") + 2
        run(words[:at] + [str(o) for o in instead.values()] + words[at:], self.folder)

    def program(self, mutant, sources, folder):
        """Builds the test program of a mutant that has been applied to `sources`."""
        changed = list(mutant.also)
        changed += self.sources_of(mutant) if mutant.is_header else [mutant.file]
        instead = {}
        for number, name in enumerate(changed):
            instead[name] = folder / f"{number}.o"
            self.compile(name, sources, instead[name], mutant)
        self.link(mutant, folder / "test", instead)
        return folder / "test"
