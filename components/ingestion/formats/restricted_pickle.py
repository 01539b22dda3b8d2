"""Reads pickles of plain data and numpy arrays, and runs nothing that a pickle asks for.

Python's `pickle` is a little language: a file can name any function and have it called. Here is
an interpreter of the part of it that data need. It knows no functions but the few that numpy's
arrays are pickled with, which it does itself; any other name refuses the file. It goes through
the opcodes one by one and follows no value into its depth, so that nesting costs no stack; only
text and numbers are keys, so that nothing large is hashed; and what it returns is small enough,
written out in full (`components.limits`), to be compared and shown.

Source: the opcodes' meaning in the standard library's pickletools.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from components import limits
from components.errors import UserError
from components.files import read_file
from components.ingestion.formats.pickled_array import Holder, Refused, Type, call, known

_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BINUNICODE8"),
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_IGNORED = {"PROTO", "FRAME", "STOP"}
_SCALARS = (str, bytes, int, float, bool, type(None))


def read_pickle(path: Path) -> Any:
    """Reads a pickle of Python 2 or 3 that holds plain data and numeric numpy arrays.

    Text of Python 2 comes out as `str`, byte by byte (latin-1); bytes of Python 3 as `bytes`.

    Returns:
      None, bool, int, float, str, bytes, numpy arrays; lists, tuples and dictionaries of these,
      whose keys are str, bytes or int. At most `limits.PICKLE_VALUES` values, a value counted
      wherever it stands, and `limits.PICKLE_DEPTH` levels.

    Raises:
      UserError: the file is no pickle, is damaged, asks for anything else, or is too large.
    """
    content = read_file(path, limits.PICKLE_BYTES)
    try:
        value = _Machine(content).run()
        _measure(value)
        return value
    except Refused as error:
        raise UserError(
            f"{path} is refused: it {error} when read, and data need no such thing. Get it from "
            "its official place"
        ) from error
    # Of pickletools, and of a stack or memo that lacks what an opcode takes from it.
    except (ValueError, LookupError, OverflowError) as error:
        raise UserError(
            f"{path} is no pickle of data, or cut short: copy or download it again"
        ) from error


class _Machine:
    """The stack, the marks on it, and the memo of one pickle."""

    def __init__(self, content: bytes):
        self._content = content
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks below each mark
        self._memo: dict[int, Any] = {}
        self._copied = 0  # bytes

    def run(self) -> Any:
        """The value that is left at the end.

        Raises:
          Refused: an opcode asks for what data do not need.
          ValueError, LookupError, OverflowError: the pickle is damaged.
        """
        end, most = 0, 3 * limits.PICKLE_VALUES
        for count, (opcode, argument, position) in enumerate(pickletools.genops(self._content)):
            if count >= most:
                raise Refused("would make more values than any data set's")
            name = opcode.name
            if name in _LITERALS:
                self._stack.append(argument)
            elif name in _CONSTANTS:
                self._stack.append(_CONSTANTS[name])
            elif name in _OPCODES:
                _OPCODES[name](self, argument)
            elif name not in _IGNORED:
                raise Refused(f"would use {name}")
            end = (position or 0) + 1
        if end != len(self._content) or self._below:
            raise ValueError("more behind the end, or an open mark")
        [value] = self._stack
        return value

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def mark(self, _: Any) -> None:
        self._below.append(self._stack)
        self._stack = []

    def since_mark(self) -> list[Any]:
        since, self._stack = self._stack, self._below.pop()
        return since

    def pop(self, _: Any = None) -> Any:
        return self._stack.pop()

    def tuple_of(self, count: int) -> None:
        if len(self._stack) < count:
            raise LookupError("nothing to make a tuple of")
        self._stack[-count:] = [tuple(self._stack[-count:])]

    def append(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise Refused("would change something else than a list")
        target += values

    def set_items(self, keys_and_values: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not dict:
            raise Refused("would change something else than a dictionary")
        keys, values = keys_and_values[::2], keys_and_values[1::2]
        if len(keys) != len(values):
            raise ValueError("a key without a value")
        for key in keys:
            if type(key) not in (str, bytes, int):
                raise Refused("would use a key that is neither text nor a number")
        target.update(zip(keys, values, strict=True))

    def new_dict(self, keys_and_values: list[Any]) -> None:
        self._stack.append({})
        self.set_items(keys_and_values)

    def put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def get(self, index: int) -> None:
        value = self._memo[index]
        self._stack.append(_filled(value))

    def name(self, module: Any, name: Any) -> None:
        self._stack.append(known(module, name))

    def name_on_stack(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self.name(module, name)

    def reduce(self, _: Any) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        self._stack.append(call(function, arguments, self._copy))

    def build(self, _: Any) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if not isinstance(target, Type | Holder):
            raise Refused("would change a function or a value")
        target.build(state, self._copy)
        self._stack[-1] = _filled(target)

    def _copy(self, text: str) -> bytes:
        """The bytes of a text; each of the file's is copied twice at most, so memory is bounded."""
        self._copied += len(text)
        if self._copied > 2 * len(self._content):
            raise Refused("would claim more memory than it has content")
        return text.encode("latin1")


_OPCODES: dict[str, Callable[[_Machine, Any], None]] = {
    "BYTEARRAY8": lambda m, argument: m.push(bytes(argument)),
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": lambda m, _: m.since_mark().clear(),
    "EMPTY_LIST": lambda m, _: m.push([]),
    "LIST": lambda m, _: m.push(m.since_mark()),
    "APPEND": lambda m, _: m.append([m.pop()]),
    "APPENDS": lambda m, _: m.append(m.since_mark()),
    "EMPTY_TUPLE": lambda m, _: m.push(()),
    "TUPLE": lambda m, _: m.push(tuple(m.since_mark())),
    "TUPLE1": lambda m, _: m.tuple_of(1),
    "TUPLE2": lambda m, _: m.tuple_of(2),
    "TUPLE3": lambda m, _: m.tuple_of(3),
    "EMPTY_DICT": lambda m, _: m.push({}),
    "DICT": lambda m, _: m.new_dict(m.since_mark()),
    "SETITEM": lambda m, _: m.set_items([m.pop(), m.pop()][::-1]),
    "SETITEMS": lambda m, _: m.set_items(m.since_mark()),
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": lambda m, _: m.put(len(m._memo)),
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": lambda m, argument: m.name(*argument.split(" ", 1)),
    "STACK_GLOBAL": _Machine.name_on_stack,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}


def _filled(value: Any) -> Any:
    """An array that has its content, in the place of its holder."""
    return value.array if isinstance(value, Holder) and value.array is not None else value


def _measure(root: Any) -> None:
    """Looks whether all is data, and not too much.

    Each container is looked into once, those inside of it before it, without recursion.

    Raises:
      Refused: it is not.
      ValueError: a container holds itself.
    """
    counts: dict[int, tuple[int, int]] = {}  # of containers: values inside, and levels
    entered: set[int] = set()
    todo = [root] if _is_container(root) else []
    while todo:
        value = todo[-1]
        if id(value) in counts:
            todo.pop()
            continue
        values = value.values() if isinstance(value, dict) else value
        containers = [inner for inner in values if _is_container(inner)]
        if id(value) not in entered:
            entered.add(id(value))
            todo += containers
            continue
        todo.pop()
        if not all(id(inner) in counts for inner in containers):
            raise ValueError("a container that holds itself")
        inside = [counts[id(inner)] for inner in containers]
        count = len(values) + sum(count for count, _ in inside)
        levels = 1 + max((levels for _, levels in inside), default=0)
        if levels > limits.PICKLE_DEPTH:
            raise Refused(f"would nest values more than {limits.PICKLE_DEPTH} levels deep")
        if count > limits.PICKLE_VALUES:
            raise Refused("would make more values than any data set's")
        counts[id(value)] = count, levels


def _is_container(value: Any) -> bool:
    """Whether a value holds others.

    Raises:
      Refused: it is no data.
    """
    if isinstance(value, np.ndarray) or type(value) in _SCALARS:
        return False
    if isinstance(value, dict | list | tuple):
        return True
    raise Refused("would make something else than data")
