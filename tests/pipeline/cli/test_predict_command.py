"""`predict`: which words are the run and which the pictures, and how answers are written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from pyarrow import parquet

from components.serving.bulk import Answered
from pipeline.experiments import EXPERIMENTS
from pipeline.runs import predict
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY
from tests.components.ingestion.formats import picture_folders
from tests.conftest import Cli
from tests.pipeline.report.run_result import a_summary

NAMES = EXPERIMENTS["mlp-batchnorm"].dataset.class_names
ANSWER = [0.5, 0.25, 0.125, *[0.0178] * 7]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Two finished runs, whose candidates answer the same; and which run is asked how much."""
    questions: list[tuple[str, int]] = []

    def infer(
        model: str, names: Iterable[str], folder: Path, beam_args: Sequence[str]
    ) -> Iterator[Answered]:
        contents = [(name, predict._content(Path(name))) for name in names]
        questions.append((model, sum(isinstance(content, bytes) for _, content in contents)))
        for name, content in contents:
            error = content if isinstance(content, str) else ""
            yield Answered(name, [] if error else ANSWER, error)

    monkeypatch.setattr(predict, "candidate_model", lambda run: run.id)
    monkeypatch.setattr(predict, "_infer", infer)
    for run_id in ("20260101-120000Z", "20260102-120000Z"):
        run = RunFolder(ExperimentFolder.of(tmp_path / "runs", "own").path / "runs" / run_id)
        run.path.mkdir(parents=True)
        run.write(EXPERIMENT, EXPERIMENTS["mlp-batchnorm"])
        run.write(SUMMARY, a_summary(run=run_id, robustness=False))
    return questions


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with two pictures, one of them further down, a damaged one, and a text."""
    picture = picture_folders.encoded("png")
    names = ("photos/a.png", "photos/deeper [1]/b.PNG")
    picture_folders.write(tmp_path, *names, content=picture)
    picture_folders.write(tmp_path, "photos/c.jpg", content=b"no picture")
    picture_folders.write(tmp_path, "photos/notes.txt", content=b"hello")
    return Path("photos")


LINE = ": T-shirt/top 0.500, Trouser 0.250, Pullover 0.125"


def test_a_folder_is_asked_about_and_what_is_no_picture_is_named(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path
) -> None:
    done = cli_here("predict", photos)
    assert done.stdout.splitlines() == [f"photos/a.png{LINE}", f"photos/deeper [1]/b.PNG{LINE}"]
    assert done.stderr.splitlines() == [
        "note: photos: left out 1 file without a picture's name",
        "error: photos/c.jpg cannot be used: not a picture of a known format",
    ]
    assert done.returncode == 2
    assert asked == [("20260102-120000Z", 2)]


def test_json_has_an_answer_or_an_error_for_each_picture(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path
) -> None:
    done = cli_here("predict", photos / "c.jpg", photos / "a.png", "none.png", "--json")
    assert done.returncode == 2
    bad, good, missing = json.loads(done.stdout)
    assert bad == {
        "file": "photos/c.jpg",
        "class": "",
        "probabilities": {},
        "error": "cannot be used: not a picture of a known format",
    }
    assert (good["class"], good["error"]) == ("T-shirt/top", "")
    assert good["probabilities"] == dict(zip(NAMES, ANSWER, strict=True))
    assert (missing["file"], missing["error"]) == ("none.png", "does not exist")


@pytest.mark.parametrize("table", ["-", "answers.csv"])
def test_csv_is_a_row_a_picture(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path, table: str
) -> None:
    done = cli_here("predict", photos, "--csv", table)
    text = done.stdout if table == "-" else Path(table).read_text()
    assert (table == "-") or done.stdout == "answers.csv\n"
    heading, first, bad, _ = csv.reader(io.StringIO(text))
    assert heading == ["file", "class", *(f"p({name})" for name in NAMES), "error"]
    assert first == ["photos/a.png", "T-shirt/top", *map(str, ANSWER), ""]
    assert bad[:2] == ["photos/c.jpg", ""]
    assert bad[-1] == "cannot be used: not a picture of a known format"
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("words", "run"),
    [
        (["photos/a.png"], "20260102-120000Z"),
        (["own", "photos/a.png"], "20260102-120000Z"),
        (["20260101-120000Z", "photos/a.png"], "20260101-120000Z"),
        (["photos/a.png", "--run=20260101-120000Z"], "20260101-120000Z"),
    ],
)
def test_the_first_word_may_be_the_run(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path, words: list[str], run: str
) -> None:
    assert cli_here("predict", *words).returncode == 0
    assert asked == [(run, 1)]


def test_a_word_that_may_mean_both_is_refused(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path
) -> None:
    photos.rename("own")
    done = cli_here("predict", "own", "own/a.png")
    assert done.returncode == 2
    assert done.stderr == (
        "error: own is a run and a file: write ./own for the file, or --run own\n"
    )
    assert cli_here("predict", "./own", "--json").returncode == 2  # because of one picture
    assert cli_here("predict", "--run=own", "own").returncode == 2
    assert asked == [("20260102-120000Z", 2)] * 2


def test_a_run_without_a_picture_is_refused(cli_here: Cli, asked: list[tuple[str, int]]) -> None:
    done = cli_here("predict", "own")
    assert (done.returncode, asked) == (2, [])
    assert "Missing argument 'PICTURE...'" in done.stderr


def test_a_folder_without_pictures_is_refused(
    cli_here: Cli, asked: list[tuple[str, int]], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    done = cli_here("predict", "empty")
    assert (done.returncode, asked) == (2, [])
    assert "error: empty holds no pictures" in done.stderr


def test_a_parquet_file_holds_what_csv_holds(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path
) -> None:
    done = cli_here("predict", photos, "--output", "answers.parquet")
    assert (done.returncode, done.stdout) == (2, "answers.parquet\n")
    table = parquet.read_table("answers.parquet")
    assert table.column_names == ["file", "class", *(f"p({name})" for name in NAMES), "error"]
    first, bad, second = table.to_pylist()
    assert (first["file"], second["file"]) == ("photos/a.png", "photos/deeper [1]/b.PNG")
    assert [first[f"p({name})"] for name in NAMES] == pytest.approx(ANSWER)
    assert (first["class"], first["error"]) == ("T-shirt/top", None)
    assert (bad["class"], bad["p(Trouser)"]) == (None, None)
    assert bad["error"] == "cannot be used: not a picture of a known format"
    assert [path.name for path in Path().glob("*answers*")] == ["answers.parquet"]


def test_a_table_that_cannot_be_written_is_refused_before_pictures_are_asked(
    cli_here: Cli, asked: list[tuple[str, int]], photos: Path
) -> None:
    for output, said in (
        ("answers.csv", "so end it in .parquet"),
        ("none/answers.parquet", "there is no folder none"),
    ):
        done = cli_here("predict", photos, "--output", output)
        assert (done.returncode, asked) == (2, [])
        assert said in done.stderr
