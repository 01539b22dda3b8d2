"""Writes the report of a run on this machine, from what its folder and its nodes hold."""

from __future__ import annotations

from pipeline.report.build import build
from pipeline.runs.folders import RunFolder
from pipeline.runs.metadata import read_run
from pipeline.runs.result import CODE, DATA, EXPERIMENT
from pipeline.runs.untuned import untuned


def write_report(run: RunFolder, *, trust: bool) -> None:
    """Writes a run's report into its folder, see `pipeline.report.build`.

    Args:
      run: whose nodes have all run.
      trust: whether code that the run names may run, see `pipeline.runs.finished.FinishedRun`.

    Raises:
      UserError: the run did not go as far as the verdict, or another version made it, or its
        pictures can only be read by code that is not trusted.
    """
    experiment, data, code = run.read(EXPERIMENT), run.read(DATA), run.read(CODE)
    nodes = read_run(run.experiment.metadata, run.tfx_run)
    build(
        run.path,
        run.id,
        nodes,
        experiment,
        data,
        code,
        run.node_times(),
        untuned(run, experiment),
        trust=trust,
    )
