from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UserError
from components.ingestion import formats
from components.ingestion.formats import reader_path
from components.ingestion.formats.image_folder import ImageFolderReader
from components.ingestion.reader import Selection, make_reader

IDX = "components.ingestion.formats.idx.IdxReader"
FOLDER = "components.ingestion.formats.image_folder.ImageFolderReader"


def test_a_format_is_found_by_the_name_of_its_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader_path("idx") == IDX
    assert reader_path("my_module.MyReader") == "my_module.MyReader"
    (tmp_path / "dropped_in.py").write_text("class DroppedIn: ...\nREADER = DroppedIn\n")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    assert reader_path("dropped_in") == "components.ingestion.formats.dropped_in.DroppedIn"
    with pytest.raises(UserError, match="no data format 'droped_in': did you mean dropped_in"):
        reader_path("droped_in")


def test_options_reach_the_reader(tmp_path: Path) -> None:
    for name in ("all/cat", "all/dog"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "0.jpg").touch()
    reader = make_reader(FOLDER, ["cat", "dog"], {"inner_folder": "all"})
    assert isinstance(reader, ImageFolderReader)
    assert reader.inspect(tmp_path).pictures == {"train": 2, "test": 0}


@pytest.mark.parametrize(
    ("reader", "options", "said"),
    [
        (IDX, {"inner_folder": "x"}, "IdxReader has no options: leave out dataset.options"),
        (FOLDER, {"inner": "x"}, "options.inner: no such option; there is max_pixels, inner_fold"),
        (FOLDER, {"ignored_folders": "x"}, "dataset.options.ignored_folders=x: must be values"),
        ("nowhere.Reader", {}, "no module 'nowhere'"),
    ],
)
def test_wrong_options_are_one_line(reader: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        make_reader(reader, ["cat", "dog"], options)
    assert "\n" not in str(caught.value)


def test_a_selection_checks_itself() -> None:
    with pytest.raises(UserError, match="train_limit=-1: must be at least 0"):
        Selection(train_limit=-1)
    with pytest.raises(UserError, match="test_fraction=1: must be below 1"):
        Selection(test_fraction=1)
