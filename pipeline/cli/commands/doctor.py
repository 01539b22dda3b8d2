"""`doctor`: what this machine has, and what to do where something is missing."""

from __future__ import annotations

import functools
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import click

from components.errors import UserError
from components.files import absolute
from pipeline import home
from pipeline.cli import console
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import root_option

_PAIRS = {(3, 10): "1.16", (3, 12): "1.21", (3, 13): "1.21"}


class Finding(NamedTuple):
    """One thing looked at.

    Attributes:
      what: its name.
      ok: whether runs can work with it.
      text: what is there, or what is wrong and what to do.
    """

    what: str
    ok: bool
    text: str


@click.command
@root_option
def command(root: Path) -> int | None:
    """Look at what this machine has, and say what is missing."""
    healthy = True
    with console.quiet() as out:
        for finding in examine(home.data_folder(), root):
            healthy &= finding.ok
            mark = "ok   " if finding.ok else "WRONG"
            console.say(f"{mark} {finding.what:<20} {finding.text}", out)
    return None if healthy else ExitCode.FAILED


def examine(cache: Path, root: Path) -> Iterator[Finding]:
    """Looks at everything that a run needs, one thing after the other.

    Args:
      cache: folder of fetched data sets.
      root: folder of all runs.
    """
    from pipeline.datasets.data_set import data_set, data_set_names
    from pipeline.datasets.locate import reachability

    for what, look in (
        ("Python", _python),
        ("glibc", _glibc),
        ("TFX", _tfx),
        ("Beam runner", _beam),
        ("GPU", _gpu),
        ("kfp", _kfp),
    ):
        yield _finding(what, look)
    or_variable = f"--root or ${home.ROOT_VARIABLE}"
    yield _finding("folder of runs", lambda: _folder(root, or_variable))
    yield _finding("folder of data sets", lambda: _folder(cache, "$PIPELINE_DATA"))
    for name in data_set_names():
        try:
            source = data_set(name).source
        except UserError as error:
            yield Finding(f"data: {name}", False, str(error))
            continue
        if source:
            look = functools.partial(reachability, source, cache)
            yield _finding(f"data: {source.title}", look)


def _finding(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except UserError as error:
        return Finding(what, False, str(error))


def _folder(folder: Path, names_another: str) -> str:
    return f"{absolute(folder)} ({names_another} names another)"


def _python() -> str:
    if sys.version_info[:2] not in _PAIRS:
        raise UserError(
            f"{platform.python_version()} fits no tested TFX: set up with Python 3.10, 3.12 or 3.13"
        )
    return f"{platform.python_version()} at {sys.executable}"


def _glibc() -> str:
    name, version = platform.libc_ver()
    if name != "glibc":
        return f"none ({platform.system()})"
    if tuple(map(int, version.split("."))) < (2, 39) and sys.version_info[:2] != (3, 10):
        raise UserError(f"{version}: below 2.39 only Python 3.10 with TFX 1.16 works")
    return version


def _tfx() -> str:
    try:
        tfx, tensorflow = metadata.version("tfx"), metadata.version("tensorflow")
    except metadata.PackageNotFoundError as error:
        raise UserError(f"{error.name} is not installed: run `make run` or `make test`") from error
    wanted = _PAIRS.get(sys.version_info[:2], "")
    if not tfx.startswith(wanted):
        raise UserError(f"{tfx}, but this Python goes with {wanted}: delete .venv and set up anew")
    return f"{tfx} with TensorFlow {tensorflow}"


def _beam() -> str:
    version = metadata.version("apache-beam")
    return f"in memory, in this process (Beam {version}); --beam-arg changes it"


def _gpu() -> str:
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if devices:
        return ", ".join(device.name for device in devices)
    return "none seen by TensorFlow: trains on the CPU (for NVIDIA: pip install '.[gpu]')"


def _kfp() -> str:
    try:
        return metadata.version("kfp")
    except metadata.PackageNotFoundError:
        return "not installed; local runs do not need it (pip install '.[kfp]')"
