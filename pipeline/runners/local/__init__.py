"""On this machine, by TFX's `BeamDagRunner`."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.datasets.locate import Weights
from pipeline.runners import Runner
from pipeline.runs.folders import RunFolder


def make_runner(
    folder: RunFolder,
    *,
    weights: Mapping[str, Weights] | None = None,
    from_node: str = "",
    to_node: str = "",
    jobs: int = 0,
) -> Runner:
    """See `pipeline.runners.MakeRunner`."""
    from pipeline.runners.local.workers import warm_up

    warm_up()  # beside the seconds that the next line takes
    from pipeline.runners.local.runner import LocalRunner

    return LocalRunner(
        folder, weights=weights or {}, from_node=from_node, to_node=to_node, jobs=jobs
    )
