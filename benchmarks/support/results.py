# SPDX-License-Identifier: MIT OR Apache-2.0
"""Reads the JSON files that the benchmark programs write into one set of series.

A series is one family on one engine at one thread count, with one value per repetition. Nothing is
averaged here but by `median` and `spread`, and nothing is left out silently.
"""

import json
import pathlib
import statistics

UNITS = {'ns': 1e-9, 'us': 1e-6, 'ms': 1e-3, 's': 1.0}
# Two files that differ in one of these were not measured in one session and are not comparable.
SESSION = ('cpu', 'system', 'compiler', 'compile_flags', 'size', 'peers', 'micropool')


class ResultError(Exception):
    """What makes a set of result files unusable, in words for the person who ran it."""


class Series:
    """All repetitions of one benchmark. Values are seconds ('time') or a counter's own unit."""

    def __init__(self, family, engine, threads):
        self.family = family
        self.engine = engine
        self.threads = threads
        self.repetitions = []

    def values(self, what):
        if any(what not in repetition for repetition in self.repetitions):
            raise ResultError(f'{self.family}/{self.engine}: no counter {what}')
        return [repetition[what] for repetition in self.repetitions]

    def median(self, what='time'):
        return statistics.median(self.values(what))

    def spread(self, what='time'):
        values = self.values(what)
        return min(values), max(values)


class Results:
    """Every series of a session, by (family, engine, threads), and what it was measured on."""

    def __init__(self):
        self.context = {}
        self.dates = []
        self.series = {}

    def get(self, family, engine, threads):
        return self.series.get((family, engine, threads))

    def families(self):
        return list(dict.fromkeys(family for family, _, _ in self.series))

    def engines(self, family):
        return list(dict.fromkeys(e for f, e, _ in self.series if f == family))

    def threads(self, family, engine=None):
        return sorted({t for f, e, t in self.series if f == family and engine in (None, e)})

    def repetitions(self):
        return min(len(s.repetitions) for s in self.series.values())


def parse_name(name):
    """`family/size/engine/threads:n[/...]`, as bench::benchmark_name makes it."""
    parts = name.split('/')
    if len(parts) < 4 or not parts[3].startswith('threads:'):
        raise ResultError(f'not a benchmark of this project: {name}')
    return parts[0], parts[2], int(parts[3].removeprefix('threads:'))


def check_session(results, context, path):
    known = {key: str(context[key]) for key in SESSION if key in context}
    known['cores'] = str(context.get('num_cpus', '?'))
    if not results.context:
        results.context = known
    for key, value in known.items():
        if results.context.get(key) != value:
            raise ResultError(f'{path.name}: {key} is "{value}", in the files before it '
                              f'"{results.context.get(key)}": not one session')


def add_file(results, path):
    try:
        document = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise ResultError(f'{path}: {error}') from error
    check_session(results, document['context'], path)
    results.dates.append(document['context']['date'][:10])
    standard = {'name', 'run_name', 'run_type', 'time_unit', 'repetitions', 'repetition_index',
                'threads', 'family_index', 'per_family_instance_index', 'iterations', 'cpu_time'}
    for entry in document['benchmarks']:
        if entry.get('error_occurred'):
            raise ResultError(f'{entry["name"]}: {entry.get("error_message")}')
        if entry.get('run_type') == 'aggregate':
            continue
        key = parse_name(entry['run_name'])
        series = results.series.setdefault(key, Series(*key))
        values = {k: v for k, v in entry.items()
                  if k not in standard and isinstance(v, (int, float))}
        values['time'] = entry['real_time'] * UNITS[entry['time_unit']]
        series.repetitions.append(values)


def load(directory):
    files = sorted(pathlib.Path(directory).glob('*.json'))
    if not files:
        raise ResultError(f'{directory}: no .json file')
    results = Results()
    for path in files:
        add_file(results, path)
    if not results.series:
        raise ResultError(f'{directory}: the files hold no measurement')
    return results
