"""Writes the report of a run on this machine, from what its folder and its nodes hold."""

from __future__ import annotations

from components.settings import from_plain
from pipeline.report.build import build
from pipeline.runs.folders import RunFolder
from pipeline.runs.lineage import read_run
from pipeline.runs.provenance import CodeVersion
from pipeline.settings.experiment import Experiment


def write_report(run: RunFolder) -> None:
    """Writes a run's report into its folder, see `pipeline.report.build`.

    Raises:
      UserError: the run did not go as far as the verdict.
    """
    experiment = from_plain(Experiment, run.read("experiment.json"))
    data, code = run.read("data.json"), CodeVersion(**run.read("code.json"))
    nodes = read_run(run.experiment.metadata, run.tfx_run)
    build(run.path, run.id, nodes, experiment, data, code, run.node_times())
