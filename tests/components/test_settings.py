"""A settings class refuses what its fields cannot be, in one line, and reads its own JSON."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UserError
from components.settings import (
    TAG,
    Count,
    Positive,
    Share,
    from_json,
    from_plain,
    settings,
    to_json,
    to_plain,
)


@settings
class Step:
    size: Positive = 0.1
    schedule: Literal["constant", "cosine"] = "constant"


@settings
class Plain:
    type: Literal["plain"] = "plain"
    title: str
    epochs: Count = 10
    shape: tuple[int, int] = (28, 28)
    step: Step = dataclasses.field(default_factory=Step)
    augment: bool = False


@settings
class Special:
    type: Literal["special"] = "special"
    share: Share = 0.5


@settings
class Whole:
    arm: Annotated[Plain | Special, pydantic.Field(discriminator=TAG)]
    seed: int = 1

    def __post_init__(self) -> None:
        if self.seed == 13:
            raise ValueError("13 brings bad luck: take another seed")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"epochs": 0}, "epochs=0: must be at least 1"),
        ({"epochs": 1e20}, "epochs=1e+20: must be a whole number"),
        ({"epochs": 2**31}, "epochs=2147483648: must be at most 2147483647"),
        ({"epochs": "many"}, "epochs=many: must be a whole number"),
        (
            {"shape": (1, 2, 3)},
            "shape=1,2,3: must be values with commas between, of the right number and kind",
        ),
        (
            {"shape": (1,)},
            "shape=1: must be values with commas between, of the right number and kind",
        ),
        (
            {"shape": ("a", 2)},
            "shape=a,2: must be values with commas between, of the right number and kind",
        ),
        ({"step": {"size": 0}}, "step.size=0: must be above 0"),
        ({"step": {"size": float("nan")}}, "step.size=nan: must be a number"),
        ({"step": {"schedule": "fast"}}, "step.schedule=fast: must be one of constant, cosine"),
        ({"augment": "perhaps"}, "augment=perhaps: must be true or false"),
        ({"title": 3}, "title=3: must be text"),
        ({"colour": "red"}, "colour: no such setting"),
    ],
)
def test_what_a_field_cannot_be_is_one_line(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(UserError) as caught:
        Plain(**{"title": "x", **changes})
    assert str(caught.value) == line
    with pytest.raises(UserError) as caught:
        from_plain(Whole, {"arm": {"type": "plain", "title": "x", **changes}})
    assert str(caught.value) == f"arm.{line}"


def test_fields_that_do_not_fit_together_are_one_line() -> None:
    with pytest.raises(UserError, match="^13 brings bad luck"):
        Whole(arm=Special(), seed=13)
    with pytest.raises(UserError, match="^13 brings bad luck"):
        dataclasses.replace(Whole(arm=Special()), seed=13)
    with pytest.raises(UserError, match=r"^arm=.*: must be one of plain, special$"):
        from_plain(Whole, {"arm": {"type": "other"}})
    with pytest.raises(UserError, match="^arm is missing$"):
        from_plain(Whole, {})


def test_text_is_read_as_the_number_it_stands_for() -> None:
    read = from_plain(Whole, {"arm": {"type": "plain", "title": "x", "epochs": "3"}, "seed": 4.0})
    assert read == Whole(arm=Plain(title="x", epochs=3), seed=4)


@given(st.builds(Whole, arm=st.builds(Plain, title=st.text()), seed=st.integers(14, 2**31)))
def test_json_gives_back_what_was_written(whole: Whole) -> None:
    text = to_json(whole)
    assert from_json(Whole, text) == whole
    assert "\n" not in text
    assert to_plain(whole)["arm"]["type"] == "plain"


def test_another_version_is_named() -> None:
    text = to_json(Special()).replace('"schema_version": 1', '"schema_version": 99')
    with pytest.raises(UserError, match="settings of version 99 cannot be read"):
        from_json(Special, text)
