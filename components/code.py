"""Import paths, modules found by themselves, and the fingerprint of the code behind them.

TFX's cache looks at a node's inputs and settings, not at the code it runs. A node that
runs code of this project (or of a user) therefore carries that code's fingerprint among
its settings: an edit makes the node run again.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from components.errors import UserError
from components.hints import with_dot

#: This project's packages.
_OWN = ("components", "pipeline")


def load(import_path: str) -> Any:
    """Returns the object at `package.module.name`.

    Raises:
      UserError: there is no such module or name.
    """
    if ":" in import_path:
        raise UserError(f"{import_path!r}: {with_dot(import_path)}")
    module_name, _, name = import_path.rpartition(".")
    if not module_name:
        raise UserError(f"{import_path!r} is not an import path like 'package.module.name'")
    try:
        return getattr(importlib.import_module(module_name), name)
    except ModuleNotFoundError as error:
        if error.name and (module_name + ".").startswith(error.name + "."):
            raise UserError(
                f"no module {error.name!r} for {import_path!r}: check the name, and that its "
                "folder is the current one or on PYTHONPATH"
            ) from error
        raise
    except AttributeError as error:
        raise UserError(f"module {module_name!r} has no {name!r}") from error


def is_own(import_path: str) -> bool:
    """Whether `package.module.name` is of this project, and so no code of somebody else."""
    return import_path.partition(".")[0] in _OWN


def plugins(package: str, attribute: str) -> dict[str, Any]:
    """What each module of a package calls `attribute`, by the modules' names, in their order.

    A new module is found by being there; one without that name only helps the others. What a
    node runs of them is named by its import path, so that `code_fingerprint` counts it.
    """
    path = importlib.import_module(package).__path__
    modules = {
        module.name: importlib.import_module(f"{package}.{module.name}")
        for module in pkgutil.iter_modules(path)
    }
    return {
        name: getattr(module, attribute)
        for name, module in modules.items()
        if hasattr(module, attribute)
    }


def code_fingerprint(*import_paths: str) -> str:
    """SHA-256 (first 16 hex digits) of the modules behind `package.module.name` paths.

    Counted are those modules and all that they import, directly or not, from the same
    top-level packages or from `components`; installed libraries are not (the versions a
    run used are in its report).
    """
    modules = {path.rpartition(".")[0] for path in import_paths}
    own = {"components"} | {module.partition(".")[0] for module in modules}
    seen: dict[str, bytes] = {}
    source_file = functools.cache(_source_file)  # most names are imported by many
    waiting = sorted(modules)
    while waiting:
        module = waiting.pop()
        if module in seen or module.partition(".")[0] not in own:
            continue
        file = source_file(module)
        if file is None:
            continue
        seen[module] = file.read_bytes()
        waiting.extend(_imports(module, file, seen[module]))
        waiting.extend(_parents(module))
    digest = hashlib.sha256()
    for module in sorted(seen):
        digest.update(module.encode() + b"\0" + hashlib.sha256(seen[module]).digest())
    return digest.hexdigest()[:16]


def _source_file(module: str) -> Path | None:
    """The file of a module; None where there is none. Imports nothing."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top)
    for depth in range(len(rest)):
        # `from module import name` may name no module.
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = ".".join([top, *rest[: depth + 1]])
        spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


@functools.cache  # parsing takes most of the time, and nodes share most of their code
def _imports(module: str, file: Path, source: bytes) -> tuple[str, ...]:
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                above = above[: len(above) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            # The imported name may itself be a module.
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(names)
