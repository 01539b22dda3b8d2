"""What the pipeline costs: the whole `mlp-batchnorm` experiment against a bare Keras script.

    python -m benchmarks.overhead [--epochs 10] [--repeats 1] [--pairs 3] [--data WHERE]

The script trains one model after the other in one process, as people do; with `--repeats 5` five
times each. Both are started as processes of their own, imports and all, one after the other, and so
in pairs; the medians count. Prints when each node of the last run worked, both totals, their ratio,
the seconds of the processor and the peak memory of each.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measured import Measured, measure
from pipeline.runs.folders import find_run
from pipeline.runs.result import DATA


def main() -> None:
    """Measures both and prints the comparison."""
    parser = argparse.ArgumentParser(description="the pipeline against a bare Keras script")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--data", default="official", help="as in `python -m pipeline run`")
    options = parser.parse_args()
    piped, bare = [], []
    for _ in range(options.pairs):
        with tempfile.TemporaryDirectory() as root:
            piped.append(measure(_pipeline(options, root)))
            run = find_run(Path(root), None)
            data, nodes = run.read(DATA), run.node_times()
        bare.append(measure(_script(options, data.folder)))
    print(f"{options.epochs} epochs, {options.repeats} of each model, {data.description}")
    ends = [node["time"] for node in nodes]
    begin = min(end - node["seconds"] for node, end in zip(nodes, ends, strict=True))
    for node, end in zip(nodes, ends, strict=True):
        since, until = end - begin - node["seconds"], end - begin
        print(f"  {node['node']:<22} {since:7.1f} to {until:7.1f} s")
    for name, arm in json.loads(bare[-1].output.splitlines()[-1]).items():
        print(f"  bare {name:<17} {arm['seconds']:7.1f} s   test accuracy {arm['accuracy']:.4f}")
    _row("pipeline", piped)
    _row("bare Keras", bare)
    ratios = [p.seconds / b.seconds for p, b in zip(piped, bare, strict=True)]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"ratio      {statistics.median(ratios):7.2f}     ({each})")


def _pipeline(options: argparse.Namespace, root: str) -> list[str]:
    return [
        *(sys.executable, "-m", "pipeline", "run", "mlp-batchnorm", "--root", root),
        *("--data", options.data, "--repeats", str(options.repeats)),
        *(f"--set={arm}.epochs={options.epochs}" for arm in ("baseline", "candidate")),
    ]


def _script(options: argparse.Namespace, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "benchmarks.bare_keras", str(folder)),
        *("--epochs", str(options.epochs), "--repeats", str(options.repeats)),
    ]


def _row(name: str, measured: list[Measured]) -> None:
    wall, cpu, memory = (
        statistics.median(getattr(each, figure) for each in measured)
        for figure in ("seconds", "cpu_seconds", "megabytes")
    )
    print(f"{name:<10} {wall:7.1f} s   processor {cpu:7.1f} s   peak {memory:6.0f} MB")


if __name__ == "__main__":
    main()
