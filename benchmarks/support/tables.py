# SPDX-License-Identifier: MIT OR Apache-2.0
"""Turns series into the tables and plots of docs/performance.md. Knows the families by name."""

import re

import charts

ENGINES = {'serial': 'serial', 'async': 'std::async', 'micropool_awaited': 'micropool, awaited',
           'micropool_blocking': 'micropool, blocking',
           'micropool_stackful': 'micropool, stackful', 'micropool': 'micropool',
           'tbb': 'oneTBB', 'tbb_enqueue': 'oneTBB, enqueue', 'std_par': 'std::execution::par',
           'openmp': 'OpenMP'}
# What "of oneTBB" and "of OpenMP" relate to: the faster one, where a library offers two ways.
PEERS = {'of oneTBB': ('tbb', 'tbb_enqueue'), 'of OpenMP': ('openmp',)}
LOOP_PEERS = {**PEERS, 'of std::par': ('std_par',), 'of the best': ('tbb', 'openmp', 'std_par')}
WORKLOADS = {
    'fib': 'Recursive Fibonacci: nothing but forks.',
    'nqueens': 'n queens: an irregular tree with a little work per node.',
    'skynet': 'Skynet: ten children per node, empty leaves.',
    'uts': 'Unbalanced tree search: a tree whose shape only a hash knows.',
    'matmul': 'Recursive matrix multiplication: few forks with much work each.',
}
# Each is measured over several numbers of elements: its families are `sum_1e3` and so on.
LOOPS = {
    'sum': 'Sum of 64-bit numbers.',
    'add': 'Sums of two arrays into a third, element by element.',
    'collect': 'Map, filter and collect in order, into a new vector; half of the elements are kept.',
    'collect_reused': 'The same into a vector that keeps its memory.',
    'find_first': 'The first of the elements that is equal to one; it stands at three quarters.',
    'sort': 'Sort of random 64-bit numbers.',
    'scan': 'Inclusive scan (prefix sums).',
}
ITEMS = {
    'items_16': '16 items of 1 us.',
    'items_256': '256 items of 1 us.',
    'items_4096': '4096 items of 1 us.',
    'uneven_4096': '4096 items of 1 us and more (Pareto, 3 us on average), in no particular order.',
    'nested_4096': '64 x 64 items of 1 us, a loop inside a loop.',
}
LATENCIES = {
    'join_empty': 'Join of two empty branches, warm. A single call includes reading the clock.',
    'join_1us': 'Join of 2 x 1 us, warm.',
    'join_10us': 'Join of 2 x 10 us, warm.',
    'join_100us': 'Join of 2 x 100 us, warm.',
    'join_10us_idle_2ms': 'Join of 2 x 10 us after 2 ms of idleness.',
    'join_10us_idle_20ms': 'Join of 2 x 10 us after 20 ms of idleness.',
    'wake_after_2ms': 'From the call until a worker that slept for 2 ms runs the published branch.',
}
ROUND_TRIPS = {
    'spawn_join_outside': 'Spawn an empty task and join it at once, outside the pool.',
    'spawn_join_inside': 'Spawn an empty task and join it at once, inside a task on a worker.',
}
SATURATED = {
    'saturated_sleeping_join': 'Join of 2 x 10 us, workers asleep in background tasks.',
    'saturated_sleeping_scope': 'Scope of 2 x 10 us, workers asleep in background tasks.',
    'saturated_spinning_join': 'Join of 2 x 10 us, workers spinning in background tasks.',
    'saturated_spinning_scope': 'Scope of 2 x 10 us, workers spinning in background tasks.',
}
ALL_LATENCIES = {**LATENCIES, **ITEMS, **ROUND_TRIPS, **SATURATED}
TAIL = ('p50_ns', 'p99_ns', 'p99.9_ns', 'max_ns')


def number(value):
    """Three significant digits, without an exponent."""
    if value == 0:
        return '0'
    digits = 2
    magnitude = abs(value)
    while magnitude >= 10 and digits > 0:
        magnitude /= 10
        digits -= 1
    if abs(value) < 0.1:
        return f'{value:.2g}'
    return f'{value:.{digits}f}'


def ordered(results, family):
    return [e for e in ENGINES if e in results.engines(family)]


def markdown(header, rows):
    lines = ['| ' + ' | '.join(header) + ' |', '|' + '---|' * len(header)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows]) + '\n'


def with_spread(series, what='time', scale=1.0):
    low, high = series.spread(what)
    return (f'{number(series.median(what) * scale)} '
            f'({number(low * scale)}–{number(high * scale)})')


def ratio(series, other, what='time'):
    if series is None or other is None or other.median(what) == 0:
        return '–'
    return number(series.median(what) / other.median(what))


def of_peers(results, series, what='time', peers=None):
    """The ratios to `peers`, PEERS if none are given, with as many threads."""
    ratios = []
    for engines in (peers or PEERS).values():
        others = [results.get(series.family, engine, series.threads) for engine in engines]
        fastest = min((s for s in others if s is not None), key=lambda s: s.median(what),
                      default=None)
        ratios.append(ratio(series, fastest, what))
    return ratios


def workload(results, family):
    """The table of one workload: one row per engine and thread count."""
    rows = []
    for engine in ordered(results, family):
        one = results.get(family, engine, 1)
        for threads in results.threads(family, engine):
            series = results.get(family, engine, threads)
            rows.append([
                ENGINES[engine], str(threads), with_spread(series, scale=1e3),
                number(series.median('ns_per_fork')),
                ratio(one, series) if threads > 1 else '',
                ratio(series, results.get(family, 'serial', 1)),
                *of_peers(results, series),
                number(series.median('cores_used')),
            ])
    return markdown(['engine', 'threads', 'ms: median (min–max)', 'ns per fork', 'speed-up over 1',
                     'of serial', *PEERS, 'cores used'], rows)


def workload_plot(results, family):
    rows = []
    for engine in ordered(results, family):
        for threads in results.threads(family, engine):
            series = results.get(family, engine, threads)
            low, high = series.spread()
            rows.append(charts.Row(f'{ENGINES[engine]}, {threads}', engine, series.median() * 1e3,
                                   low * 1e3, high * 1e3, f'{number(series.median() * 1e3)} ms',
                                   hollow=threads > 1))
    return charts.dot_plot(f'{family} ({results.context["size"]})',
                           'ms per run, lower is better; median, whisker min to max; '
                           'hollow: several threads', rows)


def us(series, what):
    return number(series.median(what) / 1e3)


def latency(results, family):
    """The table of one latency: quantiles in us, each the median over the repetitions."""
    header = ['engine', 'threads', 'p50', 'p50 min–max', 'p99', 'p99.9', 'max', *PEERS]
    has = {what: any(what in r for key, s in results.series.items() if key[0] == family
                     for r in s.repetitions)
           for what in ('ns_per_join', 'p50_to_raw', 'p99_to_serial', 'cpu_us_per_call',
                        'missed')}
    header += ['mean of a batch', 'mean of oneTBB'] if has['ns_per_join'] else []
    header += ['raw futex p50', 'p50 of raw'] if has['p50_to_raw'] else []
    header += ['serial p99, idle', 'p99 of serial'] if has['p99_to_serial'] else []
    header += ['CPU us per call'] if has['cpu_us_per_call'] else []
    header += ['missed'] if has['missed'] else []
    rows = []
    for engine in ordered(results, family):
        for threads in results.threads(family, engine):
            series = results.get(family, engine, threads)
            low, high = series.spread('p50_ns')
            row = [ENGINES[engine], str(threads), us(series, 'p50_ns'),
                   f'{number(low / 1e3)}–{number(high / 1e3)}']
            row += [us(series, what) for what in TAIL[1:]]
            row += of_peers(results, series, 'p50_ns')
            if has['ns_per_join']:
                row += [us(series, 'ns_per_join'), of_peers(results, series, 'ns_per_join')[0]]
            if has['p50_to_raw']:
                row += [us(series, 'raw_p50_ns'), number(series.median('p50_to_raw'))]
            if has['p99_to_serial']:
                row += [us(series, 'serial_p99_ns'), with_spread(series, 'p99_to_serial')]
            row += [number(series.median('cpu_us_per_call'))] if has['cpu_us_per_call'] else []
            row += [number(series.median('missed'))] if has['missed'] else []
            rows.append(row)
    return markdown(header, rows)


def latency_plot(results, family):
    rows = []
    for engine in ordered(results, family):
        for threads in results.threads(family, engine):
            series = results.get(family, engine, threads)
            p50 = series.median('p50_ns') / 1e3
            rows.append(charts.Row(f'{ENGINES[engine]}, {threads}', engine, p50, p50,
                                   max(p50, series.median('p99.9_ns') / 1e3), f'{number(p50)} us'))
    return charts.dot_plot(ALL_LATENCIES[family].rstrip('.'),
                           'us per call, lower is better; p50, whisker to p99.9', rows)


def sizes_of(results, loop):
    """The families of one of LOOPS, from few elements to many: [(how many, family)]."""
    found = [(f.removeprefix(f'{loop}_'), f) for f in results.families()]
    return sorted(((n, f) for n, f in found if re.fullmatch(r'1e\d+', n)),
                  key=lambda pair: float(pair[0]))


def loop(results, name):
    """The table of one of LOOPS: micropool's rows only, for as a ratio each peer is in them."""
    rows = []
    for elements, family in sizes_of(results, name):
        serial = results.get(family, 'serial', 1)
        for engine in ordered(results, family):
            if not engine.startswith('micropool'):
                continue
            for threads in results.threads(family, engine):
                series = results.get(family, engine, threads)
                rows.append([elements, ENGINES[engine], str(threads),
                             with_spread(series, 'p50_ns', 1e-3), ratio(series, serial, 'p50_ns'),
                             *of_peers(results, series, 'p50_ns', LOOP_PEERS)])
    return markdown(['elements', 'engine', 'threads', 'us: median (min–max)', 'of serial',
                     *LOOP_PEERS], rows)


def loop_plot(results, name):
    """All engines, at the largest number of elements."""
    elements, family = sizes_of(results, name)[-1]
    rows = []
    for engine in ordered(results, family):
        for threads in results.threads(family, engine):
            series = results.get(family, engine, threads)
            low, high = series.spread('p50_ns')
            median = series.median('p50_ns') / 1e3
            rows.append(charts.Row(f'{ENGINES[engine]}, {threads}', engine, median, low / 1e3,
                                   high / 1e3, f'{number(median)} us', hollow=threads > 1))
    return charts.dot_plot(f'{name}, {elements} elements',
                           'us per run, lower is better; median, whisker min to max; '
                           'hollow: several threads', rows)


def items(results, family):
    """The table of one of ITEMS; the ratios to serial loops and to perfect balance are of pairs of
    calls, those to peers are of medians."""
    rows = []
    for engine in ordered(results, family):
        for threads in results.threads(family, engine):
            series = results.get(family, engine, threads)
            rows.append([ENGINES[engine], str(threads), with_spread(series, 'p50_ns', 1e-3),
                         us(series, 'p99_ns'), with_spread(series, 'of_serial'),
                         with_spread(series, 'of_balance'),
                         *of_peers(results, series, 'p50_ns', LOOP_PEERS)])
    return markdown(['engine', 'threads', 'us: p50 (min–max)', 'p99', 'of serial',
                     'of perfect balance', *LOOP_PEERS], rows)


def counters(results, families, columns, compared=None):
    """A plain table of counters; `columns` maps a counter to (heading, scale). With the counter
    `compared`, that one in relation to the peers' as well."""
    rows = []
    for family in families:
        for engine in ordered(results, family):
            for threads in results.threads(family, engine):
                series = results.get(family, engine, threads)
                rows.append([family, ENGINES[engine], str(threads)] +
                            [with_spread(series, what, scale)
                             for what, (_, scale) in columns.items()] +
                            (of_peers(results, series, compared) if compared else []))
    return markdown(['what', 'engine', 'threads'] + [h for h, _ in columns.values()] +
                    (list(PEERS) if compared else []), rows)
