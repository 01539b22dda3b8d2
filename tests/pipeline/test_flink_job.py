"""A job on Flink, against a server that answers like Flink's REST interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration import executable_spec_pb2

from pipeline.flink_job import FlinkJob, flink_job
from pipeline.runners.local.launch import elsewhere
from pipeline.runners.local.slots import Stopped
from pipeline.runners.local.worker import Work

OPTIONS = ("--runner=FlinkRunner", "--job_name=mlp-examplegen")
FAILED = (
    "java.lang.RuntimeException: Error received from SDK harness for instruction 3: Traceback (most"
    " recent call last):\n  File \"x.py\", line 1, in process\nValueError: no [while running 'R']\n"
)


class JobManager(ThreadingHTTPServer):
    """https://nightlies.apache.org/flink (REST API, /jobs/…); its jobs: id → name and state."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.jobs = {
            "a": ("mlp-examplegen", "FAILED"),
            "b": ("mlp-statisticsgen", "RUNNING"),
            "c": ("mlp-examplegen", "RESTARTING"),
        }


class Handler(BaseHTTPRequestHandler):
    server: JobManager

    def do_GET(self) -> None:
        match self.path.partition("?")[0].split("/"):
            case [_, "jobs", "overview"]:
                jobs = self.server.jobs.items()
                listed = [{"jid": jid, "name": name, "state": state} for jid, (name, state) in jobs]
                self._answer({"jobs": listed})
            case [_, "jobs", jid, "exceptions"]:
                self._answer({"root-exception": FAILED if jid == "c" else None})

    def do_PATCH(self) -> None:
        jid = self.path.partition("?")[0].rpartition("/")[2]
        assert self.path.endswith("?mode=cancel")
        self.server.jobs[jid] = (self.server.jobs[jid][0], "CANCELED")
        self._answer({})

    def _answer(self, content: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def flink() -> Iterator[JobManager]:
    server = JobManager()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_job_is_found_by_its_name_and_ended(flink: JobManager, scheme: str) -> None:
    job = flink_job([*OPTIONS, f"--flink_master={scheme}127.0.0.1:{flink.server_port}"])
    assert job
    assert job.error() == FAILED
    job.cancel()
    assert [state for _, state in flink.jobs.values()] == ["FAILED", "RUNNING", "CANCELED"]
    assert job.error() == ""


def test_a_job_ends_with_its_node(flink: JobManager) -> None:
    executor = executable_spec_pb2.BeamExecutableSpec()
    for option in ("--runner=FlinkRunner", f"--flink_master=127.0.0.1:{flink.server_port}"):
        executor.beam_pipeline_args_placeholders.add().value.string_value = option

    def stop(_: Work) -> bytes:
        raise Stopped

    for_key, operators = elsewhere(executor, stop, "mlp-examplegen")
    operator = operators[type(for_key)](executor_spec=for_key, platform_config=None)
    with pytest.raises(Stopped):
        operator.run_executor(ExecutionInfo(execution_id=7))
    assert flink.jobs["c"] == ("mlp-examplegen", "CANCELED")


def test_of_a_cluster_that_is_gone_nothing_is_known() -> None:
    job = FlinkJob("http://127.0.0.1:9", "mlp-examplegen")
    assert job.error() == ""
    job.cancel()


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--runner=PortableRunner", "--job_endpoint=h:8099"],
        ["--runner=FlinkRunner"],
        ["--runner=FlinkRunner", "--flink_master=[local]"],
    ],
)
def test_other_engines_have_no_such_job(options: list[str]) -> None:
    assert flink_job(options) is None
