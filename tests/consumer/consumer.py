#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Uses the library as its users do: as a Meson subproject; from source in CMake; and installed, shared
and static, found by pkg-config, Meson and CMake in a prefix that was moved after the installation.

usage: consumer.py --source ROOT [--werror] [--cmake CMAKE] --pkg-config PKG_CONFIG -- COMPILER...

Everything happens in a temporary directory; only the sources are read.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

EXPECTED_OUTPUT = ": 6765 3"
INSTALLED = [
    "include/micropool/micropool.hpp",
    "include/micropool/build_config.hpp",
    "include/micropool/task.hpp",
    "lib/pkgconfig/micropool.pc",
    "lib/cmake/micropool/micropoolConfig.cmake",
    "lib/cmake/micropool/micropoolConfigVersion.cmake",
]
SHARED = ["lib/libmicropool.so", "lib/libmicropool.so.0.1"]
STATIC = ["lib/libmicropool.a"]
# What a program must not inherit from the machine that built the library: macros, directories,
# files instead of libraries.
FOREIGN_FLAG = re.compile(r"-isystem|-D|/lib[^ /]*\.(so|a)\b")


class Failure(Exception):
    pass


class Prefix:
    """An installation: its directory, and what it holds."""

    def __init__(self, directory, shared):
        self.directory = directory
        self.shared = shared
        self.environment = {"PKG_CONFIG_PATH": str(directory / "lib/pkgconfig")}
        if shared:
            self.environment["LD_LIBRARY_PATH"] = str(directory / "lib")


class Consumer:
    def __init__(self, options, directory):
        self.source = pathlib.Path(options.source).resolve()
        self.cmake = options.cmake
        self.pkg_config = options.pkg_config
        self.compiler = options.compiler
        self.warnings = ["-Dwarning_level=3"] + (["-Dwerror=true"] if options.werror else [])
        self.directory = pathlib.Path(directory)
        self.both = self.static = None
        self.projects = 0
        self.environment = {key: value for key, value in os.environ.items()
                            if key not in ("DESTDIR", "MESONINTROSPECT", "CXXFLAGS", "LDFLAGS",
                                           "LD_LIBRARY_PATH", "PKG_CONFIG_PATH")}
        self.environment["CXX"] = " ".join(self.compiler)

    def run(self, *command, must_fail=False, **environment):
        command = [str(part) for part in command]
        result = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False,
                                env={**self.environment, **environment})
        if (result.returncode != 0) != must_fail:
            wanted = "should have failed" if must_fail else f"status {result.returncode}"
            raise Failure(f"{wanted}: {' '.join(command)}\n{result.stdout}")
        return result.stdout

    def run_program(self, program, **environment):
        output = self.run(program, **environment)
        if EXPECTED_OUTPUT not in output:
            raise Failure(f"{program} printed {output!r}")

    def project(self):
        """A copy of the user's project."""
        self.projects += 1
        directory = self.directory / f"project-{self.projects}"
        shutil.copytree(pathlib.Path(__file__).parent / "project", directory)
        return directory

    def as_subproject(self):
        project = self.project()
        (project / "subprojects").mkdir()
        (project / "subprojects" / "micropool").symlink_to(self.source)
        build = project / "build"
        # Not optimised: quicker to build, and once with the debug checks in it.
        self.run("meson", "setup", "--wrap-mode=forcefallback", "-Doptimization=0", build, project)
        self.run("meson", "compile", "-j2", "-C", build)
        self.run_program(build / "consumer")
        tests = [test["name"] for test in json.loads(self.run("meson", "introspect", "--tests", build))]
        if tests != ["consumer"]:
            raise Failure(f"the subproject brought tests along: {tests}")

    def install(self, name, files, *options):
        """Installs the library, then moves it elsewhere."""
        build = self.directory / f"library-{name}"
        first = self.directory / f"first-{name}"
        self.run("meson", "setup", build, self.source, f"--prefix={first}", "--libdir=lib",
                 "-Doptimization=0", "-Dtests=disabled", "-Dbenchmarks=disabled",
                 "-Dexamples=disabled", *self.warnings, *options)
        self.run("meson", "compile", "-j2", "-C", build)
        self.run("meson", "install", "--no-rebuild", "-C", build)
        missing = [file for file in INSTALLED + files if not (first / file).exists()]
        if missing:
            raise Failure(f"not installed: {missing}")
        moved = self.directory / f"moved-{name}"
        first.rename(moved)
        text = (moved / "lib/pkgconfig/micropool.pc").read_text(encoding="utf-8")
        if str(self.directory) in text or str(self.source) in text or FOREIGN_FLAG.search(text):
            raise Failure(f"the pkg-config file knows this machine:\n{text}")
        return Prefix(moved, shared=files != STATIC)

    def install_both(self):
        self.both = self.install("both", SHARED + STATIC, "-Ddefault_library=both")

    def install_static(self):
        self.static = self.install("static", STATIC, "-Ddefault_library=static",
                                   "-Ddebug_checks=disabled")

    def by_meson_dependency(self):
        for prefix in (self.both, self.static):
            project = self.project()
            build = project / "build"
            self.run("meson", "setup", "--wrap-mode=nofallback", build, project,
                     **prefix.environment)
            self.run("meson", "compile", "-j2", "-C", build)
            self.run_program(build / "consumer", **prefix.environment)

    def flags(self, prefix, *options):
        return self.run(self.pkg_config, *options, "--cflags", "--libs", "micropool",
                        **prefix.environment).split()

    def compile(self, flags, **options):
        project = self.project()
        output = self.run(*self.compiler, "-std=c++20", project / "main.cpp", "-o",
                          project / "consumer", *flags, **options)
        return project / "consumer", output

    def by_pkg_config(self):
        for prefix in (self.both, self.static):
            for options in ([], ["--static"]):
                program, _ = self.compile(self.flags(prefix, *options))
                self.run_program(program, **prefix.environment)

    def linked_statically(self):
        archive = f"{self.both.directory}/lib/libmicropool.a"
        flags = [archive if flag == "-lmicropool" else flag
                 for flag in self.flags(self.both, "--static")]
        program, _ = self.compile(flags)
        self.run_program(program)
        program, _ = self.compile(["-static", *self.flags(self.static, "--static")])
        self.run_program(program)

    def other_debug_checks(self):
        """Headers of a build with debug checks and a library without, and the other way round."""
        for prefix, word in ((self.static, "with"), (self.both, "without")):
            include = self.directory / f"include-{word}"
            shutil.copytree(prefix.directory / "include", include)
            config = include / "micropool/build_config.hpp"
            text = config.read_text(encoding="utf-8")
            config.write_text(re.sub(r"(DEBUG_CHECKS) (\d)", lambda m: f"{m[1]} {1 - int(m[2])}", text),
                              encoding="utf-8")
            _, output = self.compile([f"-I{include}", *self.flags(prefix)], must_fail=True)
            if f"library_{word}_debug_checks" not in output:
                raise Failure(f"not told about the debug checks:\n{output}")
        _, output = self.compile(["-O0", "-UNDEBUG", *self.flags(self.static)])
        if "without debug checks" not in output:
            raise Failure(f"a debug program is not told that nothing checks it:\n{output}")

    def unsuitable_compiler(self):
        project = self.project()
        headers = [header for header in
                   sorted((self.both.directory / "include/micropool").glob("*.hpp"))
                   if header.name != "build_config.hpp"]
        flags = self.flags(self.both, "--cflags")
        for flag, needs in (("-std=c++17", "needs C++20"), ("-fno-exceptions", "needs exceptions")):
            for header in headers:
                (project / "main.cpp").write_text(f"#include <micropool/{header.name}>\n",
                                                  encoding="utf-8")
                output = self.run(*self.compiler, "-std=c++20", flag, "-fsyntax-only",
                                  "-Wfatal-errors", project / "main.cpp", *flags, must_fail=True)
                first = next(line for line in output.splitlines() if "error:" in line)
                if needs not in first:
                    raise Failure(f"{header.name} with {flag} begins with {first}")

    def configure(self, project, build, *options, **how):
        return self.run(self.cmake, "-G", "Ninja", "-S", project, "-B", build,
                        f"-DCMAKE_CXX_COMPILER={self.compiler[-1]}",
                        f"-DCMAKE_CXX_COMPILER_LAUNCHER={';'.join(self.compiler[:-1])}", *options,
                        **how)

    def build_by_cmake(self, project, *options):
        self.configure(project, project / "build", *options)
        self.run(self.cmake, "--build", project / "build", "-j2")
        self.run_program(project / "build" / "consumer")

    def by_cmake(self):
        project = self.project()
        both = f"-DCMAKE_PREFIX_PATH={self.both.directory}"
        static = f"-DCMAKE_PREFIX_PATH={self.static.directory}"
        self.build_by_cmake(project, both)
        self.build_by_cmake(self.project(), both, "-Dmicropool_USE_STATIC_LIBS=ON")
        self.build_by_cmake(self.project(), static)
        self.build_by_cmake(self.project(), static, "-DBoost_USE_STATIC_LIBS=ON",
                            "-DCMAKE_EXE_LINKER_FLAGS=-static")
        lists = project / "CMakeLists.txt"
        lists.write_text(lists.read_text(encoding="utf-8").replace("micropool 0.1", "micropool 0.2"),
                         encoding="utf-8")
        output = self.configure(project, project / "too-new", both, must_fail=True)
        if "micropool" not in output or "0.2" not in output:
            raise Failure(f"CMake refused version 0.2 for another reason:\n{output}")

    def from_source_by_cmake(self):
        find = "find_package(micropool 0.1 REQUIRED)"
        fetch = ("include(FetchContent)\n"
                 f"FetchContent_Declare(micropool SOURCE_DIR {self.source} SOURCE_SUBDIR lib)\n"
                 "FetchContent_MakeAvailable(micropool)")
        subdirectory = f"add_subdirectory({self.source}/lib micropool)"
        for instead, options in ((fetch, ["-DBUILD_SHARED_LIBS=ON", "-DCMAKE_BUILD_TYPE=Debug"]),
                                 (subdirectory, ["-DMICROPOOL_DEBUG_CHECKS=OFF"])):
            project = self.project()
            lists = project / "CMakeLists.txt"
            lists.write_text(lists.read_text(encoding="utf-8").replace(find, instead),
                             encoding="utf-8")
            self.build_by_cmake(project, *options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--werror", action="store_true")
    parser.add_argument("--cmake")
    parser.add_argument("--pkg-config", required=True)
    parser.add_argument("compiler", nargs="+")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="micropool-consumer-") as directory:
        consumer = Consumer(options, directory)
        steps = [consumer.as_subproject, consumer.install_both, consumer.install_static,
                 consumer.by_meson_dependency, consumer.by_pkg_config, consumer.linked_statically,
                 consumer.other_debug_checks, consumer.unsuitable_compiler]
        if options.cmake:
            steps += [consumer.by_cmake, consumer.from_source_by_cmake]
        for step in steps:
            try:
                step()
                passed += 1
                print(f"ok: {step.__name__}", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAILED: {step.__name__}: {failure}", flush=True)
    print(f"test cases: {passed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
