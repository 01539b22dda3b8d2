"""Where a pipeline runs: a folder each, found by itself.

A runner is a package in this folder with a `make_runner`, see `MakeRunner`. It imports TFX late,
in that function: finding a runner is quick.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from components.errors import UserError
from components.hints import did_you_mean
from pipeline.datasets.locate import Weights
from pipeline.runs.folders import RunFolder
from pipeline.settings.experiment import Experiment


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to run, wherever that is.

    Attributes:
      experiment: whose nodes.
      data: folder of the data set; for a runner on other machines, what it finds there, see
        `data/README.md`.
      sha256: what it holds, see `Contents`; empty where that is not known yet.
      beam_args: Beam options of the nodes that use Beam.
      enable_cache: whether a node with the same inputs, settings and code is reused.
    """

    experiment: Experiment
    data: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    beam_args: Sequence[str] = ()
    enable_cache: bool = True


class NodeFailed(Exception):
    """A node failed for a reason that is not the user's: its text is one line."""


class Runner(Protocol):
    """Runs the nodes of a job."""

    def run(self, job: Job) -> None:
        """Runs them to the end.

        Raises:
          UserError: a node failed because of something the user can mend.
          NodeFailed: a node failed otherwise.
          KeyboardInterrupt: the user stopped the run.
        """


class MakeRunner(Protocol):
    """A runner for the command `run`."""

    def __call__(
        self,
        folder: RunFolder,
        *,
        weights: Mapping[str, Weights] | None = None,
        from_node: str = "",
        to_node: str = "",
        jobs: int = 0,
    ) -> Runner:
        """Makes it.

        Args:
          folder: of the run: takes its events, and through its experiment's folder, which must be
            locked, the artifacts and ML Metadata that the report is made of.
          weights: of backbones, see `pipeline.places.Places`.
          from_node: run this node and all that depend on it anew, even if cached.
          to_node: run no nodes that this one does not need.
          jobs: how many nodes work at the same time; 0 for as many as the machine can have.

        Raises:
          UserError: it is not for `run`; the text names the command that it is for.
        """


def runner_names() -> list[str]:
    """The names of the runners: those of the folders here."""
    return [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]


def find_runner(name: str) -> MakeRunner:
    """Finds a runner by name.

    Raises:
      UserError: there is none; the text names what there is.
    """
    names = runner_names()
    if name not in names:
        raise UserError(f"unknown runner {name!r}: {did_you_mean(name, names)}")
    make: MakeRunner = importlib.import_module(f"{__name__}.{name}").make_runner
    return make
