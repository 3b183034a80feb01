# SPDX-License-Identifier: MIT OR Apache-2.0
"""The places of the library's sources that simulated programs come by, and what can be broken there.

The simulated machine writes down the address of each atomic operation, fence, wake-up and lock that
a program comes by (tests/simulation/runtime/mutant.hpp). Inlining makes several addresses of one
line, and a header has addresses in each program; a mutant changes them all.
"""

import dataclasses
import functools
import os
import pathlib
import re
import subprocess

from mutant_list import ROOT

# As in mutant.hpp and memory.hpp.
OPERATIONS = ["load", "store", "change", "compare_exchange", "fence", "heavy_fence", "wake", "lock"]
ORDERS = ["relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"]
WEAKER = {
    "load": {"seq_cst": ["acquire"], "acquire": ["relaxed"]},
    "store": {"seq_cst": ["release"], "release": ["relaxed"]},
    "change": {"seq_cst": ["acq_rel"], "acq_rel": ["acquire", "release"],
               "acquire": ["relaxed"], "release": ["relaxed"]},
    "fence": {"seq_cst": ["acq_rel"]},
}
# The order of a failed compare-exchange that names only one.
FAILURE = {"acq_rel": "acquire", "release": "relaxed"}

OF_LIBRARY = re.compile(r"/((?:include/micropool|lib/(?:base|iter|pool|sched|sync|work))/.*)$")
# What the standard library makes of an operation of the source. The places inside other parts of
# it, such as shared_ptr, are not the library's.
OF_OPERATION = {"atomic", "atomic_base.h"}
OF_LOCK = OF_OPERATION | {"std_mutex.h", "unique_lock.h", "gthr-default.h", "mutex"}
OF_WAKE = OF_OPERATION | {"atomic_wait.h"}
# A call of some functions of these is one step, which belongs to the caller.
LOCK = "include/micropool/detail/sync/short_mutex.hpp"
PARK = "lib/sync/park.cpp"
LEFT_OUT = {
    "store": ("left out", "left_out"),
    "change": ("left out", "left_out"),
    "fence": ("left out", "left_out"),
    "heavy_fence": ("left out", "left_out"),
    "wake": ("without the wake-up", "left_out"),
    "lock": ("without the lock", "unlocked"),
}
# By operation, file and function.
CALLED = {
    ("compare_exchange", LOCK, "lock"): ("without the lock", "unlocked"),
    ("change", PARK, "unpark"): ("without the wake-up", "left_out"),
    ("heavy_fence", PARK, "heavy_fence"): ("without the fence", "left_out"),
    ("wake", PARK, "futex"): ("without the wake-up", "left_out"),
}


@dataclasses.dataclass(frozen=True)
class Line:
    file: str
    number: int
    function: str

    @property
    def text(self):
        return (ROOT / self.file).read_text(encoding="utf-8").splitlines()[self.number - 1].strip()


@dataclasses.dataclass(frozen=True)
class Place:
    operation: str
    success: str
    failure: str
    addresses: tuple[str, ...]  # of the step, and from where the functions were entered before it


def read(text):
    """The places in a file that a program has written."""
    for line in text.splitlines():
        operation, success, failure, _, name = line.split()
        yield Place(OPERATIONS[int(operation)], ORDERS[int(success)], ORDERS[int(failure)],
                    tuple(name.split("/")))


def simple_name(function):
    """`push` for `micropool::detail::deque<int>::push(int*)`."""
    previous = None
    while previous != function:
        previous, function = function, re.sub(r"<[^<>]*>|\([^()]*\)|\{[^{}]*\}", "", function)
    return function.removesuffix(" const").split("::")[-1].split(" ")[-1]


@functools.cache
def file_of(path, number):
    """The path; of a call with a macro among its arguments, which g++ places into the file that
    includes all the others, the one of these that has a system call in the line."""
    if not re.search(r"-unity\d+\.cpp$", path):
        return path
    for included in re.findall(r'#include *["<](.*)[">]', pathlib.Path(path).read_text(encoding="utf-8")):
        lines = pathlib.Path(included).read_text(encoding="utf-8").splitlines()
        if "syscall(" in "".join(lines[int(number) - 1:int(number)]):
            return included
    return path


def symbolize(program, addresses):
    """The (function, path) frames, the innermost first, and their lines, of each address."""
    addresses = sorted(addresses)
    # The call, and not the instruction behind it.
    text = "\n".join(hex(int(address, 16) - 1) for address in addresses)
    answer = subprocess.run(["addr2line", "-a", "-f", "-C", "-i", "-e", program], input=text,
                            stdout=subprocess.PIPE, text=True, check=True).stdout
    frames, found = {}, None
    lines = iter(answer.splitlines())
    remaining = iter(addresses)
    for line in lines:
        if re.fullmatch(r"0x[0-9a-f]+", line):
            found = frames[next(remaining)] = []
        else:
            path, _, number = next(lines).split(" (")[0].rpartition(":")
            found.append((line, file_of(os.path.normpath(path), number), number))
    return frames


def frames_around(place, frames_of):
    """(function, path, number, address) outward from the step, as far as is known."""
    return [(*frame, "/".join(place.addresses[:used + 1]))
            for used, address in enumerate(place.addresses) for frame in frames_of[address]]


def library_line(frames, allowed):
    """(the line of the innermost frame of the library, its address, the frames around it), or None.

    None as well if the standard library, apart from the headers `allowed`, or a test is in between.
    """
    for at, (function, path, number, address) in enumerate(frames):
        match = OF_LIBRARY.search(path)
        if match and (ROOT / match.group(1)).is_file() and number.isdigit():
            line = Line(match.group(1), int(number), simple_name(function))
            return line, address, frames[at + 1:]
        if pathlib.PurePath(path).name not in allowed:
            return None
    return None


def calling_line(frames, file):
    """(the innermost line of the library outside of the file, its address), or None."""
    while found := library_line(frames, OF_LOCK):
        line, address, frames = found
        if line.file != file:
            return line, address
    return None


def weaker_orders(place):
    """(what is weakened, (success, failure)) for each order that is one step weaker."""
    if place.operation != "compare_exchange":
        for order in WEAKER.get(place.operation, {}).get(place.success, []):
            yield f"{place.success} -> {order}", (order, "relaxed")
        return
    named_once = place.failure == FAILURE.get(place.success, place.success)
    for order in WEAKER["change"].get(place.success, []):
        failure = FAILURE.get(order, order) if named_once else place.failure
        yield f"{place.success} -> {order}", (order, failure)
    if not named_once:
        for order in WEAKER["load"].get(place.failure, []):
            yield f"failure: {place.failure} -> {order}", (place.success, order)


def change_words(what, orders=None):
    """The value of MICROPOOL_SIM_MUTANT without the places."""
    return " ".join([what] + [str(ORDERS.index(order)) for order in orders or ()])


def mutants_at(place, frames_of):
    """(line, kind, change, address) for each mutant of the place."""
    allowed = {"wake": OF_WAKE, "lock": OF_LOCK}.get(place.operation, OF_OPERATION)
    found = library_line(frames_around(place, frames_of), allowed)
    if not found:
        return
    line, address, around = found
    if place.operation in LEFT_OUT:
        kind, change = LEFT_OUT[place.operation]
        yield line, kind, change, address
    for kind, orders in weaker_orders(place):
        yield line, kind, change_words("weaker", orders), address
    if place.operation in ("change", "compare_exchange"):
        yield line, "not atomic", "split", address
    called = CALLED.get((place.operation, line.file, line.function))
    caller = calling_line(around, line.file) if called else None
    if caller:
        yield caller[0], *called, caller[1]
