"""Reads YAML of plain values, and no more of it than a file that a person writes has.

An alias stands for as much as its anchor holds, and so on, so that a few lines can spell out
billions of values: what all of them come to is counted before any is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from components import limits
from components.errors import UserError
from components.files import read_file


def read_yaml(file: Path) -> Any:
    """What a YAML file holds: text, numbers, dates, lists and dictionaries.

    Raises:
      UserError: it cannot be read, is not YAML, or holds more than `components.limits` allow.
    """
    content = read_file(file, limits.YAML_BYTES)
    try:
        loader = _Loader(content.decode("utf-8"))
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check(node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    # ValueError: not UTF-8, or no such date; TypeError, LookupError: a key or a tag without a value
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise UserError(f"{file} is not YAML: {_reason(error)}") from error


class _Loader(yaml.SafeLoader):
    """Stops at a depth; PyYAML calls itself for each level, and looks at all of them at each."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """See `yaml.composer.Composer.compose_node`.

        Raises:
          ValueError: it would be too deep.
        """
        self._depth += 1
        if self._depth > limits.YAML_DEPTH:
            raise ValueError(f"it is nested more than {limits.YAML_DEPTH} levels deep")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _check(root: yaml.Node) -> None:
    """Counts values and levels, those inside of a node before it, and each node once.

    Raises:
      ValueError: there are too many.
    """
    counts: dict[int, tuple[int, int]] = {}
    entered: set[int] = set()
    todo = [root]
    while todo:
        node = todo[-1]
        inside = _inside(node)
        if id(node) in counts:
            todo.pop()
        elif id(node) not in entered:
            entered.add(id(node))
            todo += inside
        elif any(id(inner) not in counts for inner in inside):
            raise ValueError("a list in it holds itself")
        else:
            todo.pop()
            values = 1 + sum(counts[id(inner)][0] for inner in inside)
            levels = 1 + max((counts[id(inner)][1] for inner in inside), default=0)
            if values > limits.YAML_VALUES or levels > limits.YAML_DEPTH:
                raise ValueError("with its aliases, it holds too many values or levels")
            counts[id(node)] = values, levels


def _inside(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _reason(error: Exception) -> str:
    """The reason in one line, with the place."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark and problem:
        return f"{problem} in line {mark.line + 1}"
    return str(error).partition("\n")[0]
