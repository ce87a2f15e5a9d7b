#!/usr/bin/env python3
"""Measures how fast apono-login is against its goals: on Linux, with the release binary as users get it.

    benches/speed.py                 # measures everything; takes some minutes
    benches/speed.py --gate          # for CI: only what repeats; exit status 1 if a limit is exceeded
    benches/speed.py --binary PATH   # measures another binary instead of the release
    benches/speed.py --compare PATH  # measures another binary too, in turns, and shows both
    benches/speed.py --only WORD     # only the rows that contain this word

AWS is the stand-in of the tests, on loopback. Every program runs in a home of its own, without the caller's environment. CPU
time (user and system) and wall time are medians of runs in turns: they depend on the machine and its load, and never fail a
run. Native instructions (counted by stepping), system calls, requests, connections, sizes, and ratios of callgrind's
instructions between two amounts of work repeat, so the gate is on these.
"""

import argparse
import contextlib
import datetime
import os
import platform
import signal
import sys
import tempfile
from pathlib import Path

import programs
import rows
from programs import NotHere, Trouble, run, say


def table(every, lab, options):
    """Prints a row for each measurement. Returns whether all could be made and, with --gate, reach their goals."""
    well, lines = True, [("measurement", "goal", "", *(["before"] if options.compare else []), "result")]
    for row in every:
        if (options.gate and not row.gate) or options.only not in row.name:
            continue
        say(row.name)
        try:
            values = row.measure(lab)
            reached = values[-1] <= row.limit if row.sense == "<=" else values[-1] >= row.limit
            well &= reached or not options.gate
            verdict, shown = "ok" if reached else "MISSED", [f"{value:,.{row.digits}f}" for value in values]
        except (Trouble, NotHere) as reason:
            well &= isinstance(reason, NotHere)
            verdict, shown = "-", ["-"] * (len(lab.binaries) - 1) + [f"not measured: {reason}"]
        lines.append((row.name, f"{row.sense} {row.limit:,} {row.unit}".rstrip(), verdict, *shown))
        print("  ".join(lines[-1]), file=sys.stderr, flush=True)
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    return well


def measure(options, folder, stack):
    programs.need(programs.NEEDED)
    target = programs.target_folder()
    programs.add_musl()
    programs.compile_helpers(folder)
    given = [options.compare, options.binary or programs.release(target)]
    binaries = []
    for name, binary in zip(("before", "now"), given):
        if binary:
            # Users run a stripped copy, which starts faster than the file that the linker wrote.
            (folder / name).mkdir()
            binary = binary.resolve(strict=True)
            binaries.append(folder / name / "apono-login")
            run(["strip", "-o", binaries[-1], binary])
            # The larger half, in versions that have two.
            full = binary.with_name(programs.FULL)
            if full.exists():
                run(["strip", "-o", folder / name / programs.FULL, full])
    lab = rows.Lab(folder, target, binaries, stack)
    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition("\n")[0].strip("\t: ")
    now = datetime.datetime.now(datetime.timezone.utc)
    print(f"{now:%Y-%m-%d %H:%M} UTC, {cpu or platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}\n")
    return table(rows.ROWS, lab, options)


def main():
    parser = argparse.ArgumentParser(description="Measures how fast apono-login is against its goals.")
    parser.add_argument("--gate", action="store_true", help="only measure what repeats; fail if a limit is exceeded")
    parser.add_argument("--binary", type=Path, metavar="PATH", help="measure this binary instead of building the release")
    parser.add_argument("--compare", type=Path, metavar="PATH", help="measure this binary too, in turns")
    parser.add_argument("--only", default="", metavar="WORD", help="only the rows that contain this word")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
            raise Trouble("only Linux on x86-64 and ARM64 is supported")
        with tempfile.TemporaryDirectory(prefix="apono-login-speed-") as folder, contextlib.ExitStack() as stack:
            return 0 if measure(options, Path(folder), stack) else 1
    except (Trouble, OSError) as error:
        say(error)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
