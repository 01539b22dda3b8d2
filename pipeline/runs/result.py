"""The typed result of a run: what its JSON files hold.

summary = run.read(SUMMARY)  # run: a `pipeline.runs.folders.RunFolder`
summary.candidate.test_accuracy
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from components.evaluator.changes import Change, standing
from components.evaluator.learned import Learning
from components.evaluator.measures import Calibration
from components.evaluator.problems import Problem
from components.evaluator.robustness import Robustness
from components.evaluator.significance import NOT_JUDGED, Significance
from components.ingestion.leaks import Leaks
from components.settings import from_plain
from components.validation.split_facts import Skew, SplitFacts
from pipeline.datasets.locate import Located
from pipeline.runs.provenance import CodeVersion
from pipeline.runs.stored import StoredFile, checked
from pipeline.settings.experiment import Experiment


@dataclass(frozen=True)
class ArmEvidence:
    """What one arm's predictions on split test show; of the first seed.

    Attributes:
      confusion: [true class][predicted class] → pictures.
      precision: of each class, 0 … 1; None where no picture was taken for it.
      recall: of each class, 0 … 1; None where no picture is of it.
      calibration: see `components.evaluator.measures.Calibration`.
    """

    confusion: list[list[int]]
    precision: list[float | None]
    recall: list[float | None]
    calibration: Calibration


@dataclass(frozen=True)
class ArmSummary:
    """One arm's figures. Accuracies are shares, 0 … 1; losses are mean cross-entropies.

    Attributes:
      title: of the model.
      test_accuracy: on split test, by TensorFlow Model Analysis.
      test_loss: on split test, by TensorFlow Model Analysis.
      train_accuracy: of the finished model on the training pictures as they are.
      train_loss: likewise.
      eval_accuracy: on the held-out split that chose the best epoch.
      eval_loss: likewise.
      best_epoch: whose weights were exported, from 1.
      parameters: number of the model's weights.
      weights_sha256: of the finished model's weights.
      fit_seconds: time of the training.
      exported_bytes: size of the exported model.
      pictures_per_second: how fast it answers, see `components.evaluator.predictions.Cost`.
      accelerator: see `components.trainer.accelerator.Chosen`.
      class_accuracy: class name → accuracy on split test.
      curves: one dictionary an epoch, see `components.trainer.fit.Fit`.
      evidence: see `ArmEvidence`.
    """

    title: str
    test_accuracy: float
    test_loss: float
    train_accuracy: float
    train_loss: float
    eval_accuracy: float
    eval_loss: float
    best_epoch: int
    parameters: int
    weights_sha256: str
    fit_seconds: float
    exported_bytes: int
    pictures_per_second: float
    accelerator: dict[str, Any]
    class_accuracy: dict[str, float]
    curves: list[dict[str, float]]
    evidence: ArmEvidence

    @property
    def gap(self) -> float:
        """Generalization gap: accuracy on the training pictures minus on the test pictures."""
        return self.train_accuracy - self.test_accuracy


@dataclass(frozen=True)
class PictureNote:
    """Pictures that ExampleGen used though they are odd, and files that it left out.

    Attributes:
      note: what is wrong, or odd.
      used: whether they were used.
      count: their number.
      pictures: names of some of them.
    """

    note: str
    used: bool
    count: int
    pictures: list[str]


@dataclass(frozen=True)
class Summary:
    """A finished run's figures, as the report and `show` say them.

    Both arms' figures, and `robustness`, are those of the first of the `seeds`; `significance` and
    `changes` are over all.

    Attributes:
      run: the run's id.
      experiment: its name.
      question: what the experiment asks.
      headline: the answer, one sentence.
      details: what it rests on and how far it carries, a sentence each.
      blessed: whether the candidate was blessed.
      pushed_to: the folder that it was pushed to; "" where it was not.
      data: which data, one sentence.
      data_kind: see `pipeline.datasets.locate.Located`.
      data_sha256: check sum of each file.
      pictures: split → number of pictures.
      picture_notes: see `PictureNote`.
      leaks: pictures that stand more than once, see `components.ingestion.leaks.Leaks`.
      splits: split → what validation measured.
      skews: how far split test is from split train.
      baseline: the baseline's figures.
      candidate: the candidate's figures.
      learning: what tells whether each trained model has learned, the baseline's first.
      problems: why the comparison is not judged; empty where it is.
      significance: whether the difference is more than chance.
      robustness: on corrupted pictures; None where it was left out.
      changes: figures beside accuracy that were compared.
      serving: what `components.serving.check` measured; None where it was not run.
      seeds: of the trainings.
      draws: which draw of the training pictures each of them had, see `Selection.draw`.
      class_names: names of the classes 0, 1, …
      class_counts: class name → pictures of split test.
      settings: of the experiment, by their dotted names.
      code: that ran.
      artifacts: node → what it left, as node/output/execution below the folder of all nodes.
      nodes: how each node ended, see `pipeline.runs.folders.RunFolder.node_times`.
    """

    run: str
    experiment: str
    question: str
    headline: str
    details: list[str]
    blessed: bool
    pushed_to: str
    data: str
    data_kind: str
    data_sha256: dict[str, str]
    pictures: dict[str, int]
    picture_notes: list[PictureNote]
    leaks: Leaks
    splits: dict[str, SplitFacts]
    skews: list[Skew]
    baseline: ArmSummary
    candidate: ArmSummary
    learning: list[Learning]
    problems: list[Problem]
    significance: Significance
    robustness: Robustness | None
    changes: list[Change]
    serving: dict[str, Any] | None
    seeds: list[int]
    draws: list[int]
    class_names: list[str]
    class_counts: dict[str, int]
    settings: dict[str, Any]
    code: CodeVersion
    artifacts: dict[str, list[str]]
    nodes: list[dict[str, Any]]

    @property
    def conclusion(self) -> str:
        """The verdict's: that of `significance`, or "not judged"."""
        return NOT_JUDGED if self.problems else self.significance.conclusion

    @property
    def redrawn(self) -> bool:
        """Whether each seed had training pictures of its own."""
        return len(set(self.draws)) > 1

    @property
    def arms(self) -> tuple[ArmSummary, ArmSummary]:
        """Both arms, the baseline first."""
        return self.baseline, self.candidate

    @property
    def standing_changes(self) -> list[Change]:
        """The changes that are more than chance, the clearest first."""
        return standing(self.changes)


#: The experiment as it was run.
EXPERIMENT = StoredFile[Experiment]("experiment.json", partial(from_plain, Experiment))
#: Where its data came from.
DATA = StoredFile[Located]("data.json", checked(Located))
#: The code that ran.
CODE = StoredFile[CodeVersion]("code.json", checked(CodeVersion))
#: What came of it; only a finished run has it.
SUMMARY = StoredFile[Summary]("summary.json", checked(Summary))
