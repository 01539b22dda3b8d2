from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UserError
from pipeline.datasets.data_set import data_set
from pipeline.experiments import EXPERIMENTS
from pipeline.settings.overrides import dotted, override

EXPERIMENT = EXPERIMENTS["mlp-batchnorm"]


def test_settings_are_changed_by_their_dotted_names() -> None:
    changed = override(
        EXPERIMENT,
        [
            "candidate.epochs=3",
            "baseline.optimizer.learning_rate=0.01",
            "candidate.augment=true",
            "dataset.shape=14,14,1",
        ],
    )
    assert changed.candidate.epochs == 3
    assert changed.baseline.optimizer.learning_rate == 0.01
    assert changed.candidate.augment is True
    assert changed.dataset.shape == (14, 14, 1)
    assert changed.baseline.epochs == EXPERIMENT.baseline.epochs


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("candidate.upsampling=0", "candidate.upsampling=0: must be at least 1"),
        (
            "candidate.feature_dtype=int8",
            "feature_dtype=int8: must be one of float32, float16",
        ),
        ("candidate.fine_tune_learning_rate=0", "must be above 0"),
        ("baseline.upsampling=3", "no such setting"),
    ],
)
def test_settings_of_a_backbone_are_checked(assignment: str, said: str) -> None:
    experiment = EXPERIMENTS["resnet50-transfer"]
    assert override(experiment, ["candidate.feature_cache=false"]) != experiment
    with pytest.raises(UserError, match=said):
        override(experiment, [assignment])


def test_the_experiment_itself_stays_as_it_was() -> None:
    override(EXPERIMENT, ["seed=5"])
    assert EXPERIMENT.seed == 1


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("candidate.epochs", "write it as name=value"),
        ("candidate.epochs=many", "must be a whole number"),
        ("gate.min_accuracy=nan", "must be a number"),
        ("candidate.epoch=3", "did you mean candidate.epochs?"),
        ("candidate=3", "no such setting"),
        ("candidate.epochs.more=3", "no such setting"),
        ("nothing=3", "no such setting"),
        ("candidate.augment=perhaps", "must be true or false"),
        ("dataset.shape=1,2", "must be 3 values"),
        ("candidate.epochs=0", "candidate.epochs=0: must be at least 1"),
        ("dataset.eval_fraction=1", "eval_fraction=1.*: must be below 1"),
        ("candidate.optimizer.learning_rate=0", "must be above 0"),
        ("dataset.train_limit=-1", "train_limit=-1: must be at least 0"),
        ("seed=-1", "seed=-1: must be at least 0"),
        ("name=../escape", "name=../escape: must have 1 to 50 lower-case letters"),
        ("name=Letters_Dropout", "must have 1 to 50 lower-case letters"),
        (f"name={'a' * 140}", "must have 1 to 50 lower-case letters"),
        ("name=", "must have 1 to 50 lower-case letters"),
        ("accelerator.xla=maybe", "accelerator.xla=maybe: must be one of auto, on, off"),
        ("candidate.loss=nonsense", "candidate.loss=nonsense: must be one of sparse_categorical"),
        ("candidate.optimizer.schedule=steps", "must be one of constant, cosine"),
        ("gate.kind=luck", "gate.kind=luck: must be one of accuracy, significance"),
        ("gate.min_accuracy=85", "gate.min_accuracy=85: must be at most 1"),
        ("gate.min_improvement=3", "gate.min_improvement=3: must be at most 1"),
        ("dataset.shape=128,128,4", "shape=128,128,4: must be .* 1 or 3 channels"),
        ("dataset.shape=0,28,1", "shape=0,28,1: must be"),
        (
            "baseline.batch_size=100000000000000000000",
            "batch_size=1000.*: must be",
        ),
        ("robustness_pictures=-1", "robustness_pictures=-1: must be at least 0"),
    ],
)
def test_a_wrong_assignment_is_explained_in_one_line(assignment: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        override(EXPERIMENT, [assignment])
    assert "\n" not in str(caught.value)


def test_a_whole_data_set_is_replaced_before_its_settings_are_changed(tmp_path: Path) -> None:
    changed = override(EXPERIMENT, ["dataset.train_limit=7", "dataset=cifar-10"])
    assert changed.dataset == data_set("cifar-10", train_limit=7)
    file = tmp_path / "letters.yaml"
    file.write_text("{title: Letters, format: idx, class_names: [A, B], shape: [28, 28, 1]}")
    assert override(EXPERIMENT, [f"dataset={file}"]).dataset == data_set(str(file))
    with pytest.raises(UserError, match="did you mean cifar-10"):
        override(EXPERIMENT, ["dataset=cifar10"])


def test_augmenting_needs_a_policy() -> None:
    with pytest.raises(UserError, match=r"candidate.augment needs a policy"):
        override(EXPERIMENT, ["augmentation=", "candidate.augment=true"])


def test_arguments_of_the_model_are_numbers_truth_values_or_text() -> None:
    texts = {"dropout": "0.3", "batch_normalization": "True", "l2": "1e-4", "units": "64"}
    changed = override(
        EXPERIMENT,
        [f"candidate.arguments.{name}={text}" for name, text in texts.items()]
        + ["candidate.arguments.kind=wide", "candidate.arguments.kind=narrow"],
    )
    expected = {"dropout": 0.3, "batch_normalization": True, "l2": 1e-4, "units": 64}
    assert changed.candidate.arguments == {**expected, "kind": "narrow"}
    assert changed.baseline == EXPERIMENT.baseline
    assert dotted(changed)["candidate.arguments.dropout"] == 0.3
    again = override(changed, ["candidate.arguments.dropout=0.5"])
    assert again.candidate.arguments["dropout"] == 0.5
    for name in ("candidate.arguments", "candidate.arguments.", "arguments.x", "gate.arguments.x"):
        with pytest.raises(UserError, match="no such setting"):
            override(EXPERIMENT, [f"{name}=1"])
    with pytest.raises(UserError, match="is no name of an argument"):
        override(EXPERIMENT, ["candidate.arguments.a-b=1"])


@given(st.text(max_size=30))
def test_any_text_is_an_assignment_or_a_line_for_the_user(text: str) -> None:
    try:
        override(EXPERIMENT, [text])
    except UserError as error:
        assert str(error)


@given(st.sampled_from(sorted(dotted(EXPERIMENT))))
def test_every_setting_can_be_set_to_what_it_is(name: str) -> None:
    value = dotted(EXPERIMENT)[name]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    assert override(EXPERIMENT, [f"{name}={text}"]) == EXPERIMENT
