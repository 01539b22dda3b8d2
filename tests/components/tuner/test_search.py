"""The search for an arm's settings: what it draws, that it goes on, and what it finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_tuner
import pytest
from tfx.components.trainer.fn_args_utils import FnArgs

from components.errors import UserError
from components.settings import to_json
from components.trainer.run import SETTINGS
from components.trainer.settings import Optimizer
from components.trainer.tuned import values_of, with_values
from components.transform.preprocessing import TransformSettings
from components.tuner import search
from components.tuner.node_settings import TunerSettings
from components.tuner.settings import Tuning
from tests.components.ingestion.test_example_gen import FORMAT
from tests.components.trainer.preparation import Prepared, prepare
from tests.components.trainer.test_training import settings as training
from tests.conftest import write_idx_folder

MLP = "components.trainer.models.switches.mlp"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("pictures")
    folder = write_idx_folder(root / "data", train=200, test=50)
    return prepare(root, folder, settings=TransformSettings(picture_format=FORMAT))


def asked(
    trials: int = 3, choices: Any = None, tuning: Any = None, **changes: Any
) -> TunerSettings:
    return TunerSettings(
        tuning=Tuning(trials=trials, batch_sizes=(16, 32, 64), **(tuning or {})),
        choices=choices or {},
        training=training(**{"node": "Tuner.candidate", "epochs": 2, "model": MLP, **changes}),
    )


def drawn(settings: TunerSettings, folder: Path) -> list[dict[str, Any]]:
    """The values of all trials, without a training."""
    tuner = search.ArmTuner(settings, folder)
    tuner.run_trial = lambda trial, **_: {search.OBJECTIVE: 0.5}  # type: ignore[method-assign]
    tuner.search()
    return [t.hyperparameters.values for _, t in sorted(tuner.oracle.trials.items())]


def test_the_first_trial_is_the_arm_as_it_is_and_the_others_lie_in_the_space(
    tmp_path: Path,
) -> None:
    settings = asked(
        20, {"dropout": (0.2, 0.5)}, arguments={"dropout": 0.3}, epochs=8, batch_size=48
    )
    first, *others = drawn(settings, tmp_path / "search")
    assert first == {
        "learning_rate": 0.003,
        "batch_size": 48,
        "epochs": 8,
        "arguments.dropout": 0.3,
    }
    assert len(others) == 19
    for values in others:
        assert 1e-4 <= values["learning_rate"] <= 0.1
        assert values["batch_size"] in (16, 32, 64)
        assert values["epochs"] in (2, 4, 8)
        assert values["arguments.dropout"] in (0.2, 0.5)
    rates = [values["learning_rate"] for values in others]
    assert sum(rate < 0.003 for rate in rates) in range(4, 16)  # evenly by the logarithm


def test_both_arms_try_the_same_values_of_what_both_have(tmp_path: Path) -> None:
    baseline = drawn(asked(8, node="Tuner.baseline"), tmp_path / "baseline")
    candidate = drawn(asked(8, {"dropout": (0.2, 0.5)}), tmp_path / "candidate")
    shared = [{k: v for k, v in values.items() if "." not in k} for values in candidate]
    assert baseline == shared
    assert baseline == drawn(asked(8, node="Tuner.baseline"), tmp_path / "again")
    assert baseline[1] != drawn(asked(8, seed=2), tmp_path / "other")[1]


def run(pictures: Prepared, settings: TunerSettings, working: Path) -> keras_tuner.Tuner:
    found = search.tuner_fn(
        FnArgs(
            custom_config={SETTINGS: to_json(settings)},
            transform_graph_path=pictures.graph,
            train_files=pictures.files("train"),
            eval_files=pictures.files("eval"),
            working_dir=str(working / "working"),
        )
    )
    found.tuner.search(**found.fit_kwargs)
    return found.tuner


def test_a_search_that_is_stopped_goes_on_from_its_last_epoch(
    pictures: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = asked(3, state_dir=str(tmp_path / "state"))
    undisturbed = run(pictures, asked(3, state_dir=str(tmp_path / "other")), tmp_path)
    trained: list[str] = []
    train = search.ArmTuner.run_trial

    def stops_once(self: search.ArmTuner, trial: Any, **data: Any) -> dict[str, float]:
        trained.append(trial.trial_id)
        if trained == ["0", "1"]:
            raise KeyboardInterrupt
        return train(self, trial, **data)

    monkeypatch.setattr(search.ArmTuner, "run_trial", stops_once)
    with pytest.raises(KeyboardInterrupt):
        run(pictures, settings, tmp_path)
    tuner = run(pictures, settings, tmp_path)
    assert trained == ["0", "1", "1", "2"]
    scores = [
        {trial.trial_id: trial.score for trial in each.oracle.get_best_trials(3)}
        for each in (tuner, undisturbed)
    ]
    assert scores[0] == scores[1]


def test_a_trial_that_diverges_is_not_the_end_and_another_failure_is(
    pictures: Prepared, tmp_path: Path
) -> None:
    wild = Optimizer(name="SGD", learning_rate=1e30)
    tuner = run(pictures, asked(2, optimizer=wild), tmp_path)
    states = [t.status for _, t in sorted(tuner.oracle.trials.items())]
    assert states == ["FAILED", "COMPLETED"]
    with pytest.raises(keras_tuner.errors.FatalError, match="no numbers"):
        run(pictures, asked(1, model=f"{__name__}.breaks"), tmp_path / "b")


def breaks(shape: Any, classes: int) -> None:
    raise RuntimeError("no numbers")


def test_a_trials_values_take_the_place_of_the_arms() -> None:
    arm = training(model=MLP, arguments={"dropout": 0.3, "l2": 0.1})
    values = {**values_of(arm, {"dropout": ()}), "batch_size": 7, "arguments.dropout": 0.5}
    tuned = with_values(arm, values)
    assert tuned.batch_size == 7
    assert tuned.arguments == {"dropout": 0.5, "l2": 0.1}
    assert tuned.optimizer == arm.optimizer
    assert with_values(arm, values_of(arm, {"dropout": ()})) == arm


@pytest.mark.parametrize("wrong", [{"learning_rates": (0.1, 0.01)}, {"learning_rates": (0, 0.1)}])
def test_a_space_that_is_none_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="learning_rate"):
        Tuning(trials=1, **wrong)
