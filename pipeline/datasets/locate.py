"""Finds a data set, or a backbone's weights, fetching and verifying them where needed.

Nothing is used that was not checked, and what is fetched gets its final name only after its
checksums agree. Touches the network and the cache folder, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from components.code import load
from components.errors import UserError
from components.files import absolute, at_home, is_address
from components.ingestion.reader import Contents, Reader
from pipeline.datasets import archive, debian, remote
from pipeline.datasets.cache import locked, new_folder
from pipeline.datasets.data_set import DataSet
from pipeline.datasets.download import Progress, Unreachable, download, download_file, why_silent
from pipeline.datasets.progress import download_bar
from pipeline.datasets.source import Source
from pipeline.datasets.unpacked import archives_of, remember
from pipeline.datasets.verify import checksum, content_sha256, differing, inspect, verified
from pipeline.datasets.weights import NO_WEIGHTS, weights_source
from pipeline.home import data_folder

#: What `--data` can ask for besides a folder, and what data can be.
AUTO, OFFICIAL, SAMPLE, OWN = "auto", "official", "sample", "own"


@dataclass(frozen=True)
class Located:
    """A data set that was found and checked.

    Attributes:
      folder: where its files lie.
      kind: "official" (checksums agree), "own" (a user's folder) or "sample" (generated).
      description: one sentence for reports: what it is and where it came from.
      contents: what the folder holds.
    """

    folder: Path
    kind: str
    description: str
    contents: Contents


@dataclass(frozen=True)
class Weights:
    """A file of a backbone's weights.

    Attributes:
      file: its path.
      sha256: of its content; "" where it is not known yet.
    """

    file: str
    sha256: str


def data(experiment: str, dataset: DataSet, request: str) -> Located:
    """Finds an experiment's data.

    Args:
      experiment: its name.
      dataset: what it asks for.
      request: "auto", "official", "sample", or a folder or archive or the address of one, see
        `data/README.md`.

    Raises:
      UserError: they cannot be had, or are broken.
    """
    reader, cache = dataset.make_reader(), data_folder()
    if request == AUTO and not dataset.source:
        request = dataset.folder
    if not dataset.source and request in ("", OFFICIAL, SAMPLE):
        raise UserError(f"{experiment} has data of its own: name their folder with --data")
    address = request if is_address(request) else ""
    with download_bar() as (progress, notice):
        if address:
            request = str(remote.fetch(address, cache, progress))
        if dataset.source:
            located = find(dataset.source, reader, request, cache, progress=progress, notice=notice)
        else:
            located = _in_folder(Path(request), reader, None, cache)
    if not address:
        return located
    origin = f"{located.description}, fetched from {remote.shown(address)}"
    return replace(located, description=origin)


def own_folder(request: str) -> Path | None:
    """The folder that `--data` names, fetched and unpacked where needed; None if it names none.

    Args:
      request: see `data/README.md`.

    Raises:
      UserError: it cannot be had, or is broken.
    """
    if request in ("", AUTO, OFFICIAL, SAMPLE):
        return None
    if is_address(request):
        with download_bar() as (progress, _):
            request = str(remote.fetch(request, data_folder(), progress))
    return _folder(absolute(request), data_folder())


def weights(requests: Iterable[str]) -> dict[str, Weights]:
    """The files of backbones' weights, by request; fetches those that `data/weights` describes.

    Args:
      requests: of the arms, each the name of a description, a file, or "none".

    Raises:
      UserError: a file is not there, or cannot be fetched.
    """
    located = {}
    for request in dict.fromkeys(requests):
        if request == NO_WEIGHTS:
            continue
        if source := weights_source(request):
            with download_bar() as (progress, _):
                file = find_file(source, data_folder(), progress=progress)
        else:
            file = absolute(request)
            if not file.exists():
                raise UserError(
                    f"no file {request} with a backbone's weights: give imagenet, none, or a file"
                )
        located[request] = Weights(str(file), content_sha256(file))
    return located


def find(
    source: Source,
    reader: Reader,
    request: str,
    cache: Path,
    *,
    progress: Progress,
    notice: Callable[[str], None],
) -> Located:
    """Finds a data set as `--data` asks for it; see `data/README.md`.

    Args:
      source: where the data set comes from.
      reader: of its format; it checks the files.
      request: "auto", "official", "sample" or a folder.
      cache: folder for downloads and the stand-in.
      progress: called with how far a download is.
      notice: called with what a person should know, in one sentence.

    Raises:
      UserError: it cannot be had, or is broken.
    """
    if request == SAMPLE:
        return _sample(source, reader, cache)
    if request not in (AUTO, OFFICIAL):
        return _in_folder(Path(request), reader, source, cache)
    if folder := _present(source, cache):
        return _official(source, reader, folder, cache)
    reasons = []
    with locked(cache):
        if folder := _present(source, cache):  # another process has fetched it meanwhile
            return _official(source, reader, folder, cache)
        for fetch in (
            lambda: download(source, cache, progress),
            lambda: debian.fetch_package(source, reader, cache, progress),
        ):
            try:
                fetch()
                return _official(source, reader, cache / source.name, cache)
            except Unreachable as error:
                reasons.append(str(error))
    why = "; ".join(reasons)
    if request == OFFICIAL or not source.sample:
        or_sample = ", or use the generated stand-in with --data sample" if source.sample else ""
        raise UserError(
            f"{source.title} cannot be fetched ({why}): connect to the network, put its files "
            f"into {cache / source.name}{or_sample}"
        )
    notice(f"{source.title} cannot be fetched ({why}): using the generated stand-in instead")
    return _sample(source, reader, cache)


def find_file(source: Source, cache: Path, *, progress: Progress) -> Path:
    """Finds the one file of a source: in a system folder, in `cache`, or by fetching it there.

    Raises:
      UserError: it cannot be had; the text says where to put it.
    """
    [(name, expected)] = source.files.items()
    folders = [*map(at_home, source.system_folders), cache]
    for file in (folder / name for folder in folders):
        if file.is_file():
            if checksum(file, expected) == expected:
                return file
            raise UserError(
                f"{file} is not {source.title}: its check sum differs. Delete it, or name it with "
                "--backbone-weights to use it all the same"
            )
    with locked(cache):
        return download_file(source, cache, progress)


def reachability(source: Source, cache: Path) -> str:
    """Where `auto` would take the data from now, in a few words, without fetching them.

    Raises:
      UserError: nowhere; the text says why.
    """
    if folder := _present(source, cache):
        return f"in {folder}"
    why = why_silent(source)
    if not why:
        return "at the official address"
    if debian.can_fetch(source):
        return f"perhaps as Debian package {source.debian_package} (official address: {why})"
    raise UserError(
        f"the official address does not answer ({why}): get it as data/README.md tells, and "
        "name it with --data"
    )


def _in_folder(path: Path, reader: Reader, source: Source | None, cache: Path) -> Located:
    """A data set in a folder of the user's, or in an archive, which is unpacked in `cache`."""
    asked = absolute(path)
    folder = _folder(asked, cache)
    contents = inspect(reader, folder, cache)
    if source and not differing(source, contents):
        return Located(folder, OFFICIAL, f"{_verified(source)} in {asked}", contents)
    what = f"your own data (not the official {source.title})" if source else "your own data"
    return Located(folder, OWN, f"{what} in {asked}", contents)


def _folder(path: Path, cache: Path) -> Path:
    """A folder of the user's, or where the content of an archive is unpacked; of a whole path."""
    return _unpacked(path, cache) if archive.is_archive(path) else path


def _official(source: Source, reader: Reader, folder: Path, cache: Path) -> Located:
    contents = verified(source, reader, folder, cache)
    return Located(folder, OFFICIAL, f"{_verified(source)} in {folder}", contents)


def _verified(source: Source) -> str:
    return f"{source.title} (check sums verified)"


def _present(source: Source, cache: Path) -> Path | None:
    """The folder of the data set on this machine, if it is there: the cache, then the system."""
    folders = [cache / source.name, *map(Path, source.system_folders)]
    return next((folder for folder in folders if folder.is_dir()), None)


def _unpacked(file: Path, cache: Path) -> Path:
    """The folder with an archive's content, unpacked once for each content, and as it was then."""
    sha256 = content_sha256(file)
    folder = cache / "unpacked" / sha256[:16]
    with locked(cache):
        if sha256 not in archives_of(folder, cache).values():
            # New, or something in it was changed since.
            with new_folder(folder) as unfinished:
                archive.unpack(file, unfinished)
                remember(unfinished, {file.name: sha256}, cache)
    return folder


def _sample(source: Source, reader: Reader, cache: Path) -> Located:
    if not source.sample:
        raise UserError(f"{source.title} has no generated stand-in: leave out --data sample")
    folder = cache / "sample" / source.name
    with locked(cache):
        if not folder.is_dir():
            with new_folder(folder) as unfinished:
                load(source.sample)(unfinished)
    return Located(
        folder,
        SAMPLE,
        f"GENERATED STAND-IN for {source.title}: says nothing about real pictures",
        reader.inspect(folder),
    )
