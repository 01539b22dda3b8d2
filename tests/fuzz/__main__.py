"""The command; see the package's text."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from components import limits
from tests.fuzz.child import MEMORY, SECONDS
from tests.fuzz.parent import Result, fuzz
from tests.fuzz.targets import FAULTY, TARGETS

_HEAD = ("target", "inputs", "seconds", "refused", "slowest", "peak memory", "failures")
_ROW = "{:<10} {:>10} {:>9} {:>10} {:>9} {:>12} {:>9}"


def main(arguments: Sequence[str]) -> int:
    """Prints a row for each target; 1 if there was a failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--inputs", type=int, help="for each target (10,000, or without end)")
    parser.add_argument("--minutes", type=float, help="for each target, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that failed")
    options = parser.parse_args(arguments)
    for name in options.targets:
        if name not in TARGETS:
            parser.error(f"no target {name!r}: there is {', '.join(TARGETS)}")
    inputs = options.inputs or (10**12 if options.minutes else 10_000)
    seconds = 60 * (options.minutes or 60)
    print(
        f"Each input may take {SECONDS:g} s of the processor, and {MEMORY // limits.MIB} MiB over "
        "what Python takes with the project's modules."
    )
    print(_ROW.format(*_HEAD), flush=True)
    failed = False
    for name in options.targets or TARGETS:
        result = fuzz(name, seed=options.seed, first=options.first, inputs=inputs, seconds=seconds)
        print(_row(result), flush=True)
        for number, text in result.failures[:20]:
            print(f"  --seed {options.seed} --from {number} --inputs 1: {text}", flush=True)
            if options.keep:
                _keep(options.keep, name, options.seed, number)
        failed = failed or bool(result.failures)
    return int(failed)


def _row(result: Result) -> str:
    return _ROW.format(
        result.target,
        f"{result.inputs:,}",
        f"{result.seconds:.0f}",
        f"{result.refused:,}",
        f"{result.slowest:.2f} s",
        f"{result.peak // limits.MIB} MiB",
        len(result.failures),
    )


def _keep(folder: Path, name: str, seed: int, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    make = {**TARGETS, **FAULTY}[name].make
    (folder / f"{name}-{seed}-{number}").write_bytes(make(random.Random(f"{name}/{seed}/{number}")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
