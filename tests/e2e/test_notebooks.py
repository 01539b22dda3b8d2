"""The notebooks, executed from start to end against a small run, and as they are committed."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import tensorflow as tf
from nbclient import NotebookClient

from pipeline.runs.open import OpenRun, open_run
from tests.conftest import PROJECT
from tests.e2e.workshop import Workshop

NOTEBOOKS = ("model_analysis", "augmentation")
CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker")


class Executed:
    """A notebook that was executed; cells are named by their ids."""

    def __init__(self, notebook: Any):
        self.cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}

    def text(self, cell: str) -> str:
        """What a cell printed, and its tables as HTML."""
        outputs = self.cells[cell].outputs
        return "".join(o.get("text") or o.get("data", {}).get("text/html", "") for o in outputs)

    def row(self, cell: str, name: str) -> list[str]:
        """A row of a cell's table, by its heading."""
        pattern = rf"<th[^>]*>{re.escape(name)}</th>((?:\s*<td[^>]*>.*?</td>)+)"
        row = re.search(pattern, self.text(cell))
        assert row, f"no row {name!r} in {self.text(cell)}"
        return re.findall("<td[^>]*>(.*?)</td>", row[1])

    def pictures(self) -> list[str]:
        """The ids of the cells that show pictures, one each."""
        return [
            name
            for name, cell in self.cells.items()
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]

    def complaints(self) -> list[str]:
        """All that came on standard error, and errors."""
        outputs = [output for cell in self.cells.values() for output in cell.outputs]
        return [str(o) for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A copy of the project with a small run, whose candidate was augmented."""
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    shutil.copytree(PROJECT / "notebooks", workshop.project / "notebooks")
    arguments = ["--data=sample", "--limit=800", "--seed=3", "--set=candidate.augment=true"]
    epochs = ["--set=baseline.epochs=2", "--set=candidate.epochs=2"]
    done = workshop.run("run", "mlp-batchnorm", *arguments, *epochs)
    assert done.returncode == 0, done.stdout + done.stderr
    return workshop


@pytest.fixture(scope="module")
def execute(workshop: Workshop) -> Callable[[str], Executed]:
    def run(name: str) -> Executed:
        folder = workshop.project / "notebooks"
        notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
        client = NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        client.execute(env={**os.environ, "PIPELINE_RUNS": str(workshop.root)})
        return Executed(notebook)

    return run


@pytest.mark.slow
def test_model_analysis_runs_from_start_to_end(
    workshop: Workshop, execute: Callable[[str], Executed]
) -> None:
    done, summary = execute("model_analysis"), workshop.summary()
    assert done.complaints() == []
    assert summary["headline"] in done.text("open")
    assert summary["run"] in done.text("open")
    arms = [summary["baseline"], summary["candidate"]]
    assert done.row("metrics", "accuracy") == [f"{arm['test_accuracy']:.4f}" for arm in arms]
    for arm in arms:
        accuracy, loss, _, _, gap = done.row("overall", arm["title"])[:5]
        assert (accuracy, loss) == (f"{arm['test_accuracy']:.4f}", f"{arm['test_loss']:.4f}")
        assert gap == f"{arm['train_accuracy'] - arm['test_accuracy']:.4f}"
    # TFMA's slices and the predictions tell the same of each class.
    for name in CLASSES:
        right = [f"{arm['class_accuracy'][name]:.4f}" for arm in arms]
        assert done.row("slices", name)[:2] == right
        count, *accuracies = done.row("by-class", name)[:3]
        assert (int(count), accuracies) == (summary["class_counts"][name], right)
    significance = summary["significance"]
    disagree = [done.row("agreement", "right")[1], done.row("agreement", "wrong")[0]]
    assert list(map(int, disagree)) == [
        *significance["only_baseline_right"],
        *significance["only_candidate_right"],
    ]
    for arm, role in zip(arms, ("baseline", "candidate"), strict=True):
        error = done.row("confidence", arm["title"])[3]
        assert error == f"{summary[role]['evidence']['calibration']['error']:.4f}"
    assert done.pictures() == [
        *(*["curves"] * 2, "difference", "plot-by-class", *["confusion"] * 3),
        *(*["calibration"] * 2, *["changed"] * 2, "own"),
    ]
    assert "TFMA's own widget is left out" in done.text("widget")
    assert "nodes/Trainer.candidate/model" in done.text("artifacts")
    for ancestor in ("ExampleGen", "Transform", "Schema"):
        assert ancestor in done.text("ancestors")
        assert ancestor in done.text("ancestors-baseline")
    assert done.row("settings", "augment") == ["False", "True"]


@pytest.mark.slow
def test_augmentation_runs_from_start_to_end(execute: Callable[[str], Executed]) -> None:
    done = execute("augmentation")
    assert done.complaints() == []
    assert "mlp-batchnorm" in done.text("choose")
    assert "policy fashion" in done.text("choose")
    assert "RandomFlip(mode=horizontal)" in done.row("policies", "fashion")[0]
    assert done.row("policies", "dog")[2:] == ["28×28", "150×200"]
    for policy in ("photo", "fashion"):
        as_it_is, drawn = done.row("zero", policy)
        assert (int(as_it_is), int(drawn) > 20) == (0, True)
    assert "two draws under the same seed: 0\n" in done.text("same")
    different = re.search(r"seeds 1 and 2: ([\d.]+)", done.text("same"))
    assert different
    assert float(different[1]) > 1
    assert len(set(done.row("seeds", "train/00000000"))) == 3
    for policy in ("as they are", "photo", "fashion", "dog", "cat"):
        count, share, low, high = map(float, done.row("recognised", policy))
        assert 50 <= count <= 100
        assert 0 <= low <= share <= high <= 1
    assert done.pictures() == ["pictures", *["others"] * 4, "epochs"]


@pytest.fixture
def run(workshop: Workshop) -> OpenRun:
    return open_run(workshop.root)


@pytest.mark.slow
def test_a_run_that_does_not_augment_is_shown_what_it_would_have_seen(
    run: OpenRun, capsys: pytest.CaptureFixture[str]
) -> None:
    from components.transform.policies import POLICIES
    from notebooks import views

    plain = dataclasses.replace(run.experiment.candidate, augment=False)
    experiment = dataclasses.replace(run.experiment, candidate=plain)
    pictures = run.some_pictures()[:2]
    shown = views.epochs(
        dataclasses.replace(run, experiment=experiment), pictures, POLICIES["fashion"]
    )
    assert "No arm of this run augments" in capsys.readouterr().out
    height, width, _ = tf.io.decode_png(shown.data).shape
    assert width > height


@pytest.mark.slow
def test_tables_of_classes_leave_out_none(run: OpenRun) -> None:
    from notebooks import views

    table = views.by_class(run)
    assert list(table.index) == list(run.experiment.dataset.class_names)
    assert table["pictures"].sum() == run.summary.pictures["test"]
    for role, arm in zip(("baseline", "candidate"), run.summary.arms, strict=True):
        assert (table[f"{role} low"] <= table[role]).all()
        assert (table[role] <= table[f"{role} high"]).all()
        mean = np.average(table[role], weights=table["pictures"])
        assert mean == pytest.approx(arm.test_accuracy, abs=1e-6)
    pairs = views.most_confused(run)
    assert (pairs["is"] != pairs["taken for"]).all()
    assert pairs[["baseline", "candidate"]].max(axis=1).is_monotonic_decreasing


@pytest.mark.parametrize(
    ("servers", "session", "version", "reason"),
    [
        (["jupyter-notebook"], False, "3.6.6", ""),
        (["jupyter-notebook"], False, "3.6.9", "needs widgetsnbextension 3.6.6 or older"),
        (["jupyter-notebook"], True, "4.0.16", "jupyter-notebook does not take extensions"),
        (["jupyter-lab"], True, "3.6.6", "jupyter-lab does not take extensions"),
        ([], False, "3.6.6", "this program does not take extensions"),
    ],
)
def test_tfmas_widget_is_only_tried_where_it_works(
    monkeypatch: pytest.MonkeyPatch, servers: list[str], session: bool, version: str, reason: str
) -> None:
    from notebooks import views

    monkeypatch.setattr(views, "_jupyter_commands", lambda: servers)
    monkeypatch.setattr(views.metadata, "version", lambda _: version)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if session:
        monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/model_analysis.ipynb")
    assert bool(views.why_no_tfma_widget()) == bool(reason)
    assert reason in views.why_no_tfma_widget()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_committed_without_outputs(name: str) -> None:
    file = PROJECT / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
            assert len(cell.source.splitlines()) <= 12
    # No picture hides in an attachment, and no path of somebody's machine.
    text = json.dumps([cell.source for cell in notebook.cells])
    assert not any("attachments" in cell for cell in notebook.cells)
    assert not re.search(r"/(home|root|Users|tmp)/", text)


def test_links_between_notebooks_and_docs_lead_somewhere() -> None:
    for name in NOTEBOOKS:
        file: Path = PROJECT / "notebooks" / f"{name}.ipynb"
        for link in re.findall(r"\]\(([^)#:]+)\)", file.read_text()):
            assert (file.parent / link).exists(), link
