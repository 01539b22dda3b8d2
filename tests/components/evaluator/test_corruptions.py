"""Corruptions: seeded, growing with their severity, and what their names say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evaluator.corruptions import CORRUPTIONS, Corruption, choose, corrupt

BY_NAME = {one.name: one for one in CORRUPTIONS}
each = pytest.mark.parametrize("corruption", CORRUPTIONS, ids=list(BY_NAME))


def photograph(size: int = 40, channels: int = 3) -> np.ndarray:
    """A bright, uneven blob on a dark ground, uint8 [size, size, channels]."""
    across, down = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    blob = 60 + 120 * np.exp(-4 * (across - 0.1) ** 2 - 9 * (down + 0.2) ** 2)
    return np.repeat(blob[..., None], channels, axis=2).astype(np.uint8)


@each
def test_a_picture_is_corrupted_the_same_whatever_is_beside_it(
    corruption: Corruption,
) -> None:
    pictures = np.stack([photograph()] * 3)
    together = corrupt(pictures, ["a", "b", "c"], corruption, 2)
    alone = corrupt(pictures[:1], ["b"], corruption, 2)
    assert np.array_equal(together[1], alone[0])
    assert together.dtype == np.uint8
    assert together.shape == pictures.shape
    assert np.array_equal(pictures[0], photograph())  # what was given stays as it was


@each
def test_a_greater_severity_changes_more(corruption: Corruption) -> None:
    pictures = np.stack([photograph()] * 8)
    names = [str(number) for number in range(8)]
    changes = [
        np.abs(corrupt(pictures, names, corruption, severity).astype(float) - pictures).mean()
        for severity in (1, 2, 3)
    ]
    assert 0 < changes[0] < changes[1] < changes[2]


@each
def test_different_pictures_draw_differently(corruption: Corruption) -> None:
    names = [str(number) for number in range(16)]
    corrupted = corrupt(np.stack([photograph()] * 16), names, corruption, 3)
    kinds = {one.tobytes() for one in corrupted}
    expected = {"noise": 16, "blur": 1, "brightness": 2, "shift": 4, "rotation": 2}
    assert len(kinds) == expected[corruption.name]


def test_noise_has_the_spread_it_says() -> None:
    grey = np.full((1, 200, 200, 1), 128, np.uint8)
    for severity, share in ((1, 0.04), (2, 0.08), (3, 0.16)):
        noisy = corrupt(grey, ["a"], BY_NAME["noise"], severity)
        assert noisy.std() == pytest.approx(255 * share, rel=0.03)


def test_brightness_moves_every_pixel_by_its_share() -> None:
    grey = np.full((8, 4, 4, 1), 128, np.uint8)
    corrupted = corrupt(grey, list("abcdefgh"), BY_NAME["brightness"], 2)
    assert set(np.unique(corrupted)) == {128 - 51, 128 + 51}


def test_a_shift_moves_a_point_by_its_share_of_the_side() -> None:
    point = np.zeros((1, 50, 100, 1), np.uint8)
    point[0, 25, 50] = 255
    moved = {
        tuple(np.argwhere(corrupt(point, [name], BY_NAME["shift"], 2)[0, ..., 0])[0] - (25, 50))
        for name in "abcdefghijklmnop"
    }
    assert moved == {(4, 0), (-4, 0), (0, 8), (0, -8)}


def test_a_rotation_turns_about_the_middle() -> None:
    line = np.zeros((1, 101, 101, 1), np.uint8)
    line[0, 50, :] = 255
    turned = corrupt(line, ["a"], BY_NAME["rotation"], 3)[0, ..., 0]
    assert turned[50, 50] == 255
    rows = [int(turned[:, column].argmax()) - 50 for column in (20, 80)]
    assert sorted(rows) == [-11, 11]  # 30 · tan 20°


def test_blur_keeps_the_mean_and_smooths() -> None:
    board = (np.indices((60, 60)).sum(axis=0) % 2 * 255).astype(np.uint8)[None, ..., None]
    corrupted = corrupt(board, ["a"], BY_NAME["blur"], 3)
    assert corrupted.mean() == pytest.approx(board.mean(), abs=1)
    assert corrupted.std() < 5


@given(st.lists(st.text(max_size=6), unique=True, max_size=40), st.integers(0, 50))
@settings(max_examples=50)
def test_what_is_chosen_does_not_depend_on_order_or_company(names: list[str], count: int) -> None:
    picked = {names[index] for index in choose(names, count)}
    assert len(picked) == min(count, len(names))
    assert picked == {names[::-1][index] for index in choose(names[::-1], count)}
    # What was chosen of more is chosen of fewer.
    fewer = sorted(picked)
    assert {fewer[index] for index in choose(fewer, count)} == picked
