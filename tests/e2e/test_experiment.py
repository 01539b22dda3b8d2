"""An experiment from data to verdict, through the command line, on small data.

The tests share one copy of the project, so that they may edit its code, and go in order:
each one builds on the cache of those before.
"""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import psutil
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma

from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import PREDICTIONS_FILE
from components.ingestion.formats.idx_file import iter_idx, write_idx
from components.trainer.models.bn_mlp import build_bn_mlp_model
from components.trainer.models.mlp import build_mlp_model
from tests.conftest import PROJECT, write_idx_folder
from tests.e2e.workshop import EASY, SMALL, Workshop, expect
from tests.faults.cases import Faults

pytestmark = pytest.mark.slow

BEFORE = ["ExampleGen", "Schema", "StatisticsGen", "ExampleValidator", "Transform"]
TRAINERS = ["Trainer.baseline", "Trainer.candidate"]
JUDGES = ["Evaluator", "Significance", "Pusher"]
AFTER = [*JUDGES, "InfraValidator", "Robustness"]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


RUN = ["run", "mlp-batchnorm", "--data=sample", *SMALL]


def test_a_run_ends_with_a_verdict_and_a_report(workshop: Workshop) -> None:
    done = workshop.run(*RUN, *EASY)
    assert done.returncode == 0, done.stdout + done.stderr
    expect(workshop.states(), done=BEFORE + TRAINERS + AFTER)
    # Every output names the stand-in.
    assert "On the GENERATED STAND-IN, which says nothing about real pictures" in done.stdout
    assert f"report: {workshop.last()}/report.html" in done.stdout
    assert re.search(r"Trainer\.candidate +epoch 8/8  accuracy 0\.\d+", done.stdout)
    assert done.stderr == ""
    summary = workshop.summary()
    assert summary["pictures"]["test"] == 1000
    assert summary["pictures"]["train"] + summary["pictures"]["eval"] == 1500
    for arm in ("baseline", "candidate"):
        assert 0.3 < summary[arm]["test_accuracy"] < 1
        assert len(summary[arm]["class_accuracy"]) == 10
        mean = sum(
            summary[arm]["class_accuracy"][name] * count
            for name, count in summary["class_counts"].items()
        )
        assert mean / 1000 == pytest.approx(summary[arm]["test_accuracy"], abs=1e-6)


def test_the_report_is_one_file_that_needs_no_network(workshop: Workshop) -> None:
    page = (workshop.last() / "report.html").read_text()
    summary = workshop.summary()
    assert "GENERATED STAND-IN" in page
    assert f"{summary['candidate']['test_accuracy']:.4f}" in page
    assert "Ankle boot" in page
    assert ">optimizer.learning_rate</th>" in page
    assert not re.search(r"""(src|href)=["'](?!#|data:image/(png|jpeg);base64,)""", page)
    assert page.count("<script") == 1  # sorts tables
    assert len(page.encode()) < 1_000_000


def test_a_blessed_candidate_was_pushed_and_answers_pictures(workshop: Workshop) -> None:
    summary = workshop.summary()
    assert summary["blessed"] is True
    model = tf.saved_model.load(summary["pushed_to"])
    pictures = next(
        iter_idx(workshop.project / "data/sample/fashion-mnist/t10k-images-idx3-ubyte.gz")
    )
    files = [tf.io.encode_png(picture[..., None]) for picture in pictures]
    served = model.signatures["serving_default"](image=tf.stack(files))
    labels = np.concatenate(
        list(iter_idx(workshop.project / "data/sample/fashion-mnist/t10k-labels-idx1-ubyte.gz"))
    )
    accuracy = (served["class_id"].numpy() == labels).mean()
    assert accuracy == pytest.approx(summary["candidate"]["test_accuracy"], abs=1e-6)


def test_the_accuracy_is_the_same_wherever_it_is_computed(workshop: Workshop) -> None:
    """In the report, by TFMA, from the saved predictions, and by Keras without the pipeline."""
    summary = workshop.summary()
    nodes = workshop.root / "mlp-batchnorm" / "nodes"
    [evaluation] = nodes.glob("Evaluator/evaluation/*[0-9]")
    [significance] = nodes.glob("Significance/significance/*[0-9]")
    predictions = Predictions.load(significance / PREDICTIONS_FILE)
    data = workshop.project / "data/sample/fashion-mnist"
    pixels, labels = (
        np.concatenate(list(iter_idx(data / f"t10k-{kind}-ubyte.gz")))[:1000]
        for kind in ("images-idx3", "labels-idx1")
    )
    for index, (role, build) in enumerate(
        (("baseline", build_mlp_model), ("candidate", build_bn_mlp_model))
    ):
        told = summary[role]["test_accuracy"]
        by_tfma = tfma.load_eval_result(str(evaluation), model_name=role)
        overall = dict(by_tfma.slicing_metrics)[()][""][""]
        assert overall["accuracy"]["doubleValue"] == pytest.approx(told, abs=1e-6)
        predicted = predictions.probabilities[index].argmax(axis=1)
        assert (predicted == predictions.labels).mean() == pytest.approx(told, abs=1e-6)
        assert summary["significance"][f"{role}_accuracy"] == [pytest.approx(told, abs=1e-6)]

        model = build((28, 28, 1), 10)
        [exported] = nodes.glob(f"Trainer.{role}/model/*/Format-Serving")
        variables = [weight.value for weight in model.weights]
        alone = tf.train.Checkpoint(model_variables=variables)
        restored = alone.read(str(exported / "variables" / "variables"))
        restored.assert_existing_objects_matched()
        restored.expect_partial()
        model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        found = model.evaluate(pixels[..., None] / 255, labels, verbose=0, return_dict=True)
        assert found["accuracy"] == pytest.approx(told, abs=1e-6)
        assert found["loss"] == pytest.approx(summary[role]["test_loss"], abs=1e-5)


def test_show_tells_the_verdict_again(workshop: Workshop) -> None:
    done = workshop.run("show", "mlp-batchnorm")
    assert done.returncode == 0
    assert workshop.summary()["headline"] in done.stdout


def test_the_report_is_built_anew_without_training(workshop: Workshop) -> None:
    page = workshop.last() / "report.html"
    before = page.read_text()
    page.unlink()
    done = workshop.run("report", "mlp-batchnorm")
    assert (done.returncode, done.stderr) == (0, "")
    assert page.read_text() == before


def test_its_candidate_can_be_asked(workshop: Workshop, tmp_path: Path) -> None:
    picture, text = tmp_path / "a.png", tmp_path / "b.png"
    picture.write_bytes(tf.io.encode_png(np.full((60, 40, 1), 200, np.uint8)).numpy())
    text.write_text("hello")
    done = workshop.run("predict", "mlp-batchnorm", picture)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"{re.escape(str(picture))}: ([^,]+ \d\.\d{{3}}(, )?){{3}}\n", done.stdout)
    done = workshop.run("predict", "mlp-batchnorm", text)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line == f"error: {text} cannot be used: not a picture of a known format"


def test_its_candidate_can_be_used_elsewhere(workshop: Workshop, tmp_path: Path) -> None:
    words = ("export", "mlp-batchnorm", "--format=tflite", f"--output={tmp_path}/m.tflite")
    done = workshop.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "takes pixels, uint8 [n, 28, 28, 1], 0 to 255" in done.stdout
    assert "largest difference of probabilities" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["m.tflite"]
    again = workshop.run(*words)
    assert again.returncode == 2
    assert "m.tflite is there already" in again.stderr


def test_what_is_killed_or_damaged_is_made_again(workshop: Workshop) -> None:
    """The short form of `make faults`."""
    faults = Faults(workshop)
    try:
        killed, flipped = faults.cases(["Pusher"], ["kill"], ["flip"])
    finally:
        faults.restore()
    for case in (killed, flipped):
        assert case.sound, case
        assert case.again == ["Pusher"]
    assert killed.exit_code == -9
    assert "content" in flipped.line


def test_the_same_command_again_tells_the_same_answer(workshop: Workshop) -> None:
    run = workshop.last().name
    done = workshop.run(*RUN, *EASY)
    assert done.returncode == 0, done.stderr
    first, *verdict = done.stdout.splitlines()
    assert first == f"mlp-batchnorm: nothing has changed since run {run}"
    assert verdict == workshop.run("show").stdout.splitlines()
    assert workshop.last().name == run


def test_what_is_in_the_cache_is_reused(workshop: Workshop) -> None:
    before = workshop.summary()
    (workshop.last() / "basis.json").unlink()
    done = workshop.run(*RUN, *EASY)
    assert done.returncode == 0, done.stderr
    expect(workshop.states(), cached=BEFORE + TRAINERS + AFTER)
    after = workshop.summary()
    assert after["run"] != before["run"]
    for same in ("headline", "baseline", "candidate", "pushed_to"):
        assert after[same] == before[same]


def test_another_gate_judges_anew_and_pushes_nothing(workshop: Workshop) -> None:
    serving = workshop.root / "mlp-batchnorm" / "serving"
    pushed = sorted(serving.iterdir())
    done = workshop.run(*RUN, "--set=gate.min_accuracy=1", "--require-blessing")
    assert done.returncode == 3, done.stderr
    expect(
        workshop.states(), cached=[*BEFORE, *TRAINERS, "InfraValidator", "Robustness"], done=JUDGES
    )
    assert "not blessed" in done.stdout
    assert workshop.summary()["pushed_to"] == ""
    assert sorted(serving.iterdir()) == pushed


def test_an_edit_of_one_model_reruns_its_trainer_and_what_follows(workshop: Workshop) -> None:
    model = workshop.project / "components" / "trainer" / "models" / "bn_mlp.py"
    model.write_text(model.read_text() + "\n# an edit\n")
    done = workshop.run(*RUN, *EASY)
    assert done.returncode == 0, done.stderr
    expect(
        workshop.states(),
        cached=[*BEFORE, "Trainer.baseline"],
        done=["Trainer.candidate", *AFTER],
    )


def test_repeats_train_further_seeds_and_reuse_the_first(workshop: Workshop) -> None:
    done = workshop.run(*RUN, *EASY, "--repeats=2")
    assert done.returncode == 0, done.stderr
    further = [f"{trainer}.2" for trainer in TRAINERS]
    expect(workshop.states(), cached=[*BEFORE, *TRAINERS, "Evaluator"], done=further)
    summary = workshop.summary()
    told = summary["significance"]
    assert summary["seeds"] == [3, 4]
    for role in ("baseline", "candidate"):
        first = told[f"{role}_accuracy"][0]
        assert first == pytest.approx(summary[role]["test_accuracy"], abs=1e-6)
    compared = workshop.run("compare", "mlp-batchnorm", summary["run"])
    assert compared.returncode == 0
    assert told["conclusion"] in compared.stdout


def test_nodes_can_be_chosen(workshop: Workshop) -> None:
    done = workshop.run(*RUN, *EASY, "--to-node=Transform")
    assert done.returncode == 0, done.stderr
    assert "stopped after Transform as asked" in done.stdout
    assert set(workshop.states()) == {"ExampleGen", "Schema", "Transform"}
    done = workshop.run(*RUN, *EASY, "--from-node=Evaluator")
    assert done.returncode == 0, done.stderr
    expect(
        workshop.states(), cached=[*BEFORE, *TRAINERS, "InfraValidator", "Robustness"], done=JUDGES
    )
    done = workshop.run(*RUN, *EASY, "--to-node=Significance")
    assert done.returncode == 0, done.stderr
    assert "blessed and was not pushed" in done.stdout
    done = workshop.run(*RUN, "--to-node=Trainer")
    assert done.returncode == 2
    assert "did you mean Trainer.baseline or Trainer.candidate?" in done.stderr


@pytest.mark.parametrize(
    ("number", "jobs"), [(signal.SIGINT, 2), (signal.SIGTERM, 1), (signal.SIGHUP, 2)]
)
def test_a_run_can_be_stopped(workshop: Workshop, number: signal.Signals, jobs: int) -> None:
    longer = ["--set=baseline.epochs=400", "--set=candidate.epochs=400", f"--jobs={jobs}"]
    process = workshop.start(*RUN, *longer)
    assert process.stdout is not None
    for line in process.stdout:  # a training that was stopped before goes on
        if re.search(r"epoch \d+/400", line):
            break
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 128 + number
    assert re.search(r"Trainer\.\w+ +stopped", out)
    assert err == "stopped; the same command goes on from here\n"
    assert "stopped" in workshop.states().values()
    told = [event for event in workshop.events() if event["kind"] == "node"]
    ran = {event["node"] for event in told if event["state"] == "running"}
    waited = [e for e in told if e["state"] == "stopped" and e["node"] not in ran]
    assert waited or jobs > 1
    assert all(event["seconds"] < 1 for event in waited)  # it is not time that they took


def test_a_killed_run_leaves_no_process_and_goes_on_where_it_was(workshop: Workshop) -> None:
    longer = [*RUN, *EASY, "--set=baseline.epochs=16", "--set=candidate.epochs=16", "--jobs=2"]
    process = workshop.start(*longer)
    assert process.stdout is not None
    epochs: dict[str, int] = {}
    for line in process.stdout:
        if found := re.match(r"(Trainer\.\w+) +epoch (\d+)/", line):
            epochs[found[1]] = int(found[2])
        if len(epochs) == 2 and min(epochs.values()) >= 2:
            break
    started = psutil.Process(process.pid).children(recursive=True)
    assert len(started) >= 2
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _, left = psutil.wait_procs(started, timeout=20)
    assert left == []
    done = workshop.run(*longer)
    assert done.returncode == 0, done.stdout + done.stderr
    expect(workshop.states(), cached=BEFORE, done=[*TRAINERS, *AFTER])
    for node in TRAINERS:
        told = [e for e in workshop.events() if e["kind"] == "epoch" and e["node"] == node]
        again = [event["epoch"] for event in told]
        assert again[0] > epochs[node] - 1  # not from the first epoch on
        assert again[-1] == 16
        curves = workshop.summary()[node.removeprefix("Trainer.")]["curves"]
        assert [row["epoch"] for row in curves] == list(range(1, 17))


def test_bad_data_stop_the_run_in_plain_words(workshop: Workshop, tmp_path: Path) -> None:
    data = write_idx_folder(tmp_path / "data", train=1000, test=500)
    labels = next(iter_idx(data / "train-labels-idx1-ubyte.gz")).copy()
    labels[5] = 11
    write_idx(data / "train-labels-idx1-ubyte.gz", labels)
    done = workshop.run("run", "mlp-batchnorm", f"--data={data}")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "ExampleValidator: the data are not fit for training" in done.stderr
    assert "11" in done.stderr
    states = workshop.states()
    expect(states, done=["ExampleGen", "StatisticsGen"], failed=["ExampleValidator"])
    assert not set(TRAINERS) & set(states)


BROKEN_MODEL = """

def build_broken(input_shape, num_classes):
    raise RuntimeError("no such layer\\nand more lines")
"""


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's experiment of one's own, and data for it."""
    folder = tmp_path_factory.mktemp("own")
    [code] = re.findall(
        r"```python\n(# my_experiments\.py\n.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL
    )
    (folder / "my_experiments.py").write_text(code + BROKEN_MODEL)
    write_idx_folder(folder / "letters", train=1000, test=500)
    return folder


def run_own(workshop: Workshop, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = ("run", "my_experiments:LETTERS", "--set=baseline.epochs=3", *more)
    return workshop.run(*words, cwd=folder)


def test_an_experiment_of_ones_own_needs_no_change_to_the_project(
    workshop: Workshop, own_folder: Path
) -> None:
    done = run_own(workshop, own_folder)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = workshop.summary("letters-dropout")
    assert summary["data_kind"] == "own"
    assert summary["class_counts"]["D"] == 50
    assert summary["candidate"]["title"] == "Dense + Dropout"
    assert len(summary["candidate"]["curves"]) == 20


def test_a_model_that_fails_is_a_failure_in_one_line(workshop: Workshop, own_folder: Path) -> None:
    done = run_own(workshop, own_folder, "--set=candidate.model=my_experiments.build_broken")
    assert done.returncode == 1
    log = workshop.last("letters-dropout") / "logs" / "Trainer.candidate.txt"
    reason = "Trainer.candidate: RuntimeError: no such layer"
    assert done.stderr == f"error: {reason}; see {log}\n"
    assert "in build_broken" in log.read_text()


def test_a_model_that_is_not_there_is_noticed_before_anything_runs(
    workshop: Workshop, own_folder: Path
) -> None:
    done = run_own(workshop, own_folder, "--set=candidate.model=my_experiments.build_nothing")
    assert done.returncode == 2
    assert done.stderr == "error: module 'my_experiments' has no 'build_nothing'\n"
    assert workshop.states("letters-dropout") == {}


@pytest.mark.real_data
def test_real_pictures_are_named_and_judged(workshop: Workshop, real_data: Path) -> None:
    done = workshop.run("run", "mlp-batchnorm", f"--data={real_data / 'fashion-mnist'}", *SMALL)
    assert done.returncode == 0, done.stderr
    summary = workshop.summary()
    assert summary["data_kind"] == "official"
    assert "check sums verified" in summary["data"]
    assert "GENERATED" not in done.stdout
    assert summary["baseline"]["test_accuracy"] > 0.6
