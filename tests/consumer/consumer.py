#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Uses the library as its users do: as a Meson subproject, and installed, found by pkg-config (Meson
and a plain compiler call), by CMake, and as a static archive.

usage: consumer.py --source ROOT [--cmake CMAKE] --pkg-config PKG_CONFIG -- COMPILER...

Everything happens in a temporary directory; only the sources are read.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

EXPECTED_OUTPUT = ": 6765 3"
INSTALLED = [
    "include/micropool/micropool.hpp",
    "include/micropool/build_config.hpp",
    "include/micropool/task.hpp",
    "lib/libmicropool.so",
    "lib/libmicropool.so.0.1",
    "lib/libmicropool.a",
    "lib/pkgconfig/micropool.pc",
    "lib/cmake/micropool/micropoolConfig.cmake",
    "lib/cmake/micropool/micropoolConfigVersion.cmake",
]


class Failure(Exception):
    pass


class Consumer:
    def __init__(self, options, directory):
        self.source = pathlib.Path(options.source).resolve()
        self.cmake = options.cmake
        self.pkg_config = options.pkg_config
        self.compiler = options.compiler
        self.directory = pathlib.Path(directory)
        self.prefix = self.directory / "prefix"
        self.environment = {key: value for key, value in os.environ.items()
                            if key not in ("DESTDIR", "MESONINTROSPECT", "CXXFLAGS", "LDFLAGS")}
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
        """A copy of the user's project."""
        directory = self.directory / name
        shutil.copytree(pathlib.Path(__file__).parent / "project", directory)
        return directory

    def as_subproject(self):
        project = self.project("subproject")
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

    def install(self):
        build = self.directory / "library"
        self.run("meson", "setup", build, self.source, f"--prefix={self.prefix}", "--libdir=lib",
                 "-Ddefault_library=both", "-Dtests=disabled", "-Dbenchmarks=disabled",
                 "-Dexamples=disabled")
        self.run("meson", "compile", "-j2", "-C", build)
        self.run("meson", "install", "--no-rebuild", "-C", build)
        missing = [name for name in INSTALLED if not (self.prefix / name).exists()]
        if missing:
            raise Failure(f"not installed: {missing}")
        text = (self.prefix / "lib/pkgconfig/micropool.pc").read_text(encoding="utf-8")
        if str(self.source) in text:
            raise Failure(f"the pkg-config file names the source directory:\n{text}")
        self.environment["PKG_CONFIG_PATH"] = str(self.prefix / "lib/pkgconfig")
        self.environment["LD_LIBRARY_PATH"] = str(self.prefix / "lib")

    def by_meson_dependency(self):
        project = self.project("meson")
        build = project / "build"
        self.run("meson", "setup", "--wrap-mode=nofallback", build, project)
        self.run("meson", "compile", "-j2", "-C", build)
        self.run_program(build / "consumer")

    def by_plain_compiler(self):
        project = self.project("plain")
        flags = self.run(self.pkg_config, "--cflags", "--libs", "micropool").split()
        self.run(*self.compiler, "-std=c++20", project / "main.cpp", "-o", project / "consumer",
                 *flags)
        self.run_program(project / "consumer")

    def by_static_archive(self):
        project = self.project("static")
        flags = self.run(self.pkg_config, "--static", "--cflags", "--libs", "micropool").split()
        flags = [f"{self.prefix}/lib/libmicropool.a" if flag == "-lmicropool" else flag
                 for flag in flags]
        self.run(*self.compiler, "-std=c++20", project / "main.cpp", "-o", project / "consumer",
                 *flags)
        self.run_program(project / "consumer", LD_LIBRARY_PATH="")

    def by_cmake(self):
        project = self.project("cmake")
        configure = [self.cmake, "-G", "Ninja", "-S", project, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                     f"-DCMAKE_CXX_COMPILER={self.compiler[-1]}"]
        self.run(*configure, "-B", project / "build")
        self.run(self.cmake, "--build", project / "build", "-j2")
        self.run_program(project / "build" / "consumer", LD_LIBRARY_PATH="")
        lists = project / "CMakeLists.txt"
        lists.write_text(lists.read_text(encoding="utf-8").replace("micropool 0.1", "micropool 0.2"),
                         encoding="utf-8")
        output = self.run(*configure, "-B", project / "too-new", must_fail=True)
        if "micropool" not in output or "0.2" not in output:
            raise Failure(f"CMake refused version 0.2 for another reason:\n{output}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--cmake")
    parser.add_argument("--pkg-config", required=True)
    parser.add_argument("compiler", nargs="+")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="micropool-consumer-") as directory:
        consumer = Consumer(options, directory)
        steps = [consumer.as_subproject, consumer.install, consumer.by_meson_dependency,
                 consumer.by_plain_compiler, consumer.by_static_archive]
        if options.cmake:
            steps.append(consumer.by_cmake)
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
