"""Google Cloud Storage, with Google's default credentials."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.stores import Store

if TYPE_CHECKING:
    from pyarrow import fs


# Without it, a store that cannot be reached is asked for 15 minutes.
_PATIENCE = timedelta(seconds=30)


def connect() -> fs.FileSystem:
    """Opens the store."""
    from pyarrow import fs

    return fs.GcsFileSystem(retry_time_limit=_PATIENCE)


STORE = Store("gs", "/gcs", connect)
