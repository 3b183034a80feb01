#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""How the library scales on simulated cores.

usage: report.py SCALING DOCS       runs every workload, and writes DOCS/scaling.md and its plots
       report.py --test SCALING     runs the small ones on a few cores, and checks what must hold
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys

CORES = [1, 2, 4, 8, 16, 32, 64, 128, 256]
TREES = ["fib", "fib_blocking", "skynet", "nqueens", "uts"]
LARGE = ["large_fib", "large_fib_blocking", "large_skynet", "large_nqueens", "large_uts"]
LARGE_CORES = [1, 64, 256]
LOOPS = ["loop_1e3", "loop_1e4", "loop_1e5", "loop_1e6", "nested_loops"]
BACKGROUND = ["spawn_burst", "spawn_burst_16"]
OTHERS = ["callers_64", "one_push"]
COLOURS = ["#1f5fa8", "#c2571a", "#3f8f6b", "#8c3f8c", "#8a6d00"]


def run(scaling, workload, cores, sockets=1):
    done = subprocess.run([scaling, workload, str(cores), str(sockets)], capture_output=True,
                          text=True, timeout=900, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{workload} on {cores} cores: {done.stderr}")
    return json.loads(done.stdout)


def run_all(scaling, wanted):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        keys = list(wanted)
        return dict(zip(keys, pool.map(lambda key: run(scaling, *key), keys)))


def speed_up(results, workload, cores, sockets=1):
    alone = results[workload, 1, 1]["warm_us"]
    return alone / results[workload, cores, sockets]["warm_us"]


def place(scaling, pc):
    """The library's functions at an instruction, innermost first."""
    address = hex(int(pc, 16) - 1)
    lines = subprocess.run(["addr2line", "-e", scaling, "-f", "-C", "-i", "-s", address],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    frames = [(lines[i].split("(")[0].split("<")[0].split("::")[-1], lines[i + 1].split(" ")[0])
              for i in range(0, len(lines) - 1, 2)]
    own = [f"{name}, {where}" for name, where in frames
           if not where.startswith(("atomic", "std_", "invoke", "coroutine"))]
    return " < ".join(own[:3])


def chart(path, title, names, results):
    """Efficiency over the number of cores, both in steps of a factor of two."""
    left, top, width, height = 60, 40, 520, 260
    rows = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="350" '
            'font-family="sans-serif" font-size="12">',
            f'<text x="{left}" y="22" font-size="14">{title}</text>']
    for i, cores in enumerate(CORES):
        x = left + width * i / (len(CORES) - 1)
        rows.append(f'<line x1="{x:.0f}" y1="{top}" x2="{x:.0f}" y2="{top + height}" '
                    'stroke="#ddd"/>')
        rows.append(f'<text x="{x:.0f}" y="{top + height + 18}" text-anchor="middle">{cores}</text>')
    for tenth in range(0, 11, 2):
        y = top + height * (1 - tenth / 10)
        rows.append(f'<line x1="{left}" y1="{y:.0f}" x2="{left + width}" y2="{y:.0f}" '
                    'stroke="#ddd"/>')
        rows.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{tenth / 10}</text>')
    for name, colour in zip(names, COLOURS):
        points = []
        for i, cores in enumerate(CORES):
            efficiency = speed_up(results, name, cores) / cores
            points.append(f"{left + width * i / (len(CORES) - 1):.1f},"
                          f"{top + height * (1 - min(efficiency, 1)):.1f}")
        rows.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" '
                    'stroke-width="2"/>')
        y = top + 16 * names.index(name) + 10
        rows.append(f'<text x="{left + width + 20}" y="{y}" fill="{colour}">{name}</text>')
    rows.append("</svg>")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def table(names, results, of_cores):
    lines = ["| cores | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for cores in of_cores:
        cells = [f"{speed_up(results, name, cores):.1f}" for name in names]
        lines.append(f"| {cores} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(scaling, docs):
    wanted = {(name, cores, 1) for name in TREES + LOOPS + BACKGROUND + OTHERS for cores in CORES}
    wanted |= {(name, cores, 2) for name in TREES for cores in (64, 256)}
    wanted |= {(name, cores, 1) for name in LARGE for cores in LARGE_CORES}
    results = run_all(scaling, sorted(wanted))
    plots = docs / "scaling"
    plots.mkdir(exist_ok=True)
    chart(plots / "trees.svg", "Trees: speed-up per core", TREES, results)
    chart(plots / "loops.svg", "Loops of items of 1 us: speed-up per core", LOOPS, results)
    two = ["| cores in two sockets | " + " | ".join(TREES) + " |", "|---|" + "---|" * len(TREES)]
    for cores in (64, 256):
        two.append(f"| {cores} | " + " | ".join(
            f"{speed_up(results, name, cores, 2):.1f}" for name in TREES) + " |")
    asleep = ["| cores | first run / warm run, skynet | nqueens | one push to sleepers, us |",
              "|---|---|---|---|"]
    for cores in CORES[1:]:
        ratio = [results[n, cores, 1]["first_us"] / results[n, cores, 1]["warm_us"]
                 for n in ("skynet", "nqueens")]
        asleep.append(f"| {cores} | {ratio[0]:.2f} | {ratio[1]:.2f} | "
                      f"{results['one_push', cores, 1]['first_us']:.1f} |")
    worst = []
    for name, cores in (("fib", 64), ("nqueens", 64), ("large_fib", 256), ("large_skynet", 256),
                        ("spawn_burst", 64)):
        of = results[name, cores, 1]
        worst += [f"**{name}, {cores} cores**: steals {of['steals']}, lines moved "
                  f"{of['transfers']}.", "", "| where | moved | waited, us |", "|---|---|---|"]
        worst += [f"| {place(scaling, w['pc'])} | {w['transfers']} | {w['waited_us']:.0f} |"
                  for w in of["worst"]]
        worst.append("")
    template = (pathlib.Path(__file__).parent / "scaling.md.in").read_text(encoding="utf-8")
    for key, text in {"TREES": table(TREES, results, CORES),
                      "LARGE": table(LARGE, results, LARGE_CORES),
                      "LOOPS": table(LOOPS, results, CORES),
                      "BACKGROUND": table(BACKGROUND + ["callers_64"], results, CORES),
                      "SOCKETS": "\n".join(two), "ASLEEP": "\n".join(asleep),
                      "WORST": "\n".join(worst).rstrip()}.items():
        template = template.replace(f"@{key}@", text)
    (docs / "scaling.md").write_text(template, encoding="utf-8")


def test(scaling):
    results = run_all(scaling, [(name, cores, 1) for name in ("nqueens", "loop_1e4")
                                for cores in (1, 2, 16)])
    again = run(scaling, "nqueens", 16)
    failures = []
    if again != results["nqueens", 16, 1]:
        failures.append("the same run gives other figures")
    for name in ("nqueens", "loop_1e4"):
        for cores in (2, 16):
            if speed_up(results, name, cores) < 0.8 * cores:
                failures.append(f"{name} on {cores} cores: {speed_up(results, name, cores):.1f}")
    for line in failures:
        print(line)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--test":
        sys.exit(test(sys.argv[2]))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    report(sys.argv[1], pathlib.Path(sys.argv[2]))
