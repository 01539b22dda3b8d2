"""Beam's part of a run in other processes, as job servers of Flink and Spark have it done.

Job server and worker pool are Beam's own. They and this project share nothing but a disk and ports.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import write_idx_folder
from tests.e2e.workshop import Workshop, expect

pytestmark = pytest.mark.slow

_JOB_SERVER = "apache_beam.runners.portability.local_job_service_main"
_WORKER_POOL = "apache_beam.runners.worker.worker_pool_main"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def serving(
    module: str, option: str, project: Path, log: Path
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """One of Beam's servers, from when it listens to the end of the body; gives its port and it."""
    port = free_port()
    out = log.open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", module, f"{option}={port}"],
        # A worker has this project, and `python` of its environment before others.
        env={
            **os.environ,
            "PYTHONPATH": str(project),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        stdout=out,
        stderr=out,
        start_new_session=True,
    )
    try:
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            assert server.poll() is None, f"{module} has ended"
            time.sleep(0.1)
        yield port, server
    finally:
        server.terminate()
        server.wait()
        out.close()


def test_ingestion_and_statistics_are_the_same_in_other_processes(tmp_path: Path) -> None:
    workshop, elsewhere = Workshop(tmp_path / "here"), Workshop(tmp_path / "elsewhere")
    data = write_idx_folder(tmp_path / "data", train=600, test=200)
    run = ("run", "mlp-batchnorm", f"--data={data}", "--to-node=StatisticsGen")
    assert workshop.run(*run).returncode == 0
    log, project = tmp_path / "pool.log", elsewhere.project
    with (
        serving(_JOB_SERVER, "--port", project, tmp_path / "jobs.log") as (jobs, _),
        serving(_WORKER_POOL, "--service_port", project, log) as (pool, _),
    ):
        done = elsewhere.run(*run, f"--beam=spark://127.0.0.1:{jobs}?pool=127.0.0.1:{pool}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Starting worker" in log.read_text()
    expect(elsewhere.states(), done=["ExampleGen", "StatisticsGen"])

    def left(of: Workshop) -> dict[str, bytes]:
        nodes = of.root / "mlp-batchnorm" / "nodes"
        files = [*nodes.rglob("FeatureStats.pb"), *nodes.rglob("data_tfrecord-*.gz")]
        return {"/".join(f.parts[-2:]): f.read_bytes() for f in files}

    assert left(elsewhere) == left(workshop)
    assert len(left(workshop)) >= 4


def test_a_worker_pool_that_is_killed_on_the_way_is_its_nodes_failure(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    data = write_idx_folder(tmp_path / "data", train=20_000, test=2000)
    log, project = tmp_path / "pool.log", workshop.project
    with (
        serving(_JOB_SERVER, "--port", project, tmp_path / "jobs.log") as (jobs, _),
        serving(_WORKER_POOL, "--service_port", project, log) as (pool, its_process),
    ):
        engine = f"--beam=spark://127.0.0.1:{jobs}?pool=127.0.0.1:{pool}"
        run = workshop.start("run", "mlp-batchnorm", f"--data={data}", engine)
        while not any(workshop.root.rglob("ExampleGen/examples/*/lists/*.part")):
            assert run.poll() is None, run.communicate()
            time.sleep(0.05)
        os.killpg(its_process.pid, signal.SIGKILL)
        _, said = run.communicate()
    assert run.returncode == 1
    last_line = said.strip().splitlines()[-1]
    assert re.match(r"error: ExampleGen: \w+: .{10,}; see ", last_line)
    assert "Error running pipeline" not in last_line
    expect(workshop.states(), failed=["ExampleGen"])
