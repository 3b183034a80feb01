#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks that every member of a chain says what to write where a call does not fit, as on an lvalue.

usage: rvalue_members.py SOURCE_ROOT | --self-test

Members are recognised by what they return, `auto` or the chain, and by the `&&` behind their parameters.
Each has to stand in a MICROPOOL_INSTEAD(name, ...) of the same file, or in one of its kin.
"""

import pathlib
import re
import sys

MEMBER = re.compile(r"^  (?:auto|parallel_iterator) (\w+)\((?:[^(){};]|\{\})*\) &&", re.MULTILINE)
INSTEAD = re.compile(r"^  MICROPOOL_INSTEAD(?:_OF_(?:COUNTED|TEMPLATE|NUMBER))?\((\w+),", re.MULTILINE)


def problems_of(name, text):
    wants = set(MEMBER.findall(text))
    listed = set(INSTEAD.findall(text))
    return ([f"{name}: {m}() has no MICROPOOL_INSTEAD" for m in sorted(wants - listed)] +
            [f"{name}: no member {m}() takes an rvalue" for m in sorted(listed - wants)])


def check(root):
    files = sorted((root / "include/micropool/iter").rglob("*.hpp"))
    if not files:
        return [f"{root}: no headers of parallel iterators"]
    members = 0
    problems = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        members += len(set(MEMBER.findall(text)))
        problems += problems_of(path.relative_to(root), text)
    if members < 80:
        problems.append(f"only {members} members found: has their form changed?")
    return problems


def self_test():
    member = "  auto sum() && {\n  auto top_k(std::size_t k, Less&& less = {}) && {\n  auto min() &&\n"
    both = ('  MICROPOOL_INSTEAD(sum, "sum()")\n  MICROPOOL_INSTEAD(min, "min()")\n'
            '  MICROPOOL_INSTEAD_OF_COUNTED(top_k,\n                               "top_k()")\n')
    assert not problems_of("f", both + member)
    assert len(problems_of("f", member)) == 3
    assert len(problems_of("f", both.replace("COUNTED(top_k", "COUNTED(top") + member)) == 2
    assert len(problems_of("f", both + "  auto sum() && {\n")) == 2
    assert not problems_of("f", '  MICROPOOL_INSTEAD_OF_NUMBER(w, "w<N>()")\n  auto w() && {\n')
    return []


def main():
    found = self_test() if sys.argv[1] == "--self-test" else check(pathlib.Path(sys.argv[1]))
    for problem in found:
        print(problem)
    return not found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
