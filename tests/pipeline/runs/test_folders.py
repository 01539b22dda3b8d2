from __future__ import annotations

import datetime
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.errors import UserError
from pipeline.runs.folders import ExperimentFolder, find_run
from pipeline.runs.result import SUMMARY
from tests.pipeline.report.run_result import a_summary


def finished(folder: ExperimentFolder) -> str:
    run = folder.new_run()
    run.write(SUMMARY, a_summary(run=run.id, robustness=False))
    return run.id


def test_runs_started_in_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    folder = ExperimentFolder.of(tmp_path, "one")
    ids = [folder.new_run().id for _ in range(3)]
    assert len(set(ids)) == 3
    assert [run.id for run in folder.runs()] == sorted(ids)


def test_the_last_finished_run_is_found(tmp_path: Path) -> None:
    one, two = (ExperimentFolder.of(tmp_path, name) for name in ("one", "two"))
    first, last = finished(one), finished(one)
    one.new_run()  # not finished
    assert find_run(tmp_path, "one").id == last
    assert find_run(tmp_path, first).id == first
    other = finished(two)
    assert find_run(tmp_path, "two").id == other


def test_ids_are_universal_time_wherever_the_clock_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ExperimentFolder.of(tmp_path, "one")
    before = datetime.datetime.now(datetime.timezone.utc)
    ids = []
    try:
        for zone in ("Asia/Tokyo", "America/New_York"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            ids.append(finished(folder))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert ids == sorted(ids)
    assert find_run(tmp_path, "one").id == ids[-1]
    started = datetime.datetime.strptime(ids[0], "%Y%m%d-%H%M%SZ")
    assert abs(started - before.replace(tzinfo=None)) < datetime.timedelta(minutes=1)


@pytest.mark.parametrize("earlier", ["20991231-235959", "20991231-235959Z"])
def test_a_new_run_is_the_last_even_after_ids_of_a_clock_that_was_ahead(
    tmp_path: Path, earlier: str
) -> None:
    folder = ExperimentFolder.of(tmp_path, "one")
    for name in (earlier, "kept"):  # a folder of another name says nothing of time
        (folder.path / "runs" / name).mkdir(parents=True)
    assert folder.new_run().id == "21000101-000000Z"


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no finished run in"):
        find_run(tmp_path, None)
    with pytest.raises(UserError, match="no finished run 'one'"):
        find_run(tmp_path, "one")


def test_an_unfinished_run_says_how_to_go_on(tmp_path: Path) -> None:
    run = ExperimentFolder.of(tmp_path, "one").new_run()
    with pytest.raises(UserError, match="did not finish"):
        run.read(SUMMARY)


def test_damaged_events_are_named(tmp_path: Path) -> None:
    run = ExperimentFolder.of(tmp_path, "one").new_run()
    run.events.write_text('{"kind": "run"}\n{"kind": "no')
    with pytest.raises(UserError, match=f"run {run.id}: events.jsonl is damaged; run it again"):
        run.read_events()


def test_a_second_run_is_kept_out_until_the_first_one_ends_or_dies(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from pipeline.runs.folders import ExperimentFolder\n"
        "import time\n"
        f"with ExperimentFolder.of(Path({str(tmp_path)!r}), 'one').locked():\n"
        "    print('locked', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "locked\n"
    folder = ExperimentFolder.of(tmp_path, "one")
    with pytest.raises(UserError, match=f"is going on .*process {other.pid}"), folder.locked():
        pass
    with ExperimentFolder.of(tmp_path, "two").locked():
        pass
    other.kill()
    other.wait()
    with folder.locked():
        pass


def test_a_root_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = ExperimentFolder.of(tmp_path / "file", "one")
    with pytest.raises(UserError, match="cannot write to"), folder.locked():
        pass


@pytest.mark.parametrize("name", ["r[1]", "r*", "who?", "back\\slash"])
def test_a_root_that_would_be_taken_as_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    folder = ExperimentFolder.of(tmp_path / name, "one")
    with pytest.raises(UserError, match=r"holds one of .*: give another --root"), folder.locked():
        pass
    assert not folder.path.exists()
