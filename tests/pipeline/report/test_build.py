"""What stands beside the page."""

from __future__ import annotations

from pathlib import Path

from pipeline.report.build import write_pictures
from pipeline.report.section import Drawn
from pipeline.report.sections.answer import SECTION
from tests.pipeline.report.run_result import a_summary, check_png


def test_plots_and_pictures_are_files_and_those_of_an_earlier_report_go(tmp_path: Path) -> None:
    folder, summary = tmp_path / "plots", a_summary()
    folder.mkdir()
    (folder / "earlier.png").write_bytes(b"a plot that is no longer drawn")
    drawn = Drawn(SECTION, summary, SECTION.plots(summary), {"picture": b"a PNG file"})
    write_pictures(folder, [drawn])
    assert {file.name for file in folder.iterdir()} == {"difference.png", "picture.png"}
    check_png((folder / "difference.png").read_bytes())
    assert (folder / "picture.png").read_bytes() == b"a PNG file"
