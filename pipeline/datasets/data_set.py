"""What a data set is, and the ones that `data/*.yaml` describe."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import Annotated, Any

import pydantic

from components.errors import UserError
from components.ingestion.formats import reader_path
from components.ingestion.reader import Reader, Selection, make_reader
from components.picture_fit import STRETCH, Fit
from components.settings import Part, Share, from_plain, settings
from pipeline.datasets.description import check_keys, find_description, names_in, read_description
from pipeline.datasets.source import Source
from pipeline.home import DESCRIPTIONS


def _checked_shape(value: Any, handler: Any) -> tuple[int, int, int]:
    try:
        height, width, channels = shape = handler(value)
        if min(height, width) >= 1 and channels in (1, 3):
            return shape
    except pydantic.ValidationError:
        pass
    raise ValueError(
        "must be 3 values with commas between: height and width of at least 1, and 1 or 3 channels"
    )


def _checked_names(value: Any, handler: Any) -> tuple[str, ...]:
    try:
        names = handler(value)
        if names and len(set(names)) == len(names):
            return names
    except pydantic.ValidationError:
        pass
    raise ValueError("must be names, each once; in YAML, write a number, yes and no in quotes")


@settings
class DataSet(Selection):
    """A data set of pictures with labels: all that a run needs to know of it.

    Attributes:
      title: for people.
      reader: import path of a `components.ingestion.reader.Reader` class; the short name of a
        format in `components.ingestion.formats` becomes it.
      options: of that format, see its class `Options`.
      class_names: names of the labels 0, 1, …
      shape: (height, width, channels) of every picture; pictures that are stored as files
        of any size are brought to it.
      fit: how: "stretch", "crop" or "pad", see `components.pictures.bring_to_size`. Of raw pixels,
        which have the shape, it concerns the pictures that a model is asked about later.
      source: where it comes from; None for data of your own.
      folder: where your own data lie when `--data` names no folder.
      eval_fraction: share of the training pictures held out as split `eval`, above 0, below 1.
      max_broken: the run fails when a larger share of the pictures cannot be used, 0 … 1.
      max_leaked: the run fails when a larger share of the test pictures stands, pixel by pixel,
        among the training pictures, too, 0 … 1.
      max_label_skew: the run fails when a class's share differs by more between `train` and
        `test`, 0 … 1, and by more than chance explains.
      max_brightness_skew: the run fails when the Jensen-Shannon divergence of the pictures'
        brightness between `train` and `test` is larger, 0 … 1, and larger than by chance.
    """

    title: str
    reader: Annotated[str, pydantic.AfterValidator(reader_path)]
    options: dict[str, Any] = field(default_factory=dict)
    class_names: Annotated[tuple[str, ...], pydantic.WrapValidator(_checked_names)]
    shape: Annotated[tuple[int, int, int], pydantic.WrapValidator(_checked_shape)]
    fit: Fit = STRETCH
    source: Source | None = None
    folder: str = ""
    eval_fraction: Annotated[float, pydantic.Field(gt=0, lt=1)] = 0.1
    max_broken: Part = 0.05
    max_leaked: Share = 0.001
    # Half the pictures of a class of ten missing are 0.047; 30 % more light is 0.1 to 0.2. A fair
    # draw of thousands of pictures stays below 0.02 and 0.04.
    max_label_skew: Share = 0.04
    max_brightness_skew: Share = 0.1

    @property
    def selection(self) -> Selection:
        """Which of the pictures are used."""
        fields = dataclasses.fields(Selection)
        return Selection(**{setting.name: getattr(self, setting.name) for setting in fields})

    def make_reader(self) -> Reader:
        """A reader of its format.

        Raises:
          UserError: there is no such reader, or it has no such options.
        """
        return make_reader(self.reader, self.class_names, self.options)


_FORMAT = "format"  # the key in a description for the field `reader`
_KEYS = [
    _FORMAT if setting.name == "reader" else setting.name for setting in dataclasses.fields(DataSet)
]
_SOURCE_KEYS = [
    setting.name for setting in dataclasses.fields(Source) if setting.name not in ("name", "title")
]


def data_set_names() -> list[str]:
    """The names of the built-in data sets, sorted."""
    return names_in(DESCRIPTIONS)


def data_set(name_or_file: str, **changes: Any) -> DataSet:
    """A built-in data set by name, or one of your own by its description.

    Args:
      name_or_file: e.g. "fashion-mnist", which `data/fashion-mnist.yaml` describes; or a file
        like it, whose name ends in .yaml. `data/README.md` explains the keys.
      changes: settings of `DataSet` that differ, e.g. `train_limit=2000`.

    Raises:
      UserError: there is none, or a value is not what it can be.
    """
    file = find_description(DESCRIPTIONS, name_or_file)
    required = ("title", _FORMAT, "class_names", "shape")
    content = read_description(file, known=_KEYS, required=required)
    content["reader"] = content.pop(_FORMAT)
    source = content.get("source")
    if isinstance(source, dict):
        check_keys(source, known=_SOURCE_KEYS, required=("files",), file=file, inside="source.")
        content["source"] = {"name": file.stem, "title": content["title"], **source}
    try:
        described = from_plain(DataSet, {**content, **changes})
        described.make_reader()
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    return described
