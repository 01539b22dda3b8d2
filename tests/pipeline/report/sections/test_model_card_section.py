from __future__ import annotations

from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary, with_titles


def test_the_card_says_what_a_user_must_know() -> None:
    page = of_summary("model_card", a_summary())
    assert page.headings == ["Model card of the candidate"]
    [model] = page.row("model")
    assert model.startswith("MLP + BN, built by models.build ; 101,770 parameters, 1.25 MB")
    [answers] = page.row("answers")
    assert answers.startswith("JPEG, PNG, GIF or BMP files (input image ) of any size,")
    [shapes] = page.row("other shapes")
    assert shapes.startswith("a picture of another shape is stretched to 28 × 28 × 1: its sides")
    assert "EXIF, transparency, and the palette" in page.row("does not see")[0]
    assert answers.endswith("cat, dog")
    assert page.row("trained on")[0].endswith("60 held-out ones kept; without augmentation")
    assert "accuracy 0.9000" in page.row("evaluated on")[0]
    [weakest] = page.row("weakest at")
    assert weakest.startswith("dog: 0.800 of its test pictures are recognized; ")
    assert weakest.endswith("accuracy 0.9000")
    [serving] = page.row("serving")
    assert serving.endswith("(largest difference 2e-07); blessed, pushed to serving/1")


def test_what_was_not_done_is_not_claimed() -> None:
    summary = a_summary(robustness=False, serving=None, blessed=False, pushed_to="")
    page = of_summary("model_card", summary)
    assert page.row("serving") == ["not checked; not blessed"]
    assert page.row("weakest at") == ["dog: 0.800 of its test pictures are recognized"]


def test_a_title_is_text() -> None:
    page = of_summary("model_card", with_titles(a_summary(), SCRIPT))
    assert "script" not in page.tags
    assert page.row("model")[0].startswith(SCRIPT)
