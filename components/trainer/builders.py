"""What the function that builds a model takes besides shape and number of classes.

    def mlp(input_shape, num_classes, *, dropout: Part = 0.0) -> keras.Model: …

`arguments={"dropout": 0.3}` of an arm, or `--set candidate.arguments.dropout=0.3`. A function's
annotations say which values it takes; those of `components.settings` are checked, too.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_type_hints

import keras
import pydantic

from components.code import load
from components.errors import UserError
from components.settings import in_words

#: Arguments of a builder that builds on a backbone, which the settings of that have.
BACKBONE_ARGUMENTS = ("upsampling", "weights")

_FIRST = 2  # input_shape and num_classes, which every builder is called with


def check_arguments(
    model: str, arguments: Mapping[str, Any], *, role: str, taken: Iterable[str] = ()
) -> dict[str, Any]:
    """The arguments as the builder of a model takes them: numbers where it asks for numbers.

    Args:
      model: import path of the builder.
      arguments: by their names.
      role: of the arm, for the user.
      taken: names of arguments that the pipeline itself gives.

    Raises:
      UserError: there is no such model, or it takes no such argument or not this value.
    """
    build = load(model)
    if not callable(build):
        raise UserError(f"{role}.model={model}: is no function that builds a model")
    try:
        inspect.signature(build).bind_partial("input_shape", "num_classes")
    except TypeError as error:
        raise UserError(
            f"{role}.model={model}: must take (input_shape, num_classes), which the data set says"
        ) from error
    parameters = _parameters(build, taken)
    hints = _hints(build)
    checked = {}
    for name, value in arguments.items():
        setting = f"{role}.arguments.{name}"
        if name not in parameters:
            raise UserError(f"{setting}: {_no_such(model, name, parameters)}")
        checked[name] = _converted(setting, value, hints.get(name, Any))
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty and name not in arguments
    ]
    if missing:
        raise UserError(f"{model} needs {role}.arguments.{missing[0]}: set it")
    return checked


def checked_model(name: str, built: Any) -> keras.Model:
    """What a builder returned.

    Args:
      name: import path of the builder.
      built: by it.

    Raises:
      UserError: it is no model.
    """
    if not isinstance(built, keras.Model):
        raise UserError(
            f"{name} returns {type(built).__name__}, not a Keras model: does it end with "
            "`return model`?"
        )
    return built


def _parameters(
    build: Callable[..., keras.Model], taken: Iterable[str]
) -> dict[str, inspect.Parameter]:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = list(inspect.signature(build).parameters.items())[_FIRST:]
    return {name: p for name, p in parameters if p.kind in named and name not in set(taken)}


def _hints(build: Callable[..., keras.Model]) -> dict[str, Any]:
    described = build if inspect.isfunction(build) else type(build).__call__
    try:
        return get_type_hints(described, include_extras=True)
    except NameError:  # names that only a type checker sees: then any value will do
        return {}


def _no_such(model: str, name: str, parameters: Iterable[str]) -> str:
    known = list(parameters)
    if not known:
        return f"{model} takes no arguments"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
    return f"{model} takes no such argument; {hint}"


def _converted(setting: str, value: Any, hint: Any) -> Any:
    try:
        return pydantic.TypeAdapter(hint).validate_python(value)
    except pydantic.ValidationError as error:
        said = in_words(error, {})
        raise UserError(f"{setting}={value}{said[said.index(':') :]}") from error
