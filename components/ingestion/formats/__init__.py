"""Readers of the formats that data sets come in: a module a format, which names its `READER`."""

from __future__ import annotations

from components.code import plugins
from components.errors import UserError
from components.hints import did_you_mean, with_dot


def reader_path(name: str) -> str:
    """Import path of a format's reader.

    Args:
      name: of a module here, e.g. "idx"; or an import path already, which is returned.

    Raises:
      UserError: there is no such format; the text names what there is.
    """
    if "." in name:
        return name
    formats = plugins(__name__, "READER")
    if name in formats:
        return f"{__name__}.{name}.{formats[name].__name__}"
    hint = with_dot(name) if ":" in name else did_you_mean(name, formats)
    raise UserError(f"no data format {name!r}: {hint}; or give the import path of a reader")
