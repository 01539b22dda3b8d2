"""Executes notebooks and stores them with what they put out.

    python -m notebooks.stored [NAME…]

The notebooks look at the run that $PIPELINE_RUNS and $PIPELINE_RUN name; `course` and `interactive`
take the data that $COURSE_DATA names. What is stored must read the same on every machine: folders
of this one are cut to `…`. And it must stay small: pictures are brought to 256 colours.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

from pipeline.home import data_folder

FOLDER = Path(__file__).resolve().parent
#: All notebooks, by their names.
NAMES = tuple(sorted(file.stem for file in FOLDER.glob("*.ipynb")))

_TIMEOUT = 600  # seconds a cell may take
_SCRIPT, _PICTURE = "application/javascript", "image/png"
#: A path from the root: not of an address, a closing tag, base64, or a path that begins elsewhere.
ABSOLUTE = re.compile(r"""(?<![\w….:<>/"'=*+-])/[\w.-]+(?:/[\w.-]+)+""")
_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")


def execute(notebook: Any, environment: Mapping[str, str], folder: Path = FOLDER) -> None:
    """Executes a notebook in place, from start to end, in a kernel of its own.

    Args:
      notebook: as `nbformat.read` gives it.
      environment: of the kernel.
      folder: current folder of the kernel.

    Raises:
      nbclient.exceptions.CellExecutionError: a cell failed.
    """
    NotebookClient(
        notebook,
        timeout=_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": folder}},
    ).execute(env=dict(environment))


def clean(notebook: Any, folders: Mapping[str, str]) -> None:
    """Takes out what is of this machine: folders, addresses in memory, Python's version.

    And what is large or does nothing in a stored notebook: colours of pictures, scripts of Beam's
    that load its widgets.

    Args:
      notebook: executed.
      folders: of this machine → what stands for them.
    """
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        if "outputs" not in cell:
            continue
        cell.outputs = [o for o in cell.outputs if set(o.get("data", {})) != {_SCRIPT}]
        for output in cell.outputs:
            for holder, key in _texts(output):
                holder[key] = _cleaned(holder[key], folders)
            if _PICTURE in output.get("data", {}):
                output.data[_PICTURE] = _smaller(output.data[_PICTURE])


def _texts(output: Any) -> list[tuple[Any, str]]:
    """Where an output has text: (dictionary, key)."""
    places = [(output, "text")] if "text" in output else []
    data = output.get("data", {})
    return places + [(data, kind) for kind in data if kind.startswith("text/")]


def _cleaned(text: str, folders: Mapping[str, str]) -> str:
    for folder in sorted(folders, key=len, reverse=True):  # the inner ones first
        text = text.replace(folder, folders[folder])
    text = ABSOLUTE.sub(lambda path: "…/" + "/".join(path[0].split("/")[-2:]), text)
    return _ADDRESS.sub("", text)


def _smaller(png: str) -> str:
    """A picture with 256 colours; both in base64."""
    file = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _folders() -> dict[str, str]:
    """Folders of this machine that outputs may name."""
    named = {
        os.environ.get("PIPELINE_RUNS", ""): "…/runs",
        os.environ.get("COURSE_DATA", ""): "…/data",
        str(data_folder()): "…/data",
        str(FOLDER.parent): "…",
        tempfile.gettempdir(): "…",
        str(Path.home()): "…",
    }
    return {folder: short for folder, short in named.items() if os.path.isabs(folder)}


def main() -> None:
    """Executes and stores the notebooks that the command line names, or all."""
    parser = argparse.ArgumentParser(description="execute notebooks and store their outputs")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    for name in parser.parse_args().names or NAMES:
        file = FOLDER / f"{name}.ipynb"
        notebook = nbformat.read(file, as_version=4)
        execute(notebook, os.environ)
        clean(notebook, _folders())
        nbformat.write(notebook, file)
        print(f"{name}: {file.stat().st_size / 1024:,.0f} KiB", file=sys.stderr)


if __name__ == "__main__":
    main()
