"""The notebooks, executed from start to end on small data, and as they are stored."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest
import tensorflow as tf

from notebooks.stored import ABSOLUTE, NAMES, clean, execute
from pipeline.runs.open import OpenRun, open_run
from tests.conftest import PROJECT
from tests.e2e.workshop import Workshop

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


Execute = Callable[..., Executed]


@pytest.fixture(scope="module")
def executed(workshop: Workshop) -> Execute:
    def run(name: str, **cells: str) -> Executed:
        """Executes a notebook on the workshop's run; `cells` are put in the place of its own."""
        folder = workshop.project / "notebooks"
        notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(cell.id, cell.source)
        of_workshop = {"PIPELINE_RUNS": str(workshop.root), "COURSE_DATA": "sample"}
        execute(notebook, {**os.environ, **of_workshop}, folder)
        return Executed(notebook)

    return run


@pytest.mark.slow
def test_model_analysis_runs_from_start_to_end(workshop: Workshop, executed: Execute) -> None:
    done, summary = executed("model_analysis"), workshop.summary()
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
def test_augmentation_runs_from_start_to_end(executed: Execute) -> None:
    done = executed("augmentation")
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


# What makes the notebooks of the course short: its sizes, and the settings of node by node.
SMALL_COURSE = """
FASHION = {"train_limit": 300, "test_limit": 100}
PETS = {"train_limit": 60, "test_limit": 40, "shape": (32, 32, 3)}
CIFAR = {"train_limit": 12, "test_limit": 10}
EPOCHS = {"mlp": 2, "cnn": 2, "transfer": 1}
"""
SMALL_EXPERIMENT = """
SETTINGS = ["dataset.train_limit=300", "dataset.test_limit=200", "robustness_pictures=20"]
SETTINGS += ["baseline.epochs=1", "candidate.epochs=1"]
experiment = override(find_experiment("mlp-batchnorm"), SETTINGS)
located = locate.data(experiment.name, experiment.dataset, DATA)
"""
# Random weights by its own word: no test fetches ImageNet's.
RANDOM_WEIGHTS = 'model, known = course.load_transfer_model("none", upsampling=1), "random"'


@pytest.mark.slow
def test_the_course_runs_from_start_to_end(executed: Execute) -> None:
    done = executed("course", sizes=SMALL_COURSE, weights=RANDOM_WEIGHTS)
    assert done.complaints() == []
    for cell in ("mlp-data", "cnn-data", "cifar"):
        assert "GENERATED STAND-IN" in done.text(cell)
    assert "MLP has 1,068,810 numbers" in done.text("mlp-layers")
    for cell, names in (
        ("mlp-table", ("MLP", "MLP + BN")),
        ("cnn-table", ("CNN", "CNN + BN + Dropout")),
    ):
        for name in names:
            training, test, _, gap = map(float, done.row(cell, name))
            assert gap == pytest.approx(training - test, abs=2e-4)
    assert done.text("layers-off") == "outside of training, two calls differ by 0.0\n"
    assert "test accuracy 0." in done.text("transfer")
    assert "says\nnothing of transfer learning" in done.text("verdict")
    pictures = ["layers", "functions", "generator", "graph", "cifar"]
    assert done.pictures() == ["mlp-train", "cnn-train", *pictures]


@pytest.mark.slow
def test_the_data_are_shown_as_the_run_found_them(workshop: Workshop, executed: Execute) -> None:
    done, summary = executed("data"), workshop.summary()
    assert done.complaints() == []
    for name, count in summary["class_counts"].items():
        assert done.row("classes", name)[2] == str(count)
    assert "No anomalies found" in done.text("anomalies")
    assert "Unexpectedly large value: 9" in done.text("broken")
    assert "min: 0; max: 9" in done.text("schema")
    assert "facets-overview" in done.text("facets")
    assert done.pictures() == ["brightness"]


@pytest.mark.slow
def test_node_by_node_starts_every_node_of_a_run(executed: Execute) -> None:
    done = executed("interactive", experiment=SMALL_EXPERIMENT)
    assert done.complaints() == []
    started = "".join(cell.source for cell in done.cells.values())
    for node in ("ExampleGen", "Trainer.candidate", "Significance", "InfraValidator", "Pusher"):
        assert f"<td>{node}</td>" in done.text("nodes")
        assert f'"{node}"' in started
    assert "Split-train" in done.text("counts")
    assert "No anomalies found" in done.text("anomalies")
    assert re.search(r"candidate 0\.\d{4}\nbaseline 0\.\d{4}\n", done.text("evaluator"))
    assert done.text("significance") == "not blessed\n"
    assert done.text("pusher") == "pushed: []\n"


def read(name: str) -> Any:
    file = PROJECT / "notebooks" / f"{name}.ipynb"
    return nbformat.read(file, as_version=nbformat.NO_CONVERT)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_sound_files(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 14
    assert not any("attachments" in cell for cell in notebook.cells)  # no picture hides in one


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_stored_with_what_a_run_put_out(name: str) -> None:
    notebook = read(name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    # Executed once, from the first cell to the last.
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert len(outputs) > 5
    assert Executed(notebook).complaints() == []
    assert (PROJECT / "notebooks" / f"{name}.ipynb").stat().st_size < 1_000_000
    texts = [cell.source for cell in notebook.cells]
    for output in outputs:
        texts.append(output.get("text", ""))
        texts += [text for kind, text in output.get("data", {}).items() if "image" not in kind]
    for text in texts:
        assert not ABSOLUTE.search(text), text
        assert not re.search(r"/(home|root|Users|tmp)/| at 0x[0-9a-f]{6}", text)


def test_what_is_of_one_machine_is_not_stored() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                outputs=[
                    nbformat.v4.new_output(
                        "stream", text="in /home/me/runs/a of /data/of/mnist, 1/2\n"
                    ),
                    nbformat.v4.new_output("display_data", {"text/html": "<Thing at 0x7f00aa11>"}),
                    nbformat.v4.new_output("display_data", {"application/javascript": "load()"}),
                ]
            )
        ]
    )
    clean(notebook, {"/home/me": "…", "/home/me/runs": "…/runs"})
    stream, shown = notebook.cells[0].outputs
    assert stream.text == "in …/runs/a of …/of/mnist, 1/2\n"
    assert shown.data == {"text/html": "<Thing>"}
    assert notebook.metadata.language_info == {"name": "python"}


@pytest.mark.parametrize("name", NAMES)
def test_links_between_notebooks_and_docs_lead_somewhere(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", cell.source):
                assert (PROJECT / "notebooks" / link).exists(), link
