"""Readers of the formats that data sets come in: a module a format, which names its `READER`."""

from __future__ import annotations

import difflib
import importlib
import pkgutil

from components.errors import UserError


def reader_path(name: str) -> str:
    """Import path of a format's reader.

    Args:
      name: of a module here, e.g. "idx"; or an import path already, which is returned.

    Raises:
      UserError: there is no such format; the text names what there is.
    """
    if "." in name:
        return name
    modules = [module.name for module in pkgutil.iter_modules(__path__)]
    if name in modules and (reader := _reader(name)):
        return f"{__name__}.{name}.{reader.__name__}"
    formats = [module for module in modules if _reader(module)]
    near = difflib.get_close_matches(name, formats, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(formats)}"
    raise UserError(f"no data format {name!r}: {hint}; or give the import path of a reader")


def _reader(module: str) -> type | None:
    """The reader of a module here; None where it only helps one."""
    return getattr(importlib.import_module(f"{__name__}.{module}"), "READER", None)
