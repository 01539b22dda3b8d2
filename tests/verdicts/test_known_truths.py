"""Situations with a known truth: the conclusion, the gate, and the words that must (not) occur."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluator.gate import Gate
from components.evaluator.significance import BETTER, EQUIVALENT, NOT_JUDGED, NOT_SHOWN, WORSE
from tests.components.evaluator.trainings import a_record, normalized
from tests.verdicts.situation import Judged, Pictures

TEN = [1.0] * 10
CLAIMS = ("paid off", "did harm", "Conclusion")


def check(
    judged: Judged, conclusion: str, *, blessed: bool, said: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert judged.conclusion == conclusion, judged.text
    assert judged.decision.blessed == blessed, judged.text
    for words in said:
        assert words in judged.text
    for words in never:
        assert words not in judged.text


# --- Pairs that are equal, or not. ---


def test_the_very_same_answers_are_said_to_be_the_same() -> None:
    pictures = Pictures.of(2000, TEN)
    model = pictures.models(0.88)
    check(
        pictures.judge(model, model),
        EQUIVALENT,
        blessed=True,
        said=("Both models answer alike on every test picture", "no practical difference"),
        never=("+0.00 to +0.00", "paid off", "did harm"),
    )


def test_the_same_answers_on_few_pictures_show_nothing() -> None:
    pictures = Pictures.of(200, TEN)
    model = pictures.models(0.88)
    check(
        pictures.judge(model, model),
        NOT_SHOWN,
        blessed=True,
        said=("Both models answer alike on every test picture", "may be chance"),
        never=("+0.00 to +0.00", "did harm", "Yes"),
    )


@pytest.mark.parametrize("seeds", [1, 2, 5])
@pytest.mark.parametrize("shares", [[1.0, 1.0], TEN])
def test_equal_models_are_never_called_better_or_worse(shares: list[float], seeds: int) -> None:
    pictures = Pictures.of(1000, shares, seed=seeds)
    hard = pictures.difficulty()
    judged = pictures.judge(
        pictures.models(0.85, seeds, alike=hard), pictures.models(0.85, seeds, alike=hard)
    )
    assert judged.conclusion in (NOT_SHOWN, EQUIVALENT), judged.text
    assert "Yes" not in judged.text
    assert "did harm" not in judged.text
    assert "No class, corruption or other figure changed beyond chance." in judged.lines
    assert ("--repeats 5" in judged.text) == (seeds == 1)


@pytest.mark.parametrize("seeds", [1, 5])
def test_a_gain_of_three_points_is_shown(seeds: int) -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    judged = pictures.judge(
        pictures.models(0.85, seeds, alike=hard),
        pictures.models(0.88, seeds, alike=hard),
        gate=Gate(min_accuracy=0.8, kind="significance"),
    )
    check(
        judged,
        BETTER,
        blessed=True,
        said=("Yes, it paid off", "zero is not among them"),
        never=("may be chance",),
    )
    assert ("in this pair of trainings" in judged.lines[0]) == (seeds == 1)
    assert judged.lines[1].startswith("Conclusion: better")


def test_a_gain_of_one_point_is_shown_by_five_seeds() -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    judged = pictures.judge(
        pictures.models(0.88, 5, alike=hard), pictures.models(0.89, 5, alike=hard)
    )
    check(judged, BETTER, blessed=True, said=("mean of 5 seeds",), never=("--repeats",))


def test_a_gain_of_one_point_is_not_shown_by_few_pictures() -> None:
    pictures = Pictures.of(300, TEN)
    hard = pictures.difficulty()
    judged = pictures.judge(
        pictures.models(0.80, alike=hard),
        pictures.models(0.81, alike=hard),
        gate=Gate(min_accuracy=0.5, min_improvement=-1, kind="significance"),
    )
    assert judged.conclusion == NOT_SHOWN
    assert "may be chance" in judged.text
    assert "or more in 80 of 100 cases" in judged.text
    assert "Yes" not in judged.text


def test_a_loss_of_three_points_is_harm_and_closes_the_gate() -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    check(
        pictures.judge(pictures.models(0.88, alike=hard), pictures.models(0.85, alike=hard)),
        WORSE,
        blessed=False,
        said=("No, it did harm", "not as good as the baseline"),
        never=("paid off",),
    )


def test_nearly_the_same_answers_are_practically_equal() -> None:
    pictures = Pictures.of(10_000, TEN)
    [model] = pictures.models(0.88)
    other = model.copy()
    other[:20] = np.roll(model[:20], 1, axis=1)
    check(
        pictures.judge([model], [other]),
        EQUIVALENT,
        blessed=False,
        said=("It makes no practical difference", "all within ±0.5 points"),
        never=("did harm", "may be chance"),
    )


def test_seeds_that_disagree_show_nothing() -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    baseline = pictures.models(0.86, 3, alike=hard)
    candidate = [pictures.models(accuracy, alike=hard)[0] for accuracy in (0.84, 0.87, 0.90)]
    judged = pictures.judge(baseline, candidate)
    check(judged, NOT_SHOWN, blessed=False, said=("3 seeds",), never=("Yes", "did harm"))


# --- Models that did not learn. ---


def test_one_class_for_every_picture_is_no_answer() -> None:
    pictures = Pictures.of(300, [1.0, 1.0])
    same = [pictures.saying(np.zeros(300, int), sure=0.52)]
    record = a_record(train_accuracy=0.5, steps_per_epoch=9)
    check(
        pictures.judge(same, same, records=(record, record)),
        NOT_JUDGED,
        blessed=False,
        said=("says 'class 0' of every test picture", "--set"),
        never=("+0.00 to +0.00", *CLAIMS),
    )


def test_three_classes_at_chance_are_no_answer() -> None:
    pictures = Pictures.of(120, [1.0] * 3)
    check(
        pictures.judge(pictures.models(0.39), pictures.models(0.33)),
        NOT_JUDGED,
        blessed=False,
        said=("not shown to be better than saying the most frequent class",),
        never=CLAIMS,
    )


def test_the_majority_of_unequal_classes_is_no_answer() -> None:
    pictures = Pictures.of(1000, [95.0, 5.0])
    always = [pictures.saying(np.zeros(1000, int))]
    check(
        pictures.judge(always, pictures.models(0.90)),
        NOT_JUDGED,
        blessed=False,
        said=("Plain says 'class 0' of every test picture",),
        never=CLAIMS,
    )


def test_a_candidate_that_knows_only_its_training_pictures_is_no_answer() -> None:
    pictures = Pictures.of(100, [1.0, 1.0])
    learned = a_record()
    by_heart = a_record(train_accuracy=1.0)
    check(
        pictures.judge(pictures.models(0.9), pictures.models(0.45), records=(learned, by_heart)),
        NOT_JUDGED,
        blessed=False,
        said=("it knows its training pictures (1.0000), and no others",),
        never=CLAIMS,
    )


def test_averages_that_have_not_settled_are_no_harm() -> None:
    pictures = Pictures.of(2000, TEN)
    hard = pictures.difficulty()
    unsettled = a_record(
        eval_accuracy=[0.6, 0.72, 0.73],
        steps_per_epoch=16,
        normalization=normalized(averages=730, batches=900, both=720),
    )
    judged = pictures.judge(
        pictures.models(0.84, 3, alike=hard),
        pictures.models(0.73, 3, alike=hard),
        records=(a_record(), unsettled),
    )
    check(
        judged,
        NOT_JUDGED,
        blessed=False,
        said=("have not settled after 48 steps", "need about 459", "--set candidate.epochs=29"),
        never=CLAIMS,
    )


def test_settled_averages_are_no_hindrance() -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    settled = a_record(normalization=normalized(averages=950, batches=955, both=940))
    judged = pictures.judge(
        pictures.models(0.85, alike=hard),
        pictures.models(0.88, alike=hard),
        records=(a_record(), settled),
    )
    assert judged.conclusion == BETTER


@pytest.mark.parametrize("curve", [[0.4], [0.3, 0.5, 0.7]])
def test_a_curve_that_still_rises_is_no_answer(curve: list[float]) -> None:
    pictures = Pictures.of(2000, TEN)
    judged = pictures.judge(
        pictures.models(0.70),
        pictures.models(0.75),
        records=(a_record(), a_record(eval_accuracy=curve)),
    )
    check(judged, NOT_JUDGED, blessed=False, said=("--set candidate.epochs=",), never=CLAIMS)


def test_what_explains_the_rest_is_said_first() -> None:
    pictures = Pictures.of(300, [1.0, 1.0])
    unsettled = a_record(
        eval_accuracy=[0.5],
        steps_per_epoch=3,
        normalization=normalized(averages=500, batches=900, both=490),
    )
    judged = pictures.judge(
        pictures.models(0.9), pictures.models(0.5), records=(a_record(), unsettled)
    )
    assert "is not served as it was trained" in judged.lines[0]
    assert judged.lines[1].startswith("Besides, ")


# --- Unequal classes, and figures beside accuracy. ---


def test_unequal_classes_are_judged_by_balanced_accuracy() -> None:
    pictures = Pictures.of(4000, [85.0, 15.0])
    rare = pictures.labels == 1
    random = np.random.default_rng(1)

    def model(frequent: float, of_rare: float) -> np.ndarray:
        right = random.random(4000) < np.where(rare, of_rare, frequent)
        return pictures.saying(np.where(right, pictures.labels, 1 - pictures.labels))

    # Fewer right in all, and a much fairer model.
    judged = pictures.judge([model(0.99, 0.35)], [model(0.93, 0.65)])
    assert judged.conclusion == BETTER, judged.text
    assert "balanced test accuracy" in judged.lines[0]
    assert "accuracy on pictures of class 1" in judged.text
    assert "For the worse: accuracy on pictures of class 0" in judged.text


def test_a_class_that_died_is_named() -> None:
    pictures = Pictures.of(5000, TEN)
    hard = pictures.difficulty()
    [baseline], [candidate] = (pictures.models(0.88, alike=hard) for _ in range(2))
    dead = pictures.labels == 6
    candidate[dead] = pictures.saying(np.zeros(dead.sum(), int))
    judged = pictures.judge([baseline], [candidate])
    assert judged.conclusion == WORSE
    assert "accuracy on pictures of class 6: -8" in judged.text


def test_gain_and_loss_that_cancel_are_told() -> None:
    pictures = Pictures.of(10_000, TEN)
    [baseline] = pictures.models(0.88)
    candidate = baseline.copy()
    right = baseline.argmax(axis=1) == pictures.labels
    won = np.flatnonzero((pictures.labels == 0) & ~right)[:80]
    lost = np.flatnonzero((pictures.labels == 6) & right)[:80]
    candidate[won] = pictures.saying(pictures.labels[won])
    candidate[lost] = pictures.saying((pictures.labels[lost] + 1) % 10)
    judged = pictures.judge([baseline], [candidate])
    assert judged.conclusion == EQUIVALENT, judged.text
    assert "For the better: accuracy on pictures of class 0: +8.00" in judged.text
    assert "For the worse: accuracy on pictures of class 6: -8.00" in judged.text


def test_a_higher_loss_with_a_better_accuracy_is_told() -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    judged = pictures.judge(
        pictures.models(0.85, alike=hard, sure=0.8),
        pictures.models(0.88, alike=hard, sure=0.99999),
    )
    assert judged.conclusion == BETTER
    assert "But its test loss is higher" in judged.text


def test_a_generated_data_set_says_so_first() -> None:
    pictures = Pictures.of(1000, TEN)
    judged = pictures.judge(pictures.models(0.85), pictures.models(0.85), generated_data=True)
    assert judged.lines[0].startswith("On the GENERATED STAND-IN")


def test_the_gate_asks_for_accuracy_too() -> None:
    pictures = Pictures.of(10_000, TEN)
    hard = pictures.difficulty()
    check(
        pictures.judge(
            pictures.models(0.75, alike=hard),
            pictures.models(0.79, alike=hard),
            gate=Gate(min_accuracy=0.85),
        ),
        BETTER,
        blessed=False,
        said=("Yes, it paid off", "below the required 0.85"),
        never=("is blessed",),
    )
