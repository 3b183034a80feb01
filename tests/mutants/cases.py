# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs test cases, and finds in what they print which has failed."""

import contextlib
import os
import re
import signal
import subprocess

CASE = re.compile(r"^-{79}\n(.+)\n|^watchdog: no end after .*: (?:test case )?(.+)$", re.MULTILINE)
EXECUTIONS = re.compile(r"^(\d+) executions", re.MULTILINE)
SECONDS_PER_CASE = 20


def escaped(name):
    """A name for the filter of Catch2, where commas separate and brackets mark tags."""
    return re.sub(r"([,\[\]\\])", r"\\\1", name)


def run(program, names, seconds, environment=None):
    """(passed, or None if it has not ended in time; what it has said)."""
    command = [program, "--abort"] + ([names] if names else [])
    test = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", start_new_session=True, stdin=subprocess.DEVNULL,
                            env=os.environ | {"MICROPOOL_TEST_TIMEOUT": str(SECONDS_PER_CASE)}
                            | (environment or {}))
    in_time = True
    try:
        output, _ = test.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        in_time, output = False, ""
    # Also what it may have left behind, of its children.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(test.pid, signal.SIGKILL)
    passed = test.wait() == 0
    return passed if in_time else None, output


def failed_case(output):
    """The first case that has failed, or None."""
    case = CASE.search(output)
    return (case.group(1) or case.group(2)).strip() if case else None


def last_execution(output):
    """How many executions the last search has come to, or None."""
    executions = EXECUTIONS.findall(output)
    return executions[-1] if executions else None
