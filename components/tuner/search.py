"""What a Tuner node runs: trials of an arm's settings, each a training like the Trainer's.

TFX's Tuner asks for `tuner_fn`. KerasTuner keeps the trials on disk, so that a search that was
killed goes on; a trial that was under way goes on from its last epoch. The draws follow a seed, and
the settings that both arms have are drawn first: both arms try the same learning rates, batch sizes
and epochs.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import tensorflow_transform as tft
from keras_tuner.engine import base_tuner, trial
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.v1.components import TunerFnResult

from components.environment import set_keras
from components.errors import UserError
from components.settings import from_json
from components.trainer.accelerator import set_up, use_threads
from components.trainer.fit import fit
from components.trainer.input_pipeline import Transform
from components.trainer.run import SETTINGS, build, inputs, state_folder
from components.trainer.split import AnySplit
from components.trainer.transfer import head_of
from components.trainer.tuned import (
    ARGUMENT,
    BATCH_SIZE,
    EPOCHS,
    LEARNING_RATE,
    values_of,
    with_values,
)
from components.tuner.node_settings import TunerSettings

#: What is sought: the highest accuracy on split `eval` after any epoch.
OBJECTIVE = "eval_accuracy"


# Of a trial: its settings, and repetitions of what was tried before.
_MOST_DRAWS = 1000


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """The search, as TFX's Tuner asks for it."""
    settings = from_json(TunerSettings, fn_args.custom_config[SETTINGS])
    training = settings.training
    use_threads(training.accelerator)
    set_keras()
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    train, held_out, graph = inputs(training, fn_args, transform)
    folder = state_folder(training, fn_args) or Path(fn_args.working_dir)
    tuner = ArmTuner(settings, folder)
    return TunerFnResult(tuner, {"train": train, "held_out": held_out, "graph": graph})


def space(settings: TunerSettings) -> keras_tuner.HyperParameters:
    """What is drawn from; what both arms have comes first."""
    tuning, training = settings.tuning, settings.training
    most = tuning.most_epochs or training.epochs
    found = keras_tuner.HyperParameters()
    low, high = tuning.learning_rates
    found.Float(LEARNING_RATE, low, high, sampling="log")
    found.Choice(BATCH_SIZE, list(tuning.batch_sizes))
    found.Choice(EPOCHS, sorted({math.ceil(most / part) for part in (4, 2, 1)}))
    for name, values in settings.choices.items():
        found.Choice(f"{ARGUMENT}.{name}", list(values))
    return found


class _Oracle(keras_tuner.oracles.RandomSearchOracle):
    """Random search (Bergstra and Bengio, Journal of Machine Learning Research 13, 2012).

    The arm's own settings are the first trial.
    """

    def __init__(self, own: dict[str, Any], **settings: Any):
        super().__init__(**settings)
        self._own = own

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """See KerasTuner: the values of the next trial."""
        if not self.trials:
            values = {**self.hyperparameters.values, **self._own}
            return {"status": trial.TrialStatus.RUNNING, "values": values}
        # Each draw advances the state, and one arm may have more to draw than the other.
        self._seed_state = self.seed + _MOST_DRAWS * len(self.trials)
        return super().populate_space(trial_id)


class ArmTuner(base_tuner.BaseTuner):
    """Trains an arm with the values of each trial."""

    def __init__(self, settings: TunerSettings, folder: Path):
        """Makes the search, or takes it up.

        Args:
          settings: of the node.
          folder: where the trials are kept.
        """
        self._training = settings.training
        oracle = _Oracle(
            values_of(settings.training, settings.choices),
            objective=keras_tuner.Objective(OBJECTIVE, "max"),
            max_trials=settings.tuning.trials,
            seed=settings.training.seed + 1,  # 0 would be a random one
            hyperparameters=space(settings),
            allow_new_entries=False,
            tune_new_entries=False,
            max_consecutive_failed_trials=settings.tuning.trials + 1,
        )
        super().__init__(oracle, directory=str(folder.parent), project_name=folder.name)

    def run_trial(
        self, trial: trial.Trial, train: AnySplit, held_out: AnySplit, graph: Transform | None
    ) -> dict[str, float]:
        """Trains, and gives the accuracy on `eval` of the best epoch.

        A training that diverges is a failed trial. Any other failure ends the search.
        """
        settings = with_values(self._training, trial.hyperparameters.values)
        folder = Path(self.get_trial_dir(trial.trial_id))
        keras.utils.set_random_seed(settings.seed)
        chosen, scope = set_up(settings.accelerator)
        try:
            with scope:
                model = build(settings)
                on_features = settings.transfer is not None and settings.transfer.feature_cache
                fitted = fit(
                    head_of(model) if on_features else model,
                    settings,
                    train,
                    held_out,
                    transform=graph,
                    state_dir=folder / "state",
                    log_dir=str(folder / "tensorboard"),
                    xla=chosen.xla,
                )
        except UserError as error:
            raise keras_tuner.errors.FailedTrialError(str(error)) from error
        except Exception as error:
            raise keras_tuner.errors.FatalError(str(error)) from error
        return {OBJECTIVE: fitted.history[fitted.best_epoch - 1]["eval_accuracy"]}
