from __future__ import annotations

from pipeline.report.sections.commands import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary


def test_each_command_names_the_run() -> None:
    commands = dict(SECTION.commands(a_summary()))
    assert commands["Print the verdict again"] == "python -m pipeline show 20260102-030405"
    assert commands["Ask the candidate about a picture"] == (
        "python -m pipeline predict 20260102-030405 PICTURE"
    )
    page = of_summary("commands", a_summary())
    assert "python -m pipeline run mlp-batchnorm --data FOLDER" in page.text
    lines = "import open_run run = open_run(\"runs\", '20260102-030405') run.summary"
    assert lines in page.text


def test_a_run_without_an_id_yet_has_a_word_for_it() -> None:
    commands = dict(SECTION.commands(a_summary(run="")))
    assert commands["Print the verdict again"] == "python -m pipeline show RUN"


def test_what_a_user_wrote_is_text_and_quoted_for_the_shell() -> None:
    page = of_summary("commands", a_summary(run=SCRIPT))
    assert "script" not in page.tags
    assert f"python -m pipeline show '{SCRIPT}'" in page.text
