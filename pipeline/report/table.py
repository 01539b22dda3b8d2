"""Tables of the report: a head, a row a thing, and numbers that can be sorted by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from components.evaluator.intervals import Interval
from pipeline.report.text import in_html


class Number(NamedTuple):
    """A cell with a number.

    Attributes:
      text: as it is shown.
      value: what its column is sorted by.
    """

    text: str
    value: float


_LONG, _PIECE = 32, 16  # letters
_LONG_WORD = re.compile(rf"(\S{{{_LONG},}})")

#: Text is escaped; HTML (`Markup`) stays as it is.
Cell = str | Markup | Number


class Table(NamedTuple):
    """A table. A narrow screen shows its first columns, and scrolls to the others.

    Attributes:
      caption: what it shows, in some words.
      columns: their heads; the second is the one that decides.
      rows: a cell for each column; the first names the row.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def number(value: float, digits: int) -> Number:
    """So many digits after the point; thousands apart."""
    return Number(f"{value:,.{digits}f}", value)


def signed(value: float, digits: int) -> Number:
    """The same with its sign."""
    return Number(f"{value:+,.{digits}f}", value)


def interval(bounds: Interval, factor: float, digits: int) -> Number:
    """An interval's ends, times `factor`; sorted by its middle."""
    low, high = (signed(factor * end, digits).text for end in (bounds.low, bounds.high))
    return Number(f"{low} … {high}", factor * bounds.estimate)


def as_html(table: Table) -> Markup:
    """The table, sortable by the page's script where it is wide enough to scroll or sort."""
    numeric = [
        any(isinstance(row[column], Number) for row in table.rows)
        for column in range(len(table.columns))
    ]
    heads = Markup().join(
        Markup('<th scope="col"{}>{}</th>').format(_kind(is_number), _shown(head))
        for head, is_number in zip(table.columns, numeric, strict=True)
    )
    rows = Markup("\n").join(_row(row, numeric) for row in table.rows)
    caption = in_html(table.caption)
    # What scrolls must be reachable by keyboard: https://www.w3.org/WAI/standards-guidelines/act/rules/0ssw9k/
    return Markup(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table>\n'
        "<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody></table></div>"
    ).format(caption, caption, heads, rows)


def _row(row: Sequence[Cell], numeric: Sequence[bool]) -> Markup:
    first, *others = row
    cells = [Markup('<th scope="row"{}>{}</th>').format(_sorted_by(first), _shown(first))]
    cells += [
        Markup("<td{}{}>{}</td>").format(_kind(is_number), _sorted_by(cell), _shown(cell))
        for cell, is_number in zip(others, numeric[1:], strict=True)
    ]
    return Markup("<tr>{}</tr>").format(Markup().join(cells))


def _kind(is_number: bool) -> Markup:
    return Markup(' class="n"') if is_number else Markup()


def _sorted_by(cell: Cell) -> Markup:
    return Markup(' data-value="{}"').format(cell.value) if isinstance(cell, Number) else Markup()


def _shown(cell: Cell) -> Markup:
    if isinstance(cell, Markup):
        return cell
    return _breakable(in_html(cell.text if isinstance(cell, Number) else cell))


def _breakable(text: str) -> Markup:
    """Text whose long words may break, so that no column is wider than a phone."""
    parts: list[str] = _LONG_WORD.split(text)
    for index in range(1, len(parts), 2):  # the long words, between what is not
        word = parts[index]
        pieces = (word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
        parts[index] = Markup("<wbr>").join(pieces)
    return Markup().join(parts)
