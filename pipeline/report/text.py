"""Text of users and of data in each medium: escaped where it is shown, here, and nowhere else.

Titles, class names, questions and names of files may hold anything: markup of rich, mathtext of
Matplotlib, HTML, control characters, thousands of letters. Lines of plain text have
`components.text.in_line`; the others are here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from components.text import LONGEST, in_line

if TYPE_CHECKING:
    from rich.text import Text

#: Characters of a text that a plot, or a cell of a table on the terminal, has room for.
LONGEST_IN_CELL = 80


def in_terminal(
    text: object, style: str = "", *, longest: int = LONGEST, prose: bool = True
) -> Text:
    """For rich: no markup is read in it, and nothing reaches the terminal but letters.

    Args:
      text: of a user or of data.
      style: of rich, e.g. "bold".
      longest: more characters than these are cut, in the middle.
      prose: whether lines may end between its words; not where a path or a command is to be copied.
    """
    from rich.text import Text

    return Text(in_line(text, longest), style=style, no_wrap=not prose)


def in_plot(text: object, longest: int = LONGEST_IN_CELL) -> str:
    """For Matplotlib: no mathtext is read in it, and an SVG file with it is sound XML.

    Args:
      text: of a user or of data.
      longest: more characters than these are cut, in the middle.
    """
    # https://matplotlib.org/stable/users/explain/text/mathtext.html: an escaped dollar sign is one.
    line = in_line(text, longest).replace("$", r"\$")
    return f" {line}" if line.startswith("_") else line  # a legend leaves out "_…"


def in_markdown(text: object) -> str:
    """For Markdown: shown as it is, in one line, whatever marks, links and HTML it looks like."""
    return re.sub(r"([!-/:-@[-`{-~])", r"\\\1", in_line(text).strip())


def in_html(value: Any) -> Any:
    """For Jinja, of everything that a template inserts; its own escaping of HTML comes after.

    Args:
      value: HTML stays as it is, and so do numbers and the like.
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return in_line(value, len(value) * 10)  # a page has room: nothing is cut
