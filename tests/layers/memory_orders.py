#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks that every memory order says why it is there, and that each edge has two ends.

usage: memory_orders.py SOURCE_ROOT | --self-test

An operation with an order stronger than relaxed carries, on its line or up to three lines above, a
comment `[order: edge.name]` with the same order. Further tags there may name what a stronger
operation does besides (a seq_cst load that also acquires). A tag also speaks for operations of the
same order on the lines directly below its own, for no others. An edge that is acquired somewhere is
released somewhere and the other way round; acq_rel and seq_cst are both. docs/memory-ordering.md
has a paragraph `### edge.name` for each edge and for no other. Orders are spelled out: an atomic
operation without one would be seq_cst without a reason. Increments of atomics by operator are not
seen by this script, and atomic_signal_fence, which only holds the compiler, needs no tag.
"""

import pathlib
import re
import sys
import tempfile

ORDER = re.compile(r"\bmemory_order(?:_|::)(relaxed|consume|acquire|release|acq_rel|seq_cst)\b")
TAG = re.compile(r"\[(relaxed|consume|acquire|release|acq_rel|seq_cst): *([^\]]*)\]")
EDGE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
CALL = re.compile(r"(?:\.|->)(load|store|exchange|compare_exchange_weak|compare_exchange_strong|"
                  r"fetch_add|fetch_sub|fetch_and|fetch_or|fetch_xor|test_and_set)\s*\(")
SIGNAL_FENCE = re.compile(r"atomic_signal_fence\s*\([^)]*\)")
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", re.DOTALL)

# Which tags an operation of that order may carry.
IMPLIED = {
    "acquire": {"acquire"},
    "release": {"release"},
    "acq_rel": {"acq_rel", "acquire", "release"},
    "seq_cst": {"seq_cst", "acq_rel", "acquire", "release"},
}
WINDOW = 3


def split_comments(text):
    """(code, comments): the same text with the other kind blanked out, line numbers kept."""
    code, comments, end = [], [], 0

    def blank(part):
        return re.sub(r"[^\n]", " ", part)

    for match in TOKEN.finditer(text):
        before, token = text[end:match.start()], match.group()
        is_comment = token.startswith("/")
        code += [before, blank(token)]
        comments += [blank(before), token if is_comment else blank(token)]
        end = match.end()
    code.append(text[end:])
    comments.append(blank(text[end:]))
    return "".join(code), "".join(comments)


def arguments(code, start):
    """The text between the parenthesis before `start` and its partner."""
    depth, at = 1, start
    while at < len(code) and depth:
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        at += 1
    return code[start:at - 1]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def tags_in(file, comments, errors):
    """[(line, order, edge)] of the tags in comments."""
    tags = []
    for match in TAG.finditer(comments):
        order, line = match.group(1), line_of(comments, match.start())
        if order == "relaxed":
            continue
        for edge in (name.strip() for name in match.group(2).split(",")):
            if EDGE.fullmatch(edge):
                tags.append((line, order, edge))
            else:
                errors.append(f"{file}:{line}: \"{edge}\" is no name of an edge (part.part)")
    return tags


def owners_of(tag, orders):
    """The lines that a tag speaks of: the first one that can mean it, and those of the same order
    that follow without a line between, so that it does not cover an unrelated operation below."""
    near = [(line, order) for line, order in orders if tag[0] <= line <= tag[0] + WINDOW]
    exact = [line for line, order in near if order == tag[1]]
    implied = [line for line, order in near if tag[1] in IMPLIED.get(order, ())]
    lines = (exact or implied)[:1]
    while lines and lines[-1] + 1 in exact:
        lines.append(lines[-1] + 1)
    return lines


def check_file(file, text, edges):
    """Complaints about one file; adds what it finds to edges: {name: {"acquire", "release"}}."""
    errors = []
    code, comments = split_comments(text)
    code = SIGNAL_FENCE.sub(lambda match: " " * len(match.group()), code)
    tags = tags_in(file, comments, errors)
    orders = [(line_of(code, match.start()), match.group(1)) for match in ORDER.finditer(code)]
    owners = {tag: owners_of(tag, orders) for tag in tags}
    used = set()
    for match in ORDER.finditer(code):
        order, line = match.group(1), line_of(code, match.start())
        if order == "relaxed":
            continue
        if order == "consume":
            errors.append(f"{file}:{line}: memory_order_consume is not used here")
            continue
        fitting = [tag for tag in tags if line in owners[tag] and tag[1] in IMPLIED[order]]
        used.update(fitting)
        exact = {tag[1] for tag in fitting}
        if order not in exact and not (order == "acq_rel" and exact == {"acquire", "release"}):
            errors.append(f"{file}:{line}: {order} without a tag [{order}: edge.name]")
        for _, tag_order, edge in fitting:
            ends = edges.setdefault(edge, {})
            for end in ("acquire", "release"):
                if tag_order in (end, "acq_rel", "seq_cst"):
                    ends.setdefault(end, f"{file}:{line}")
    for tag in tags:
        if tag not in used:
            errors.append(f"{file}:{tag[0]}: tag [{tag[1]}: {tag[2]}] belongs to no operation below")
    for match in CALL.finditer(code):
        if "order" not in arguments(code, match.end()):
            errors.append(f"{file}:{line_of(code, match.start())}: {match.group(1)}() without an "
                          "order is seq_cst without a reason")
    return errors


def paragraphs(text):
    """{edge: text below its heading} of docs/memory-ordering.md."""
    found, edge = {}, None
    for line in text.splitlines():
        if line.startswith("#"):
            edge = line[4:].strip(" `") if line.startswith("### ") else None
            if edge is not None:
                found[edge] = ""
        elif edge is not None:
            found[edge] += line.strip()
    return found


def check(root):
    errors, edges, number = [], {}, 0
    for top in ("include", "lib"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".hpp", ".cpp", ".h", ".ipp"):
                number += 1
                file = path.relative_to(root).as_posix()
                errors += check_file(file, path.read_text(encoding="utf-8"), edges)
    for edge, ends in sorted(edges.items()):
        for end, partner in (("acquire", "release"), ("release", "acquire")):
            if end in ends and partner not in ends:
                errors.append(f"{ends[end]}: edge {edge} has no {partner} anywhere")
    document = root / "docs" / "memory-ordering.md"
    explained = paragraphs(document.read_text(encoding="utf-8")) if document.is_file() else {}
    for edge in sorted(edges):
        if not explained.get(edge):
            errors.append(f"docs/memory-ordering.md: no paragraph ### {edge}")
    for edge in sorted(set(explained) - set(edges)):
        errors.append(f"docs/memory-ordering.md: ### {edge} is in no file")
    return errors, number, len(edges)


GOOD_CODE = """
// [release: a.b] why
x.store(1, std::memory_order_release);
auto y = x.load(std::memory_order::acquire);  // [acquire: a.b] why
x.store(2, std::memory_order_relaxed);
// [seq_cst: c.d] [acquire: a.b] one reason
// in two lines
z.load(std::memory_order_seq_cst);
// [acq_rel: e.f]
// [acquire: e.f]
n.compare_exchange_strong(a, f(b), std::memory_order_acq_rel,
                          std::memory_order_acquire);
std::atomic_signal_fence(std::memory_order_seq_cst);
// [release: a.b] both
x.store(1, std::memory_order_release);
x.store(2, std::memory_order_release);
// Not code: x.load() with memory_order_acquire.
const char* text = "x.load() memory_order_acquire";
"""
GOOD_DOCUMENT = "# Edges\n\n### a.b\nText.\n\n### `c.d`\nText.\n### e.f\n\nText.\n"

# The code that is added to the good one, and what the complaint must say.
BAD_CODE = {
    "no tag": ("x.load(std::memory_order_acquire);", "acquire without a tag"),
    "a tag of another order": ("// [release: a.b]\nx.load(std::memory_order_acquire);",
                               "acquire without a tag"),
    "a tag too weak": ("// [acquire: a.b]\nx.load(std::memory_order_seq_cst);",
                       "seq_cst without a tag"),
    "a tag too far away": ("// [acquire: a.b]\n\n\n\nx.load(std::memory_order_acquire);",
                           "acquire without a tag"),
    "a tag that is used up": ("// [acquire: a.b]\nx.load(std::memory_order_acquire);\n\n"
                              "x.load(std::memory_order_acquire);", "acquire without a tag"),
    "a tag in a string": ('f("[acquire: a.b]", x.load(std::memory_order_acquire));',
                          "acquire without a tag"),
    "a tag without operation": ("\n\n\n// [acquire: a.b]\n", "belongs to no operation"),
    "an edge without release": ("// [acquire: lonely.end]\nx.load(std::memory_order_acquire);",
                                "edge lonely.end has no release"),
    "an edge without acquire": ("// [release: lonely.end]\nx.store(1, std::memory_order_release);",
                                "edge lonely.end has no acquire"),
    "an edge that is not explained": ("// [seq_cst: new.edge]\nx.load(std::memory_order_seq_cst);",
                                      "no paragraph ### new.edge"),
    "no name of an edge": ("// [acquire: something]\nx.load(std::memory_order_acquire);",
                           "is no name of an edge"),
    "consume": ("x.load(std::memory_order_consume);", "consume is not used"),
    "an implicit order": ("x.store(f(1), 2);", "store() without an order"),
}


def check_sample(code, document):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        (root / "lib").mkdir()
        (root / "docs").mkdir()
        (root / "lib" / "sample.cpp").write_text(code, encoding="utf-8")
        (root / "docs" / "memory-ordering.md").write_text(document, encoding="utf-8")
        return check(root)[0]


def self_test():
    results = {"a good file": check_sample(GOOD_CODE, GOOD_DOCUMENT) == []}
    for name, (code, expected) in BAD_CODE.items():
        complaints = check_sample(GOOD_CODE + code + "\n", GOOD_DOCUMENT)
        results[name] = any(expected in complaint for complaint in complaints)
    for name, document, expected in (
            ("an empty paragraph", GOOD_DOCUMENT + "### e.f\n", "no paragraph ### e.f"),
            ("a paragraph too many", GOOD_DOCUMENT + "### g.h\nText.\n", "### g.h is in no file")):
        results[name] = any(expected in c for c in check_sample(GOOD_CODE, document))
    failed = [name for name, good in results.items() if not good]
    for name in failed:
        print(f"FAILED: {name}")
    print(f"test cases: {len(results) - len(failed)} passed, {len(failed)} failed")
    return not failed


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    errors, files, edges = check(pathlib.Path(sys.argv[1]))
    for error in errors:
        print(error)
    print(f"{files} files, {edges} edges, {len(errors)} errors")
    return files > 0 and not errors


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
