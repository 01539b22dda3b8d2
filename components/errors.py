"""The one exception for mistakes that a person can fix."""

from __future__ import annotations

import re

from components.text import in_line, masked


class UserError(Exception):
    r"""A user's mistake. Its text is one line: what is wrong, and what to do about it.

    Names from outside (of files, of what a pickle calls) may hold line breaks and control
    characters: these are shown escaped, as "\n", see `components.text`.
    """

    def __init__(self, text: str):
        super().__init__(in_line(masked(text)))


def user_error_in(error: BaseException) -> str | None:
    """Finds the text of a `UserError` behind an exception, or None where there is none.

    Beam hands exceptions of its workers on as the text of their traceback, so the
    text is searched too.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return _without_beam_step(str(cause))
        texts = re.findall(r"^(?:[\w.]+\.)?UserError: (.+)$", str(cause), flags=re.MULTILINE)
        if texts:
            return _without_beam_step(texts[-1])
        cause = cause.__cause__ or cause.__context__
    return None


def _without_beam_step(text: str) -> str:
    return re.sub(r" \[while running '.*", "", text, flags=re.DOTALL).strip()
