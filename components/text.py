"""Text of users and of data in lines: on a terminal, in logs, in error messages.

Names of files, classes and models, questions and what servers answer may hold anything. What would
do something to a terminal, or show the rest of a line otherwise than it is, is shown escaped; all
other letters of all languages stay as they are. For other media see `pipeline.report.text`.
"""

from __future__ import annotations

import os
import re
import traceback
import unicodedata

#: Characters of a text that a line shows; what is longer is cut in its middle.
LONGEST = 2000

# Control characters, format characters (among them those that turn the direction of writing),
# halves of surrogate pairs (undecodable bytes of file names), line and paragraph separators.
_ESCAPED = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Persian and Indian scripts and emoji join letters by these two.
_JOINERS = "\u200c\u200d"

#: Variables of the environment that hold secrets.
SECRETS = (
    "KFP_TOKEN",
    "KFP_COOKIES",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
_MASK = "***"
_SHORTEST = 6  # of a secret: shorter values would mask parts of words
# scheme://user:password@host
_ADDRESS = re.compile(r"(?P<kept>\b[a-z][a-z0-9+.-]*://[^\s/@:]*:)[^\s/@]+(?=@)", re.IGNORECASE)
_LOOKS_LIKE_A_SECRET = (
    # A header and its value, up to the end of the line or of the quoted string.
    r"(?P<kept>\b(?:(?:proxy-)?authorization|(?:set-)?cookie2?)[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+",
    r"(?P<kept>\bbearer\s+)[\w.~+/=-]{4,}",
    # token=…, "password": "…", X-Amz-Signature=…, authservice_session=…
    r"(?P<kept>\b[\w-]*(?:token|passw(?:or)?d|secret|signature|credential|session|api[_-]?key)"
    r"[\w-]*[\"']?\s*[:=]\s*[\"']?)[^\s\"'&;,<>}]+",
)
_LIKENESS = [re.compile(pattern, re.IGNORECASE) for pattern in _LOOKS_LIKE_A_SECRET]


def in_line(text: object, longest: int = LONGEST) -> str:
    r"""Text as a part of one line: "\x1b[2J", a line break or "\u202e" are shown so, escaped.

    Args:
      text: of a user, of data, or of another program.
      longest: more characters than these are cut, in the middle.
    """
    return shorten("".join(map(_shown, str(text))), longest)


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can write a text: it cannot write half of a surrogate pair.

    Such halves stand for the bytes of file names and arguments that are not UTF-8, and JSON and
    YAML can spell them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shorten(text: str, longest: int) -> str:
    """Text of at most so many characters; what is longer has "…" in its middle."""
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def traceback_in_lines() -> str:
    """The traceback of the exception that is being handled, for logs: its lines, each escaped."""
    lines = traceback.format_exc().splitlines()
    return "\n".join(in_line(masked_answer(line)) for line in lines) + "\n"


def masked(text: str) -> str:
    """Text without secrets: those in the environment (`SECRETS`), and passwords in addresses."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return _ADDRESS.sub(rf"\g<kept>{_MASK}", text)


def masked_answer(text: str) -> str:
    """What another program says, without secrets: also what only looks like one.

    That is what follows the name of a header, "Bearer", or a name like token= or password=.
    """
    text = masked(text)
    for pattern in _LIKENESS:
        text = pattern.sub(rf"\g<kept>{_MASK}", text)
    return text


def _shown(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _ESCAPED:
        return character
    return repr(character)[1:-1]


def _secrets() -> set[str]:
    """The secrets, and the parts of those that have parts: each cookie's value."""
    values = [value for name in SECRETS if (value := os.environ.get(name, "").strip())]
    cookies = [part.partition("=")[2].strip() for value in values for part in value.split(";")]
    return {secret for secret in (*values, *cookies) if len(secret) >= _SHORTEST}
