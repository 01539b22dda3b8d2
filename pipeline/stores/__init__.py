"""Object stores, of data and of artifacts on a cluster: a file each, found by itself.

A store is a module in this folder with a `STORE`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.code import plugins
from components.errors import UserError

if TYPE_CHECKING:
    from pyarrow import fs

#: Environment variable: folder that stands for the root of the container, for trials outside one.
ROOT = "PIPELINE_CONTAINER_ROOT"


@dataclass(frozen=True)
class Store:
    """An object store that Kubeflow Pipelines' launcher knows.

    Attributes:
      scheme: of its addresses, e.g. "s3" for s3://BUCKET/PATH.
      folder: where the launcher keeps its objects in a container, see LocalPathForURI in
        backend/src/v2/component/launcher_v2.go of kubeflow/pipelines.
      connect: opens it, as the environment says where it is and who asks.
      check: looks whether the environment says where it is, and asks nothing of it; raises a
        UserError if not.
    """

    scheme: str
    folder: str
    connect: Callable[[], fs.FileSystem]
    check: Callable[[], object] = lambda: None


def _stores() -> dict[str, Store]:
    return {store.scheme: store for store in plugins(__name__, "STORE").values()}


def find_store(root: str) -> tuple[Store, str]:
    """The object store of a pipeline root, and the path in it, with its bucket first.

    Raises:
      UserError: it is in no store that is known.
    """
    scheme, _, path = root.partition("://")
    if not path or scheme not in STORES:
        *others, last = (f"{known}://BUCKET/PATH" for known in STORES)
        raise UserError(f"--pipeline-root {root}: must be {', '.join(others)} or {last}")
    return STORES[scheme], path


def local_path(uri: str) -> str:
    """The folder in the container where the launcher keeps an address of an object store.

    Kubeflow's local runner has no store: its addresses are folders, which the containers see.

    Raises:
      UserError: it keeps none.
    """
    if uri.startswith("/"):
        return uri
    scheme, separator, path = uri.partition("://")
    if not separator or scheme not in STORES:
        schemes = ", ".join(f"{known}://" for known in STORES)
        raise UserError(f"{uri} is on none of {schemes}: give such a pipeline root when submitting")
    return f"{os.environ.get(ROOT, '')}{STORES[scheme].folder}/{path}"


#: By their addresses' scheme.
STORES = _stores()
