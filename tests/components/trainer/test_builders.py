"""Arguments of a model's builder are checked against what it takes, before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from components.errors import UserError
from components.trainer.builders import check_arguments, checked_model

CNN = "components.trainer.models.switches.cnn"
RESNET = "components.trainer.models.resnet50_transfer.build_resnet50_transfer"


def annotated(shape: Any, classes: Any, width: int, *, name: str = "x", free: Any = None) -> None:
    """A builder of somebody's own."""


def takes_nothing() -> None:
    """Written for one data set, as in an exercise."""


OWN = f"{__name__}.annotated"


def test_sound_arguments_get_the_types_that_the_builder_asks_for() -> None:
    checked = check_arguments(CNN, {"batch_normalization": True, "dropout": 0}, role="candidate")
    assert checked == {"batch_normalization": True, "dropout": 0.0}
    assert isinstance(checked["dropout"], float)
    assert check_arguments(OWN, {"width": 3, "free": "any"}, role="baseline")["free"] == "any"


@pytest.mark.parametrize(
    ("model", "arguments", "said"),
    [
        (CNN, {"droput": 0.5}, r"candidate.arguments.droput: .*cnn takes no such argument; did "),
        (CNN, {"zzz": 1}, r"there is batch_normalization, dropout, l2"),
        (CNN, {"dropout": 1.5}, r"candidate.arguments.dropout=1.5: must be below 1"),
        (CNN, {"dropout": "much"}, r"candidate.arguments.dropout=much: must be a number"),
        (CNN, {"batch_normalization": "maybe"}, r"must be true or false"),
        (CNN, {"input_shape": 3}, r"takes no such argument"),
        (OWN, {}, r"needs candidate.arguments.width: set it"),
        (OWN, {"width": 2.5}, r"candidate.arguments.width=2.5: must be a whole number"),
        ("components.trainer.models.mlp.build_mlp_model", {"x": 1}, r"takes no arguments$"),
        (f"{__name__}.takes_nothing", {}, r"must take \(input_shape, num_classes\), which the"),
        ("components.names.ROLES", {}, r"is no function that builds a model"),
        ("components.names.nothing", {}, r"has no 'nothing'"),
    ],
)
def test_others_are_told_in_a_line(model: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        check_arguments(model, arguments, role="candidate")


def test_what_a_backbones_settings_have_is_set_there() -> None:
    with pytest.raises(UserError, match="takes no arguments"):
        check_arguments(
            RESNET, {"upsampling": 2}, role="candidate", taken=("upsampling", "weights")
        )


def test_a_function_that_returns_no_model_is_told_so() -> None:
    with pytest.raises(UserError, match="^student.build returns NoneType, .*`return model`"):
        checked_model("student.build", None)
