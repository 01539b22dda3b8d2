"""Google Cloud Storage, with Google's default credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.runners.kubeflow.stores import Store

if TYPE_CHECKING:
    from pyarrow import fs


def connect() -> fs.FileSystem:
    """Opens the store."""
    from pyarrow import fs

    return fs.GcsFileSystem()


STORE = Store("gs", "/gcs", connect)
