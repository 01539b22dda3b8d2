"""What numpy's arrays are pickled with: the few names, and what each stands for here.

A pickled array is a call of numpy's `_reconstruct`, which makes an empty one, and then its state:
version, shape, type, order, content. Protocol 5 calls `_frombuffer` in its place. None of numpy's
functions is called with what a file says, except to look at checked bytes as an array.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from components import limits

#: Makes bytes of text; it keeps count of how many.
Encode = Callable[[str], bytes]

_TYPES = {"u1", "i1", "i2", "i4", "i8", "u2", "u4", "u8", "f4", "f8", "b1"}
_RECONSTRUCT = "numpy.core.multiarray._reconstruct"
_FROM_BUFFER = "numpy.core.numeric._frombuffer"
_ARRAY, _TYPE, _ENCODE = "numpy.ndarray", "numpy.dtype", "_codecs.encode"
_NAMES = {_RECONSTRUCT, _FROM_BUFFER, _ARRAY, _TYPE, _ENCODE}
_DIMENSIONS = 32  # numpy's own limit


class Refused(Exception):
    """The text says what the file would do."""


class Name:
    """A known name, as a value on the stack."""

    def __init__(self, name: str):
        self.name = name


class Type:
    """Stands in for numpy.dtype.

    Raises:
      Refused: it is not a type of plain numbers.
    """

    def __init__(self, code: Any):
        text = _text(code)
        if not isinstance(text, str) or text not in _TYPES:
            raise Refused(f"would make an array of {limits.shown(text)}")
        self._code, self._order = text, "<"

    def build(self, state: Any, encode: Encode) -> None:
        """Takes the byte order, the second part of the state.

        Raises:
          ValueError: there is none.
        """
        order = _text(state[1]) if type(state) is tuple and len(state) > 1 else None
        if order not in ("<", ">", "|", "="):
            raise ValueError("a type without a byte order")
        self._order = "<" if order in "|=" else order

    def numpy(self) -> np.dtype:
        """The type itself."""
        return np.dtype(self._order + self._code)


class Holder:
    """Stands in for an array until it has its content.

    Attributes:
      array: None before that.
    """

    def __init__(self) -> None:
        self.array: np.ndarray | None = None

    def build(self, state: Any, encode: Encode) -> None:
        """Takes the state: (version, shape, type, whether in columns, content).

        Raises:
          ValueError: it is not such a state.
        """
        if type(state) is not tuple or len(state) != 5:
            raise ValueError("not the state of an array")
        _, shape, kind, in_columns, content = state
        self.array = _array(content, kind, shape, "F" if in_columns is True else "C", encode)


def known(module: Any, name: Any) -> Name:
    """What a name stands for.

    Raises:
      Refused: it is none of those that arrays are pickled with.
    """
    if not isinstance(module, str) or not isinstance(name, str):
        raise ValueError("a name that is not text")
    full = f"{module[: limits.SHOWN]}.{name[: limits.SHOWN]}"
    full = full.replace("numpy._core.", "numpy.core.", 1)
    if full not in _NAMES:
        raise Refused(f"would call {full}")
    return Name(full)


def call(function: Any, arguments: Any, encode: Encode) -> Any:
    """Does what a known function does.

    Returns:
      A `Holder`, a `Type`, an array, or bytes.

    Raises:
      Refused: it is something else.
      ValueError: its arguments are not what it takes.
    """
    name = function.name if isinstance(function, Name) else "a value"
    if type(arguments) is not tuple:
        raise ValueError("arguments that are no tuple")
    first = arguments[0] if arguments else None
    if name == _RECONSTRUCT:
        if not isinstance(first, Name) or first.name != _ARRAY:
            raise Refused("would make something else than an array")
        return Holder()
    if name == _TYPE:
        return Type(first)
    if name == _FROM_BUFFER and len(arguments) == 4:
        content, kind, shape, order = arguments
        return _array(content, kind, shape, "F" if order == "F" else "C", encode)
    if name == _ENCODE:
        return _encoded(arguments, encode)
    raise Refused(f"would call {name}")


def _encoded(arguments: tuple[Any, ...], encode: Encode) -> bytes:
    """How Python 3 writes bytes with the protocols of Python 2: as text, and its encoding."""
    match arguments:
        case (str(text), "latin1" | "latin-1"):
            return encode(text)
    raise Refused("would encode something else than text of bytes")


def _array(content: Any, kind: Any, shape: Any, order: Any, encode: Encode) -> np.ndarray:
    if not isinstance(kind, Type) or type(shape) is not tuple or len(shape) > _DIMENSIONS:
        raise ValueError("an array without type or shape")
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("an array whose shape is not of numbers")
    content = encode(content) if isinstance(content, str) else content
    dtype = kind.numpy()
    if not isinstance(content, bytes) or math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError("an array of another size than its shape says")
    return np.frombuffer(content, dtype).reshape(shape, order=order)


def _text(value: Any) -> Any:
    return value.decode("latin1") if isinstance(value, bytes) else value
