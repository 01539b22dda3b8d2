"""Makes all mistakes of this package."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from components.text import in_line
from pipeline.cli import running
from pipeline.cli.main import main
from tests.components.ingestion.formats import picture_folders
from tests.components.ingestion.formats import test_cifar_pickle as cifar
from tests.conftest import write_idx_folder
from tests.mistakes import folders, runs, values, words

Output = pytest.CaptureFixture[str]
OPTIONS = list(words.of_options())
SETTINGS = list(values.of_settings())


def names(mistakes: Sequence[tuple[Any, ...]]) -> list[str]:
    """The names of mistakes, for their tests: archives hold the time, so they are no name."""
    return [name for name, *_ in mistakes]


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the current folder of each test."""
    folder = tmp_path_factory.mktemp("sound")
    write_idx_folder(folder / "data")
    picture_folders.write(folder, "a.png", content=picture_folders.encoded("png"))
    (folder / "words.txt").write_text("no picture\n")
    return folder


@pytest.fixture(autouse=True)
def here(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: with data, a picture, and a file that is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run_experiment(*_: Any, **__: Any) -> Any:
        raise AssertionError("the run began")

    monkeypatch.setattr(running, "run_experiment", run_experiment)
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return tmp_path


def costs_one_line(arguments: Sequence[str | Path], said: str, capsys: Output) -> None:
    """Makes a mistake, and looks at what it costs."""
    exit_code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith("error: ")
    assert line == in_line(line)
    assert said in line
    assert exit_code == 2


def test_there_are_many() -> None:
    data = (*folders.IDX, *folders.CIFAR, *folders.PHOTOGRAPHS, *folders.ARCHIVES)
    texts = (*values.ASSIGNMENTS, *values.DESCRIPTIONS, *values.RESOURCES)
    of_runs = (
        len(runs.SUMMARIES) * len(runs.READERS)
        + len(runs.EXPERIMENTS_FILES) * 2
        + len(runs.NO_RUNS) * len(runs.READERS)
    )
    made = len({tuple(arguments) for arguments, _ in OPTIONS}) + len(words.OTHERS)
    assert made + len(SETTINGS) + len(data) + len(texts) + of_runs > 800


@pytest.mark.parametrize(("arguments", "said"), OPTIONS, ids=range(len(OPTIONS)))
def test_of_an_option(arguments: words.Words, said: str, capsys: Output) -> None:
    costs_one_line(arguments, said, capsys)


@pytest.mark.parametrize(("arguments", "said"), words.OTHERS, ids=range(len(words.OTHERS)))
def test_of_words(arguments: words.Words, said: str, capsys: Output) -> None:
    costs_one_line(arguments, said, capsys)


@pytest.mark.parametrize(("experiment", "name", "value"), SETTINGS, ids=range(len(SETTINGS)))
def test_of_a_setting(experiment: str, name: str, value: str, capsys: Output) -> None:
    costs_one_line(["run", experiment, "--set", f"{name}={value}"], f"{name}=", capsys)


@pytest.mark.parametrize(("assignment", "said"), values.ASSIGNMENTS)
@pytest.mark.parametrize(
    "command",
    [["run"], ["compile", "--image=i", "--output=o.yaml"]],
    ids=["run", "compile"],
)
def test_of_an_assignment(
    command: list[str], assignment: str, said: str, here: Path, capsys: Output
) -> None:
    before = sorted(here.iterdir())
    costs_one_line([*command, "cnn-regularized", "--set", assignment], said, capsys)
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize(("text", "said"), values.DESCRIPTIONS, ids=range(len(values.DESCRIPTIONS)))
def test_of_a_description(text: str, said: str, here: Path, capsys: Output) -> None:
    (here / "d.yaml").write_text(text)
    costs_one_line(["run", "mlp-batchnorm", "--set", "dataset=d.yaml"], said, capsys)


@pytest.mark.parametrize(("text", "said"), values.RESOURCES)
def test_of_resources(text: str, said: str, here: Path, capsys: Output) -> None:
    (here / "r.yaml").write_text(text)
    command = ["compile", "mlp-batchnorm", "--image=i", "--output=o.yaml"]
    costs_one_line([*command, "--resources=r.yaml"], said, capsys)


@pytest.mark.parametrize(("name", "spoil", "said"), folders.IDX, ids=names(folders.IDX))
def test_of_idx_files(
    name: str, spoil: folders.Spoil, said: str, here: Path, capsys: Output
) -> None:
    spoil(here / "data")
    costs_one_line(["run", "mlp-batchnorm", "--data=data"], said, capsys)


@pytest.mark.parametrize(("name", "spoil", "said"), folders.CIFAR, ids=names(folders.CIFAR))
def test_of_pickles(name: str, spoil: folders.Spoil, said: str, here: Path, capsys: Output) -> None:
    spoil(cifar.write(here / "pickles"))
    arguments = ["run", "resnet50-transfer", "--backbone-weights=none", "--data=pickles"]
    costs_one_line(arguments, said, capsys)


@pytest.mark.parametrize(
    ("name", "spoil", "said"), folders.PHOTOGRAPHS, ids=names(folders.PHOTOGRAPHS)
)
def test_of_photographs(
    name: str, spoil: folders.Spoil, said: str, here: Path, capsys: Output
) -> None:
    folder = here / "photographs"
    folder.mkdir()
    spoil(folder)
    costs_one_line(["run", "cnn-regularized", "--data=photographs"], said, capsys)


@pytest.mark.parametrize(
    ("name", "file", "content", "said"), folders.ARCHIVES, ids=names(folders.ARCHIVES)
)
def test_of_archives(
    name: str, file: str, content: bytes, said: str, here: Path, capsys: Output
) -> None:
    (here / file).write_bytes(content)
    costs_one_line(["run", "cnn-regularized", "--data", file], said, capsys)


@pytest.mark.parametrize("name", runs.NO_RUNS, ids=range(len(runs.NO_RUNS)))
@pytest.mark.parametrize("command", runs.READERS)
def test_of_a_runs_name(command: tuple[str, ...], name: str, here: Path, capsys: Output) -> None:
    runs.finished(here / "runs")
    words = ["--run", name] if command[0] == "predict" else [name]
    costs_one_line([command[0], *words, *command[1:]], "no finished run", capsys)


@pytest.mark.parametrize("name", runs.SUMMARIES)
@pytest.mark.parametrize("command", runs.READERS)
def test_of_a_summary(command: tuple[str, ...], name: str, here: Path, capsys: Output) -> None:
    run = runs.finished(here / "runs")
    runs.SUMMARIES[name](run)
    costs_one_line([command[0], run.id, *command[1:]], run.id, capsys)


@pytest.mark.parametrize("name", runs.EXPERIMENTS_FILES)
@pytest.mark.parametrize("command", [("report",), ("predict", "a.png")])
def test_of_an_experiments_file(
    command: tuple[str, ...], name: str, here: Path, capsys: Output
) -> None:
    run = runs.finished(here / "runs")
    runs.EXPERIMENTS_FILES[name](run)
    costs_one_line([command[0], run.id, *command[1:]], run.id, capsys)
