#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Says what a run of `meson test` amounts to; the last line is `N passed, N failed`.

usage: summary.py [--expect NAMES_FILE] BUILD_DIRECTORY LOG.json...
       summary.py --self-test

A test program that ends with a line `test cases: N passed, N failed` counts as that many tests, any
other as one. Counted as failed as well, because none of them proves anything: a program that was
skipped, one that Meson knows in the suites that ran but that left no result, a name in NAMES_FILE
(one per line) that did not run, and a run of no test at all.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

CASES = re.compile(r"^test cases: (\d+) passed, (\d+) failed$", re.MULTILINE)
# What a program says of its failure: an assertion of Catch2 and what follows it, up to an empty
# line; the one line that sums up a sanitizer's report; what the watchdog says.
REASONS = re.compile(r"^\S+:\d+: FAILED:\n(?:.+\n)*|^(?:SUMMARY: \w*Sanitizer|watchdog).*\n",
                     re.MULTILINE)
REASONS_SHOWN = 8
LINES_OF_A_REASON = 8


def read_log(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [json.loads(line) for line in file if line.strip()]


def short_name(name):
    """Meson's logs say `project:suite / name`."""
    return name.rsplit(" / ", 1)[-1]


def count(results):
    """(passed, failed, complaints) of the results of a run."""
    passed, failed, complaints = 0, 0, []
    for result in results:
        cases = CASES.findall(result.get("stdout") or "")
        cases_passed = sum(int(p) for p, _ in cases)
        cases_failed = sum(int(f) for _, f in cases)
        ok = result["result"] in ("OK", "EXPECTEDFAIL")
        if ok and not cases:
            cases_passed = 1
        if ok and cases and cases_passed == 0:
            ok = False
        if not ok:
            cases_failed = max(cases_failed, 1)
            complaints.append(f"{result['result']}: {result['name']}")
        elif cases_failed:
            complaints.append(f"passed with failed cases: {result['name']}")
        passed += cases_passed
        failed += cases_failed
    return passed, failed, complaints


def reasons(result):
    """Why a program failed, in its own words: the first few."""
    text = (result.get("stdout") or "") + "\n" + (result.get("stderr") or "") + "\n"
    found = [m.group().splitlines()[:LINES_OF_A_REASON] for m in REASONS.finditer(text)]
    return ["  " + line for lines in found[:REASONS_SHOWN] for line in lines]


def missing(results, known, expected):
    ran = {short_name(result["name"]) for result in results}
    complaints = [f"did not run: {name}" for name in sorted(set(known) - ran)]
    complaints += [f"no such test: {name}" for name in sorted(set(expected) - ran - set(known))]
    return complaints


def known_tests(build, suites, excluded):
    """Names of the tests that a run of these suites must contain."""
    text = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    names = []
    for test in json.loads(text):
        own = {suite.rsplit(":", 1)[-1] for suite in test["suite"]}
        if own & excluded or (suites and not own & suites):
            continue
        names.append(short_name(test["name"]))
    return names


def names_in(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def report(results, known, expected):
    passed, failed, complaints = count(results)
    lost = missing(results, known, expected)
    failed += len(lost)
    complaints += lost
    if passed + failed == 0:
        failed = 1
        complaints.append("no test ran")
    slowest = sorted(results, key=lambda r: -r.get("duration", 0))[:5]
    print(f"{len(results)} test programs; the slowest: "
          + ", ".join(f"{short_name(r['name'])} {r.get('duration', 0):.1f} s" for r in slowest))
    for complaint in complaints:
        print(complaint)
        for result in results:
            if complaint.endswith(result["name"]):
                print(*reasons(result), sep="\n")
    print(f"{passed} passed, {failed} failed")
    return failed == 0


def self_test():
    def result(name, outcome="OK", stdout=""):
        return {"name": f"micropool:quick / {name}", "result": outcome, "stdout": stdout}

    two = "test cases: 2 passed, 0 failed\n"
    checks = {
        "cases are counted": count([result("a", stdout=two), result("b")])[:2] == (3, 0),
        "a crash is a failure": count([result("a", "FAIL")])[:2] == (0, 1),
        "a time-out is a failure": count([result("a", "TIMEOUT")])[:2] == (0, 1),
        "a skipped test is a failure": count([result("a", "SKIP")])[:2] == (0, 1),
        "failed cases are counted": count(
            [result("a", "FAIL", "test cases: 5 passed, 2 failed\n")])[:2] == (5, 2),
        "an empty program is a failure": count(
            [result("a", "OK", "test cases: 0 passed, 0 failed\n")])[:2] == (0, 1),
        "a program without a result is missed": missing(
            [result("a")], ["a", "b"], []) == ["did not run: b"],
        "an expected program is missed": missing(
            [result("a")], ["a"], ["c"]) == ["no such test: c"],
        "nothing at all is a failure": not report([], [], []),
        "a good run is good": report([result("a")], ["a"], ["a"]),
    }
    failing = result("a", "FAIL", "x\nf.cpp:7: FAILED:\n  CHECK( n == 1 )\nwith expansion:\n  2 == 1\n\ny\n")
    checks["an assertion that failed is shown"] = reasons(failing) == [
        "  f.cpp:7: FAILED:", "    CHECK( n == 1 )", "  with expansion:", "    2 == 1"]
    with tempfile.TemporaryDirectory() as directory:
        log = pathlib.Path(directory) / "log.json"
        log.write_text(json.dumps(result("a")) + "\n\n")
        checks["a log is read"] = len(read_log(log)) == 1
    bad = [name for name, good in checks.items() if not good]
    for name in bad:
        print(f"FAILED: {name}")
    print(f"test cases: {len(checks) - len(bad)} passed, {len(bad)} failed")
    return not bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--expect", metavar="NAMES_FILE")
    parser.add_argument("--suite", action="append", default=[], help="only these suites ran")
    parser.add_argument("--exclude", action="append", default=[], help="these suites did not run")
    parser.add_argument("build", nargs="?")
    parser.add_argument("logs", nargs="*")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if not options.logs:
        parser.error("a build directory and at least one log are needed")
    results = [result for log in options.logs for result in read_log(log)]
    known = known_tests(options.build, set(options.suite), set(options.exclude))
    expected = names_in(options.expect) if options.expect else []
    return report(results, known, expected)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
