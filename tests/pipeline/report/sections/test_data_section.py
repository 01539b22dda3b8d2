from __future__ import annotations

from components.ingestion.leaks import Copies, Leaks
from pipeline.report.sections.data import SECTION
from pipeline.runs.result import PictureNote
from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary


def test_splits_skews_and_notes_are_shown() -> None:
    page = of_summary("data", a_summary())
    assert page.headings == ["Data, and what validation found"]
    assert page.row("train") == ["600", "290 … 310", "72.9 ± 8.1", "28", "28 … 30"]
    skew = "label, train against test: largest difference of a class's share 0.010 (allowed: 0.05)."
    assert f"every class in every split; {skew}" in page.text
    assert page.row("smaller than 32 pixels") == ["5", "used", "a, b, c, d, …"]


def test_without_notes_there_is_no_table_of_them() -> None:
    page = of_summary("data", a_summary(picture_notes=[]))
    assert "pictures with a note" not in page.text


def test_pictures_in_two_splits_are_shown_and_their_names_are_text() -> None:
    clean = "No picture of one split stands in another, pixel by pixel, and none has two labels."
    assert clean in of_summary("data", a_summary()).text
    leaks = Leaks(test_pictures=2_000, test=Copies(1, [f"{SCRIPT} = train/1"]))
    page = of_summary("data", a_summary(leaks=leaks))
    assert "script" not in page.tags
    sentence = f"1 of 2,000 test pictures stand in train or eval, too: {SCRIPT} = train/1."
    assert sentence in page.text
    assert clean not in page.text
    assert sentence in map(str, SECTION.terminal(a_summary(leaks=leaks)))


def test_a_name_of_a_picture_is_text() -> None:
    note = PictureNote("odd", False, 1, [SCRIPT])
    page = of_summary("data", a_summary(data=SCRIPT, picture_notes=[note]))
    assert "script" not in page.tags
    assert page.row("odd") == ["1", "left out", SCRIPT]


def test_the_terminal_names_three_pictures_of_a_note() -> None:
    assert [str(line) for line in SECTION.terminal(a_summary())] == [
        "data: Some pictures in a folder",
        "used: 5 × smaller than 32 pixels: a, b, c, …",
    ]
