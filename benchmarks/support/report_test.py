# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of report.py on small made-up result files: figures, plots, and what it must refuse."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import report  # noqa: E402
import results  # noqa: E402

CONTEXT = {'date': '2030-01-02T03:04:05+00:00', 'num_cpus': 2, 'cpu': 'Some CPU',
           'system': 'Linux 6 x86_64', 'compiler': 'g++ 12', 'compile_flags': '-O3',
           'size': 'base', 'peers': 'oneTBB 1', 'micropool': '0.1.0',
           'host_name': 'private-host', 'executable': '/private/path/bench_fib'}


def entries(family, engine, threads, times, unit='ms', **counters):
    name = f'{family}/base/{engine}/threads:{threads}/manual_time'
    made = [{'name': name, 'run_name': name, 'run_type': 'iteration', 'repetitions': len(times),
             'repetition_index': i, 'threads': 1, 'iterations': 3, 'real_time': t, 'cpu_time': t,
             'time_unit': unit, **counters} for i, t in enumerate(times)]
    # An aggregate with a wrong value: the script must compute its own.
    return made + [{**made[0], 'run_type': 'aggregate', 'real_time': 1e9}]


def fib():
    counters = {'ns_per_fork': 5.0, 'cores_used': 1.0}
    return (entries('fib', 'serial', 1, [1, 1, 1, 1, 1], **counters) +
            entries('fib', 'micropool_awaited', 1, [10, 11, 12, 9, 30], **counters) +
            entries('fib', 'micropool_awaited', 2, [5, 5.5, 5.5, 6, 7], **counters) +
            entries('fib', 'tbb', 1, [44, 44, 44, 40, 50], **counters) +
            entries('fib', 'tbb', 2, [22, 22, 22, 22, 22], **counters))


def latency():
    tail = {'p50_ns': 10400.0, 'p99_ns': 20000.0, 'p99.9_ns': 40000.0, 'max_ns': 90000.0}
    cold = {'p50_to_raw': 0.9, 'raw_p50_ns': 11500.0, 'cpu_us_per_call': 60.0}
    return (entries('join_10us', 'micropool_blocking', 2, [10] * 5, 'us', **tail) +
            entries('join_10us_idle_2ms', 'micropool_blocking', 2, [10] * 5, 'us', **tail, **cold))


def spawn():
    def burst(engine, threads, nanoseconds):
        return entries('burst_1e3_from_1', engine, threads, [1] * 5, ns_per_task=nanoseconds)
    storm = {'ns_per_task': 40.0, 'cancelled': 0.5}
    tail = {'p50_ns': 70.0, 'p99_ns': 90.0, 'p99.9_ns': 110.0, 'max_ns': 900.0, 'ns_per_join': 60.0}
    return (burst('micropool_blocking', 2, 30.0) + burst('tbb', 2, 60.0) +
            burst('tbb_enqueue', 2, 50.0) + burst('micropool_blocking', 1, 30.0) +
            entries('cancel_racing', 'micropool_blocking', 2, [4] * 5, **storm) +
            entries('spawn_join_inside', 'micropool_awaited', 2, [6] * 5, 'us', **tail))


def saturated():
    tail = {'p50_ns': 20000.0, 'p99_ns': 24000.0, 'p99.9_ns': 30000.0, 'max_ns': 90000.0}
    serial = {'serial_p99_ns': 20000.0, 'p99_to_serial': 1.2}
    units = {'of_serial': 0.55, 'of_serial_max': 0.7, 'helped': 0.5}
    return (entries('saturated_spinning_scope', 'tbb', 2, [5] * 5, **tail, **serial) +
            entries('units_beside_short_tasks', 'micropool_awaited', 2, [44] * 5, **units))


def loops():
    def sums(elements, engine, threads, nanoseconds):
        return entries(f'sum_{elements}', engine, threads, [1] * 5, 'us', p50_ns=nanoseconds)
    return (sums('1e4', 'micropool_blocking', 2, 3000.0) + sums('1e3', 'serial', 1, 100.0) +
            sums('1e3', 'micropool_blocking', 2, 150.0) + sums('1e3', 'tbb', 2, 1500.0) +
            sums('1e3', 'std_par', 2, 300.0) + sums('1e3', 'std_par', 1, 200.0) +
            entries('collect_reused_1e3', 'serial', 1, [1] * 5, 'us', p50_ns=1.0))


def items():
    tail = {'p99_ns': 9000.0, 'p99.9_ns': 9500.0, 'max_ns': 9900.0}
    return (entries('items_16', 'micropool_awaited', 2, [9] * 5, 'us', p50_ns=8800.0,
                    of_serial=0.55, of_balance=1.1, **tail) +
            entries('items_16', 'openmp', 2, [9] * 5, 'us', p50_ns=17600.0,
                    of_serial=1.1, of_balance=2.2, **tail))


class Report(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = pathlib.Path(holder.name)

    def write(self, name, benchmarks, **context):
        document = {'context': {**CONTEXT, **context}, 'benchmarks': benchmarks}
        (self.directory / f'{name}.json').write_text(json.dumps(document), encoding='utf-8')

    def page(self):
        return report.page(results.load(self.directory))

    def refused(self, message):
        with self.assertRaisesRegex(results.ResultError, message):
            self.page()

    def row(self, text, *starts):
        found = [line for line in text.splitlines() if line.startswith('| ' + ' | '.join(starts))]
        self.assertEqual(len(found), 1, starts)
        return [cell.strip() for cell in found[0].strip('|').split('|')]

    def test_median_spread_and_ratios_are_those_of_the_repetitions(self):
        self.write('fib', fib())
        text, plots = self.page()
        one = self.row(text, 'micropool, awaited', '1')
        two = self.row(text, 'micropool, awaited', '2')
        self.assertEqual(one[2], '11.0 (9.00–30.0)')
        self.assertEqual(two[2], '5.50 (5.00–7.00)')
        self.assertEqual(two[4], '2.00', 'speed-up')
        self.assertEqual(one[5], '11.0', 'of serial')
        self.assertEqual((one[6], two[6]), ('0.25', '0.25'), 'of oneTBB')
        self.assertEqual(one[7], '–', 'OpenMP was not measured')
        self.assertEqual(list(plots), ['fib'])

    def test_latencies_show_the_tail_and_the_raw_futex(self):
        self.write('latency', latency())
        text, plots = self.page()
        self.assertIn('| micropool, blocking | 2 | 10.4 | 10.4–10.4 | 20.0 | 40.0 | 90.0 |', text)
        self.assertIn('| 11.5 | 0.90 | 60.0 |', text)
        self.assertEqual(sorted(plots), ['join_10us', 'join_10us_idle_2ms'])

    def test_a_burst_is_compared_with_the_faster_way_of_a_peer_on_as_many_threads(self):
        self.write('spawn', spawn())
        text, _ = self.page()
        alone, beside = [[cell.strip() for cell in line.strip('|').split('|')]
                         for line in text.splitlines()
                         if line.startswith('| burst_1e3_from_1 | micropool, blocking')]
        self.assertEqual(alone[2:], ['1', '30.0 (30.0–30.0)', '–', '–'])
        self.assertEqual(beside[2:], ['2', '30.0 (30.0–30.0)', '0.60', '–'])
        self.assertIn('| oneTBB, enqueue | 2 | 50.0 (50.0–50.0) | 1.00 | – |', text)

    def test_round_trips_and_storms_have_their_tables(self):
        self.write('spawn', spawn())
        text, plots = self.page()
        self.assertIn('| micropool, awaited | 2 | 0.07 | 0.07–0.07 | 0.09 | 0.11 | 0.90 |', text)
        self.assertIn('| mean of a batch | mean of oneTBB |', text)
        self.assertIn('| 40.0 (40.0–40.0) | 0.50 (0.50–0.50) |', text)
        self.assertEqual(list(plots), ['spawn_join_inside'])

    def test_calls_on_a_saturated_pool_are_shown_beside_the_serial_tail(self):
        self.write('saturated', saturated())
        text, plots = self.page()
        self.assertIn('| serial p99, idle | p99 of serial |', text)
        self.assertIn('| 20.0 | 1.20 (1.20–1.20) |', text)
        self.assertIn('| 0.55 (0.55–0.55) | 0.70 (0.70–0.70) | 0.50 (0.50–0.50) |', text)
        self.assertEqual(list(plots), ['saturated_spinning_scope'])

    def test_loops_are_shown_by_number_of_elements_and_beside_the_best_other_engine(self):
        self.write('loops', loops())
        text, plots = self.page()
        self.assertEqual(self.row(text, '1e3', 'micropool, blocking', '2')[3:],
                         ['0.15 (0.15–0.15)', '1.50', '0.10', '–', '0.50', '0.50'])
        self.assertEqual(self.row(text, '1e4', 'micropool, blocking', '2')[4:], ['–'] * 5)
        self.assertLess(text.index('| 1e3 | micropool'), text.index('| 1e4 | micropool'))
        self.assertEqual(text.count('| 1e3 |'), 1, 'one row: peers and other loops have none')
        self.assertEqual(sorted(plots), ['collect_reused', 'sum'])
        self.assertIn('sum, 1e4 elements', plots['sum'])

    def test_items_are_shown_beside_serial_loops_and_perfect_balance(self):
        self.write('timed_items', items())
        text, plots = self.page()
        self.assertEqual(self.row(text, 'micropool, awaited', '2')[2:],
                         ['8.80 (8.80–8.80)', '9.00', '0.55 (0.55–0.55)', '1.10 (1.10–1.10)',
                          '–', '0.50', '–', '0.50'])
        self.assertEqual(self.row(text, 'OpenMP', '2')[-1], '1.00', 'the best is itself')
        self.assertEqual(list(plots), ['items_16'])

    def test_compiling_is_shown_in_processor_time(self):
        self.write('compile_time', entries('compile_time_pipelines', 'micropool', 1,
                                           [3000, 3100, 3200, 3300, 9000], cpu_s=2.5))
        self.assertIn('| compile_time_pipelines | micropool | 1 | 2.50 (2.50–2.50) | '
                      '3.20 (3.00–9.00) |', self.page()[0])

    def test_plots_are_well_formed_with_one_mark_per_row_inside_the_frame(self):
        self.write('fib', fib())
        self.write('latency', latency())
        _, plots = self.page()
        for name, svg in plots.items():
            root = xml.etree.ElementTree.fromstring(svg)
            marks = root.findall('{http://www.w3.org/2000/svg}circle')
            self.assertEqual(len(marks), 5 if name == 'fib' else 1)
            for mark in marks:
                self.assertTrue(0 < float(mark.get('cx')) < float(root.get('width')))

    def test_the_page_names_machine_and_compiler_but_neither_host_nor_path(self):
        self.write('fib', fib())
        text, _ = self.page()
        for wanted in ('Some CPU, 2 cores', 'g++ 12', '`-O3`', 'oneTBB 1', '5 repetitions'):
            self.assertIn(wanted, text)
        self.assertNotIn('private', text)
        self.assertNotRegex(text, r'@[A-Z]+@')

    def test_fewer_than_five_repetitions_are_called_too_few(self):
        self.write('fib', entries('fib', 'serial', 1, [1, 1], ns_per_fork=1.0, cores_used=1.0))
        self.assertIn('Too few to quote', self.page()[0])

    def test_a_failed_benchmark_is_refused(self):
        broken = {'name': 'fib/base/tbb/threads:1', 'run_type': 'iteration',
                  'error_occurred': True, 'error_message': 'wrong result'}
        self.write('fib', fib() + [broken])
        self.refused('wrong result')

    def test_files_of_two_builds_are_refused(self):
        self.write('fib', fib())
        self.write('latency', latency(), compiler='clang 19')
        self.refused('not one session')

    def test_a_directory_without_results_is_refused(self):
        self.refused('no .json file')

    def test_the_command_writes_page_and_plots_and_removes_stale_plots(self):
        self.write('fib', fib())
        docs = self.directory / 'docs'
        (docs / 'performance').mkdir(parents=True)
        (docs / 'performance' / 'gone.svg').write_text('old', encoding='utf-8')
        sys.argv = ['report.py', '--read', str(self.directory), '--docs', str(docs)]
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(report.main(), 0)
        self.assertEqual([p.name for p in (docs / 'performance').iterdir()], ['fib.svg'])
        self.assertIn('### fib', (docs / 'performance.md').read_text(encoding='utf-8'))


if __name__ == '__main__':
    unittest.main()
