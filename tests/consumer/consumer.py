#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Uses the library as its users do: as a Meson subproject; from source in CMake; and installed, shared
and static, found by pkg-config, Meson and CMake in a prefix that was moved after the installation.

usage: consumer.py --source ROOT --work DIRECTORY [--werror] [--together] [--unity-flag=FLAG]
                   [--cmake CMAKE] --pkg-config PKG_CONFIG -- COMPILER...

Everything happens in the directory of work; of the sources nothing is changed. What was built there
before is brought up to date, as a user's build directory would be; what was installed is removed and
installed again. The library is built in few translation units, because it is built five times here.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

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
    def __init__(self, options):
        self.source = pathlib.Path(options.source).resolve()
        self.cmake = options.cmake
        self.pkg_config = options.pkg_config
        self.together = options.together
        self.compiler = options.compiler
        self.few_units = ["-Dunity=on", "-Dunity_size=1000"]
        if options.unity_flag:
            self.few_units += [f"-Dcpp_args={options.unity_flag}"]
        self.warnings = ["-Dwarning_level=3"] + (["-Dwerror=true"] if options.werror else [])
        self.directory = pathlib.Path(options.work).resolve()
        self.both = self.static = None
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

    def project(self, name):
        """A copy of the user's project, which may have a build directory already."""
        directory = self.directory / name
        shutil.copytree(pathlib.Path(__file__).parent / "project", directory, dirs_exist_ok=True)
        return directory

    def build_by_meson(self, build, source, *options, **environment):
        if not (build / "build.ninja").exists():
            self.run("meson", "setup", build, source, *options, **environment)
        self.run("meson", "compile", "-j2", "-C", build, **environment)

    def as_subproject(self):
        project = self.project("subproject")
        subproject = project / "subprojects" / "micropool"
        subproject.parent.mkdir(exist_ok=True)
        subproject.unlink(missing_ok=True)
        subproject.symlink_to(self.source)
        build = project / "build"
        # Not optimised: quicker to build, and once with the debug checks in it.
        self.build_by_meson(build, project, "--wrap-mode=forcefallback", "-Doptimization=0",
                            *self.few_units)
        self.run_program(build / "consumer")
        tests = [test["name"] for test in json.loads(self.run("meson", "introspect", "--tests", build))]
        if tests != ["consumer"]:
            raise Failure(f"the subproject brought tests along: {tests}")

    def install(self, name, files, *options):
        """Installs the library, then moves it elsewhere."""
        build = self.directory / "-".join(["library", name, *self.warnings[1:]])
        first = self.directory / f"first-{name}"
        moved = self.directory / f"moved-{name}"
        for old in (first, moved):
            shutil.rmtree(old, ignore_errors=True)
        self.build_by_meson(build, self.source, f"--prefix={first}", "--libdir=lib",
                            "-Doptimization=0", "-Dtests=disabled", "-Dbenchmarks=disabled",
                            "-Dexamples=disabled", *self.few_units, *self.warnings, *options)
        self.run("meson", "install", "--no-rebuild", "-C", build)
        missing = [file for file in INSTALLED + files if not (first / file).exists()]
        if missing:
            raise Failure(f"not installed: {missing}")
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
            project = self.project(f"meson-{prefix.directory.name}")
            build = project / "build"
            self.build_by_meson(build, project, "--wrap-mode=nofallback", **prefix.environment)
            self.run_program(build / "consumer", **prefix.environment)

    def flags(self, prefix, *options):
        return self.run(self.pkg_config, *options, "micropool", **prefix.environment).split()

    def compile(self, name, flags):
        """(the object of the user's program, what the compiler says)"""
        file = self.directory / f"{name}.o"
        source = pathlib.Path(__file__).parent / "project/main.cpp"
        return file, self.run(*self.compiler, "-std=c++20", "-c", source, "-o", file, *flags)

    def link(self, name, *arguments, **how):
        program = self.directory / name
        return program, self.run(*self.compiler, *arguments[:1], "-o", program, *arguments[1:], **how)

    def by_pkg_config(self):
        for prefix in (self.both, self.static):
            name = f"pkg-config-{prefix.directory.name}"
            # The flags for the compiler are the same with --static, so its object is.
            flags = self.flags(prefix, "--cflags")
            if flags != self.flags(prefix, "--static", "--cflags"):
                raise Failure(f"--static compiles otherwise: {flags}")
            prefix.program, _ = self.compile(name, flags)
            for options in ([], ["--static"]):
                program, _ = self.link(name, prefix.program, *self.flags(prefix, *options, "--libs"))
                self.run_program(program, **prefix.environment)

    def linked_statically(self):
        archive = f"{self.both.directory}/lib/libmicropool.a"
        flags = [archive if flag == "-lmicropool" else flag
                 for flag in self.flags(self.both, "--static", "--libs")]
        program, _ = self.link("with-archive", self.both.program, *flags)
        self.run_program(program)
        program, _ = self.link("static", self.static.program, "-static",
                               *self.flags(self.static, "--static", "--libs"))
        self.run_program(program)

    def other_debug_checks(self):
        """Headers of a build with debug checks and a library without, and the other way round."""
        for prefix, word in ((self.static, "with"), (self.both, "without")):
            include = self.directory / f"include-{word}"
            shutil.rmtree(include, ignore_errors=True)
            shutil.copytree(prefix.directory / "include", include)
            config = include / "micropool/build_config.hpp"
            text = config.read_text(encoding="utf-8")
            config.write_text(re.sub(r"(DEBUG_CHECKS) (\d)", lambda m: f"{m[1]} {1 - int(m[2])}", text),
                              encoding="utf-8")
            name = f"other-checks-{word}"
            program, _ = self.compile(name, [f"-I{include}", *self.flags(prefix, "--cflags")])
            _, output = self.link(name, program, *self.flags(prefix, "--libs"), must_fail=True)
            if f"library_{word}_debug_checks" not in output:
                raise Failure(f"not told about the debug checks:\n{output}")
        _, output = self.compile("debug", ["-O0", "-UNDEBUG", *self.flags(self.static, "--cflags")])
        if "without debug checks" not in output:
            raise Failure(f"a debug program is not told that nothing checks it:\n{output}")

    def unsuitable_compiler(self):
        program = self.directory / "one_header.cpp"
        headers = [header for header in
                   sorted((self.both.directory / "include/micropool").glob("*.hpp"))
                   if header.name != "build_config.hpp"]
        flags = self.flags(self.both, "--cflags")
        for flag, needs in (("-std=c++17", "needs C++20"), ("-fno-exceptions", "needs exceptions")):
            for header in headers:
                program.write_text(f"#include <micropool/{header.name}>\n", encoding="utf-8")
                output = self.run(*self.compiler, "-std=c++20", flag, "-fsyntax-only",
                                  "-Wfatal-errors", program, *flags, must_fail=True)
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
        project = self.project("cmake")
        both = f"-DCMAKE_PREFIX_PATH={self.both.directory}"
        static = f"-DCMAKE_PREFIX_PATH={self.static.directory}"
        self.build_by_cmake(project, both)
        self.build_by_cmake(self.project("cmake-archive"), both, "-Dmicropool_USE_STATIC_LIBS=ON")
        self.build_by_cmake(self.project("cmake-static"), static)
        self.build_by_cmake(self.project("cmake-all-static"), static, "-DBoost_USE_STATIC_LIBS=ON",
                            "-DCMAKE_EXE_LINKER_FLAGS=-static")
        self.ask_in_cmake(project, "micropool 0.1", "micropool 0.2")
        shutil.rmtree(project / "too-new", ignore_errors=True)
        output = self.configure(project, project / "too-new", both, must_fail=True)
        if "micropool" not in output or "0.2" not in output:
            raise Failure(f"CMake refused version 0.2 for another reason:\n{output}")

    def ask_in_cmake(self, project, find, instead):
        lists = project / "CMakeLists.txt"
        lists.write_text(lists.read_text(encoding="utf-8").replace(find, instead), encoding="utf-8")

    def from_source_by_cmake(self):
        fetch = ("include(FetchContent)\n"
                 f"FetchContent_Declare(micropool SOURCE_DIR {self.source} SOURCE_SUBDIR lib)\n"
                 "FetchContent_MakeAvailable(micropool)")
        subdirectory = f"add_subdirectory({self.source}/lib micropool)"
        together = ["-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0"]
        # Without --together the second is the one build in which every file includes what it needs
        # itself: it has neither a precompiled header nor files that are compiled together. It takes
        # as long as all the others.
        for name, instead, options in (
                ("fetched", fetch, ["-DBUILD_SHARED_LIBS=ON", "-DCMAKE_BUILD_TYPE=Debug", *together]),
                ("added", subdirectory, ["-DMICROPOOL_DEBUG_CHECKS=OFF", "-DCMAKE_UNITY_BUILD="
                                         + ("ON" if self.together else "OFF"), together[1]])):
            project = self.project(name)
            self.ask_in_cmake(project, "find_package(micropool 0.1 REQUIRED)", instead)
            self.build_by_cmake(project, *options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--werror", action="store_true")
    parser.add_argument("--together", action="store_true", help="the library in one unit always")
    parser.add_argument("--cmake")
    parser.add_argument("--unity-flag", help="for files that are compiled together")
    parser.add_argument("--pkg-config", required=True)
    parser.add_argument("compiler", nargs="+")
    options = parser.parse_args()
    passed = failed = 0
    consumer = Consumer(options)
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
