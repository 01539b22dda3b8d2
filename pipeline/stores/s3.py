"""Amazon's S3, and what speaks its protocol at an address of its own.

Environment variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL
for another address than Amazon's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from components.errors import UserError
from pipeline.stores import Store

if TYPE_CHECKING:
    from pyarrow import fs

ENDPOINT = "AWS_ENDPOINT_URL"
_TIMEOUT = 15  # seconds without an answer


def endpoint() -> str:
    """The store's address; "" for Amazon's.

    Raises:
      UserError: it is no address.
    """
    address = os.environ.get(ENDPOINT, "")
    if address and not address.startswith(("http://", "https://")):
        raise UserError(f"{ENDPOINT}={address}: must start with http:// or https://")
    return address


def connect() -> fs.FileSystem:
    """Opens the store."""
    from pyarrow import fs

    address = endpoint()
    if not address:
        return fs.S3FileSystem(connect_timeout=_TIMEOUT)
    scheme, _, host = address.partition("://")
    return fs.S3FileSystem(
        scheme=scheme,
        endpoint_override=host.rstrip("/"),
        # Tell it the region: it would ask Amazon for it.
        region=os.environ.get("AWS_REGION", "us-east-1"),
        connect_timeout=_TIMEOUT,
    )


STORE = Store("s3", "/s3", connect, endpoint)
