"""JSON of files that anybody may have changed: what is none is a ValueError, however it fails."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes) -> Any:
    """What JSON's text holds: text, numbers, lists and dictionaries.

    Raises:
      ValueError: it is no JSON, no UTF-8, or nested deeper than Python reads.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
