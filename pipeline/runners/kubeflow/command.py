"""What the commands of all containers share: their experiment, and how they fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from components import environment
from components.errors import UserError, reason_of, user_error_in
from components.text import in_line, masked_answer, traceback_in_lines
from pipeline.settings.experiment import Experiment

#: Environment variables of every container: the node's name, the experiment as JSON, and the
#: fingerprint of this project's code that the pipeline was compiled with.
NODE, EXPERIMENT, CODE = "PIPELINE_NODE", "PIPELINE_EXPERIMENT", "PIPELINE_CODE"

#: Ends the line of a mistake that stays, however often a node is tried again.
NO_USE = "trying again will not help"


def told(node: str, work: Callable[[], None]) -> int:
    """Does a container's work; says in one line why it failed, if it did.

    Returns:
      The exit code: 2 if a person can mend what failed, 1 if it failed otherwise.
    """
    try:
        environment.set_variables()
        work()
    except BaseException as error:
        by_user = user_error_in(error)
        if by_user is None:
            sys.stderr.write(traceback_in_lines())
        # The launcher ends as 1 whatever this one's exit code is, so the backend tries again.
        reason = f"{by_user}; {NO_USE}" if by_user else reason_of(error)
        sys.stdout.flush()
        sys.stderr.write(in_line(masked_answer(f"error: {node}: {reason}")) + "\n")
        sys.stderr.flush()
        return 1 if by_user is None else 2
    return 0


def experiment_of_run(values: Mapping[str, Any]) -> Experiment:
    """The experiment that this pipeline was compiled from, with the run's parameters.

    Raises:
      UserError: it was compiled with other code, or a parameter is wrong.
    """
    from components.settings import from_json
    from pipeline.runners.kubeflow.parameters import run_parameters, with_parameters
    from pipeline.runs.provenance import fingerprint

    experiment = from_json(Experiment, os.environ[EXPERIMENT])
    if fingerprint(experiment) != os.environ[CODE]:
        raise UserError(
            "the image holds other code than this pipeline was compiled with: build the image and "
            "compile the pipeline from the same checkout"
        )
    return with_parameters(experiment, run_parameters(experiment, ""), values)
