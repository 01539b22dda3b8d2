from __future__ import annotations

import pytest

from components.evaluator.significance import BETTER, EQUIVALENT, NOT_JUDGED, NOT_SHOWN, WORSE
from tests.pipeline.report.run_result import a_summary, of_summary


@pytest.mark.parametrize("conclusion", [BETTER, WORSE, EQUIVALENT, NOT_SHOWN, NOT_JUDGED])
def test_every_conclusion_is_explained(conclusion: str) -> None:
    page = of_summary("words", a_summary())
    assert conclusion in page.text.lower()


def test_the_bound_is_the_experiments() -> None:
    settings = {**a_summary().settings, "gate.equivalence": 0.0125}
    assert "(1.25 points" in of_summary("words", a_summary(settings=settings)).text
