#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks that co_await stands only where g++ 12 compiles it rightly.

usage: co_await_places.py SOURCE_ROOT | --self-test

Refused are co_await in the condition of an if, while, do, for or switch, where that compiler may
drop the whole body of the function; and in one statement with ?:, && or ||, where it may destroy a
temporary twice (docs/pitfalls.md). The cure is a line of its own: `const auto x = co_await ...;`.
A function that is there to show the defect says so in a comment, `[co_await: on purpose]`, right
above it.
"""

import pathlib
import re
import sys

FOLDERS = ("include", "lib", "docs/examples", "tests", "benchmarks")
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",
                   re.DOTALL)
ON_PURPOSE = re.compile(r"// \[co_await: on purpose\][^\n]*\n")
CONDITION = re.compile(r"\b(if|while|for|switch)\s*(?:constexpr\s*)?\(")
# Operators have room around them; the && of a reference has none on its left.
CHOICE = re.compile(r"\s(?:&&|\|\||\?)\s")


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def closing(code, start, pair="()"):
    """The position behind the partner of the bracket that was opened before `start`."""
    depth, at = 1, start
    while at < len(code) and depth:
        depth += {pair[0]: 1, pair[1]: -1}.get(code[at], 0)
        at += 1
    return at


def without_purpose(text):
    """The text with the functions blanked out that are marked."""
    for mark in reversed(list(ON_PURPOSE.finditer(text))):
        body = text.find("{", mark.end())
        end = closing(text, body + 1, "{}")
        text = text[:mark.start()] + blank(text[mark.start():end]) + text[end:]
    return text


def without_lambdas(statement):
    """A condition or statement without the bodies in it: they have statements of their own."""
    while True:
        opened = re.search(r"\{[^{}]*\}", statement)
        if not opened:
            return statement
        statement = statement[:opened.start()] + blank(opened.group()) + statement[opened.end():]


def problems_of(name, text):
    code = TOKEN.sub(lambda m: blank(m.group()), without_purpose(text))
    code = code.replace("operator co_await", "operator         ")
    problems = []

    def report(position, what):
        line = code.count("\n", 0, position) + 1
        problems.append(f"{name}:{line}: co_await {what}: write `const auto x = co_await ...;`")

    for head in CONDITION.finditer(code):
        end = closing(code, head.end())
        inside = without_lambdas(code[head.end():end])
        if re.search(r"\bco_await\b", inside):
            report(head.start(), f"in the condition of {head.group(1)}")
    for awaited in re.finditer(r"\bco_await\b", code):
        # The statement around it: from the last ; { } to the next ; that is in no body.
        first = max(code.rfind(c, 0, awaited.start()) for c in ";{}") + 1
        last = code.find(";", awaited.end())
        bodies = without_lambdas(code[awaited.end():last])
        statement = code[first:awaited.end()] + bodies.split("{")[0]
        # What is decided before `if (...) co_await ...` is no part of it.
        statement = strip_conditions(statement)
        if CHOICE.search(statement):
            report(awaited.start(), "with ?:, && or || in one statement")
    return problems


def strip_conditions(statement):
    head = CONDITION.search(statement)
    while head:
        end = closing(statement, head.end())
        statement = blank(statement[:end]) + statement[end:]
        head = CONDITION.search(statement)
    return statement


def check(root):
    problems, seen = [], 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.?pp")):
            text = path.read_text(encoding="utf-8")
            seen += text.count("co_await")
            problems += problems_of(path.relative_to(root), text)
    if seen < 500:
        problems.append(f"only {seen} co_await found: have the folders moved?")
    return problems


def self_test():
    good = [
        "const bool b = co_await f(); if (b) g();",
        "if (b) co_await f();",
        "while (!done) co_await f();",
        "if constexpr (a && b) co_await f();",
        "case 1: co_await f(); break;",
        "co_await f([&](auto&& x) { return a && b ? x : y; });",
        "const auto r = co_await std::move(t); const bool s = a && r;",
        "if (a && b) {\n  co_await f();\n}",
        "A operator co_await() && { return {}; }",
        "// if (co_await f()) then\n",
        'throw "co_await a ? b : c";',
        "// [co_await: on purpose]\ntask<> f() {\n  if (co_await g()) co_return;\n}\n",
        "for (int i = 0; i < n; ++i) co_await f();",
        "while (f([&] { return 1; })) co_await g();",
        "if (p([]() -> task<> { co_await f(); })) g();",
    ]
    bad = [
        "if (co_await f()) g();",
        "if (a == b &&\n    co_await f()) g();",
        "} else if (!co_await f()) g();",
        "while (!co_await f()) {}",
        "do { g(); } while (co_await f());",
        "switch (co_await f()) { default: break; }",
        "for (; co_await f();) g();",
        "for (auto x : co_await f()) g();",
        "if (const bool b = co_await f()) g();",
        "co_return a ? co_await f() : 0;",
        "co_return a && co_await f();",
        "const bool b = co_await f() || c;",
        "const int n = co_await f(a ? b : c);",
        "if (x) co_return co_await f() ? 1 : 2;",
        "/* if */ if (co_await f(g(h))) return;",
        "// [co_await: on purpose]\ntask<> f() {\n}\ntask<> g() {\n  if (co_await g()) co_return;\n}\n",
    ]
    for text in good:
        assert not problems_of("f", text), text
    for text in bad:
        assert problems_of("f", text), text
    assert problems_of("f", "\n\nif (co_await f()) g();")[0].startswith("f:3:")
    return []


def main():
    found = self_test() if sys.argv[1] == "--self-test" else check(pathlib.Path(sys.argv[1]))
    for problem in found:
        print(problem)
    return not found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
