from __future__ import annotations

from pathlib import Path

import pytest

from components import names
from components.errors import UserError
from components.ingestion.reader import Contents
from pipeline.datasets.locate import Located
from pipeline.experiments import find_experiment
from pipeline.report.summary import summarize
from pipeline.runs.metadata import NodeRecord
from pipeline.runs.provenance import CodeVersion


def test_a_run_that_did_not_finish_has_no_figures(tmp_path: Path) -> None:
    data = Located(tmp_path, "own", "your own data", Contents({}, {}))
    code = CodeVersion("", "", False, {}, {})
    failed = NodeRecord(cached=False, outputs={}, properties={}, manifests=True)
    for nodes in ({}, {names.EVALUATOR: failed}):
        with pytest.raises(UserError, match="the run did not finish .there is no evaluation of E"):
            summarize("1", nodes, find_experiment("mlp-batchnorm"), data, code, [])
