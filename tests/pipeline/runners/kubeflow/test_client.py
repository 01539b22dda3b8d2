"""Submitting to Kubeflow Pipelines, against a server on this machine that records what it gets."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from components.errors import UserError
from pipeline.runners.kubeflow import client
from tests.conftest import Cli

TOKEN = "a-secret-token"
PAGE = b"<html>the report</html>"
KEY = "v2/artifacts/mlp-batchnorm/run-1/report/8d5/report/report.html"


class Server(ThreadingHTTPServer):
    """Kubeflow Pipelines and an object store, as far as `submit` talks to them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.ends_as = "SUCCEEDED"
        self.version = "2.17.0"
        self.echoes = False
        self.recurring: list[dict[str, Any]] = []
        self.looked = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/mlpipeline"):
            return self._object(path)
        if self.server.echoes and not path.endswith("/healthz"):
            return self._answer(500, {"error": f"\x1b[2Jno!\n{self.headers}"})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer(401, {"error": "expired"})
        if path.endswith("/healthz"):
            health = {"commit_sha": "x", "tag_name": self.server.version, "multi_user": False}
            return self._answer(200, health)
        if path.endswith("/experiments"):
            posted = [body for to, body in self.server.posted if to.endswith("/experiments")]
            known = [{**each, "experiment_id": "e-1"} for each in posted]
            return self._answer(200, {"experiments": known} if known else {})
        if path.endswith("/recurringruns"):
            assert "experiment_id=e-1" in self.path
            return self._answer(200, {"recurringRuns": self.server.recurring})
        if path.endswith("/runs/run-1"):
            self.server.looked += 1
            done = self.server.looked > 1
            state = self.server.ends_as if done else "RUNNING"
            # What the backend calls its tasks: a driver and an "executor" for each node.
            tasks = [("root", state), ("trainer-baseline", state), ("executor", state)]
            tasks += [("trainer-baseline-driver", "SUCCEEDED"), ("executor", "PENDING")]
            details = {"task_details": [{"display_name": n, "state": s} for n, s in tasks]}
            return self._answer(200, {"run_id": "run-1", "state": state, "run_details": details})
        return self._answer(404, {"error": f"no {path}"})

    def do_HEAD(self) -> None:
        self._object(self.path.partition("?")[0])

    def do_DELETE(self) -> None:
        _, _, deleted = self.path.rpartition("/")
        self.server.recurring = [
            each for each in self.server.recurring if each["recurring_run_id"] != deleted
        ]
        self._answer(200, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, body))
        if self.path.endswith("/experiments"):
            return self._answer(200, {"experiment_id": "e-1", "display_name": "mlp-batchnorm"})
        if self.path.endswith("/recurringruns"):
            self.server.recurring.append({**body, "recurring_run_id": "r-1"})
            return self._answer(200, self.server.recurring[-1])
        return self._answer(200, {"run_id": "run-1", "experiment_id": "e-1"})

    def _object(self, path: str) -> None:
        """What S3 answers to a list of a folder, and to a read of an object."""
        if path == f"/mlpipeline/{KEY}":
            return self._send(200, PAGE, "text/html")
        prefix = re.search(r"prefix=([^&]*)", self.path)
        if path.rstrip("/") == "/mlpipeline" and prefix:
            listed = KEY.startswith(prefix[1].replace("%2F", "/"))
            entry = f"<Contents><Key>{KEY}</Key><Size>{len(PAGE)}</Size></Contents>" * listed
            answer = (
                '<?xml version="1.0"?><ListBucketResult><Name>mlpipeline</Name>'
                f"<IsTruncated>false</IsTruncated>{entry}</ListBucketResult>"
            )
            return self._send(200, answer.encode(), "application/xml")
        return self._send(404, b"", "application/xml")

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def submit(cli_here: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command with an address and credentials."""
    monkeypatch.setenv("HOME", str(tmp_path))  # the client looks for settings there

    def run(
        host: str,
        *arguments: str,
        token: str = TOKEN,
        store: str | None = None,
        root: str = "minio://mlpipeline/v2/artifacts",
        command: str = "submit",
    ) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("KFP_TOKEN", token)
        monkeypatch.setenv("AWS_ENDPOINT_URL", host if store is None else store)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "minio")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
        roots = [f"--pipeline-root={root}"] if root else []
        image = "--image=registry/image:1"
        return cli_here(command, "mlp-batchnorm", f"--host={host}", image, *roots, *arguments)

    return run


def test_the_request_holds_spec_platform_parameters_and_root(submit: Cli, server: Server) -> None:
    asked = ["--param=seed=7", "--param=data=sample", "--no-cache", "--service-account=trainer"]
    done = submit(server.address, *asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{server.address}/#/runs/details/run-1" in done.stdout
    [(_, run)] = [posted for posted in server.posted if posted[0].endswith("/runs")]
    assert run["runtime_config"]["parameters"] == {"seed": 7, "data": "sample"}
    assert run["service_account"] == "trainer"
    assert run["display_name"].startswith("mlp-batchnorm seed=7 data=sample 20")
    assert run["runtime_config"]["pipeline_root"] == "minio://mlpipeline/v2/artifacts"
    spec, platform = run["pipeline_spec"]["pipeline_spec"], run["pipeline_spec"]["platform_spec"]
    assert "trainer-candidate" in spec["root"]["dag"]["tasks"]
    tasks = spec["root"]["dag"]["tasks"].values()
    assert not any(task.get("cachingOptions", {}).get("enableCache") for task in tasks)
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert executors["exec-trainer-candidate"]["tolerations"]


def test_waiting_follows_the_nodes_and_fetches_the_report(
    submit: Cli, server: Server, tmp_path: Path
) -> None:
    done = submit(server.address, "--wait")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("trainer")]
    assert lines == [["trainer-baseline", "RUNNING"], ["trainer-baseline", "SUCCEEDED"]]
    assert (tmp_path / "mlp-batchnorm-run-1.html").read_bytes() == PAGE


def test_the_cluster_has_a_root_of_its_own(submit: Cli, server: Server, tmp_path: Path) -> None:
    done = submit(server.address, "--wait", root="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "on Kubeflow Pipelines 2.17.0: " in done.stdout
    [(_, run)] = [posted for posted in server.posted if posted[0].endswith("/runs")]
    assert "pipeline_root" not in run["runtime_config"]
    assert "service_account" not in run
    assert (tmp_path / "mlp-batchnorm-run-1.html").read_bytes() == PAGE


def test_a_cluster_that_is_too_old_is_told_before_the_run(submit: Cli, server: Server) -> None:
    server.version = "2.4.1"
    done = submit(server.address)
    assert done.returncode == 2
    assert "this is Kubeflow Pipelines 2.4.1: 2.5 or newer is needed" in done.stderr
    assert server.posted == []


def test_runs_recur_until_they_are_ended(submit: Cli, server: Server) -> None:
    def schedule(*arguments: str) -> subprocess.CompletedProcess[str]:
        return submit(server.address, *arguments, command="schedule", root="")

    assert schedule("--list").stdout == "mlp-batchnorm has no recurring runs\n"
    done = schedule("--cron=0 3 * * mon", "--param=data=/data/mine", "--service-account=trainer")
    assert (done.returncode, done.stderr) == (0, "")
    assert "mlp-batchnorm: runs at 0 3 * * mon (UTC) on Kubeflow Pipelines" in done.stdout
    [made] = server.recurring
    assert made["service_account"] == "trainer"
    assert made["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * mon"
    assert made["no_catchup"] is True
    assert made["runtime_config"]["parameters"] == {"data": "/data/mine"}
    tasks = made["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert tasks["transform"]["cachingOptions"]["enableCache"]
    done = schedule("--list")
    assert done.stdout.startswith("r-1  0 0 3 * * mon  mlp-batchnorm data=/data/mine 20")
    done = schedule("--end=r-2")
    assert done.returncode == 2
    assert "mlp-batchnorm has no such recurring run; see --list" in done.stderr
    assert schedule("--end=r-1").stdout == "mlp-batchnorm: ended r-1\n"
    assert server.recurring == []


def test_a_run_that_fails_is_a_failure(submit: Cli, server: Server) -> None:
    server.ends_as = "FAILED"
    done = submit(server.address, "--wait")
    assert done.returncode == 1
    assert done.stderr == "error: the run ended as FAILED; its page says why\n"


def test_credentials_are_in_no_output(submit: Cli, server: Server) -> None:
    for token in (TOKEN, "an-old-token"):
        done = submit(server.address, token=token)
        for secret in (token, "a-secret-key"):
            assert secret not in done.stdout + done.stderr


def test_a_server_that_echoes_them_does_not_reveal_them(
    submit: Cli, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.echoes = True
    monkeypatch.setenv("KFP_COOKIES", "authservice_session=MTcwMDAwMDAw; _xsrf=another-value")
    done = submit(server.address)
    assert done.returncode == 2
    assert "answers 500: " in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr
    for secret in (TOKEN, "MTcwMDAwMDAw", "another-value"):
        assert secret not in done.stdout + done.stderr


def test_a_password_in_an_address_is_not_printed(submit: Cli) -> None:
    done = submit("http://me:secret-password@127.0.0.1:9")
    assert done.stderr.startswith("error: no Kubeflow Pipelines at http://me:***@127.0.0.1:9 (")
    assert "secret-password" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("host", "arguments", "said"),
    [
        ("", ["--param=seeds=1"], "no such parameter; there is "),
        ("", ["--param=seed=x"], "--param seed=x: must be a whole number"),
        ("", ["--param=seed"], "--param seed: write it as name=value"),
        (
            "",
            ["--pipeline-root=/tmp/x"],
            "must be gs://BUCKET/PATH, minio://BUCKET/PATH or s3://BUCKET/PATH",
        ),
        ("http://127.0.0.1:9", [], "no Kubeflow Pipelines at http://127.0.0.1:9"),
        ("localhost:8080", [], "must start with http:// or https://"),
    ],
)
def test_a_mistake_costs_one_line(
    submit: Cli, server: Server, host: str, arguments: list[str], said: str
) -> None:
    done = submit(host or server.address, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert server.posted == []


def test_an_expired_credential_is_one_line(submit: Cli, server: Server) -> None:
    done = submit(server.address, token="an-old-token")
    assert done.returncode == 2
    assert "refuses the credentials: they are missing or have expired" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("", "set AWS_ENDPOINT_URL to the address of MinIO, e.g. http://localhost:9000"),
        ("localhost:9000", "AWS_ENDPOINT_URL=localhost:9000: must start with http:// or https://"),
    ],
)
def test_an_unknown_store_is_told_before_the_run(
    submit: Cli, server: Server, store: str, said: str
) -> None:
    done = submit(server.address, "--wait", store=store)
    assert (done.returncode, done.stderr) == (2, f"error: {said}\n")
    assert server.posted == []


def test_a_token_that_no_header_can_hold_is_named(submit: Cli, server: Server) -> None:
    done = submit(server.address, token="a…token")
    assert done.returncode == 2
    assert done.stderr == "error: KFP_TOKEN or KFP_COOKIES holds characters that it may not\n"


def test_the_client_trusts_whom_the_look_before_it_trusts(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "authorities.pem"
    bundle.touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("KFP_TOKEN", TOKEN)
    keywords: dict[str, Any] = {}
    monkeypatch.setattr(client.kfp, "Client", lambda **values: keywords.update(values))
    client.Cluster(server.address)
    assert keywords["ssl_ca_cert"] == str(bundle)


def test_a_client_that_cannot_start_is_one_line(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise urllib3.exceptions.SSLError("no such authority\nand more")

    monkeypatch.setenv("KFP_TOKEN", TOKEN)
    monkeypatch.setattr(client.kfp, "Client", refuse)
    with pytest.raises(UserError, match=r"does not answer any more \(SSLError\)"):
        client.Cluster(server.address)


def test_a_host_that_is_something_else_is_named(submit: Cli, server: Server) -> None:
    done = submit(f"{server.address}/mlpipeline")
    assert done.returncode == 2
    assert "is not Kubeflow Pipelines 2 (it answers 404)" in done.stderr
