"""Small situations whose right conclusion is known, and what is said of them.

Models are made by hand: which test pictures each gets right, and how sure it is. They then take
the way of a run: each is examined, the pair is compared, the gate decides, the verdict is worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components import names
from components.evaluator.changes import changes_of_predictions
from components.evaluator.gate import Decision, Gate, decide
from components.evaluator.learned import examine
from components.evaluator.problems import problems
from components.evaluator.significance import NOT_JUDGED, compare
from components.learning_record import LearningRecord
from pipeline.report.verdict import verdict
from tests.components.evaluator.trainings import a_record


@dataclass(frozen=True)
class Judged:
    """What became of a situation.

    Attributes:
      conclusion: as `runs` and the report name it.
      decision: the gate's.
      lines: of the verdict, the headline first.
    """

    conclusion: str
    decision: Decision
    lines: list[str]

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Pictures:
    """Test pictures, and models that answer them.

    Attributes:
      labels: int [pictures].
      classes: number of classes.
      random: what is drawn, is drawn from it.
    """

    labels: np.ndarray
    classes: int
    random: np.random.Generator

    @classmethod
    def of(cls, pictures: int, shares: Sequence[float], seed: int = 0) -> Pictures:
        """So many pictures, with these shares of the classes."""
        bounds = np.round(np.cumsum(shares) / sum(shares) * pictures).astype(int)
        labels = np.searchsorted(bounds, np.arange(pictures), side="right")
        return cls(labels, len(shares), np.random.default_rng(seed))

    def models(
        self, accuracy: float, seeds: int = 1, *, alike: np.ndarray | None = None, sure: float = 0.9
    ) -> list[np.ndarray]:
        """Models with this true accuracy, one a seed: probabilities, float [pictures, classes].

        Args:
          accuracy: the chance that a picture is named rightly; half of what makes a picture hard
            is the picture's, half the seed's.
          seeds: number of models.
          alike: a figure of each picture's difficulty; the models of both arms share it.
          sure: of what they say.
        """
        hard = self.difficulty() if alike is None else alike
        return [
            self.answers((hard + self.random.normal(size=len(hard))) / np.sqrt(2), accuracy, sure)
            for _ in range(seeds)
        ]

    def difficulty(self) -> np.ndarray:
        """How hard each picture is, float [pictures], standard normal."""
        return self.random.normal(size=len(self.labels))

    def answers(self, hard: np.ndarray, accuracy: float, sure: float = 0.9) -> np.ndarray:
        """Probabilities of a model that gets the share `accuracy` of the easiest right."""
        from scipy import stats

        right = hard < stats.norm.ppf(accuracy)
        wrong = (self.labels + 1) % self.classes
        return self.saying(np.where(right, self.labels, wrong), sure)

    def saying(self, answers: np.ndarray, sure: float = 0.9) -> np.ndarray:
        """Probabilities of a model that gives these answers."""
        rest = (1 - sure) / (self.classes - 1)
        probabilities = np.full((len(answers), self.classes), rest)
        probabilities[np.arange(len(answers)), answers] = sure
        return probabilities

    def judge(
        self,
        baseline: Sequence[np.ndarray],
        candidate: Sequence[np.ndarray],
        *,
        gate: Gate | None = None,
        records: tuple[LearningRecord, LearningRecord] | None = None,
        **said: Any,
    ) -> Judged:
        """Takes two arms' models through examination, comparison, gate and verdict.

        Args:
          baseline: probabilities of each seed's model.
          candidate: likewise.
          gate: what the candidate must reach; by default to be as good as the baseline.
          records: of both arms' trainings; by default such as raise no doubt.
          said: further arguments of `verdict`.
        """
        gate = gate or Gate(min_accuracy=0.0)
        class_names = [f"class {label}" for label in range(self.classes)]
        of_arms = records or (a_record(), a_record())
        learning = [
            examine(role, record, self.labels, model)
            for role, record, arm in zip(names.ROLES, of_arms, (baseline, candidate), strict=True)
            for model in arm
        ]
        left = problems(learning, class_names)
        figures = compare(self.labels, baseline, candidate, equivalence=gate.equivalence)
        decision = decide(
            gate,
            baseline=figures.baseline_accuracy[0],
            candidate=figures.candidate_accuracy[0],
            lower_end=figures.headline.low,
            problems=left,
        )
        answer = verdict(
            **{
                "baseline_title": "Plain",
                "candidate_title": "Regularized",
                "significance": figures,
                "decision": decision,
                "pushed": decision.blessed,
                "generated_data": False,
                "problems": left,
                "changes": changes_of_predictions(
                    self.labels, np.stack(baseline), np.stack(candidate), class_names
                ),
                **said,
            }
        )
        conclusion = NOT_JUDGED if left else figures.conclusion
        return Judged(conclusion, decision, [answer.headline, *answer.details])
