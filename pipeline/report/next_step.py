"""What to do after a run, by its answer."""

from __future__ import annotations

from typing import NamedTuple

from components.evaluator.problems import settings_to_change
from components.evaluator.significance import BETTER, EQUIVALENT, NOT_SHOWN
from pipeline.datasets.locate import SAMPLE
from pipeline.report.repeat import of_run, run_command
from pipeline.runs.result import Summary

_SEEDS = 5
_OPTION = "--set "


class NextStep(NamedTuple):
    """What to do next.

    Attributes:
      text: a sentence or two.
      command: as it is typed; "" for none.
    """

    text: str
    command: str = ""


def next_step(summary: Summary) -> NextStep:
    """What a run's answer calls for."""
    if summary.problems:
        return _mend(summary)
    if summary.data_kind == SAMPLE:
        text = "These were generated pictures. Ask the real ones."
        return NextStep(text, run_command(summary, data="official"))
    if len(summary.seeds) == 1:
        text = (
            "Each model was trained once, so the answer is about these two models. Train "
            f"{_SEEDS} of each: that tells of the method."
        )
        return NextStep(text, run_command(summary, {"repeats": _SEEDS}))
    if summary.conclusion == NOT_SHOWN:
        return _narrow(summary)
    if summary.conclusion == EQUIVALENT:
        cheaper = min(summary.arms, key=lambda arm: arm.parameters)
        text = (
            "Accuracy does not decide between them: take the model that costs less. "
            f"{cheaper.title} has {cheaper.parameters:,} parameters and answers "
            f"{cheaper.pictures_per_second:,.0f} pictures a second."
        )
        return NextStep(text)
    if summary.conclusion == BETTER:
        if summary.blessed:
            return NextStep(
                "Ask the candidate about pictures of your own.",
                of_run("predict", summary, "PICTURE"),
            )
        return NextStep(
            "The candidate is better, and not blessed: what the gate asks of it stands below. "
            "See there whether that is what you want."
        )
    return NextStep(
        "Keep the baseline. «What changed» and «Settings» below show where the candidate lost, and "
        "what to vary."
    )


def _mend(summary: Summary) -> NextStep:
    """Settings of a run that is not judged, changed so that it may be."""
    advice = settings_to_change(summary.problems)
    if not advice.startswith(_OPTION):
        return NextStep(f"The comparison is not judged. It needs {advice}.")
    pairs = (part.partition("=") for part in advice.removeprefix(_OPTION).split(f" {_OPTION}"))
    changes = {name: value for name, _, value in pairs}
    text = "The comparison is not judged. Change this, and run it again."
    return NextStep(text, run_command(summary, changes))


def _narrow(summary: Summary) -> NextStep:
    """What makes a wide interval narrower: more seeds, or more test pictures."""
    significance = summary.significance
    seeds, pictures = significance.over_seeds, significance.over_pictures
    assert seeds is not None  # there are several
    if seeds.high - seeds.low > pictures.high - pictures.low:
        repeats = 2 * len(summary.seeds)
        text = f"The interval is wide because the seeds differ. Train with more: {repeats} of each."
        return NextStep(text, run_command(summary, {"repeats": repeats}))
    return NextStep(
        "The interval is wide because the test pictures are few: more of them would narrow it "
        f"most. These {significance.pictures:,} show a true difference of "
        f"{100 * significance.minimum_detectable_effect:.2f} points or more in 80 of 100 cases."
    )
