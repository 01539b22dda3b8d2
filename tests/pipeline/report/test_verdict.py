"""The verdict in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.gate import Decision, Gate, decide
from components.evaluator.problems import Problem
from components.evaluator.robustness import summarize
from components.evaluator.significance import Significance, compare
from pipeline.report.verdict import Verdict, verdict


def measured(*accuracies: tuple[float, float], pictures: int = 10_000) -> Significance:
    """What is found of models with these accuracies, a pair (baseline, candidate) a seed."""

    labels = np.arange(pictures) % 2

    def answers(accuracy: float) -> np.ndarray:
        right = np.arange(pictures) < round(accuracy * pictures)
        # Each model is wrong about other pictures, in part.
        right = np.random.default_rng(round(accuracy * 1e4)).permutation(right)
        says = np.where(right, labels, 1 - labels)
        return np.stack([says == 0, says == 1], axis=1) * 0.8 + 0.1

    return compare(
        labels,
        [answers(baseline) for baseline, _ in accuracies],
        [answers(candidate) for _, candidate in accuracies],
        equivalence=0.005,
    )


def judge(*accuracies: tuple[float, float], **changes: Any) -> Verdict:
    significance = changes.get("significance") or measured(*accuracies)
    decision = decide(
        changes.pop("gate", Gate(min_accuracy=0.8)),
        baseline=significance.baseline_accuracy[0],
        candidate=significance.candidate_accuracy[0],
        lower_end=significance.headline.low,
        problems=changes.get("problems", ()),
    )
    values: dict[str, Any] = {
        "baseline_title": "MLP",
        "candidate_title": "MLP + BN",
        "significance": significance,
        "decision": decision,
        "pushed": decision.blessed,
        "generated_data": False,
    }
    return verdict(**{**values, **changes})


@pytest.mark.parametrize(
    ("baseline", "candidate", "said"),
    [
        (
            *(0.88, 0.90),
            "Yes, it paid off in this pair of trainings: MLP + BN 0.9000, MLP 0.8800 test accuracy "
            "(+2.00 points).",
        ),
        (0.88, 0.882, "Perhaps, but not clearly"),
        (0.88, 0.88, "It makes no practical difference"),
        (0.88, 0.878, "Not shown to pay off"),
        (0.88, 0.86, "No, it did harm in this pair of trainings"),
    ],
)
def test_the_headline_follows_the_difference(baseline: float, candidate: float, said: str) -> None:
    assert judge((baseline, candidate)).headline.startswith(said)


def test_the_interval_and_what_could_have_been_shown_are_said() -> None:
    clear, open_ = " ".join(judge((0.88, 0.90)).details), " ".join(judge((0.88, 0.882)).details)
    assert "Conclusion: better" in clear
    assert "95 % interval, 10,000 pictures" in clear
    assert "in 80 of 100 cases" not in clear
    assert "Conclusion: no difference shown" in open_
    assert "or more in 80 of 100 cases" in open_


def test_models_that_answer_alike_are_said_to() -> None:
    alike = judge((0.88, 0.88))
    assert "Both models answer alike on every test picture." in alike.details
    assert "+0.00 to +0.00" not in " ".join(alike.details)
    assert "answer alike" not in " ".join(judge((0.88, 0.882)).details)


def test_with_unequal_classes_balanced_accuracy_is_the_headlines() -> None:
    labels = np.repeat([0, 1], [900, 100])
    lazy = np.tile([0.9, 0.1], (1000, 1))
    keen = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    found = judge(significance=compare(labels, [lazy], [keen], equivalence=0.005))
    assert "MLP + BN 1.0000, MLP 0.5000 balanced test accuracy (+50.00 points)" in found.headline


def test_one_training_of_each_is_said_to_be_little() -> None:
    assert "--repeats 5" in " ".join(judge((0.88, 0.90)).details)
    several = judge((0.88, 0.90), (0.881, 0.90), (0.879, 0.901))
    assert "mean of 3 seeds (+2.03 points)" in several.headline
    assert "(95 % interval, 10,000 pictures, 3 seeds)" in " ".join(several.details)
    assert "With other test pictures and seeds the" in " ".join(several.details)
    assert "--repeats" not in " ".join(several.details)
    redrawn = judge((0.88, 0.90), (0.881, 0.90), redrawn=True)
    assert "With other test pictures, training pictures and seeds the difference may be" in (
        " ".join(redrawn.details)
    )
    assert "(95 % interval, 10,000 pictures, 2 seeds, each with a draw of its own)" in (
        " ".join(redrawn.details)
    )


def test_a_better_accuracy_with_a_worse_loss_is_not_hidden() -> None:
    right = np.arange(1000) < 800
    unsure = np.stack([right, ~right], axis=1) * 0.4 + 0.3
    more = np.arange(1000) < 850
    sure = np.stack([more, ~more], axis=1) * 0.998 + 0.001  # and wrong with the same certainty
    significance = compare(np.zeros(1000, int), [unsure], [sure], equivalence=0.005)
    found = judge((0.8, 0.85), significance=significance)
    assert found.headline.startswith("Yes, it paid off")
    assert "But its test loss is higher" in " ".join(found.details)
    assert "test loss" not in " ".join(judge((0.88, 0.90)).details)


def test_why_a_candidate_was_not_blessed_is_said() -> None:
    def last(baseline: float, candidate: float, **changes: Any) -> str:
        return judge((baseline, candidate), **changes).details[-1]

    assert "below the required 0.8" in last(0.5, 0.6)
    assert "not as good as the baseline" in last(0.88, 0.87)
    demanding = Gate(min_accuracy=0.8, min_improvement=0.02)
    assert "had to beat the baseline by 2 points" in last(0.88, 0.89, gate=demanding)
    careful = Gate(min_accuracy=0.8, kind="significance")
    assert "is not shown" in last(0.88, 0.882, gate=careful)
    assert "for a reason of its own" in last(
        0.88, 0.89, decision=Decision(blessed=False, reason="for a reason of its own")
    )
    assert "blessed and was pushed" in last(0.88, 0.89)
    assert "the Pusher was not run" in last(0.88, 0.89, pushed=False)


def test_corrupted_pictures_are_spoken_of_where_they_were_looked_at() -> None:
    right = np.arange(200) % 2 == 0
    corrupted = np.broadcast_to(right[None, :, None, None], (2, 200, len(CORRUPTIONS), 3)).copy()
    corrupted[1] |= np.arange(200)[:, None, None] % 10 == 1
    found = judge((0.88, 0.90), robustness=summarize(np.ones((2, 200), bool), corrupted))
    [told] = [detail for detail in found.details if "corrupted" in detail]
    assert told.startswith(f"On 200 corrupted test pictures ({CORRUPTIONS[0].name}, ")
    assert "candidate 0.6000, baseline 0.5000 (+10.00 points; 95 % interval +5.6" in told
    assert not [detail for detail in judge((0.88, 0.90)).details if "corrupted" in detail]


def test_generated_data_are_named_first() -> None:
    headline = judge((0.88, 0.90), generated_data=True).headline
    assert headline.startswith("On the GENERATED STAND-IN")


UNSETTLED = Problem(
    *("settled", "candidate", 3, 2),
    "is not served as it was trained: its averages have not settled after 45 steps",
    {"candidate.epochs": 31},
)
RISING = Problem("finished", "baseline", 3, 1, "has not finished learning", {"baseline.epochs": 6})


def test_what_has_not_learned_is_not_judged_whatever_the_figures_say() -> None:
    for candidate in (0.60, 0.879, 0.95):
        found = judge((0.88, candidate), problems=[UNSETTLED])
        assert found.headline == (
            "Not judged: MLP + BN is not served as it was trained: its averages have not settled "
            "after 45 steps. To change it: --set candidate.epochs=31."
        )
        said = " ".join([found.headline, *found.details])
        assert "The figures are no answer to the question: MLP + BN " in said
        assert "The candidate is not blessed, and was not pushed" in said
        for word in ("paid off", "did harm", "Perhaps", "Conclusion", "interval"):
            assert word not in said


def test_every_problem_is_told_with_its_seed_where_there_are_several() -> None:
    found = judge((0.88, 0.9), (0.87, 0.9), problems=[UNSETTLED, RISING])
    assert found.headline.startswith("Not judged: MLP + BN (seed 3, the worst of 2 such) is not")
    assert found.headline.endswith("--set candidate.epochs=31 --set baseline.epochs=6.")
    assert found.details[0] == "Besides, MLP (seed 3) has not finished learning."
