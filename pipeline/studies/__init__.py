"""The built-in studies, a file each.

A study is plain data. Add one by making a `Study` in a module of your own and running it by its
import path: `python -m pipeline study my_module:MY_STUDY`. A module in this folder with a `STUDY`
is found by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from components.code import plugins
from components.errors import UserError
from pipeline.experiments import EXPERIMENTS, find
from pipeline.settings.experiment import Experiment
from pipeline.settings.study import GRID, Design, Study, Varied

__all__ = ["STUDIES", "Study", "Varied", "find_study"]

#: By name.
STUDIES: dict[str, Study] = {study.name: study for study in plugins(__name__, "STUDY").values()}

_LONGEST_NAME = 50


def find_study(name: str, vary: Sequence[str] = (), design: Design | None = None) -> Study:
    """Returns a built-in study, one of your own by `module:NAME`, or one made of an experiment.

    Args:
      name: of a study; of an experiment where something is to be varied.
      vary: what is varied, as `setting=value,value` or `setting,setting=value,value`.
      design: see `Study.design`; None for a grid, or what the study has.

    Raises:
      UserError: there is none, or it cannot be made.
    """
    if not vary:
        if name in EXPERIMENTS:
            raise UserError(
                f"{name} is an experiment: say what to vary, e.g. --vary "
                "dataset.train_limit=500,1000,2000"
            )
        if design:
            raise UserError("--design goes with --vary: a study has its own")
        return find(name, Study, STUDIES)
    if name in STUDIES:
        raise UserError(
            f"{name} is a study, which says itself what is varied: start from its experiment, "
            f"{STUDIES[name].experiment.name}"
        )
    experiment = find(name, Experiment, EXPERIMENTS)
    varied = tuple(_varied(text) for text in vary)
    by = "-".join(each.settings[0].rpartition(".")[2] for each in varied).replace("_", "-")
    return Study(
        name=f"{experiment.name}-by-{by}".lower()[:_LONGEST_NAME].rstrip("-"),
        question=experiment.question,
        experiment=experiment,
        varied=varied,
        design=design or GRID,
    )


def _varied(text: str) -> Varied:
    names, equals, values = text.partition("=")
    parts = [[part.strip() for part in side.split(",")] for side in (names, values)]
    if not equals or not all(all(side) for side in parts):
        raise UserError(f"--vary {text}: write it as setting=value,value")
    if len(parts[1]) < 2:
        raise UserError(f"--vary {text}: a study needs two values at least")
    return Varied(settings=tuple(parts[0]), values=tuple(parts[1]))
