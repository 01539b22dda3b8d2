from __future__ import annotations

import os
from pathlib import Path

import pytest

from components.errors import UserError
from components.ingestion.picture_file import LIMITS
from pipeline.runs.predict import read_picture


def test_only_files_of_a_sane_size_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "huge.jpg").touch()
    os.truncate(tmp_path / "huge.jpg", LIMITS.max_bytes + 1)
    for file, said in (
        ("/dev/zero", "is a device"),
        ("pipe.jpg", "is a pipe"),
        ("none.jpg", "does not exist"),
        ("huge.jpg", "are not read"),
    ):
        with pytest.raises(UserError, match=said):
            read_picture(tmp_path / file)
