#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shows Doxygen the public interface: prints a header or a Markdown page as it is to read it.

usage: filter.py ROOT_OF_THE_SOURCE_TREE FILE | filter.py --self-test
       filter.py --check ROOT_OF_THE_SOURCE_TREE

With --check: whether all public concepts have a comment, about which Doxygen does not warn.

Of a header: leaves out the namespaces `detail`, constraints, attributes, the deleted overloads that
explain errors, special members without a comment, and members that only the library or the compiler
calls. The public members of a base class in `detail`, as the families of parallel iterators are,
become members of the class that inherits them. Paragraphs like `/// Threads: any.` get a heading.

Of a page: links to pages become references, and links to anything that is not on the site become
plain text.
"""

import functools
import pathlib
import re
import sys

# Called by the compiler or by the library only.
MECHANICS = {"awaiter", "awaiter_in", "iterator", "opened", "promise", "promise_type", "release"}
LABELS = "Threads|Lifetime|Errors|Cost|Bits|Source|Default|Result|Results"


# ------------------------------------------------------------------------------------- C++ headers

def blank(text):
    """Only the line ends of a text, so that the lines behind it keep their numbers."""
    return "\n" * text.count("\n")


TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|(?<!\w)'(?:\\.|[^'\\\n])'|[(){};]",
                   re.DOTALL)


def tokens(text, at):
    """The brackets and semicolons of a text from a position on, without comments and strings."""
    for found in TOKEN.finditer(text, at):
        if len(found[0]) == 1:
            yield found[0], found.start()


def end_of_brackets(text, at):
    """The position behind the bracket that closes the one at or behind a position."""
    depth = 0
    for token, where in tokens(text, at):
        if token in "({":
            depth += 1
        elif token in ")}":
            depth -= 1
            if depth == 0:
                return where + 1
    return len(text)


def end_of_declaration(text, at):
    """The position behind the semicolon, or behind the body, of a declaration."""
    depth = 0
    for token, where in tokens(text, at):
        if token in "({":
            depth += 1
        elif token in ")}":
            depth -= 1
            if depth == 0 and token == "}":
                rest = re.match(r"\s*;", text[where + 1:])
                if rest:
                    return where + 1 + rest.end()
                if re.match(r"\s*[,{]", text[where + 1:]):
                    continue  # it was the value of a member that a constructor initialises
                return where + 1
        elif depth == 0:
            return where + 1
    return len(text)


def without(text, pattern, end):
    """Leaves out what begins with a match and ends where `end` says."""
    while found := re.search(pattern, text, re.MULTILINE):
        last = end(text, found.start())
        text = text[:found.start()] + blank(text[found.start():last]) + text[last:]
    return text


def without_constraints(text):
    """Leaves out the clauses that stand on lines of their own, as the style wants it."""
    kept, inside = [], None
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if inside is not None and (not line.strip() or indent < inside):
            inside = None
        # A requirement in the definition of a concept ends with a semicolon.
        if inside is None and re.match(r"\s+requires\b", line) and not line.endswith(";"):
            inside = indent
        kept.append("" if inside is not None else line)
    return "\n".join(kept)


def name_of(declaration):
    """The name that a declaration introduces."""
    head = re.sub(r"^\s*template <(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>\s*", "", declaration)
    head = re.sub(r"\[\[[^\]]*\]\]\s*", "", head).replace("decltype(auto)", "auto")
    if found := re.match(r"\s*(?:using|class|struct|enum class|enum|concept)\s+(\w+)", head):
        return found[1]
    found = re.match(r"[^(=;{]*?(operator\(\)|operator\s*[^\s\w(]+|operator bool|~?\w+)\s*[(=;{]",
                     head)
    return found[1] if found else ""


def split_members(text):
    """(comment, declaration, true) of the members of a class; (comment, text, false) in between."""
    parts, at = [], 0
    member = re.compile(r"[ \t]*(?=[^\s])", re.MULTILINE)
    while found := member.search(text, at):
        start = found.start()
        if start > at:
            parts.append(("", text[at:start], False))
        line_end = text.find("\n", start)
        line_end = len(text) if line_end < 0 else line_end
        line = text[start:line_end].strip()
        if re.fullmatch(r"(public|protected|private):", line):
            parts.append(("", text[start:line_end], False))
            at = line_end
            continue
        comment = re.match(r"(?:[ \t]*//[^\n]*\n)*", text[start:])
        behind = start + comment.end()
        if not text[behind:].strip() or text[behind] == "\n":
            parts.append((comment[0], "", False))
            at = max(behind, start + 1)
            continue
        last = end_of_declaration(text, behind)
        trailing = re.match(r"[ \t]*//[^\n]*", text[last:])
        last += trailing.end() if trailing else 0
        parts.append((comment[0], text[behind:last], True))
        at = last
    parts.append(("", text[at:], False))
    return parts


def shown(comment, declaration, class_name):
    """Whether a public member is part of the interface."""
    name = name_of(declaration)
    # Doxygen has no place for friends that are defined in a class; they are comparisons only.
    if name in MECHANICS or re.match(r"\s*friend ", declaration):
        return False
    if "///" in comment or "///<" in declaration:
        return True
    if re.match(r"\s*// (Internal|For the library|Deleted)", comment):
        return False
    return name not in {class_name, "~" + class_name, "operator="}


def members(text, class_name, public, shares=False):
    """The public members of a class, from the text between its brackets. With `shares`, members
    without a comment have that of the neighbour right above them."""
    result, last = [], ("", "")
    for comment, declaration, is_member in split_members(text):
        if found := re.match(r"\s*(public|protected|private):", declaration):
            if not is_member:
                public = found[1] == "public"
        if not is_member:
            result.append(blank(comment) + (declaration if public else blank(declaration)))
        elif not public or not shown(comment, declaration, class_name):
            result.append(blank(comment) + blank(declaration))
        else:
            name = name_of(declaration)
            # An overload without a comment has that of the one before it.
            if "///" not in comment + declaration and (
                    name == last[0] or shares and not "".join(result).endswith("\n\n")):
                comment = last[1]
            last = (name, comment)
            result.append(comment + declaration)
    return "".join(result)


CLASS = re.compile(r"^( *)(?:template <[^\n]*>\n\1)?(?:class|struct) (?:\[\[[^\]]*\]\] )?"
                   r"(?:MICROPOOL_API )?"
                   r"(?P<name>\w+(?:<\w+>::\w+)?)(?: : [^{;]*|\n +: [^{;]*)? \{\n", re.MULTILINE)
BASE = re.compile(r"public (?:detail::)?(\w+_(?:adaptors|consumers)|task_handle)<")


@functools.lru_cache(maxsize=None)
def kin(root):
    """The classes whose members a public class inherits: name -> (file, its bases, its members, comment)."""
    found = {}
    for path in sorted((pathlib.Path(root) / "include/micropool").rglob("*.hpp")):
        text = path.read_text(encoding="utf-8")
        for match in CLASS.finditer(text):
            if re.fullmatch(r"\w+_(adaptors|consumers)|task_handle", match["name"]):
                open_at = match.end() - 2
                close = end_of_brackets(text, open_at) - 1
                said = re.search(r"(?:^//[^\n]*\n)*\Z", text[:match.start()], re.MULTILINE)[0]
                found[match["name"]] = (text, BASE.findall(match[0]), text[match.end():close], said)
    return found


def inherited(root, head):
    """The members of the bases of a class, each family with what its file says of it."""
    result = ""
    for base in BASE.findall(head):
        if base not in kin(root):
            continue
        text, _, inside, said = kin(root)[base]
        title = re.match(r"//[^\n]*\n// ((?:[^.:\n]|\n// |::)+)", text)
        result += inherited(root, kin_head(root, base))
        listed = members(clean(inside), base, False, base != "task_handle")
        listed = re.sub(r"^\s*public:", "", re.sub(r"\n{3,}", "\n\n", listed), flags=re.MULTILINE)
        if base != "task_handle":
            name = " ".join(title[1].split("\n// "))
            said = said.replace("//", "///")
            listed = f"/// \\name {name}\n{said}///@{{\n{listed}\n///@}}\n"
        result += f"\npublic:\n{listed}"
    return result


def kin_head(root, name):
    return "".join(f"public {base}< " for base in kin(root)[name][1])


def clean(text):
    """A header without what says nothing to a reader of its interface."""
    text = without(text, r"^ *MICROPOOL_INSTEAD\w*\(", end_of_brackets)
    text = re.sub(r"^( *)(?:template <[^\n]*>\n)?(?: +requires[^\n]*\n)? *(?:explicit |auto )?\w+\("
                  r"(?:[^;{}]|\{\})*"
                  r"= *\n? *MICROPOOL_DELETED\((?:\s*\"[^\"]*\")*[^)]*\);",
                  lambda m: blank(m[0]) if "instead_write" in m[0] else m[0], text,
                  flags=re.MULTILINE)
    text = without_constraints(text)
    text = re.sub(r"\bMICROPOOL_(API|COLD|NOINLINE|ALWAYS_INLINE) ", "", text)
    text = text.replace("detail::call_site at = MICROPOOL_CALL_SITE",
                        "std::source_location at = std::source_location::current()")
    text = re.sub(r", detail::loop_settings how = \{\}", "", text)
    return text


def with_headings(text):
    """Names the paragraphs of a contract."""
    return re.sub(rf"^( *)/// ({LABELS})( [^.:\n]*)?: (\S)",
                  lambda m: f"{m[1]}/// \\par {m[2]}{m[3] or ''}\n{m[1]}/// {m[4].upper()}", text,
                  flags=re.MULTILINE)


def header(root, text):
    text = re.sub(r"^#(?!if|endif|else)[^\n]*(?:\\\n[^\n]*)*$", lambda m: blank(m[0]), text,
                  flags=re.MULTILINE)
    text = re.sub(r"^#[^\n]*$", "", text, flags=re.MULTILINE)
    text = without(text, r"^namespace (?:micropool::)?detail \{", end_of_brackets)
    text = re.sub(r"^template <[^\n]*>\n(?:inline )?[^\n]*std::ranges::enable_\w+<[^;]*;",
                  lambda m: blank(m[0]), text, flags=re.MULTILINE)
    # The definition of a member behind its class.
    text = without(text, r"^template <[^\n]*>\nauto \w+<\w+>::", end_of_declaration)
    text = without(text, r"^template <[^\n]*>\nclass \w+(?:<\w+>::\w+) \{", end_of_declaration)
    # What the members of a specialisation are for stands at the primary template.
    text = re.sub(r"(^struct try_traits<[^{]*\{)(.*?)(^\};)",
                  lambda m: m[1] + blank(m[2]) + m[3], text, flags=re.MULTILINE | re.DOTALL)
    text = clean(text)
    result, at = [], 0
    while found := CLASS.search(text, at):
        close = end_of_brackets(text, found.end() - 2) - 1
        head = found[0]
        is_struct = re.search(r"^ *struct ", head, re.MULTILINE) is not None
        result.append(outside(text[at:found.start()]))
        # The bases in `detail` are no part of the interface.
        shown_head = re.sub(r"(?: :|\n +:) [^{]*",
                            lambda m: m[0] if "detail::" not in m[0] else " ", head)
        result.append(shown_head + members(text[found.end():close], found["name"], is_struct))
        result.append(inherited(root, head))
        at = close
    result.append(outside(text[at:]))
    return with_headings("".join(result))


def outside(text):
    """Gives overloads without a comment that of the one before them."""
    result, at, last = [], 0, ("", "")
    start = re.compile(r"^(?:///[^\n]*\n)*(?=(?:template <|[a-z\[]))", re.MULTILINE)
    while found := start.search(text, at):
        behind = found.end()
        if text.startswith("namespace", behind):
            end = text.find("\n", behind) + 1 or len(text)
            result.append(text[at:end])
            at = end
            continue
        end = end_of_declaration(text, behind)
        declaration, comment = text[behind:end], found[0]
        name = name_of(declaration)
        if not comment and name and name == last[0]:
            comment = last[1]
        last = (name, comment)
        result.append(text[at:found.start()] + comment + declaration)
        at = end
    return "".join(result) + text[at:]


# ------------------------------------------------------------------------------------------- pages

def label_of(root, path):
    """The label by which a page is referred to."""
    return "page_" + re.sub(r"\W+", "_", str(path.relative_to(root).with_suffix(""))).lower()


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchor_of(root, path, anchor):
    return label_of(root, path) + "_" + re.sub(r"\W", "_", anchor)


def page(root, pages, path, text):
    is_first = True
    # Sections begin one level below the title.
    too_deep = 0 if re.search(r"^## ", text, re.MULTILINE) else 1

    def link(match):
        shown_text, target = " ".join(match[2].split()), match[3]  # on one line, as \ref wants it
        if match[1]:
            return f"![{shown_text}]({pathlib.Path(target).name})"
        if re.match(r"\w+:", target):
            return match[0]
        file, _, anchor = target.partition("#")
        to = (path.parent / file).resolve() if file else path
        if to not in pages:
            return shown_text
        label = anchor_of(root, to, anchor) if anchor else label_of(root, to)
        return f"[{shown_text}](@ref {label})"

    def heading(match):
        nonlocal is_first
        level, title = match[1] if is_first else match[1][too_deep:], match[2]
        label = label_of(root, path) if is_first else anchor_of(root, path, slug(title))
        is_first = False
        # No place for links and code.
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
        return f"{level} {escaped(title)} {{#{label}}}"

    def prose(chunk):
        chunk = re.sub(r"^<!-- .* -->$", "", chunk, flags=re.MULTILINE)
        chunk = re.sub(r"^(#+) (.*)$", heading, chunk, flags=re.MULTILINE)
        chunk = re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, chunk)
        return "".join(piece if piece.startswith("`") else escaped(piece)
                       for piece in re.split(r"(`[^`]*`)", chunk))

    parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(re.sub(r"```(\w+)", r"```{.\1}", part) if index % 2 else prose(part)
                   for index, part in enumerate(parts))


def escaped(text):
    """Keeps Doxygen from reading commands, tags and links into plain words."""
    text = re.sub(r"@(?!ref page_)", r"\\@", text)
    return re.sub(r"<(?=\w+[>:])(?!https?:|/?(?:b|i|sub|sup|br)>)", r"\\<", text)


def self_test():
    assert end_of_brackets('f("(", 1) x', 0) == 9
    assert end_of_declaration("int f() { return 1; } int g();", 0) == 21
    assert name_of("template <class F>\nauto map(F&& f) && {") == "map"
    assert name_of("  explicit operator bool() const {") == "operator bool"
    assert "detail" not in header("", "namespace detail {\nint f();\n}\n/// A.\nint g();\n")
    constrained = "/// A.\ntemplate <class T>\n  requires a<T> &&\n           b<T>\nint g();\n"
    assert "requires" not in header("", constrained)
    assert uncommented("/// A.\ntemplate <class T>\nconcept a = b<T>;\n") == []
    assert uncommented("template <class T>\nconcept a = b<T>;\n") == ["a"]
    assert "\\par Threads\n/// Any." in with_headings("/// Threads: any.\n")
    root = pathlib.Path("/r")
    pages = {root / "a.md", root / "b/c.md"}
    text = page(root, pages, root / "a.md", "# A\n[c](b/c.md#x-y), [d](lib) `a@b` x@y\n")
    assert text == "# A {#page_a}\n[c](@ref page_b_c_x_y), d `a@b` x\\@y\n", text
    assert slug("What is `co_await`?") == "what-is-co_await"


def uncommented(text):
    """The names of concepts without a comment."""
    return [found[2] for found in
            re.finditer(r"(^///[^\n]*\n)?^template <[^\n]*>\nconcept (\w+)", text, re.MULTILINE)
            if not found[1]]


def check(root):
    found = [f"{path.relative_to(root)}: {name} is not documented"
             for path in sorted((root / "include/micropool").rglob("*.hpp"))
             if "detail" not in path.relative_to(root).parts
             for name in uncommented(header(str(root), path.read_text(encoding="utf-8")))]
    print(*found, f"{len(found)} concepts without a comment", sep="\n")
    return 1 if found else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if sys.argv[1:2] == ["--check"]:
        return check(pathlib.Path(sys.argv[2]).resolve())
    root, path = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        pages = {root / "README.md", root / "CHANGELOG.md"}
        pages |= set((root / "docs").rglob("*.md"))
        print(page(root, pages, path, text), end="")
    else:
        print(header(str(root), text), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
