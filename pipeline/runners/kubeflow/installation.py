"""What is known of an installation of Kubeflow Pipelines, and what does not fit it.

Pure: from what its API says of itself. After backend/src/apiserver/main.go and
manifests/kustomize of github.com/kubeflow/pipelines, 2.5.0 to 2.17.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.errors import UserError

OLDEST = (2, 5)
#: From here on each profile has a place of its own in the object store, and a key for that only.
PRIVATE_STORES = (2, 15)
_BUCKET = "minio://mlpipeline"


@dataclass(frozen=True)
class Installation:
    """An installation.

    Attributes:
      version: of its API server, e.g. "2.15.0"; "" if it does not say.
      several_users: whether each user has a namespace ("profile") of their own.
    """

    version: str = ""
    several_users: bool = False

    @property
    def number(self) -> tuple[int, int] | None:
        """Its version, e.g. (2, 15); None if that is not known."""
        match = re.match(r"v?(\d+)\.(\d+)", self.version)
        return (int(match[1]), int(match[2])) if match else None

    def check(self, namespace: str, root: str) -> None:
        """Looks for what cannot work there.

        Args:
          namespace: of the run; "" for none.
          root: its pipeline root; "" for the installation's own.

        Raises:
          UserError: something cannot.
        """
        if self.number and self.number < OLDEST:
            raise UserError(
                f"this is Kubeflow Pipelines {self.version}: 2.5 or newer is needed for volumes, "
                "or compile, and upload by hand what needs none"
            )
        if self.several_users and not namespace:
            raise UserError(
                "this Kubeflow Pipelines serves several users: name your profile's namespace with "
                "--namespace"
            )
        if self._has_private_stores and root.startswith(f"{_BUCKET}/"):
            own = (f"private/{namespace}", f"private-artifacts/{namespace}")
            allowed = tuple(f"{_BUCKET}/{folder}/" for folder in ("artifacts", "shared", *own))
            if not f"{root}/".startswith(allowed):
                raise UserError(
                    f"--pipeline-root {root}: from 2.15 on a profile may not write there: leave it "
                    f"out, or take a folder in {_BUCKET}/private-artifacts/{namespace}/"
                )

    def default_root(self, namespace: str) -> str:
        """The pipeline root of runs that name none, unless somebody has changed it there."""
        if self._has_private_stores:
            return f"{_BUCKET}/private-artifacts/{namespace}/v2/artifacts"
        return f"{_BUCKET}/v2/artifacts"

    @property
    def _has_private_stores(self) -> bool:
        # One that does not know its version was built from the sources lately.
        return self.several_users and (self.number is None or self.number >= PRIVATE_STORES)

    def __str__(self) -> str:
        return f"Kubeflow Pipelines {self.version or 'of an unknown version'}"


def installation_of(health: Mapping[str, Any]) -> Installation:
    """Reads what its API, or its user interface, answers at /apis/v2beta1/healthz."""
    version = health.get("tag_name") or health.get("apiServerTagName") or ""
    users = health.get("multi_user", health.get("apiServerMultiUser"))
    known = isinstance(version, str) and re.match(r"v?\d", version)
    return Installation(version if known else "", users is True)
