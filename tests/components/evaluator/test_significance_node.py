"""The Significance node on small models with known answers: what it leaves, and the gate."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components import features
from components.errors import UserError
from components.evaluator.gate import Gate
from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import (
    COSTS_FILE,
    PREDICTIONS_FILE,
    SIGNIFICANCE_FILE,
    Executor,
    SignificanceSettings,
    read_result,
)
from components.examples import parse
from components.ingestion.reader import Picture
from components.learning_record import LearningRecord
from components.settings import to_json
from tests.artifacts import artifact_in, save_model, write_run, write_test_split
from tests.components.evaluator.trainings import a_record

PICTURES = 400


def model(folder: Path, wrong: int, *, diverged: bool = False) -> standard_artifacts.Model:
    """Says the right class of every picture whose number is not below `wrong`."""

    def rule(serialized: tf.Tensor) -> tf.Tensor:
        (ids,) = parse(serialized, features.EXAMPLE_ID)
        number = tf.strings.to_number(ids, tf.int32)
        return tf.not_equal(number % 2 == 1, number < wrong)

    return save_model(folder, rule, sure=float("nan") if diverged else 0.9)


def examples(folder: Path) -> standard_artifacts.Examples:
    pictures = (Picture(str(number), b"", number % 2, 0, 0, 0) for number in range(PICTURES))
    return write_test_split(folder, pictures, ["zero", "one"])


def run(
    tmp_path: Path,
    wrong: tuple[int, int],
    *,
    decides: bool,
    evaluated: bool = True,
    diverged: bool = False,
    trainings: tuple[LearningRecord, LearningRecord] = (a_record(), a_record()),
) -> bool:
    """Whether a candidate with so many mistakes, after the baseline's, is blessed."""
    by_evaluator = artifact_in(tmp_path, standard_artifacts.ModelBlessing)
    by_evaluator.set_int_custom_property("blessed", int(evaluated))
    left = artifact_in(tmp_path / "significance", standard_artifacts.ModelEvaluation)
    blessing = artifact_in(tmp_path / "blessing", standard_artifacts.ModelBlessing)
    Executor().Do(
        {
            "examples": [examples(tmp_path / "examples")],
            "baseline_1": [model(tmp_path / "baseline", wrong[0])],
            "candidate_1": [model(tmp_path / "candidate", wrong[1], diverged=diverged)],
            "baseline_run_1": [write_run(tmp_path / "baseline_run", trainings[0])],
            "candidate_run_1": [write_run(tmp_path / "candidate_run", trainings[1])],
            "blessing_by_evaluator": [by_evaluator],
        },
        {"significance": [left], "blessing": [blessing]},
        {
            "settings": to_json(
                SignificanceSettings(
                    gate=Gate(min_accuracy=0.0, kind="significance" if decides else "accuracy"),
                    class_names=("zero", "one"),
                )
            ),
            "code": "",
        },
    )
    return bool(blessing.get_int_custom_property("blessed"))


@pytest.mark.parametrize(
    ("wrong", "decides", "evaluated", "blessed"),
    [
        ((100, 60), True, True, True),  # 10 points better: shown
        ((61, 60), True, True, False),  # a quarter of a point better: not shown …
        ((61, 60), False, True, True),  # … which matters only where the gate asks for it
        ((60, 60), True, True, False),
        ((60, 100), True, True, False),
        ((100, 60), True, False, False),  # the Evaluator's thresholds hold in any case
        ((100, 60), False, False, False),
    ],
)
def test_the_gate_follows_what_is_shown(
    tmp_path: Path, wrong: tuple[int, int], decides: bool, evaluated: bool, blessed: bool
) -> None:
    assert run(tmp_path, wrong, decides=decides, evaluated=evaluated) == blessed
    name = "BLESSED" if blessed else "NOT_BLESSED"
    assert [file.name for file in (tmp_path / "blessing").iterdir()] == [name]


def test_it_leaves_every_prediction_and_the_figures(tmp_path: Path) -> None:
    run(tmp_path, (100, 60), decides=False)
    found = Predictions.load(tmp_path / "significance" / PREDICTIONS_FILE)
    assert found.probabilities.shape == (2, PICTURES, 2)
    assert found.example_ids.tolist() == [str(number) for number in range(PICTURES)]
    assert found.labels.tolist() == [number % 2 for number in range(PICTURES)]
    right = (found.probabilities.argmax(axis=2) == found.labels).mean(axis=1)
    np.testing.assert_allclose(right, [0.75, 0.85])
    significance, decision, learning, problems = read_result(tmp_path / "significance")
    assert [model.role for model in learning] == ["baseline", "candidate"]
    assert [model.accuracy for model in learning] == [0.75, 0.85]
    assert problems == []
    assert significance.conclusion == "better"
    assert (significance.only_baseline_right, significance.only_candidate_right) == ([0], [40])
    assert decision == (True, "")


def test_why_a_candidate_is_not_blessed_is_kept(tmp_path: Path) -> None:
    run(tmp_path, (61, 60), decides=True)
    decision = read_result(tmp_path / "significance").decision
    assert not decision.blessed
    assert "is not shown" in decision.reason


def test_a_model_that_has_not_learned_closes_the_gate(tmp_path: Path) -> None:
    rising = a_record(eval_accuracy=[0.3, 0.5, 0.7])
    assert not run(tmp_path, (100, 60), decides=False, trainings=(a_record(), rising))
    decision, learning, [problem] = read_result(tmp_path / "significance")[1:]
    assert learning[1].record == rising
    assert (problem.check, problem.role, problem.settings) == (
        *("finished", "candidate"),
        {"candidate.epochs": 6},
    )
    assert decision.reason.startswith("the comparison is not judged: the candidate has not")


def test_probabilities_that_are_not_numbers_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="400 of 400 test pictures is not a number") as caught:
        run(tmp_path, (100, PICTURES), decides=False, diverged=True)
    assert "--set candidate.optimizer.learning_rate=0.0001" in str(caught.value)


def test_what_another_version_wrote_is_named(tmp_path: Path) -> None:
    (tmp_path / SIGNIFICANCE_FILE.name).write_text('{"conclusion": "better"}')
    with pytest.raises(UserError, match="another version of this project"):
        read_result(tmp_path)
    (tmp_path / SIGNIFICANCE_FILE.name).write_text('{"conclusion": "bet')
    with pytest.raises(UserError, match="is damaged"):
        read_result(tmp_path)


def test_it_tells_what_each_model_costs(tmp_path: Path) -> None:
    run(tmp_path, (100, 60), decides=False)
    costs = json.loads((tmp_path / "significance" / COSTS_FILE).read_text())
    sizes = [
        sum(file.stat().st_size for file in (tmp_path / name).rglob("*") if file.is_file())
        for name in ("baseline", "candidate")
    ]
    assert [cost["exported_bytes"] for cost in costs] == sizes
    assert all(cost["pictures_per_second"] > 0 for cost in costs)
