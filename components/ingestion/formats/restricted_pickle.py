"""Reads pickles of plain data and numpy arrays, and runs nothing that a pickle asks for.

Python's `pickle` is a little language: a file can name any function and have it called. Here
a file is looked through first: only the opcodes of plain data pass. Then the few functions
that numpy's arrays are pickled with are answered by stand-ins of this module; any other name
refuses the file.

Source: https://docs.python.org/3/library/pickle.html#restricting-globals, and the opcodes'
meaning in the standard library's pickletools.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from components.errors import UserError

_OPCODES = {
    # numbers, text, bytes
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT", "NONE"),
    *("NEWTRUE", "NEWFALSE", "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE"),
    *("SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "BINUNICODE8"),
    # containers
    *("EMPTY_LIST", "LIST", "APPEND", "APPENDS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2"),
    *("TUPLE3", "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "MARK", "POP", "POP_MARK"),
    # arrays: names are answered by `_Unpickler.find_class` alone
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    # the machinery
    *("PROTO", "FRAME", "STOP", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET"),
    "LONG_BINGET",
}
_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
_TYPES = {"u1", "i1", "i2", "i4", "i8", "u2", "u4", "u8", "f4", "f8", "b1"}


def read_pickle(path: Path) -> Any:
    """Reads a pickle of Python 2 or 3 that holds plain data and numeric numpy arrays.

    Text of Python 2 comes out as `str`, byte by byte (latin-1); bytes of Python 3 as `bytes`.

    Raises:
      UserError: the file is no pickle, is damaged, or asks for anything else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    try:
        _look_through(content)
        return _finished(_Unpickler(io.BytesIO(content), encoding="latin1").load())
    except _Refused as error:
        raise UserError(
            f"{path} is refused: it {error} when read, and data need no such thing. Get it from "
            "its official place"
        ) from error
    # What a damaged pickle raises is not limited to pickle's own errors.
    except (
        *(pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError),
        *(EOFError, OverflowError, MemoryError, RecursionError),
    ) as error:
        raise UserError(
            f"{path} is no pickle of data, or cut short: copy or download it again"
        ) from error


class _Refused(Exception):
    """The text says what the file would do."""


def _look_through(content: bytes) -> None:
    """Reads all opcodes without obeying any.

    Raises:
      _Refused: one of them is not of plain data.
      ValueError: the content is cut short, or no pickle.
    """
    end = 0
    for opcode, argument, position in pickletools.genops(content):
        if opcode.name not in _OPCODES:
            raise _Refused(f"would use {opcode.name}")
        if opcode.name in _PUTS and (argument or 0) > len(content):
            raise _Refused("would claim more memory than it has content")
        end = (position or 0) + 1
    if end != len(content):
        raise ValueError("more behind the end")


class _Unpickler(pickle.Unpickler):
    """Answers the names that arrays are pickled with, and no other."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """See `pickle.Unpickler.find_class`.

        Raises:
          _Refused: for any other name.
        """
        plain = module.replace("numpy._core.", "numpy.core.")
        answer = _NAMES.get(f"{plain}.{name}")
        if answer is None:
            raise _Refused(f"would call {module}.{name}")
        return answer

    def persistent_load(self, pid: Any) -> NoReturn:
        """See `pickle.Unpickler.persistent_load`.

        Raises:
          _Refused: always.
        """
        raise _Refused("would load an object from elsewhere")


class _Type:
    """Stands in for numpy.dtype."""

    def __init__(self, code: Any = "", *_: Any):
        code = code.decode("latin1") if isinstance(code, bytes) else code
        if code not in _TYPES:
            raise _Refused(f"would make an array of {code!r}")
        self._code, self._order = code, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "|", "="):
            raise ValueError(f"byte order {order!r}")
        self._order = "<" if order in "|=" else order

    def numpy(self) -> np.dtype:
        return np.dtype(self._order + self._code)


class _Array:
    """Stands in for numpy.ndarray while a pickle is read."""

    def __init__(self) -> None:
        self._array: np.ndarray | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, in_columns, content = state
        self._array = _array(content, kind, shape, "F" if in_columns else "C")

    def numpy(self) -> np.ndarray:
        if self._array is None:
            raise ValueError("an array without content")
        return self._array


def _array(content: Any, kind: Any, shape: Any, order: str) -> np.ndarray:
    if not isinstance(kind, _Type) or not isinstance(shape, tuple):
        raise ValueError("an array without type or shape")
    content = content.encode("latin1") if isinstance(content, str) else content
    dtype = kind.numpy()
    if math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError("an array of another size than its shape says")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C")


def _reconstruct(kind: Any, *_: Any) -> _Array:
    if kind is not _NAMES["numpy.ndarray"]:
        raise _Refused("would make something else than an array")
    return _Array()


def _from_buffer(content: Any, kind: Any, shape: Any, order: str) -> np.ndarray:
    return _array(content, kind, shape, order)


def _encode(text: Any, encoding: Any = "") -> bytes:
    """How Python 3 writes bytes with the protocols of Python 2."""
    if encoding not in ("latin1", "latin-1"):
        raise _Refused(f"would encode text as {encoding!r}")
    return text.encode("latin1")


class _Answer:
    """A stand-in that can be called, and not be changed."""

    def __init__(self, call: Callable[..., Any]):
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)

    def __setstate__(self, state: Any) -> NoReturn:
        raise _Refused("would change a function")


_NAMES = {
    "numpy.core.multiarray._reconstruct": _Answer(_reconstruct),
    "numpy.core.numeric._frombuffer": _Answer(_from_buffer),
    "numpy.ndarray": _Answer(_Array),
    "numpy.dtype": _Answer(_Type),
    "_codecs.encode": _Answer(_encode),
}


def _finished(value: Any, seen: dict[int, Any] | None = None) -> Any:
    """Puts arrays where their stand-ins are; what is there twice is done once."""
    seen = {} if seen is None else seen
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, dict):
        pairs = value.items()
        done: Any = {_finished(key, seen): _finished(inner, seen) for key, inner in pairs}
    elif isinstance(value, (list, tuple)):
        done = type(value)(_finished(inner, seen) for inner in value)
    else:
        return _checked(value)
    seen[id(value)] = done
    return done


def _checked(value: Any) -> Any:
    if isinstance(value, _Array):
        return value.numpy()
    if isinstance(value, (str, bytes, bytearray, int, float, bool, np.ndarray, type(None))):
        return value
    raise _Refused("would make something else than data")
