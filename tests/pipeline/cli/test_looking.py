"""Commands that look at runs: `runs`, `open`, `logs`, `clean`, and `--json`."""

from __future__ import annotations

import json
import threading
import time
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from components.ingestion.reader import Contents
from pipeline.cli import terminal
from pipeline.datasets.locate import SAMPLE, Located
from pipeline.experiments import EXPERIMENTS
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.listing import list_runs
from pipeline.runs.result import DATA, EXPERIMENT, SUMMARY
from tests.conftest import Cli
from tests.pipeline.report.run_result import a_summary

NAME = "mlp-batchnorm"


def a_run(root: Path, run_id: str, *events: dict[str, Any], name: str = NAME) -> RunFolder:
    run = RunFolder(root / name / "runs" / run_id)
    run.path.mkdir(parents=True)
    run.write(EXPERIMENT, EXPERIMENTS[NAME])
    run.write(DATA, Located(Path("data"), SAMPLE, "the stand-in", Contents({}, {})))
    run.events.write_text("".join(json.dumps(event) + "\n" for event in events))
    return run


def node(name: str, state: str) -> dict[str, Any]:
    return {"kind": "node", "time": 0.0, "node": name, "state": state}


def begin(*nodes: str) -> dict[str, Any]:
    return {"kind": "run", "time": 0.0, "nodes": list(nodes)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A run of each state, and one of another experiment."""
    root = tmp_path / "runs"
    both = begin("ExampleGen", "Trainer.candidate")
    made = node("ExampleGen", "done")
    finished = a_run(root, "20260101-120000Z", both, made)
    finished.write(SUMMARY, a_summary(run=finished.id, robustness=False, artifacts={}))
    finished.report.write_text("<p>report")
    a_run(root, "20260102-120000Z", both, made, node("Trainer.candidate", "failed"))
    a_run(root, "20260103-120000Z", both, made, node("Trainer.candidate", "stopped"))
    a_run(root, "20260104-120000Z", both, made, node("Trainer.candidate", "running"))
    a_run(root, "20260105-120000Z", begin("ExampleGen"), made)
    other = a_run(root, "20260102-130000Z", name="own")
    (other.path / "summary.json").write_text('{"schema_version": 1, "made_by": "0.1.0"}')
    return root


def listed(cli_here: Cli, *words: str) -> list[dict[str, Any]]:
    done = cli_here("runs", *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_runs_are_listed_the_newest_first(cli_here: Cli, root: Path) -> None:
    runs = listed(cli_here)
    assert [(run["run"], run["state"], run["node"]) for run in runs] == [
        ("20260105-120000Z", "partial", "ExampleGen"),
        ("20260104-120000Z", "stopped", "Trainer.candidate"),
        ("20260103-120000Z", "stopped", "Trainer.candidate"),
        ("20260102-130000Z", "finished", ""),
        ("20260102-120000Z", "failed", "Trainer.candidate"),
        ("20260101-120000Z", "finished", ""),
    ]
    assert [run["conclusion"] for run in runs if run["state"] == "finished"] == ["", "better"]
    assert runs[0]["started"] == "2026-01-05T12:00:00+00:00"
    assert {run["data"] for run in runs} == {"Fashion-MNIST"}
    assert listed(cli_here, "own") == [run for run in runs if run["experiment"] == "own"]


def test_the_last_run_is_running_while_it_holds_the_lock(cli_here: Cli, root: Path) -> None:
    home = ExperimentFolder.of(root, NAME)
    (home.path / "runs/20260105-120000Z").rename(root / "aside")
    with home.locked():
        states = [run["state"] for run in listed(cli_here, NAME)]
    assert states == ["running", "stopped", "failed", "finished"]
    assert listed(cli_here, NAME)[0]["state"] == "stopped"


def test_the_list_of_runs_is_a_table(cli_here: Cli, root: Path) -> None:
    done = cli_here("runs")
    heading, first, *_, last, total = (" ".join(line.split()) for line in done.stdout.splitlines())
    assert heading == "run experiment started state conclusion data size"
    assert first.startswith("20260105-120000Z mlp-batchnorm ")
    assert "d ago partial up to ExampleGen Fashion-MNIST (stand-in)" in first
    assert "finished better" in last
    assert total.startswith("6 runs, ")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_narrow_terminal_has_fewer_columns_and_whole_ids(
    root: Path, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = Console(width=width, soft_wrap=True, highlight=False)
    monkeypatch.setattr(terminal, "console_for_tables", lambda: wide)
    terminal.print_runs(list_runs(root))
    *lines, _ = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[1:]] == [run.run for run in list_runs(root)]
    assert ("data" in lines[0]) == (width >= 120)
    assert not any("…" in line for line in lines)


def test_without_runs_that_is_said(cli_here: Cli) -> None:
    assert cli_here("runs").stdout == "no runs in runs: start one with `run`\n"
    assert listed(cli_here) == []


def test_the_folder_of_runs_is_named_by_the_environment(
    cli_here: Cli, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.rename(root.with_name("elsewhere"))
    assert listed(cli_here) == []
    monkeypatch.setenv("REGULARIZATION_ROOT", "elsewhere")
    assert len(listed(cli_here)) == 6
    assert listed(cli_here, "--root=runs") == []  # what is said outright counts
    assert "$REGULARIZATION_ROOT" in cli_here("runs", "--help").stdout
    monkeypatch.setenv("REGULARIZATION_ROOT", "s3://bucket/runs")
    done = cli_here("runs")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: $REGULARIZATION_ROOT s3://bucket/runs: runs need a disk")


def test_show_and_compare_print_json(cli_here: Cli, root: Path) -> None:
    shown = cli_here("show", NAME, "--json")
    assert shown.stderr == ""
    [file] = root.glob(f"{NAME}/runs/*/summary.json")
    assert json.loads(shown.stdout) == json.loads(file.read_text())
    compared = json.loads(cli_here("compare", NAME, NAME, "--json").stdout)
    assert [run["conclusion"] for run in compared["runs"]] == ["better", "better"]
    assert compared["differing"] == {}


def test_list_prints_json(cli_here: Cli) -> None:
    experiments = json.loads(cli_here("list", "--json").stdout)["experiments"]
    assert [each["name"] for each in experiments] == list(EXPERIMENTS)
    assert experiments[0]["candidate"]["optimizer"]["momentum"] == 0.9


@pytest.mark.parametrize(
    ("there_is_one", "said"), [(True, "report: "), (False, "no browser here; report: ")]
)
def test_a_report_is_opened(
    cli_here: Cli, root: Path, there_is_one: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_page(page: str) -> bool:
        opened.append(page)
        return there_is_one

    monkeypatch.setattr(webbrowser, "open", open_page)
    page = root / NAME / "runs/20260101-120000Z/report.html"
    done = cli_here("open", NAME)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}{page}\n", "")
    assert opened == [page.as_uri()]
    page.unlink()
    done = cli_here("open", "20260101-120000Z")
    assert done.returncode == 2
    assert "has no report: `report 20260101-120000Z` builds" in done.stderr


def with_logs(root: Path) -> RunFolder:
    run = RunFolder(root / NAME / "runs/20260105-120000Z")
    run.events.write_text(json.dumps(begin("Schema", "ExampleGen")) + "\n")
    run.log.write_bytes(b"TFX begins\nodd: \x1b[2J\xff\n")
    run.node_logs.mkdir()
    run.node_log("ExampleGen").write_text("pictures\n")
    run.node_log("Schema").write_text("a schema\nno end of line")
    return run


def test_logs_are_printed_node_by_node(cli_here: Cli, root: Path) -> None:
    with_logs(root)
    assert cli_here("logs", NAME).stdout.splitlines() == [
        *("==> log <==", "TFX begins", "odd: \\x1b[2J\ufffd"),
        *("==> Schema <==", "a schema", "no end of line"),
        *("==> ExampleGen <==", "pictures"),
    ]
    assert cli_here("logs", "--node=ExampleGen").stdout == "pictures\n"
    done = cli_here("logs", "--node=Examplegen")
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no node 'Examplegen': did you mean ExampleGen?" in done.stderr
    done = cli_here("logs", "20260104-120000Z")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "run 20260104-120000Z has printed nothing\n"


def test_logs_are_followed_until_the_run_ends(cli_here: Cli, root: Path) -> None:
    run = with_logs(root)
    held, begun = threading.Event(), threading.Event()

    def go_on() -> None:
        with run.experiment.locked():
            held.set()
            begun.wait()
            for line in ("second\n", "third\n"):
                time.sleep(0.3)
                with open(run.node_log("ExampleGen"), "a") as file:
                    file.write(line)

    writer = threading.Thread(target=go_on)
    writer.start()
    held.wait()
    begun.set()
    done = cli_here("logs", "--node=ExampleGen", "--follow")
    writer.join()
    assert done.stdout.splitlines() == ["pictures", "second", "third"]


def test_clean_says_what_could_go_and_frees_it_only_if_told(cli_here: Cli, root: Path) -> None:
    home = ExperimentFolder.of(root, NAME)
    newest = a_run(root, "20260106-120000Z")
    newest.write(SUMMARY, a_summary(run=newest.id, robustness=False))
    looked = cli_here("clean", NAME, "--keep=1")
    first, last = looked.stdout.splitlines()
    assert first.startswith("mlp-batchnorm: keeps 1 run; not needed: 5 runs (")
    assert first.endswith("; runs: 20260101-120000Z to 20260105-120000Z")
    assert last.endswith("could go: add --yes to free them")
    assert len(home.runs()) == 6
    cleaned = cli_here("clean", NAME, "--keep=1", "--yes")
    assert cleaned.stdout.splitlines()[1].startswith("freed ")
    assert home.runs() == [newest]
    assert cli_here("clean", NAME).stdout.endswith("there is nothing besides that could go\n")


def test_clean_leaves_a_running_experiment_alone(cli_here: Cli, root: Path) -> None:
    with ExperimentFolder.of(root, NAME).locked():
        done = cli_here("clean")
    assert done.returncode == 2
    assert done.stdout.startswith("own: keeps 1 run")
    assert "error: mlp-batchnorm: another run of mlp-batchnorm is going on" in done.stderr
