#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks that the C++ code in README.md, docs/**/*.md and comments of headers is compiled and run.

A block of C++ stands behind a comment that names its source, <!-- snippet: file#name -->, where
`file` is below docs/examples/snippets, and equals the lines there between `// [snippet: name]` and
`// [end]`. A block without such a comment is an error. With --fix the blocks are rewritten from
their sources instead. Each line of an example in a comment of a header stands in one of the sources
as well, apart from white space and what `//` says.

usage: check_snippets.py [--fix] ROOT_OF_THE_SOURCE_TREE
"""
import pathlib
import re
import sys
import textwrap

FENCE = re.compile(r'^(?P<fence>`{3,}|~{3,})\s*(?P<language>[A-Za-z+]*)')
MARKER = re.compile(r'^<!-- snippet: (?P<file>[^#\s]+)#(?P<name>\S+) -->$')
CPP = {'cpp', 'c++', 'cxx', 'cc', 'hpp'}


def regions(path):
    """The regions of a source file: name -> text. Every region must have an end."""
    found, name, lines = {}, None, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        start = re.fullmatch(r'\s*// \[snippet: (\S+)\]', line)
        if start:
            if name or start[1] in found:
                raise ValueError(f'{path}:{number}: region {start[1]} opened twice or inside another')
            name, lines = start[1], []
        elif line.strip() == '// [end]':
            if not name:
                raise ValueError(f'{path}:{number}: [end] without a [snippet: ...]')
            found[name], name = textwrap.dedent('\n'.join(lines)).strip('\n'), None
        elif name:
            lines.append(line)
    if name:
        raise ValueError(f'{path}: region {name} has no [end]')
    return found


class Document:
    """One Markdown file, checked line by line; collects its errors and its corrected text."""

    def __init__(self, path, sources):
        self.path, self.sources = path, sources
        self.errors, self.output, self.used = [], [], set()
        self.scan(path.read_text().splitlines())

    def error(self, number, text):
        self.errors.append(f'{self.path}:{number}: {text}')

    def scan(self, lines):
        marker, i = None, 0
        while i < len(lines):
            line = lines[i]
            fence = FENCE.match(line.lstrip())
            if not fence:
                if marker and line.strip():
                    self.error(i + 1, 'a snippet comment must stand directly before its block')
                    marker = None
                found = MARKER.match(line.strip())
                marker = found or marker
                self.output.append(line)
                i += 1
                continue
            end = i + 1
            while end < len(lines) and not lines[end].lstrip().startswith(fence['fence']):
                end += 1
            body = lines[i + 1:end]
            if fence['language'].lower() in CPP:
                body = self.check(i + 1, marker, body)
            elif marker:
                self.error(i + 1, 'a snippet comment before a block that is not cpp')
            self.output += [line, *body, *lines[end:end + 1]]
            marker, i = None, end + 1
        if marker:
            self.error(len(lines), 'a snippet comment without a block')

    def check(self, number, marker, body):
        if not marker:
            self.error(number, 'C++ without a comment <!-- snippet: file#name --> before it')
            return body
        key = (marker['file'], marker['name'])
        if key not in self.sources:
            self.error(number, f'there is no region {key[1]} in docs/examples/snippets/{key[0]}')
            return body
        self.used.add(key)
        expected = self.sources[key].split('\n')
        if body != expected:
            self.error(number, f'differs from {key[0]}#{key[1]} (--fix copies it)')
        return expected


def bare(text):
    """Code without comments and white space."""
    return re.sub(r'\s+', '', re.sub(r'//.*', '', text))


def check_examples(header, compiled):
    """(examples, errors) of the comments of a header."""
    errors, examples, inside = [], 0, False
    for number, line in enumerate(header.read_text().splitlines(), 1):
        text = re.match(r'\s*/// ?(.*)', line)
        if text and text[1].startswith('```'):
            inside = text[1] == '```cpp'
            examples += inside
        elif inside and not text:
            errors.append(f'{header}:{number}: an example without an end')
            inside = False
        elif inside and bare(text[1]) not in compiled:
            errors.append(f'{header}:{number}: no snippet has this line')
    return examples, errors


def main(arguments):
    fix = '--fix' in arguments
    positional = [a for a in arguments if a != '--fix']
    if len(positional) != 1:
        print(__doc__)
        return 2
    root = pathlib.Path(positional[0])
    snippets = root / 'docs' / 'examples' / 'snippets'
    sources = {}
    for path in sorted(p for p in snippets.rglob('*') if p.suffix in {'.cpp', '.hpp'}):
        for name, text in regions(path).items():
            sources[str(path.relative_to(snippets)), name] = text
    documents = [Document(path, sources)
                 for path in [root / 'README.md', *sorted((root / 'docs').rglob('*.md'))]]
    used = set().union(*(d.used for d in documents))
    errors = [e for d in documents for e in d.errors]
    errors += [f'docs/examples/snippets/{file}: no document quotes region {name}'
               for file, name in sorted(sources.keys() - used)]
    compiled = bare('\n'.join(p.read_text() for p in sorted(snippets.rglob('*.?pp'))))
    checked = [check_examples(path, compiled) for path in sorted((root / 'include').rglob('*.hpp'))]
    examples = sum(count for count, _ in checked)
    errors += [e for _, found in checked for e in found]
    if fix:
        for d in documents:
            d.path.write_text('\n'.join(d.output) + '\n')
    for e in errors:
        print(e)
    print(f'{len(used)} regions quoted in {len(documents)} documents, '
          f'{examples} examples in headers, {len(errors)} errors')
    return 1 if errors or not used or not examples else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
