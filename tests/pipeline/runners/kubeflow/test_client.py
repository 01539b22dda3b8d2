"""Submitting to Kubeflow Pipelines, against a server on this machine that records what it gets."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import urllib3

from components.errors import UserError
from pipeline.runners.kubeflow import client
from tests.conftest import Cli
from tests.pipeline.runners.kubeflow.cluster_server import PAGE, TOKEN, Server


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
