"""Downloads files from their official address; an interrupted download is gone on with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from components.errors import UserError
from pipeline.datasets import archive
from pipeline.datasets.cache import new_folder
from pipeline.datasets.source import Source
from pipeline.datasets.unpacked import remember
from pipeline.datasets.verify import checksum, content_sha256

if TYPE_CHECKING:
    import requests

#: Called with how far a download is: (what, bytes done, bytes in all or None).
Progress = Callable[[str, int, "int | None"], None]

TIMEOUT = 15  # seconds without an answer
_BLOCK = 1 << 18
_OFFICIAL = "official address: "


class Unreachable(Exception):
    """This way to the data is closed now; another may be open."""


def download(source: Source, cache: Path, progress: Progress) -> None:
    """Fetches a data set into its folder in the cache, verified and unpacked.

    Args:
      source: whose files.
      cache: the folder `cache/NAME` is made; nobody else may write into the cache meanwhile.
      progress: see `Progress`.

    Raises:
      Unreachable: its address cannot be reached now; what there is already is kept.
      UserError: the address gave other data.
    """
    if not source.address:
        raise Unreachable("no address is known")
    with new_folder(cache / source.name, resume=True) as unfinished:
        addresses = {name: source.address.format(file=name) for name in source.files}
        files = {name: unfinished / PurePosixPath(url).name for name, url in addresses.items()}
        _clear(unfinished, {file.name for file in files.values()})
        for name, sha256 in source.files.items():
            url, done = addresses[name], files[name]
            if not done.exists():
                part = done.with_name(f"{done.name}.part")
                fetch_file(url, part, name, progress, _OFFICIAL)
                if content_sha256(part, unzip=done.name == f"{name}.gz") != sha256:
                    part.unlink()
                    raise UserError(
                        f"{url} gave other data than expected "
                        "(check sum differs): try again later, or give a folder with --data"
                    )
                part.rename(done)
        archives = {name: file for name, file in files.items() if archive.is_archive(file)}
        for file in archives.values():
            archive.unpack(file, unfinished)
        for file in archives.values():
            file.unlink()
        if archives:
            remember(unfinished, {name: source.files[name] for name in archives}, cache)


def _clear(unfinished: Path, names: set[str]) -> None:
    """Takes away what an unpacking that was killed has left; downloads stay."""
    for entry in unfinished.iterdir():
        if entry.name.removesuffix(".part") not in names:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def download_file(source: Source, cache: Path, progress: Progress) -> Path:
    """Fetches the one file of a source into the cache, verified; arguments as of `download`.

    Raises:
      UserError: it cannot be reached now, or the address gave other data.
    """
    [(name, expected)] = source.files.items()
    file, part = cache / name, cache / f"{name}.part"
    url = source.address.format(file=name)
    try:
        fetch_file(url, part, name, progress, _OFFICIAL)
    except Unreachable as error:
        raise UserError(
            f"{source.title} cannot be fetched ({error}): download {url} elsewhere and put it "
            f"into {cache}, or name a file with --backbone-weights"
        ) from error
    if checksum(part, expected) != expected:
        part.unlink()
        raise UserError(f"{url} gave other data than expected (check sum differs)")
    part.rename(file)
    return file


def why_silent(source: Source) -> str:
    """Why a source's address does not answer, in a few words; "" if it does."""
    import requests  # takes long, and most commands fetch nothing

    if not source.address:
        return "none is known"
    try:
        address = source.address.format(file=next(iter(source.files)))
        requests.head(address, timeout=TIMEOUT).raise_for_status()
    except requests.RequestException as error:
        return _reason(error)
    return ""


def fetch_file(url: str, part: Path, name: str, progress: Progress, what: str = "") -> None:
    """Writes a file's content to `part`, or what `part` lacks.

    Args:
      url: its address.
      part: file to write.
      name: for `progress`.
      progress: see `Progress`.
      what: kind of address, for people.

    Raises:
      Unreachable: it cannot be reached now; what there is of it is kept.
    """
    import requests  # see `why_silent`

    have = part.stat().st_size if part.exists() else 0
    try:
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
                return  # nothing is missing; the checksum decides
            answer.raise_for_status()
            goes_on = answer.status_code == requests.codes.partial_content
            have = have if goes_on else 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with open(part, "ab" if goes_on else "wb") as file:
                try:
                    for block in answer.iter_content(_BLOCK):
                        file.write(block)
                        have += len(block)
                        progress(name, have, total)
                except requests.RequestException:  # urllib3 before 2.0 just ends
                    broke = True
                else:
                    broke = total is not None and have < total
            if broke:
                of_all = "" if total is None else f" of {total:,}"
                raise Unreachable(f"the connection broke at {have:,}{of_all} bytes")
    except requests.RequestException as error:
        raise Unreachable(f"{what}{_reason(error)}") from error


def _reason(error: requests.RequestException) -> str:
    import requests  # see `why_silent`

    if error.response is not None:
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return f"no answer for {TIMEOUT} s"
    return "no connection"
