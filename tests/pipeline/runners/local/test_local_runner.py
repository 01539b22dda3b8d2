"""What the local runner does before, between and after nodes, with a pipeline of three."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import psutil
import pytest
from apache_beam.options.pipeline_options import DirectOptions
from tfx.dsl.component.experimental.annotations import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.pipeline import Pipeline
from tfx.types.standard_artifacts import Model, Schema

from components import progress
from components.errors import UserError
from components.manifest import manifest_file
from pipeline.experiments import Experiment, find_experiment
from pipeline.places import Places
from pipeline.runners import Job, NodeFailed, find_runner
from pipeline.runners.local import runner as local
from pipeline.runs import cleaning
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.metadata import read_run
from pipeline.runs.result import SUMMARY
from tests.pipeline.report.run_result import a_summary


@component
def First(made: OutputArtifact[Schema], data: Parameter[str]) -> None:
    Path(made.uri, "text").write_text(data)


@component
def Second(source: InputArtifact[Schema], made: OutputArtifact[Model]) -> None:
    text = Path(source.uri, "text").read_text()
    if text == "mistake":
        raise UserError("the data are no data: give others")
    if text == "bug":
        raise ZeroDivisionError("by zero\nand more")
    if text in ("server", "server, killed"):  # as Beam does, whose job server is such a program
        server = subprocess.Popen(["sleep", "600"])
        Path(source.uri).with_name("pid").write_text(str(server.pid))
    if text.endswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if text == "stop":
        Path(source.uri).with_name("pid").write_text(str(os.getpid()))
        time.sleep(600)
    Path(made.uri, "text").write_text(text)


@component
def Beside(source: InputArtifact[Schema], made: OutputArtifact[Model]) -> None:
    Path(made.uri, "text").write_text("beside")


def small_pipeline(
    experiment: Experiment, places: Places, *, beam_args: list[str], enable_cache: bool
) -> Pipeline:
    first = First(data=places.data)
    second = Second(source=first.outputs["made"])
    beside = Beside(source=first.outputs["made"])
    return Pipeline(
        pipeline_name=experiment.name,
        pipeline_root=places.artifacts,
        components=[first, second, beside],
        enable_cache=enable_cache,
        beam_pipeline_args=beam_args,
    )


Run = Callable[..., RunFolder]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the small pipeline; gives the run's folder."""
    monkeypatch.setattr(local, "create_pipeline", small_pipeline)
    experiment = find_experiment("mlp-batchnorm")

    def run(
        data: str = "data",
        *,
        enable_cache: bool = True,
        beam_args: Sequence[str] = (),
        **nodes: Any,
    ) -> RunFolder:
        folder = ExperimentFolder.of(tmp_path, experiment.name).new_run()
        job = Job(experiment=experiment, data=data, enable_cache=enable_cache, beam_args=beam_args)
        find_runner("local")(folder, **nodes).run(job)
        return folder

    return run


def last_run(root: Path) -> RunFolder:
    return ExperimentFolder.of(root, "mlp-batchnorm").runs()[-1]


def states(folder: RunFolder) -> dict[str, str]:
    """Each node's last state."""
    return {e["node"]: e["state"] for e in folder.read_events() if e["kind"] == "node"}


def test_a_run_tells_its_progress_and_the_next_one_reuses_it(run: Run) -> None:
    folder = run()
    assert states(folder) == {"First": "done", "Second": "done", "Beside": "done"}
    started, *_ = folder.read_events()
    assert (started["kind"], set(started["nodes"])) == ("run", {"First", "Second", "Beside"})
    assert {time["node"] for time in folder.node_times()} == {"First", "Second", "Beside"}
    assert folder.tfx_run
    assert progress.EVENTS_FILE not in os.environ
    assert set(states(run()).values()) == {"cached"}


Spoil = Callable[[Path], object]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: shutil.rmtree(folder), "it is gone"),
        (lambda folder: (folder / "text").unlink(), "text is missing"),
        (lambda folder: (folder / "text").write_text(""), "text has another size"),
        (lambda folder: (folder / "text").write_text("dat4"), "text has another content"),
        (lambda folder: (folder / "more").write_text("x"), "more was added"),
        (lambda folder: manifest_file(folder).write_text("[]"), "manifest.json is damaged"),
        (lambda folder: manifest_file(folder).unlink(), "it was not finished"),
    ],
)
def test_a_damaged_artifact_is_noticed_and_made_again(run: Run, spoil: Spoil, said: str) -> None:
    folder = run()
    record = read_run(folder.experiment.metadata, folder.tfx_run)["Second"]
    spoil(record.outputs["made"])
    again = run()
    assert states(again) == {"First": "cached", "Second": "done", "Beside": "cached"}
    [notice] = [event for event in again.read_events() if event["kind"] == "notice"]
    assert notice["node"] == "Second"
    assert notice["text"].endswith(f"{said}): running it again")
    assert set(states(run()).values()) == {"cached"}


def test_damage_is_told_once_however_many_runs_had_the_artifact(run: Run) -> None:
    run()
    folder = run()
    made = read_run(folder.experiment.metadata, folder.tfx_run)["Second"].outputs["made"]
    (made / "text").unlink()
    notices = [event["node"] for event in run().read_events() if event["kind"] == "notice"]
    assert notices == ["Second"]


def test_what_was_made_of_a_damaged_artifact_is_made_again_too(run: Run) -> None:
    folder = run()
    made = read_run(folder.experiment.metadata, folder.tfx_run)["First"].outputs["made"]
    (made / "text").write_text("dat4")
    assert set(states(run()).values()) == {"done"}


def test_artifacts_that_the_metadata_lost_are_not_written_over(run: Run) -> None:
    home = run().experiment
    home.metadata.unlink()
    (home.nodes / "First" / "made" / "1" / "more").write_text("of before")
    again = run("others")
    assert set(states(again).values()) == {"done"}
    assert (home.path / "lost" / "First" / "made" / "1" / "more").read_text() == "of before"
    assert not (home.nodes / "First" / "made" / "1" / "more").exists()
    notices = [event["node"] for event in again.read_events() if event["kind"] == "notice"]
    assert set(notices) == {"First", "Second", "Beside"}


def test_cleaning_leaves_in_the_cache_what_a_kept_run_used(run: Run) -> None:
    """Also what an older run has made; and TFX does not look for what has gone."""
    for data in ("data", "others", "data"):
        folder = run(data)
        folder.write(SUMMARY, a_summary(run=folder.id, robustness=False))
    home = folder.experiment
    before = set(home.nodes.glob("*/*/*"))
    with home.locked(to_clean=True):
        cleaning.clean(home, cleaning.look(home, keep=1).leftovers)
    assert home.runs() == [folder]
    gone = before - set(home.nodes.glob("*/*/*"))
    assert {artifact.parts[-3] for artifact in gone} == {"First", "Second", "Beside"}
    assert set(states(run("data")).values()) == {"cached"}
    again = run("others")
    assert set(states(again).values()) == {"done"}
    assert [event for event in again.read_events() if event["kind"] == "notice"] == []


def test_what_a_nodes_process_prints_is_in_a_file_of_its_own(run: Run, tmp_path: Path) -> None:
    with pytest.raises(NodeFailed):
        run("bug")
    folder = last_run(tmp_path)
    log = folder.node_log("Second").read_text()
    assert "in Second" in log  # the traceback
    assert "ZeroDivisionError: by zero" in log
    assert "ZeroDivisionError" not in folder.node_log("First").read_text()


def test_other_data_run_anew(run: Run) -> None:
    run()
    assert set(states(run("others")).values()) == {"done"}


def test_without_a_cache_all_runs_anew_and_no_training_is_taken_up(run: Run) -> None:
    training = run().experiment.training
    training.mkdir()
    run()
    assert training.exists()
    assert set(states(run(enable_cache=False)).values()) == {"done"}
    assert not training.exists()


def test_from_a_node_on_it_runs_anew(run: Run) -> None:
    run()
    anew = states(run(from_node="Second"))
    assert anew == {"First": "cached", "Second": "done", "Beside": "cached"}
    assert set(states(run(from_node="First")).values()) == {"done"}


@component(use_beam=True)
def Counted(
    made: OutputArtifact[Schema],
    beam_pipeline: BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    with beam_pipeline as pipeline:
        workers = pipeline.options.view_as(DirectOptions).direct_num_workers
        _ = pipeline | beam.Create(["one"]) | beam.Map(str.upper)
    own = tempfile.mkdtemp()
    left = {"workers": workers, "own": own, "all": os.listdir(tempfile.gettempdir())}
    Path(made.uri, "text").write_text(json.dumps(left))
    Path(made.uri, "beam-temp-text").mkdir()  # as where a worker was lost in writing the text


def test_other_beam_options_reach_a_node_and_find_it_in_the_cache(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_node(experiment: Experiment, places: Places, **options: Any) -> Pipeline:
        return Pipeline(
            pipeline_name=experiment.name,
            pipeline_root=places.artifacts,
            components=[Counted()],
            enable_cache=options["enable_cache"],
            beam_pipeline_args=options["beam_args"],
        )

    monkeypatch.setattr(local, "create_pipeline", one_node)
    two = ["--direct_running_mode=multi_threading", "--direct_num_workers=2"]
    first = run(beam_args=two)
    [made] = first.experiment.nodes.glob("Counted/made/*/text")
    left = json.loads(made.read_text())
    assert left["workers"] == 2
    assert os.listdir(made.parent) == ["text"]
    # Of what a node makes for a moment nothing stays; no package of TFX, of 50 MB, is among it.
    assert left["all"] == [Path(left["own"]).name]
    assert not Path(left["own"]).exists()
    assert states(run()) == {"Counted": "cached"}


def test_up_to_a_node_only_what_it_needs_runs(run: Run) -> None:
    folder = run(to_node="Beside")
    assert states(folder) == {"First": "done", "Beside": "done"}
    assert set(folder.read_events()[0]["nodes"]) == {"First", "Beside"}


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({"from_node": "Third"}, "no node 'Third': there is First, "),
        ({"to_node": "Third"}, "no node 'Third': there is First, "),
        (
            {"from_node": "Second", "to_node": "Beside"},
            "Beside does not need Second: nothing would run from there",
        ),
    ],
)
def test_a_node_that_cannot_be_is_named_before_anything_runs(
    run: Run, tmp_path: Path, nodes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        run(**nodes)
    assert last_run(tmp_path).read_events() == []


@pytest.mark.parametrize(
    ("data", "kind", "message", "state"),
    [
        ("mistake", UserError, "^Second: the data are no data: give others$", "failed"),
        ("bug", NodeFailed, "^Second: ZeroDivisionError: by zero$", "failed"),
        ("killed", NodeFailed, "^Second: its process was killed: .* --jobs 1 takes", "failed"),
    ],
)
def test_a_run_ends_with_the_reason_of_its_node(
    run: Run, tmp_path: Path, data: str, kind: type[BaseException], message: str, state: str
) -> None:
    with pytest.raises(kind, match=message):
        run(data)
    ended = states(last_run(tmp_path))
    assert (ended["First"], ended["Second"]) == ("done", state)
    assert progress.EVENTS_FILE not in os.environ
    with pytest.raises(kind):  # what was finished is not done again
        run(data)
    assert states(last_run(tmp_path))["First"] == "cached"


@pytest.mark.usefixtures("new_signals")
def test_a_run_that_is_stopped_leaves_no_process(run: Run, tmp_path: Path) -> None:
    def interrupt() -> None:
        while not any(file.read_text() for file in tmp_path.rglob("nodes/First/made/pid")):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run("stop")
    ended = states(last_run(tmp_path))
    assert (ended["First"], ended["Second"]) == ("done", "stopped")
    [file] = tmp_path.rglob("nodes/First/made/pid")
    assert not psutil.pid_exists(int(file.read_text()))


@pytest.mark.parametrize("data", ["server", "server, killed"])
def test_what_a_node_started_ends_with_it(run: Run, tmp_path: Path, data: str) -> None:
    with contextlib.suppress(NodeFailed):
        run(data)
    assert states(last_run(tmp_path))["Second"] == ("failed" if "killed" in data else "done")
    [file] = tmp_path.rglob("nodes/First/made/pid")
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(file.read_text())).wait(timeout=10)


@pytest.mark.usefixtures("new_signals")
@pytest.mark.parametrize("node", ["First", "Second", "Beside"])
def test_a_run_can_be_stopped_while_beam_takes_its_nodes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node: str
) -> None:
    submit = local.Schedule.submit

    def and_stop(self: local.Schedule, name: str, *others: Any) -> None:
        if name == node:
            signal.raise_signal(signal.SIGINT)
        submit(self, name, *others)

    monkeypatch.setattr(local.Schedule, "submit", and_stop)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert set(states(last_run(tmp_path)).values()) <= {"done", "stopped"}


@component
def Left(source: InputArtifact[Schema], made: OutputArtifact[Model]) -> None:
    meet(Path(source.uri), "left", "right")
    Path(made.uri, "text").write_text("left")


@component
def Right(source: InputArtifact[Schema], made: OutputArtifact[Model]) -> None:
    meet(Path(source.uri), "right", "left")
    Path(made.uri, "text").write_text("right")


def meet(place: Path, me: str, other: str) -> None:
    """Notes when this node was here, and waits a little for the other one."""
    (place.parent / me).touch()
    end = time.monotonic() + 5
    while time.monotonic() < end and not (place.parent / other).exists():
        time.sleep(0.05)
    (place.parent / f"{me} saw {other}").write_text(str((place.parent / other).exists()))


@pytest.mark.parametrize(("jobs", "together"), [(1, {"True", "False"}), (2, {"True"})])
def test_nodes_that_do_not_need_each_other_work_side_by_side(
    run: Run, monkeypatch: pytest.MonkeyPatch, jobs: int, together: set[str]
) -> None:
    def two_beside(experiment: Experiment, places: Places, **options: Any) -> Pipeline:
        first = First(data=places.data)
        return Pipeline(
            pipeline_name=experiment.name,
            pipeline_root=places.artifacts,
            components=[
                first,
                Left(source=first.outputs["made"]),
                Right(source=first.outputs["made"]),
            ],
            enable_cache=options["enable_cache"],
            beam_pipeline_args=options["beam_args"],
        )

    monkeypatch.setattr(local, "create_pipeline", two_beside)
    folder = run(jobs=jobs)
    assert set(states(folder).values()) == {"done"}
    saw = folder.experiment.nodes.rglob("* saw *")
    assert {file.read_text() for file in saw} == together
