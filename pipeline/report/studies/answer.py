"""A study's answer in words: where it pays, by which part, and how sure that is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from components.evaluator.intervals import Interval
from components.evaluator.significance import BETTER, EQUIVALENT, NOT_JUDGED, NOT_SHOWN, WORSE
from components.text import shorten
from pipeline.runs.study_result import FAILED, Axis, Crossing, Effect, PointResult, StudyResult
from pipeline.settings.study import GRID

_LONGEST_TITLE = 60


def answer(result: StudyResult, *, comparable: bool) -> tuple[str, list[str]]:
    """The headline, and what it rests on, a sentence each.

    Args:
      result: all figures of a study.
      comparable: whether its judged points have the same test pictures and as many seeds.
    """
    details = [*_what_was_compared(result), *_alone(result), *_not_judged(result)]
    if not result.judged:
        return f"None of the {len(result.points)} points can be judged.", details
    if result.effects:
        return _parts(result), [*_interactions(result), *_best_part(result), *details]
    if result.design != GRID:
        return _of_points(result), details
    if len(result.axes) > 1:
        return _of_points(result), details
    if not comparable:
        details.append(
            "The points have other test pictures each, so nothing is said of what lies between."
        )
    details += [_crossing(crossing, result.axes[0]) for crossing in result.told]
    if len(result.told) < len(result.crossings):
        further = " elsewhere, too" if result.told else ""
        details.append(
            f"The estimates change sign{further}, but these points cannot tell where (95 %)."
        )
    return _curve(result), details


def _what_was_compared(result: StudyResult) -> list[str]:
    seeds = max((len(point.seeds or []) for point in result.points), default=0)
    saved = result.trainings - result.trained
    sentences = [
        f"{len(result.points)} points, {seeds} seed{'s' if seeds != 1 else ''} each: "
        f"{result.trained} trainings"
        + (f", {saved} fewer than the points on their own." if saved else ".")
    ]
    if len(result.judged) > 1:
        sentences.append(
            f"Of {len(result.judged)} judged points, what is called better, worse or practically "
            "equal is so together: in 19 of 20 such studies nothing is called so falsely (Holm)."
        )
    if seeds == 1:
        sentences.append(
            "Each model was trained once, so this is about these models; for the method, "
            "--repeats 3 or more."
        )
    return sentences


def _alone(result: StudyResult) -> list[str]:
    """Points that would be called different if there were no others."""
    return [
        f"At {_at(result, point)} the interval of the point on its own leaves out zero "
        f"({_points(point.difference)}); among {len(result.judged)} points that may be chance."
        for point in result.judged
        if point.conclusion == NOT_SHOWN and point.difference and point.difference.leaves_out_zero
    ]


def _not_judged(result: StudyResult) -> list[str]:
    words = {NOT_JUDGED: "Not judged at", FAILED: "Failed at"}
    return [
        f"{words[point.conclusion]} {_at(result, point)}: {point.reason}"
        for point in result.points
        if not point.judged
    ]


def _curve(result: StudyResult) -> str:
    """One varied setting: where it pays, and what is beside it."""
    [axis] = result.axes
    order = sorted(range(len(result.points)), key=lambda i: axis.numbers[i] if axis.numbers else i)
    ordered = [result.points[index] for index in order]
    groups = [
        (state, [axis.values[result.points.index(point)] for point in members])
        for state, members in (
            (state, list(group))
            for state, group in itertools.groupby(ordered, key=lambda point: point.conclusion)
        )
    ]
    paying = [place for place, (state, _) in enumerate(groups) if state == BETTER]
    title = _candidate(result)
    if len(groups) == 1:
        state, values = groups[0]
        if state == NOT_SHOWN:
            points = f"{len(values)} points, {_span(values, axis)}"
            return f"At none of the {points}, is a difference shown."
        everywhere = f"at all {len(values)} points, {_span(values, axis)}"
        return f"{_capital(_state(state, title))} {everywhere}."
    if len(paying) == 1 and axis.numbers:
        return _one_stretch(result, groups, paying[0], title, axis)
    listed = [f"{_where(values, axis)} {_state(state, title)}" for state, values in groups]
    return f"{_capital('; '.join(listed))}."


def _one_stretch(
    result: StudyResult,
    groups: Sequence[tuple[str, list[str]]],
    place: int,
    title: str,
    axis: Axis,
) -> str:
    """It pays in one stretch: from where on, or up to where, with the uncertainty of that."""
    before, values, after = groups[:place], groups[place][1], groups[place + 1 :]
    begins = _edge(result.told, True) if before else None
    ends = _edge(result.told, False) if after else None
    if before and not after:
        where = f"from {begins or _number(values[0])} {axis.name} on{_sure(begins)}"
        beside = f"below, {_states(before, title)}"
    elif after and not before:
        where = f"up to {ends or _number(values[-1])} {axis.name}{_sure(ends)}"
        beside = f"above, {_states(after, title)}"
    else:
        where = f"{_where(values, axis)}"
        beside = f"below, {_states(before, title)}; above, {_states(after, title)}"
    return f"{_capital(where)}, {title} pays; {beside}."


def _edge(found: Sequence[Crossing], upwards: bool) -> str | None:
    """About where the difference crosses zero, if it does so once in this direction."""
    edges = [crossing for crossing in found if crossing.upwards == upwards]
    if len(edges) != 1 or edges[0].low is None or edges[0].high is None:
        return None
    low, high = _rounded(edges[0].low), _rounded(edges[0].high)
    return f"about {low} to {high}" if low != high else f"about {low}"


def _sure(edge: str | None) -> str:
    return " (95 %)" if edge else ""


def _crossing(crossing: Crossing, axis: Axis) -> str:
    direction = "ahead of" if crossing.upwards else "behind"
    low = f"from {_rounded(crossing.low)}" if crossing.low is not None else "from below all points"
    high = f"to {_rounded(crossing.high)}" if crossing.high is not None else "to beyond all points"
    return (
        f"The candidate gets {direction} the baseline at about {_rounded(crossing.place)} "
        f"{axis.name}; that place may lie {low} {high} (95 %), if the difference goes straight "
        "between the points."
    )


def _of_points(result: StudyResult) -> str:
    """Several varied settings: how many points end how, and the largest difference."""
    title = _candidate(result)
    counted = [
        (state, [point for point in result.points if point.conclusion == state])
        for state in (BETTER, WORSE, EQUIVALENT, NOT_SHOWN, NOT_JUDGED, FAILED)
    ]
    said = [f"{_state(state, title)} at {len(some)}" for state, some in counted if some]
    headline = f"Of {len(result.points)} points, {'; '.join(said)}."
    differences = [(point.difference, point) for point in result.judged if point.difference]
    largest, best = max(differences, key=lambda pair: pair[0].estimate)
    return f"{headline} The largest difference: {_points(largest)} at {_at(result, best)}."


def _parts(result: StudyResult) -> str:
    """A design of parts: what each adds."""
    mains = [effect for effect in result.effects if len(effect.parts) == 1]
    standing = [effect for effect in mains if effect.stands]
    if not standing:
        return f"Of no part anything is shown: {_listed(mains)}."
    said = []
    for word, wanted in (("helps", True), ("does harm", False)):
        some = [e for e in standing if (e.difference.estimate > 0) == wanted]
        if some:
            said.append(f"{_listed(some)} {word if len(some) == 1 else _plural(word)}")
    others = [effect for effect in mains if not effect.stands]
    if others:
        said.append(f"of {_listed(others)} nothing is shown")
    return f"{_capital('; '.join(said))}."


def _plural(word: str) -> str:
    return {"helps": "help", "does harm": "do harm"}[word]


def _listed(effects: Sequence[Effect]) -> str:
    return " and ".join(f"{effect.parts[0]} ({_points(effect.difference)})" for effect in effects)


def _interactions(result: StudyResult) -> list[str]:
    together = [effect for effect in result.effects if len(effect.parts) > 1]
    sentences = [
        f"{' and '.join(effect.parts)} together add {'more' if up else 'less'} than their sum "
        f"({_points(effect.difference)})."
        for effect in together
        if effect.stands
        for up in [effect.difference.estimate > 0]
    ]
    open_ones = [effect for effect in together if not effect.stands]
    if open_ones:
        named = "; ".join(
            f"{' and '.join(effect.parts)} {_points(effect.difference)}" for effect in open_ones
        )
        sentences.append(f"That parts add more or less together is not shown: {named}.")
    return sentences


def _best_part(result: StudyResult) -> list[str]:
    """The single part with the highest accuracy."""
    off = [axis.values[0] for axis in result.axes]
    single = [
        point
        for point in result.points
        if sum(a != b for a, b in zip(point.values, off, strict=True)) == 1
    ]
    best = max(single, key=lambda point: point.candidate or 0.0)
    assert best.candidate is not None
    assert best.difference is not None
    [name] = [
        axis.name
        for axis, value in zip(result.axes, best.values, strict=True)
        if value != axis.values[0]
    ]
    return [
        f"The best single part is {name}: {best.candidate:.4f} {result.metric}, "
        f"{_points(best.difference)} against none."
    ]


def _candidate(result: StudyResult) -> str:
    return shorten(result.titles[1], _LONGEST_TITLE)


def _state(state: str, title: str) -> str:
    return {
        BETTER: f"{title} pays",
        WORSE: f"{title} does harm",
        EQUIVALENT: "it makes no practical difference",
        NOT_SHOWN: "nothing is shown",
        NOT_JUDGED: "the models cannot be judged",
        FAILED: "the run failed",
    }[state]


def _states(groups: Sequence[tuple[str, list[str]]], title: str) -> str:
    return " and ".join(dict.fromkeys(_state(state, title) for state, _ in groups))


def _where(values: Sequence[str], axis: Axis) -> str:
    if not axis.numbers:
        return f"at {axis.name} {', '.join(values)}"
    if len(values) == 1:
        return f"at {_number(values[0])} {axis.name}"
    return f"from {_number(values[0])} to {_number(values[-1])} {axis.name}"


def _span(values: Sequence[str], axis: Axis) -> str:
    if not axis.numbers:
        return f"{axis.name} {', '.join(values)}"
    return f"{_number(values[0])} to {_number(values[-1])} {axis.name}"


def _at(result: StudyResult, point: PointResult) -> str:
    return ", ".join(
        f"{axis.name} {_number(value)}"
        for axis, value in zip(result.axes, point.values, strict=True)
    )


def _number(text: str) -> str:
    """A value as people write it: 60,000."""
    try:
        return f"{int(text):,}"
    except ValueError:
        return text


def _rounded(value: float) -> str:
    """With two digits that count, as an uncertain place has no more."""
    rounded = float(f"{value:.2g}")
    return f"{int(rounded):,}" if rounded >= 10 else f"{rounded:g}"


def _points(interval: Interval) -> str:
    estimate, low, high = (100 * x for x in (interval.estimate, interval.low, interval.high))
    return f"{estimate:+.2f} points, {low:+.2f} to {high:+.2f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
