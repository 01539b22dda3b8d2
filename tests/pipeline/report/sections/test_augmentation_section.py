from __future__ import annotations

import numpy as np

from pipeline.report.grid import Row
from pipeline.report.sections.augmentation import SECTION, AugmentedRows
from tests.pipeline.report.run_result import SCRIPT, a_run, a_summary, check_png, page_of

PIXELS = np.full((8, 8, 3), 0.5, np.float32)
ROWS = AugmentedRows(
    "training pictures",
    [Row("cat", [(text, PIXELS) for text in ("as it is", "epoch 1", "epoch 2")])],
)


def test_the_pictures_are_shown_with_the_policy() -> None:
    page = page_of(SECTION, ROWS, a_summary())
    assert page.headings == ["Augmentation"]
    assert "under policy photo." in page.text
    assert page.alternatives == ["A training picture of cat, as it is"] + [
        f"A training picture of cat, epoch {epoch}" for epoch in (1, 2)
    ]
    images = SECTION.images(ROWS)
    assert list(images) == ["augmentation"]
    check_png(images["augmentation"])


def test_the_section_is_left_out_where_no_arm_augments() -> None:
    assert SECTION.compute(a_run(a_summary())) is None


def test_a_policy_is_text() -> None:
    page = page_of(SECTION, ROWS, a_summary(settings={"augmentation": f'"{SCRIPT}'}))
    assert "script" not in page.tags
