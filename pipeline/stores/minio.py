"""MinIO, which Kubeflow Pipelines brings along: S3 at an address that must be named."""

from __future__ import annotations

from components.errors import UserError
from pipeline.stores import Store, s3


def check() -> None:
    """Looks whether the environment says where it is.

    Raises:
      UserError: it does not.
    """
    if not s3.endpoint():
        raise UserError(f"set {s3.ENDPOINT} to the address of MinIO, e.g. http://localhost:9000")


STORE = Store("minio", "/minio", s3.connect, check)
