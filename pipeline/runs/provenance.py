"""Which code made a result: its fingerprint, its commit, and the versions of the packages."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass
from importlib import metadata

from components.code import code_fingerprint
from components.environment import recorded
from pipeline.home import CHECKOUT
from pipeline.settings.experiment import Experiment

_PACKAGES = ("tfx", "tensorflow", "keras", "tensorflow-model-analysis", "apache-beam", "numpy")


@dataclass(frozen=True)
class CodeVersion:
    """The code of a run.

    Attributes:
      fingerprint: see `fingerprint`.
      commit: Git's name of this project's checkout; "" where it is none.
      changed: whether there were changes that the commit does not hold.
      versions: of Python and of the packages that a result depends on most.
      environment: Keras' settings, and variables that change what TensorFlow computes, see
        `components.environment`.
    """

    fingerprint: str
    commit: str
    changed: bool
    versions: dict[str, str]
    environment: dict[str, str]


def fingerprint(experiment: Experiment) -> str:
    """Tells code apart: of this project, and of the modules that an experiment names."""
    models = [arm.model for arm in experiment.arms.values()]
    own_policy = [experiment.augmentation] if "." in experiment.augmentation else []
    return code_fingerprint(
        "pipeline.dag.create_pipeline",
        "pipeline.runners.kubeflow.compiler.compile_pipeline",
        experiment.dataset.reader,
        *models,
        *own_policy,
    )


def code_version(experiment: Experiment) -> CodeVersion:
    """The code that runs now."""
    inside = CHECKOUT is not None and _git("rev-parse", "--show-toplevel") == str(CHECKOUT)
    return CodeVersion(
        fingerprint=fingerprint(experiment),
        commit=_git("rev-parse", "HEAD") if inside else "",
        changed=inside and bool(_git("status", "--porcelain")),
        versions={
            "python": platform.python_version(),
            **{package: metadata.version(package) for package in _PACKAGES},
        },
        environment=recorded(),
    )


def _git(*arguments: str) -> str:
    """What Git says of the project's folder; "" where there is no Git, or it does not know."""
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
