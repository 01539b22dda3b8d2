"""The preview of augmentation, by the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.datasets.samples.dogs_vs_cats import write_photo_sample
from pipeline.report.grid import Row, draw_grid
from tests.conftest import Cli


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    write_photo_sample(folder)
    return folder / "train"


@pytest.mark.parametrize("policy", ["dog", "photo"])
def test_pictures_are_drawn_before_and_after(
    cli_here: Cli, photographs: Path, tmp_path: Path, policy: str
) -> None:
    pictures = [photographs / "dog.0.jpg", photographs / "cat.0.jpg"]
    done = cli_here("augment", *pictures, "--policy", policy, "--copies", 3, "--out", "grid.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, "grid.png\n", "")
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.format == "PNG"
        assert grid.width > 5 * 100  # before, seed 0 and three copies
        assert grid.height > 2 * 100


def test_a_grid_holds_the_pictures_it_was_given() -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    one = draw_grid("title", [Row("row", [("red", red), ("grey", np.full((8, 8, 1), 0.5))])])
    other = draw_grid("title", [Row("row", [("red", red[..., ::-1]), ("grey", red[..., :1])])])
    assert one != other
    assert one == draw_grid(
        "title", [Row("row", [("red", red), ("grey", np.full((8, 8, 1), 0.5))])]
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.jpg"], "nowhere.jpg does not exist"),
        (["text.jpg"], "text.jpg cannot be used: not a picture"),
        (["picture.jpg", "--policy", "dgo"], "did you mean dog?"),
        (["picture.jpg", "--policy", "cat=cat,dog=dog"], "Name one policy for all"),
        (["picture.jpg", "--copies", "0"], "0 is not in the range 1<=x<=100"),
        (["picture.jpg", "--out", "grid.gif"], "must end in .png"),
        (["picture.jpg", "--out", "nowhere/grid.png"], "cannot write nowhere/grid.png"),
        ([], "Missing argument 'PICTURE...'"),
    ],
)
def test_a_mistake_costs_one_line_and_exit_code_2(
    cli_here: Cli, photographs: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "picture.jpg").write_bytes((photographs / "cat.1.jpg").read_bytes())
    done = cli_here("augment", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
