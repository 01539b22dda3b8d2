"""Gets a data set from a Debian package with apt's own tools, for an ordinary user."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from components.ingestion.reader import Reader
from pipeline.datasets.cache import new_folder
from pipeline.datasets.download import TIMEOUT, Progress, Unreachable
from pipeline.datasets.source import Source
from pipeline.datasets.verify import verified


def can_fetch(source: Source) -> bool:
    """Whether there is a package, and the tools to fetch it."""
    tools = shutil.which("apt-get") and shutil.which("dpkg-deb")
    return bool(source.debian_package and tools)


def fetch_package(source: Source, reader: Reader, cache: Path, progress: Progress) -> None:
    """Fetches a data set's package into its folder in the cache, verified and unpacked.

    Args:
      source: whose package.
      reader: of its format.
      cache: the folder `cache/NAME` is made; nobody else may write into the cache meanwhile.
      progress: see `Progress`.

    Raises:
      Unreachable: there is no package, or it cannot be reached now.
      UserError: it holds other data.
    """
    if not can_fetch(source):
        raise Unreachable("no Debian package can be fetched here")
    with new_folder(cache / source.name) as unfinished:
        work = unfinished.with_name(unfinished.name + "-apt").resolve()
        try:
            progress(f"Debian package {source.debian_package}", 0, None)
            package = _download(source.debian_package, work)
            _run(["dpkg-deb", "-x", str(package), "root"], work)
            for name in source.files:
                file = next(work.glob(f"root/**/{name}*"), None)
                if file is None:
                    raise Unreachable(f"{package.name} holds no {name}")
                shutil.move(file, unfinished / file.name)
            verified(source, reader, unfinished, cache)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _download(package: str, work: Path) -> Path:
    """Downloads a package's file into a folder; apt's lists are kept there, too."""
    for folder in ("lists/partial", "cache/archives/partial", "root"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    apt = [
        "apt-get",
        f"-oDir::State::Lists={work / 'lists'}",
        f"-oDir::Cache={work / 'cache'}",
        f"-oAcquire::http::Timeout={TIMEOUT}",
        "-oAcquire::Retries=1",
        "-oAPT::Sandbox::User=",
        "-qq",
    ]
    _run([*apt, "update"], work)
    _run([*apt, "download", package], work)
    file = next(work.glob("*.deb"), None)
    if file is None:
        raise Unreachable(f"apt-get downloaded no {package}")
    return file


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Unreachable(f"Debian package: {lines[-1]}")
