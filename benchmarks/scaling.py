"""What nodes side by side save: four seeds of an experiment with one, two, … nodes at a time.

    python -m benchmarks.scaling [EXPERIMENT] [--epochs N] [--data WHERE] [--pairs 1]

Each run starts from nothing. Prints, for each number of jobs up to that of the cores, seconds, the
ratio to one job, the seconds of the processor, the peak memory, and whether all weights are those
of one job.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measured import Measured, measure
from pipeline.runners.local.workers import default_jobs
from pipeline.runs.folders import RunFolder, find_run

_REPEATS = 4


def main() -> None:
    """Measures and prints a row for each number of jobs."""
    parser = argparse.ArgumentParser(description="several jobs against one")
    parser.add_argument("experiment", nargs="?", default="mlp-batchnorm")
    parser.add_argument("--epochs", type=int, help="default: the experiment's own")
    parser.add_argument("--data", default="official", help="as in `python -m pipeline run`")
    parser.add_argument("--pairs", type=int, default=1)
    options = parser.parse_args()
    numbers = [1]
    while 2 * numbers[-1] <= default_jobs():
        numbers.append(2 * numbers[-1])
    found: dict[int, list[Measured]] = {jobs: [] for jobs in numbers}
    weights: dict[int, list[str]] = {}
    for _ in range(options.pairs):
        for jobs in numbers:
            with tempfile.TemporaryDirectory() as root:
                found[jobs].append(measure(_command(options, jobs, root)))
                weights[jobs] = _weights(find_run(Path(root), None))
    alone = statistics.median(each.seconds for each in found[1])
    for jobs, measured in found.items():
        wall, cpu, memory = (
            statistics.median(getattr(each, figure) for each in measured)
            for figure in ("seconds", "cpu_seconds", "megabytes")
        )
        same = "the same weights" if weights[jobs] == weights[1] else "OTHER WEIGHTS"
        print(
            f"--jobs {jobs:<3} {wall:7.1f} s   ratio {wall / alone:5.2f}   "
            f"processor {cpu:7.1f} s   peak {memory:6.0f} MB   {same}"
        )


def _command(options: argparse.Namespace, jobs: int, root: str) -> list[str]:
    command = [
        *(sys.executable, "-m", "pipeline", "run", options.experiment, "--root", root),
        *("--data", options.data, "--repeats", str(_REPEATS), "--jobs", str(jobs)),
    ]
    if options.epochs is not None:
        command += [f"--set={arm}.epochs={options.epochs}" for arm in ("baseline", "candidate")]
    return command


def _weights(run: RunFolder) -> list[str]:
    """The check sums of all models' weights, as the Trainers left them."""
    files = run.experiment.nodes.glob("Trainer.*/model_run/*/training.json")
    return sorted(file.read_text().partition('"weights_sha256": ')[2][:66] for file in files)


if __name__ == "__main__":
    main()
