"""A study on Kubeflow Pipelines: a run for each point, and the page of what they left."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.predictions import Predictions
from pipeline.runs.result import SUMMARY
from tests.conftest import Cli
from tests.pipeline.report.run_result import a_summary, predicted
from tests.pipeline.runners.kubeflow.cluster_server import PAGE, TOKEN, Server

STUDY = ("mlp-batchnorm", "--study", "--vary=dataset.train_limit=500,1000,2000", "--repeats=2")


@pytest.fixture
def submit(cli_here: Cli, server: Server, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("KFP_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "minio")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
    where = (f"--host={server.address}", "--image=registry/image@sha256:1", "--root=here")
    return lambda *arguments: cli_here("submit", *where, *arguments)


def leave_report(server: Server, run: str, candidate: int, folder: Path) -> None:
    """Lets a run have left a report: of a baseline that gets 100 of 200 test pictures right."""
    SUMMARY.write(folder, a_summary(seeds=2, run=run))
    models = [predicted(right) for right in (100, 100, candidate, candidate)]
    ids = np.array([f"test/{number:08}" for number in range(200)])
    Predictions(ids, np.arange(200) % 2, np.stack(models)).save(folder / "predictions.npz")
    (folder / "report.html").write_bytes(PAGE)
    for file in ("summary.json", "predictions.npz", "report.html"):
        key = f"v2/artifacts/mlp-batchnorm/{run}/report/8d5/report/{file}"
        server.objects[key] = (folder / file).read_bytes()


def test_each_point_is_a_run_of_one_experiment_and_the_page_shows_what_they_left(
    submit: Cli, server: Server, tmp_path: Path
) -> None:
    leave_report(server, "run-1", 100, tmp_path)
    leave_report(server, "run-2", 190, tmp_path)
    server.failing = {"run-3"}
    done = submit(*STUDY, "--wait")
    assert done.returncode == 1  # one point failed
    posted = [body for to, body in server.posted if to.endswith("/runs")]
    name = "mlp-batchnorm-by-train-limit"
    time = re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
    assert all(time.search(body["display_name"]) for body in posted)
    assert [time.sub("", body["display_name"]) for body in posted] == [
        f"{name} repeats=2 dataset.train_limit={pictures}" for pictures in (500, 1000, 2000)
    ]
    experiments = [b["display_name"] for to, b in server.posted if to.endswith("/experiments")]
    assert set(experiments) == {name}
    specs = [body["pipeline_spec"]["pipeline_spec"]["root"] for body in posted]
    limits = [spec["inputDefinitions"]["parameters"]["train_limit"] for spec in specs]
    assert [limit["defaultValue"] for limit in limits] == [500, 1000, 2000]

    assert "3 points, 12 trainings. " in done.stdout
    runs = f"{server.address}/#/runs/details"
    assert f"train limit 1000, run run-2 on Kubeflow Pipelines 2.17.0: {runs}/run-2" in done.stdout
    folder = tmp_path / "here" / "studies" / name
    assert f"page: {folder / 'study.html'}" in done.stdout
    same, better, failed = json.loads((folder / "study.json").read_text())["points"]
    assert (same["conclusion"], same["run"]) == ("no difference shown", "run-1")
    assert (better["conclusion"], better["run"]) == ("better", "run-2")
    assert failed["reason"] == f"the run ended as FAILED: {runs}/run-3 says why"
    assert 'href="fetched/run-2/report.html"' in (folder / "study.html").read_text()
    assert (folder / "fetched" / "run-2" / "report.html").read_bytes() == PAGE


def test_what_is_varied_goes_with_a_study(submit: Cli, server: Server) -> None:
    done = submit("mlp-batchnorm", "--vary=dataset.train_limit=500,1000")
    assert (done.returncode, done.stderr) == (2, "error: --vary and --design go with --study\n")
    done = submit("mlp-batchnorm", "--study")
    assert done.returncode == 2
    assert "mlp-batchnorm is an experiment: say what to vary" in done.stderr
    assert server.posted == []
