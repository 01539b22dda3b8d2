"""Addresses of engines for Beam, against servers on this machine that answer like them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from apache_beam.options.pipeline_options import FlinkRunnerOptions

from components.errors import UserError
from pipeline.beam_engines import engine_arguments
from pipeline.beam_options import check_beam_args

# Of Flink: Beam's releases know different ones.
KNOWN = FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS[-1]
OVERVIEW = {"flink-version": f"{KNOWN}.1", "taskmanagers": 2, "slots-total": 4}


class JobManager(ThreadingHTTPServer):
    """Flink's, as far as it is asked: https://nightlies.apache.org/flink (REST API, /overview)."""

    daemon_threads = True

    def __init__(self, answer: bytes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer


class Handler(BaseHTTPRequestHandler):
    server: JobManager

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/overview" else 404)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        pass


Flink = Callable[..., str]


@pytest.fixture
def flink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flink]:
    """Starts a JobManager that says something; returns its address."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    servers = []

    def start(answer: bytes | None = None, **changes: object) -> str:
        server = JobManager(answer or json.dumps({**OVERVIEW, **changes}).encode())
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"flink://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_flink_is_given_what_it_always_needs(flink: Flink) -> None:
    address = flink()
    arguments = engine_arguments(f"{address}?parallelism=4&pool=pool:50001")
    assert arguments == [
        "--runner=FlinkRunner",
        f"--flink_master={address.removeprefix('flink://')}",
        f"--flink_version={KNOWN}",
        "--parallelism=4",
        "--environment_type=EXTERNAL",
        "--environment_config=pool:50001",
    ]
    check_beam_args(arguments)
    assert "--parallelism=1" in engine_arguments(address)


@pytest.mark.parametrize(
    ("changes", "query", "said"),
    [
        ({"flink-version": "1.9.0"}, "", "Flink 1.9 runs at 127.0.0.1:"),
        ({"slots-total": 2}, "?parallelism=3", "with 2 slots: parallelism=3 is more"),
        ({"slots-total": 0, "taskmanagers": 0}, "", "has 0 TaskManagers with 0 slots"),
        ({"flink-version": None}, "", "is not Flink's JobManager"),
        ({"taskmanagers": "some"}, "", "is not Flink's JobManager"),
        ({"answer": b"[]"}, "", "is not Flink's JobManager"),
        ({"answer": b"<html>"}, "", "is not Flink's JobManager"),
        ({}, "?parallelism=none", "parallelism=none must be a whole number"),
        ({}, "?parallelism=0", "parallelism=0 must be a whole number"),
        ({}, "?jar=nowhere.jar", "no file nowhere.jar for jar"),
        ({}, "?slots=3", "no option 'slots'; there is parallelism, pool, jar"),
    ],
)
def test_a_flink_that_does_not_fit_is_one_line(
    flink: Flink, changes: dict[str, Any], query: str, said: str
) -> None:
    with pytest.raises(UserError) as error:
        engine_arguments(flink(**changes) + query)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_without_java_flink_cannot_be_reached(
    flink: Flink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UserError, match="install Java"):
        engine_arguments(flink())


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("flink", "must be flink://HOST:8081"),
        ("flink:8081", "must be flink://HOST:8081"),
        ("flink://", "must be flink://HOST:8081"),
        ("flink://h:x", "must be flink://HOST:8081"),
        ("flink://h:99999", "must be flink://HOST:8081"),
        ("flink://h/jobs", "must be flink://HOST:8081"),
        ("samza://h", "or spark://HOST:8099"),
        ("flink://127.0.0.1:9", "nothing answers at 127.0.0.1:9: is Flink running?"),
        ("spark://127.0.0.1:9", "is Beam's job server for Spark running?"),
        ("dataflow://project/region", "Dataflow's workers reach neither"),
        ("flink://[h", "must be flink://HOST:8081"),
    ],
)
def test_another_address_is_one_line(address: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        engine_arguments(address)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
