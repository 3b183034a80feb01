# SPDX-License-Identifier: MIT OR Apache-2.0
"""Draws one kind of plot as SVG: rows of marks with whiskers on a logarithmic axis.

Engines differ by factors of ten and more, where bars from zero show nothing but the slowest.
"""

import math
from xml.sax.saxutils import escape

WIDTH = 760
LEFT = 190
RIGHT = 90
ROW = 26
TOP = 64
COLOURS = {'micropool_awaited': '#1f5fa8', 'micropool_blocking': '#3d8fd9', 'micropool': '#1f5fa8',
           'micropool_stackful': '#3f8f6b',
           'serial': '#6b6b6b', 'async': '#6b6b6b', 'tbb': '#c2571a', 'tbb_enqueue': '#e08a4f',
           'std_par': '#8c3f8c', 'openmp': '#8a6d00'}


class Row:
    """One line: a mark at `value` and a whisker over `low`..`high`. `hollow` marks a variant."""

    def __init__(self, label, engine, value, low, high, text, hollow=False):
        self.label = label
        self.engine = engine
        self.value = value
        self.low = low
        self.high = high
        self.text = text
        self.hollow = hollow


class Axis:
    """A logarithmic scale from a 1, 2 or 5 below the smallest value to one above the largest."""

    def __init__(self, low, high):
        self.ticks = self._ticks(low, high)
        self._low = math.log10(self.ticks[0])
        self._span = math.log10(self.ticks[-1]) - self._low

    @staticmethod
    def _ticks(low, high):
        steps = [m * 10.0 ** e for e in range(math.floor(math.log10(low)) - 1,
                                              math.ceil(math.log10(high)) + 2) for m in (1, 2, 5)]
        first = max(i for i, s in enumerate(steps) if s <= low * 1.0001)
        last = min(i for i, s in enumerate(steps) if s >= high * 0.9999)
        return steps[first:max(last, first + 1) + 1]

    def x(self, value):
        value = max(value, self.ticks[0])
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(value) - self._low) / self._span

    def labelled(self):
        # Wide axes get powers of ten only, or the labels would run into each other.
        if len(self.ticks) <= 10:
            return self.ticks
        return [t for t in self.ticks if math.isclose(math.log10(t), round(math.log10(t)),
                                                      abs_tol=1e-6)]


def tick_text(value):
    return f'{value:g}' if value < 1e6 else f'{value:.0e}'.replace('e+0', 'e')


def _text(x, y, content, extra=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" {extra}>{escape(content)}</text>'


def _row(axis, row, y):
    colour = COLOURS.get(row.engine, '#444444')
    fill = '#ffffff' if row.hollow else colour
    x0, x1 = axis.x(row.low), axis.x(row.high)
    return [
        _text(LEFT - 10, y + 4, row.label, 'text-anchor="end"'),
        f'<line x1="{x0:.1f}" y1="{y}" x2="{x1:.1f}" y2="{y}" stroke="{colour}" '
        'stroke-width="2"/>',
        f'<circle cx="{axis.x(row.value):.1f}" cy="{y}" r="5" fill="{fill}" stroke="{colour}" '
        'stroke-width="2"/>',
        _text(WIDTH - RIGHT + 10, y + 4, row.text),
    ]


def dot_plot(title, subtitle, rows):
    """The plot as an SVG document; `subtitle` names the unit, the mark and the whisker."""
    axis = Axis(min(r.low for r in rows if r.low > 0), max(r.high for r in rows))
    bottom = TOP + ROW * len(rows)
    height = bottom + 34
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="13" '
        'fill="#222222">',
        f'<title>{escape(title)}</title>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        _text(16, 24, title, 'font-size="16" font-weight="bold"'),
        _text(16, 44, subtitle, 'fill="#555555"'),
    ]
    labelled = axis.labelled()
    for tick in axis.ticks:
        x = axis.x(tick)
        strong = tick in labelled
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" '
                   f'stroke="{"#cccccc" if strong else "#eeeeee"}"/>')
        if strong:
            out.append(_text(x, bottom + 18, tick_text(tick),
                             'text-anchor="middle" fill="#555555"'))
    for i, row in enumerate(rows):
        out += _row(axis, row, TOP + ROW * i + ROW // 2)
    out.append('</svg>')
    return '\n'.join(out) + '\n'
