#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks from outside what a test program cannot check of itself: hangs, failures, empty runs.

usage: support_test.py PROGRAM     (the program made of support_test.cpp)
"""

import os
import signal
import subprocess
import sys

program = sys.argv[1]
failures = 0
checks = 0


def run(*arguments, **environment):
    return subprocess.run([program, *arguments], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**os.environ, **environment}, timeout=120)


def check(name, condition, result):
    global failures, checks
    checks += 1
    print(f"{'ok' if condition else 'FAILED'}: {name}")
    if not condition:
        failures += 1
        print(f"status {result.returncode}\n{result.stdout}{result.stderr}")


result = run("hangs for ever", MICROPOOL_TEST_TIMEOUT="1", MICROPOOL_TEST_SEED="4711")
check("a hang ends the process with SIGABRT", result.returncode == -signal.SIGABRT, result)
check("the report names the test case",
      'no end after 1 s: test case "hangs for ever"' in result.stderr, result)
check("the report names the stuck thread", '"stuck-thread"' in result.stderr, result)
check("the report repeats the seed", "MICROPOOL_TEST_SEED=4711" in result.stderr, result)
check("the report shows where a thread waits", "pthread_cond_wait" in result.stderr, result)

result = run("fails")
check("a failed case fails the process", result.returncode != 0, result)
check("a failed case is counted", "test cases: 0 passed, 1 failed" in result.stdout, result)

result = run("there is no such case")
check("a run of nothing fails the process", result.returncode != 0, result)

result = run("a gate is opened at the end of a block")
check("a passed case passes the process", result.returncode == 0, result)
check("a passed case is counted", "test cases: 1 passed, 0 failed" in result.stdout, result)

result = run("scaled counts are multiples of the quick count", MICROPOOL_TEST_SCALE="many")
check("a setting that is no number is refused",
      result.returncode != 0 and "MICROPOOL_TEST_SCALE" in result.stderr, result)

print(f"test cases: {checks - failures} passed, {failures} failed")
sys.exit(1 if failures else 0)
