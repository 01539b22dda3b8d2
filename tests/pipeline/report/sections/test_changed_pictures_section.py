from __future__ import annotations

import numpy as np

from pipeline.report.sections.changed_pictures import SECTION, ChangedPicture
from tests.pipeline.report.run_result import SCRIPT, a_summary, check_png, page_of


def changed(class_name: str = "cat", channels: int = 1) -> ChangedPicture:
    return ChangedPicture(
        example_id="test/1",
        class_name=class_name,
        baseline="dog",
        candidate=class_name,
        probabilities=(0.25, 0.75),
        pixels=np.full((8, 8, channels), 99, np.uint8),
    )


def test_each_picture_is_shown_with_what_both_models_say() -> None:
    page = page_of(SECTION, {"gained": [changed()], "lost": [changed(channels=3)]}, a_summary())
    assert page.headings == ["Pictures that changed most"]
    assert page.alternatives == ["Test picture test/1: cat"] * 2
    assert "cat 0.25 → 0.75 baseline: dog candidate: cat ✓" in page.text
    assert page.text.index("more probability") < page.text.index("less probability")


def test_a_direction_without_pictures_is_left_out() -> None:
    page = page_of(SECTION, {"lost": [changed()]}, a_summary())
    assert "more probability" not in page.text
    assert list(SECTION.images({"lost": [changed()]})) == ["lost"]


def test_the_pictures_are_drawn_in_rows() -> None:
    images = SECTION.images({"gained": [changed()] * 7})
    check_png(images["gained"])
    [shown] = SECTION.notebook({"gained": [changed()] * 7})
    assert shown.data == images["gained"]


def test_a_class_name_is_text() -> None:
    page = page_of(SECTION, {"gained": [changed(SCRIPT)]}, a_summary())
    assert "script" not in page.tags
    assert SCRIPT in page.text
