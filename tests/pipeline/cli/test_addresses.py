"""Addresses where a path is meant, and the other way round: every kind, on every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cli

#: Nothing here fetches data from these.
STRANGE = [
    "hdfs://namenode/data",
    "ftp://example.org/data.zip",
    "file:///data",
    "memory://data",
    "az://container/data",
    "abfs://container@account/data",
    "S3://bucket/data",
    "s3:/bucket/data",
    "gs:/bucket/data",
    "https:/example.org/data.zip",
    "s3://",
    "gs:///",
    "webdav+https://example.org/data",
]
KNOWN = ["s3://bucket/data", "gs://bucket/data", "minio://bucket/data", "http://a.org/d.zip"]
NOWHERE = "--host=http://127.0.0.1:1"
IMAGE = "--image=repo:tag"


def refused(cli_here: Cli, here: Path, said: str, *arguments: str) -> None:
    """The command ends at once, with one line, and makes no folder called like an address."""
    before = sorted(here.rglob("*"))
    done = cli_here(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert said in line
    # The folder of runs, with the one of the experiment, may be made before.
    assert not [path for path in {*here.rglob("*")} - {*before} if ":" in path.name]


@pytest.mark.parametrize("address", STRANGE)
def test_data_come_from_known_kinds_of_addresses_only(
    cli_here: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PIPELINE_DATA", str(tmp_path / "cache"))
    said = f"--data {address}: addresses of data are gs://BUCKET/PATH, minio://BUCKET/PATH, s3://"
    refused(cli_here, tmp_path, said, "run", "mlp-batchnorm", "--data", address)


@pytest.mark.parametrize("address", [*STRANGE, *KNOWN])
@pytest.mark.parametrize(
    "command", [["run", "mlp-batchnorm"], ["show"], ["compare", "a"], ["report", "a"]]
)
def test_runs_are_in_a_folder_of_this_machine(
    cli_here: Cli, tmp_path: Path, command: list[str], address: str
) -> None:
    said = f"--root {address}: runs need a disk, where files can be locked"
    refused(cli_here, tmp_path, said, *command, "--root", address)


@pytest.mark.parametrize("address", [*STRANGE, *KNOWN])
def test_a_cluster_takes_data_from_its_own_disks(
    cli_here: Cli, tmp_path: Path, address: str
) -> None:
    said = f"data={address}: containers have no keys of other places: mount a volume"
    output = f"--output={tmp_path}/package.yaml"
    for command in (["compile", output], ["submit", NOWHERE]):
        refused(
            *(cli_here, tmp_path, said),
            *(command[0], "mlp-batchnorm", *command[1:], IMAGE, "--data", address),
        )


@pytest.mark.parametrize(
    "address", [each for each in (*STRANGE, *KNOWN) if not each.startswith("gs://")]
)
def test_a_runs_parameters_name_what_containers_reach(
    cli_here: Cli, tmp_path: Path, address: str
) -> None:
    for name, said in (("data", "containers have no keys"), ("serving", "must be a folder on")):
        refused(
            *(cli_here, tmp_path, said),
            *("submit", "mlp-batchnorm", NOWHERE, IMAGE, "--param", f"{name}={address}"),
        )


@pytest.mark.parametrize("address", [*STRANGE, *KNOWN])
def test_files_that_are_named_are_of_this_machine(
    cli_here: Cli, tmp_path: Path, address: str
) -> None:
    said = f"{address}: is an address, and must be a file or folder of this machine"
    compiling = ("compile", "mlp-batchnorm", IMAGE)
    refused(cli_here, tmp_path, said, *compiling, "--output", address)
    refused(cli_here, tmp_path, said, *compiling, "--output=o.yaml", "--resources", address)
    refused(cli_here, tmp_path, said, "predict", "a", address)


@pytest.mark.parametrize("address", [*STRANGE, *KNOWN])
def test_an_address_is_no_name_of_a_run_a_data_set_or_weights(
    cli_here: Cli, tmp_path: Path, address: str
) -> None:
    refused(cli_here, tmp_path, f"no finished run '{address}'", "show", address)
    refused(
        cli_here,
        tmp_path,
        f"no data set '{address}'",
        "run",
        "mlp-batchnorm",
        f"--set=dataset={address}",
    )
    refused(
        *(cli_here, tmp_path, f"no file {address}", "run", "resnet50-transfer"),
        *("--data=sample", f"--backbone-weights={address}"),
    )


@pytest.mark.parametrize("address", [each for each in STRANGE if each[:2] not in ("s3", "gs")])
def test_a_pipeline_root_is_in_a_known_store(cli_here: Cli, tmp_path: Path, address: str) -> None:
    refused(
        *(cli_here, tmp_path, "must be gs://BUCKET/PATH, minio://BUCKET/PATH or s3://BUCKET/PATH"),
        *("submit", "mlp-batchnorm", NOWHERE, IMAGE, "--pipeline-root", address),
    )


def test_the_cache_of_data_is_a_folder_of_this_machine(
    cli_here: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_DATA", "gs://bucket/data")
    said = "PIPELINE_DATA=gs://bucket/data: must be a folder of this machine"
    refused(cli_here, tmp_path, said, "run", "mlp-batchnorm")


def test_a_folder_that_looks_like_a_slip_is_a_folder(cli_here: Cli, tmp_path: Path) -> None:
    (tmp_path / "s3:").mkdir()
    refused(
        cli_here, tmp_path, "s3: holds no file train-images", "run", "mlp-batchnorm", "--data=s3:/"
    )
