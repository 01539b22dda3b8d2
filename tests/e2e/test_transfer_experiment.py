"""Transfer learning from data to verdict, with weights made for the test."""

from __future__ import annotations

from pathlib import Path

import pytest
import tf_keras

from tests.e2e.workshop import Workshop, expect

pytestmark = pytest.mark.slow

SMALL = [
    *["--limit=200", "--set=candidate.upsampling=1", "--set=robustness_pictures=20"],
    *["--set=baseline.epochs=2", "--set=candidate.epochs=2", "--set=dataset.test_limit=100"],
    *["--set=gate.min_accuracy=0", "--set=gate.min_improvement=-1"],
]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "resnet50.h5"
    tf_keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    ).save_weights(path)
    return path


def test_the_backbone_runs_once_and_the_verdict_says_what_it_is_worth(
    workshop: Workshop, weights: Path
) -> None:
    run = ["run", "resnet50-transfer", "--data=sample", f"--backbone-weights={weights}", *SMALL]
    done = workshop.run(*run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    states = workshop.states("resnet50-transfer")
    expect(states, done=["BackboneFeatures.candidate", "Trainer.candidate", "Evaluator", "Pusher"])
    summary = workshop.summary("resnet50-transfer")
    assert "Only a part of the data was used: at most 200 training pictures" in done.stdout
    assert "other weights than ImageNet's" in " ".join(summary["details"])
    assert [row["epoch"] for row in summary["candidate"]["curves"]] == [1, 2]

    other = ["--set=candidate.optimizer.learning_rate=0.01", "--to-node=Trainer.candidate"]
    done = workshop.run(*run, *other)
    assert done.returncode == 0, done.stdout + done.stderr
    expect(
        workshop.states("resnet50-transfer"),
        cached=["ExampleGen", "Transform", "BackboneFeatures.candidate"],
        done=["Trainer.candidate"],
    )


@pytest.mark.parametrize(
    ("weights_file", "said"),
    [("nowhere.h5", "no file nowhere.h5 with a backbone's weights"), ("", "does not hold ResNet")],
)
def test_weights_that_cannot_be_had_cost_one_line(
    workshop: Workshop, tmp_path: Path, weights_file: str, said: str
) -> None:
    (tmp_path / "text.h5").write_text("no weights")
    given = weights_file or tmp_path / "text.h5"
    done = workshop.run(
        *["run", "resnet50-transfer", "--data=sample", f"--backbone-weights={given}", *SMALL]
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
