"""Typed settings: checked where they are defined, and one JSON form of them.

A settings class is a frozen dataclass whose fields say what they can be:

    @settings
    class Arm:
        epochs: Count = 10
        schedule: Literal["constant", "cosine"] = "constant"

A wrong value is refused when the object is made, so no node ever sees one. `to_json` and
`from_json` are the only encoding: of experiment files, of nodes' settings, and on a cluster.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

import pydantic
from typing_extensions import dataclass_transform

from components.errors import UserError
from components.text import is_utf8

#: Of the JSON form. It changes when a setting is renamed or means something else.
SCHEMA_VERSION = 1
_VERSION_KEY = "schema_version"

#: The field that tells tagged types apart.
TAG = "type"

T = TypeVar("T")

_VALUES = "values with commas between, of the right number and kind"
_LARGEST = 2**31 - 1  # of a count: TensorFlow's int32

#: A whole number of at least 1.
Count = Annotated[int, pydantic.Field(ge=1, le=_LARGEST)]
#: A whole number of at least 0.
NonNegative = Annotated[int, pydantic.Field(ge=0, le=_LARGEST)]
#: A share, 0 to 1.
Share = Annotated[float, pydantic.Field(ge=0, le=1)]
#: A share of at least 0 and below 1.
Part = Annotated[float, pydantic.Field(ge=0, lt=1)]
#: A finite number of at least 0.
NonNegativeNumber = Annotated[float, pydantic.Field(ge=0)]
#: A finite number above 0.
Positive = Annotated[float, pydantic.Field(gt=0)]


@dataclass_transform(frozen_default=True, kw_only_default=True)
def settings(cls: type[T]) -> type[T]:
    """Makes a settings class: a frozen dataclass, by keywords, checked when it is made.

    Raises (the class it makes):
      UserError: a value is not what its field can be; one line that names the field.
    """
    config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)
    made: Any = pydantic.dataclasses.dataclass(cls, frozen=True, kw_only=True, config=config)
    checked = made.__init__

    def __init__(self: Any, **values: Any) -> None:
        try:
            checked(self, **values)
        except pydantic.ValidationError as error:
            raise UserError(in_words(error, values)) from error

    made.__init__ = __init__
    return made


def to_plain(value: Any) -> dict[str, Any]:
    """Settings as JSON's types: dictionaries, lists, text, numbers."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(value)))
    return plain


def from_plain(kind: type[T], plain: Mapping[str, Any]) -> T:
    """The settings that `plain` holds. Text is read as the number it stands for.

    Raises:
      UserError: a value is not what its field can be; one line that names the field.
    """
    _check_text("", plain)
    try:
        return pydantic.TypeAdapter(kind).validate_python(dict(plain))
    except pydantic.ValidationError as error:
        raise UserError(in_words(error, plain)) from error


def _check_text(name: str, value: Any) -> None:
    """What pydantic itself ends with UnicodeEncodeError at, or lets through to TensorFlow."""
    if isinstance(value, str) and not is_utf8(value):
        raise UserError(f"{name}={_shown(value)}: is not text in UTF-8")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_text(name or "settings", key)
            _check_text(f"{name}.{key}".lstrip("."), inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_text(name, inner)


def to_json(value: Any) -> str:
    """Settings as one line of JSON with their schema's version."""
    return json.dumps({_VERSION_KEY: SCHEMA_VERSION, **to_plain(value)})


def from_json(kind: type[T], text: str) -> T:
    """Reads what `to_json` wrote.

    Raises:
      UserError: it is of another version, or a value is not what its field can be.
    """
    plain = json.loads(text)
    version = plain.pop(_VERSION_KEY, None)
    if version != SCHEMA_VERSION:
        raise UserError(
            f"settings of version {version} cannot be read by this version of the project, which "
            f"has version {SCHEMA_VERSION}: make them again"
        )
    return from_plain(kind, plain)


def in_words(error: pydantic.ValidationError, values: Mapping[str, Any]) -> str:
    """The first thing that is wrong, in one line: `candidate.epochs=0: must be at least 1`."""
    first = error.errors(include_url=False)[0]
    name, value = _name(first["loc"], values), first["input"]
    context = first.get("ctx", {})
    kind = first["type"]
    if any(isinstance(part, int) for part in first["loc"]) or kind.startswith(("tuple_", "too_")):
        value = _at(first["loc"], values)
        return f"{name}={_shown(value)}: must be {_VALUES}"
    if kind == "value_error":
        reason = str(context["error"])
        return f"{name}={_shown(value)}: {reason}" if name else reason
    if kind == "missing":
        return f"{name} is missing"
    if kind == "unexpected_keyword_argument":
        return f"{name}: no such setting"
    return f"{name}={_shown(value)}: must be {_wanted(kind, context, first['msg'])}"


def _wanted(kind: str, context: Mapping[str, Any], otherwise: str) -> str:
    bounds = {
        "greater_than_equal": ("at least", "ge"),
        "greater_than": ("above", "gt"),
        "less_than_equal": ("at most", "le"),
        "less_than": ("below", "lt"),
    }
    if kind in bounds:
        words, key = bounds[kind]
        return f"{words} {context[key]:g}" if abs(context[key]) < 1e6 else f"{words} {context[key]}"
    if kind in ("literal_error", "union_tag_invalid"):
        expected = str(context.get("expected", context.get("expected_tags")))
        return f"one of {expected.replace(' or ', ', ')}".replace("'", "")
    if kind.startswith("int_"):
        return "a whole number"
    if kind.startswith(("float_", "finite_number")):
        return "a number"
    if kind.startswith("bool_"):
        return "true or false"
    if kind.startswith("string_"):
        return "text"
    return otherwise[0].lower() + otherwise[1:]


def _name(location: tuple[int | str, ...], values: Any) -> str:
    """A field's dotted name."""
    return ".".join(name for name, _ in _path(location, values))


def _at(location: tuple[int | str, ...], values: Any) -> Any:
    """A field's value."""
    return [values, *(value for _, value in _path(location, values))][-1]


def _path(location: tuple[int | str, ...], values: Any) -> Iterator[tuple[str, Any]]:
    """The names that lead to a field, and what each holds."""
    entered = False
    for part in location:
        if isinstance(part, int):  # in a tuple: the field's name says enough
            return
        tag = values.get(TAG) if isinstance(values, Mapping) else getattr(values, TAG, None)
        if entered and tag == part:  # pydantic puts a tagged type's tag before the field's name
            entered = False
            continue
        entered = True
        values = values.get(part) if isinstance(values, Mapping) else getattr(values, part, None)
        yield part, values


def _shown(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return " ".join(text.split())[:60]
