from __future__ import annotations

from pipeline.report.sections.augmentation import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_run, a_summary, page_of


def test_the_pictures_are_shown_with_the_policy() -> None:
    page = page_of(SECTION, b"a PNG file", a_summary())
    assert page.headings == ["Augmentation"]
    assert page.alternatives[0].endswith("after augmentation by the policy photo.")
    assert SECTION.images(b"a PNG file") == {"augmentation": b"a PNG file"}


def test_the_section_is_left_out_where_no_arm_augments() -> None:
    assert SECTION.compute(a_run(a_summary())) is None


def test_a_policy_is_text() -> None:
    page = page_of(SECTION, b"", a_summary(settings={"augmentation": f'"{SCRIPT}'}))
    assert "script" not in page.tags
