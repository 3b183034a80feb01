#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the benchmark programs, or reads what they wrote, and makes docs/performance.md.

The text of the page is performance.md.in beside this file; tables and plots come from the results.
"""

import argparse
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # the source tree stays clean

import results as result_files  # noqa: E402
import tables  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--programs', type=pathlib.Path, metavar='DIR',
                        help='run every bench_* program in DIR, then report')
    source.add_argument('--read', type=pathlib.Path, metavar='DIR',
                        help='report on the .json files in DIR')
    parser.add_argument('--docs', type=pathlib.Path, required=True, metavar='DIR',
                        help='write DIR/performance.md and DIR/performance/*.svg')
    parser.add_argument('--results', type=pathlib.Path, metavar='DIR',
                        help='where the programs write (default: results/ beside them)')
    parser.add_argument('--size', default='base', choices=['test', 'base', 'large'])
    parser.add_argument('--repetitions', type=int, default=5)
    parser.add_argument('--only', metavar='NAME,...', help='run only these programs, as in fib,uts')
    parser.add_argument('--min-time', metavar='SECONDS', default='0.5',
                        help='how long one repetition of a workload runs at least')
    return parser.parse_args()


def run_programs(options):
    directory = options.programs.resolve()
    programs = sorted(p for p in directory.glob('bench_*') if p.is_file() and p.suffix == '')
    names = [p.name.removeprefix('bench_') for p in programs]
    wanted = options.only.split(',') if options.only else names
    unknown = sorted(set(wanted) - set(names))
    if unknown or not names:
        raise result_files.ResultError(f'{directory}: no program {", ".join(unknown) or "bench_*"}')

    out = (options.results or directory / 'results').resolve()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob('*.json'):
        old.unlink()
    for program, name in zip(programs, names):
        if name not in wanted:
            continue
        print(f'running {name}', flush=True)
        done = subprocess.run([
            program, f'--size={options.size}', f'--benchmark_repetitions={options.repetitions}',
            '--benchmark_enable_random_interleaving=true',
            f'--benchmark_min_time={options.min_time}', '--benchmark_report_aggregates_only=false',
            f'--benchmark_out={out / (name + ".json")}', '--benchmark_out_format=json',
        ], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
            raise result_files.ResultError(f'{program.name} ended with status {done.returncode}')
    return out


def machine(results):
    context = results.context
    dates = sorted(set(results.dates))
    few = '' if results.repetitions() >= 5 else ' **Too few to quote.**'
    lines = [
        f'- Machine: {context["cpu"]}, {context["cores"]} cores; {context["system"]}',
        f'- Compiler: {context["compiler"]}, `{context["compile_flags"]}`',
        f'- micropool {context["micropool"]}; beside it: {context["peers"]}',
        f'- Size `{context["size"]}`, {results.repetitions()} repetitions, '
        f'{" to ".join(dict.fromkeys((dates[0], dates[-1])))}.{few}',
    ]
    return '\n'.join(lines)


def sections(results, families, table, plot, plots):
    """One subsection per measured family: sentence, plot, table."""
    present = [f for f in families
               if f in results.families() or f in tables.LOOPS and tables.sizes_of(results, f)]
    out = []
    for family in present:
        plots[family] = plot(results, family)
        out += [f'### {family}\n', f'{families[family]}\n',
                f'![{families[family]}](performance/{family}.svg)\n', table(results, family)]
    return '\n'.join(out) if present else 'Not measured in this session.'


def counters(results, prefix, columns, compared=None):
    families = [f for f in sorted(results.families()) if f.startswith(prefix)]
    if not families:
        return 'Not measured in this session.'
    return tables.counters(results, families, columns, compared)


def page(results):
    """The page and its plots: (text, {name: svg})."""
    plots = {}
    parts = {
        'MACHINE': machine(results),
        'WORKLOADS': sections(results, tables.WORKLOADS, tables.workload, tables.workload_plot,
                              plots),
        'LOOPS': sections(results, tables.LOOPS, tables.loop, tables.loop_plot, plots),
        'ITEMS': sections(results, tables.ITEMS, tables.items, tables.latency_plot, plots),
        'COMPILING': counters(results, 'compile_time', {
            'cpu_s': ('processor time, s', 1), 'time': ('s', 1)}),
        'LATENCIES': sections(results, tables.LATENCIES, tables.latency, tables.latency_plot,
                              plots),
        'TRIPS': sections(results, tables.ROUND_TRIPS, tables.latency, tables.latency_plot, plots),
        'BURSTS': counters(results, ('burst', 'fan_in'), {'ns_per_task': ('ns per task', 1)},
                           compared='ns_per_task'),
        'CANCEL': counters(results, 'cancel', {
            'ns_per_task': ('ns per task', 1), 'cancelled': ('share that never ran', 1)},
            compared='ns_per_task'),
        'SATURATED': sections(results, tables.SATURATED, tables.latency, tables.latency_plot,
                              plots),
        'UNITS': counters(results, 'units_beside', {
            'time': ('ms for all', 1e3), 'of_serial': ('of serial', 1),
            'of_serial_max': ('the worst call', 1), 'helped': ('share run by workers', 1)}),
        'ROOTS': counters(results, 'outside_roots', {
            'time': ('ms for all', 1e3), 'slowest_to_median': ('slowest to median', 1),
            'slowest_to_median_max': ('the worst run', 1)}),
        'FRAMES': counters(results, 'frame_loop', {
            'p50_ms': ('p50, ms', 1), 'p99_ms': ('p99, ms', 1), 'max_ms': ('max, ms', 1),
            'missed': ('missed', 1), 'megabytes_indexed': ('MB indexed meanwhile', 1)}),
        'IDLE': counters(results, 'idle_pool', {'percent_of_a_core': ('% of a core', 1)}),
        'ALLOCATIONS': counters(results, 'allocations', {
            'allocations_per_op': ('allocations per operation', 1)}),
        'WAITS': counters(results, ('wait_ready', 'wait_stolen_join'),
                          {'ns_per_op': ('ns per wait', 1)}),
        'CROWD': counters(results, 'wait_crowd', {
            'ns_per_task': ('ns per task', 1), 'bytes_per_task': ('bytes per waiting task', 1)}),
        'DEQUE': counters(results, 'deque', {'ns_per_element': ('ns per element', 1)}),
    }
    text = (HERE / 'performance.md.in').read_text(encoding='utf-8')
    for name, part in parts.items():
        text = text.replace(f'@{name}@', part.rstrip('\n'))
    return text, plots


def main():
    options = arguments()
    try:
        directory = options.read or run_programs(options)
        results = result_files.load(directory)
        text, plots = page(results)
    except result_files.ResultError as error:
        print(f'report.py: {error}', file=sys.stderr)
        return 1
    plot_directory = options.docs / 'performance'
    plot_directory.mkdir(parents=True, exist_ok=True)
    for old in plot_directory.glob('*.svg'):
        old.unlink()
    for name, svg in plots.items():
        (plot_directory / f'{name}.svg').write_text(svg, encoding='utf-8')
    (options.docs / 'performance.md').write_text(text, encoding='utf-8')
    print(f'wrote {options.docs / "performance.md"} and {len(plots)} plots')
    if results.repetitions() < 5:
        print('report.py: fewer than five repetitions; the page says so', file=sys.stderr)
    return 0


if __name__ == '__main__':
    sys.exit(main())
