"""What Kubeflow's page of a run shows; the whole is in tests/e2e."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import markdown_it
from hypothesis import given
from hypothesis import strategies as st

from components.text import in_line
from pipeline.report import node
from pipeline.report.text import in_markdown
from pipeline.runners.kubeflow import page
from pipeline.runs.result import SUMMARY
from tests.pipeline.report.run_result import a_summary


def shown(markdown: str) -> list[tuple[str, str]]:
    """What a reader of Markdown makes of it: (HTML tag, text) of each block."""
    tokens = markdown_it.MarkdownIt("commonmark").parse(markdown)
    return [
        (tokens[i - 1].tag, "".join(child.content for child in token.children or []))
        for i, token in enumerate(tokens)
        if token.type == "inline"
    ]


def test_the_report_fills_what_kubeflow_shows(tmp_path: Path) -> None:
    summary = a_summary()
    names = (node.REPORT, node.PAGE_OUTPUT, node.VERDICT, node.METRICS, *node.CONFUSION.values())
    artifacts: dict[str, dict[str, list[dict[str, Any]]]] = {
        name: {"artifacts": [{"uri": str(tmp_path / name)}]} for name in names
    }
    for name in names:
        (tmp_path / name).mkdir()
    SUMMARY.write(tmp_path / node.REPORT, summary)
    page.fill({"artifacts": artifacts})

    [metrics] = artifacts[node.METRICS]["artifacts"]
    assert metrics["metadata"]["baseline_test_accuracy"] == summary.baseline.test_accuracy
    assert metrics["metadata"]["difference"] == summary.significance.headline.estimate
    assert all(isinstance(value, float) for value in metrics["metadata"].values())
    [confusion] = artifacts[node.CONFUSION["candidate"]]["artifacts"]
    rows = confusion["metadata"]["confusionMatrix"]["rows"]
    assert [row["row"] for row in rows] == summary.candidate.evidence.confusion
    assert shown((tmp_path / node.VERDICT).read_text()) == [
        ("h1", summary.question),
        ("p", summary.headline),
        *(("p", detail) for detail in summary.details),
    ]
    assert page.TYPES.keys() == set(names) - {node.REPORT}


def test_a_figure_that_is_no_number_is_left_out() -> None:
    summary = a_summary()
    diverged = dataclasses.replace(summary.candidate, test_loss=float("nan"))
    figures = page.metrics(dataclasses.replace(summary, candidate=diverged))
    assert "candidate_test_loss" not in figures
    assert "baseline_test_loss" in figures


@given(st.text(max_size=40))
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    line = in_line(text).strip()
    blocks = shown(f"- {in_markdown(text)}\n")
    assert "".join(content for _, content in blocks) == line
