"""What becomes of an export that is not as it should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.errors import UserError
from pipeline.runs import export
from pipeline.runs.export import check_output, export_candidate
from tests.mistakes.runs import finished

ANSWERS = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
LABELS = np.array([0, 1])


def converted(answers: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose answers are `ANSWERS`, and `answers` once it is converted."""
    (tmp_path / "model").mkdir()
    pixels = np.zeros([2, 6, 5, 3], np.uint8)
    monkeypatch.setattr(export, "candidate_model", lambda run: tmp_path / "model")
    monkeypatch.setattr(export, "_original", lambda *_: (pixels, LABELS, ANSWERS))
    monkeypatch.setattr(export, "write", lambda name, model, path: path.write_bytes(b"12345"))
    monkeypatch.setattr(export, "ask", lambda *_: answers)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (ANSWERS, ""),
        (ANSWERS + np.float32(9e-6), ""),
        (ANSWERS + np.float32(2e-5), "differs by 2e-05 from the original"),
        (ANSWERS * np.float32(np.nan), "differs by inf"),
        (ANSWERS[:1], "differs by inf"),
    ],
)
def test_only_what_answers_like_the_original_is_kept(
    answers: np.ndarray, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted(answers, tmp_path, monkeypatch)
    output = tmp_path / "new" / "m.tflite"
    run = finished(tmp_path / "runs")
    if said:
        with pytest.raises(UserError, match=said):
            export_candidate(run, "tflite", output)
        assert list(output.parent.iterdir()) == []
    else:
        exported = export_candidate(run, "tflite", output)
        assert (exported.size, exported.pictures) == (5, 2)
        assert list(output.parent.iterdir()) == [output]


def test_what_quantization_costs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounded = np.array([[0.4, 0.6], [0.2, 0.8]], np.float32)
    converted(rounded, tmp_path, monkeypatch)
    run, output = finished(tmp_path / "runs"), tmp_path / "m.tflite"
    exported = export_candidate(run, "tflite-quantized", output)
    assert exported.accuracy == (1.0, 0.5)
    assert exported.answered_otherwise == 1
    assert exported.largest_difference == pytest.approx(0.5)
    output.unlink()
    monkeypatch.setattr(export, "ask", lambda *_: rounded * np.float32(np.nan))
    with pytest.raises(UserError, match="differs by inf"):
        export_candidate(run, "tflite-quantized", output)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    there = tmp_path / "m.tflite"
    there.write_bytes(b"mine")
    with pytest.raises(UserError, match=r"m\.tflite is there already: name another --output"):
        export_candidate(finished(tmp_path / "runs"), "tflite", there)
    assert there.read_bytes() == b"mine"


def test_a_name_of_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a keras file's name ends in \.keras"):
        check_output("keras", tmp_path / "m.h5")


def test_a_name_that_no_library_can_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not UTF-8"):
        check_output("keras", tmp_path / "m\udcff.keras")
