"""What the pipeline costs: the whole `mlp-batchnorm` experiment against a bare Keras script.

    python -m benchmarks.overhead [--epochs 10] [--data WHERE]

Both are started as processes of their own, imports and all, one after the other. Prints
seconds per node, both totals, their ratio, and the peak memory of each. Expected: a ratio
of 1.4 to 1.6 at 10 epochs a model on two cores; it falls with longer training, since the
pipeline's own cost does not grow with the number of epochs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from pipeline.runs.folders import find_run
from pipeline.runs.result import DATA, SUMMARY


class Measured(NamedTuple):
    """A finished process.

    Attributes:
      seconds: wall time.
      megabytes: peak resident memory.
      output: what it printed.
    """

    seconds: float
    megabytes: float
    output: str


def measure(command: list[str]) -> Measured:
    """Runs a command; stops this program if it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        output.seek(0)
        text = output.read()
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{text}")
    return Measured(seconds, usage.ru_maxrss / 1024, text)


def main() -> None:
    """Measures both and prints the comparison."""
    parser = argparse.ArgumentParser(description="the pipeline against a bare Keras script")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--data", default="official", help="as in `python -m pipeline run`")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        piped = measure(
            [
                *[sys.executable, "-m", "pipeline", "run", "mlp-batchnorm", "--root", root],
                *["--data", arguments.data],
                *[f"--set={arm}.epochs={arguments.epochs}" for arm in ("baseline", "candidate")],
            ]
        )
        run = find_run(Path(root), None)
        summary, data = run.read(SUMMARY), run.read(DATA)
    bare = measure(
        [
            *[sys.executable, "-m", "benchmarks.bare_keras", str(data.folder)],
            *["--epochs", str(arguments.epochs)],
        ]
    )
    print(f"{arguments.epochs} epochs a model, {data.description}")
    in_nodes = 0.0
    for node in summary.nodes:
        in_nodes += node["seconds"]
        print(f"  {node['node']:<20} {node['seconds']:7.1f} s")
    print(f"  {'imports, report':<20} {piped.seconds - in_nodes:7.1f} s")
    for name, arm in json.loads(bare.output.splitlines()[-1]).items():
        print(f"  bare {name:<15} {arm['seconds']:7.1f} s   test accuracy {arm['accuracy']:.4f}")
    print(f"pipeline   {piped.seconds:7.1f} s   peak {piped.megabytes:6.0f} MB")
    print(f"bare Keras {bare.seconds:7.1f} s   peak {bare.megabytes:6.0f} MB")
    print(f"ratio      {piped.seconds / bare.seconds:7.2f}")


if __name__ == "__main__":
    main()
