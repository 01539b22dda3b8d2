"""Training that goes on from a finished run's model: its node, and how weights are taken over.

The node copies the model into this run's artifacts: the run stays whole when the other one is
cleaned away, and ML Metadata knows what the Trainer began with. Only numbers are read of it, out of
the SavedModel's checkpoint; no graph and no code of it is run.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

import keras
import tensorflow as tf
from tfx.dsl.components.base import executor_spec
from tfx.types import standard_artifacts

from components import names, nodes
from components.errors import UserError
from components.manifest import file_sha256, manifest_file
from components.settings import settings
from components.trainer.export import variables_of

_VARIABLES = "variables/variables"  # of a SavedModel, its checkpoint
_OF_MODEL, _VALUE = "model_variables/", "/.ATTRIBUTES/VARIABLE_VALUE"


@settings
class BaseModelSettings:
    """Where a training goes on from.

    Attributes:
      run: id of the finished run.
      experiment: the name of its experiment.
      node: its Trainer that left the model.
      seed: of that training.
      steps: of the optimizer that the model has seen.
      folder: of the model, as that Trainer left it.
      sha256: of the folder's manifest, and so of its content.
    """

    run: str
    experiment: str
    node: str
    seed: int
    steps: int
    folder: str
    sha256: str


def content_of(folder: Path) -> str:
    """SHA-256 of a finished folder's manifest, which names each file's content."""
    return file_sha256(manifest_file(folder))


class Executor(nodes.NodeExecutor):
    """Copies the model."""

    SETTINGS = BaseModelSettings

    def run(
        self, settings: BaseModelSettings, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text.

        Raises:
          UserError: the model has changed since the run began.
        """
        folder = Path(settings.folder)
        if content_of(folder) != settings.sha256:
            raise UserError(f"{folder} has changed since this run began: run it again")
        [model] = outputs[names.OUTPUT_MODEL]
        shutil.copytree(folder, model.uri, dirs_exist_ok=True)
        for name in ("run", "experiment", "node"):
            model.set_string_custom_property(f"continued_from_{name}", getattr(settings, name))


class BaseModel(nodes.Node):
    """The node; it takes nothing, and leaves a `model`."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {}
    OUTPUTS: ClassVar = {names.OUTPUT_MODEL: standard_artifacts.Model}


def take_over(model: keras.Model, saved: str) -> None:
    """Gives a model the weights of an exported one, Batch Normalization's averages with them.

    Args:
      model: of the same architecture; not compiled.
      saved: folder of the SavedModel, see `components.trainer.export`.

    Raises:
      UserError: their weights are not of the same number and shapes, or cannot be read.
    """
    mine = variables_of(model)
    checkpoint = f"{saved}/{_VARIABLES}"
    try:
        names_there = tf.train.load_checkpoint(checkpoint).get_variable_to_dtype_map()
        stored = [
            name for name in names_there if name.startswith(_OF_MODEL) and name.endswith(_VALUE)
        ]
        status = tf.train.Checkpoint(model_variables=mine).read(checkpoint)
        status.assert_existing_objects_matched().expect_partial()
    except (ValueError, AssertionError, tf.errors.OpError) as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise UserError(f"its weights do not fit: {reason}") from error
    if len(stored) != len(mine):
        raise UserError(
            f"its weights do not fit: it has {len(stored)} arrays of them, and this model "
            f"{len(mine)}"
        )
