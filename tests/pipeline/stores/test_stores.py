"""Object stores: their addresses, their folders in a container, and what they need to be told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.errors import UserError
from pipeline import stores
from pipeline.stores import STORES, find_store, local_path
from tests.conftest import PROJECT


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", stores.ROOT):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("minio://b/v2/x", "/minio/b/v2/x"),
        ("s3://b/x", "/s3/b/x"),
        ("gs://b/x", "/gcs/b/x"),
    ],
)
def test_the_launcher_keeps_an_address_in_a_folder(address: str, folder: str) -> None:
    assert local_path(address) == folder
    store, path = find_store(address)
    assert f"{store.folder}/{path}" == folder


def test_a_folder_is_where_it_is() -> None:
    assert local_path("/outputs/mlp/report/page") == "/outputs/mlp/report/page"


@pytest.mark.parametrize("address", ["hdfs://b/x", "b/x", "s3", "s3:/b"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(UserError, match="give such a pipeline root"):
        local_path(address)
    with pytest.raises(UserError, match="must be gs://BUCKET/PATH, minio://BUCKET/PATH or s3://"):
        find_store(address)


def test_minio_must_be_named_and_the_others_not(monkeypatch: pytest.MonkeyPatch) -> None:
    STORES["s3"].check()
    STORES["gs"].check()
    with pytest.raises(UserError, match="set AWS_ENDPOINT_URL to the address of MinIO"):
        STORES["minio"].check()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:9000")
    STORES["minio"].check()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:9000")
    for scheme in ("minio", "s3"):
        with pytest.raises(UserError, match="must start with http:// or https://"):
            STORES[scheme].check()


def test_a_store_at_an_address_of_its_own_asks_amazon_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert STORES["minio"].connect().region == "us-east-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert STORES["s3"].connect().region == "eu-west-1"


def test_google_is_asked_for_nothing_before_it_is_used() -> None:
    assert STORES["gs"].connect().type_name == "gcs"


NEW_STORE = """
from pipeline.stores import Store

STORE = Store("oci", "/oci", lambda: None)
"""


def test_a_file_is_all_that_a_new_store_needs(tmp_path: Path) -> None:
    (tmp_path / "oci.py").write_text(NEW_STORE)
    script = (
        "from pipeline import stores\n"
        f"stores.__path__.append({str(tmp_path)!r})\n"
        "print(stores._stores()['oci'].folder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "/oci\n"


def test_the_images_folders_come_from_the_stores() -> None:
    command = "from pipeline.stores import STORES"
    assert command in (PROJECT / "kubeflow" / "Dockerfile").read_text()
