"""On a cluster, by Kubeflow Pipelines: compiled (`compiler`) and submitted (`client`)."""

from __future__ import annotations

from typing import Any, NoReturn

from components.errors import UserError


def make_runner(*_: Any, **__: Any) -> NoReturn:
    """See `pipeline.runners.MakeRunner`.

    Raises:
      UserError: always: a cluster needs an image and an address, which `run` has not.
    """
    raise UserError("kubeflow needs an image and the cluster's address: use `submit`, not `run`")
