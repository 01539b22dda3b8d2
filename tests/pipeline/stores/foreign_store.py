"""An object store that others wrote: moto's server of S3, in an environment of its own.

scripts/test-store makes that environment and names its Python in $STORE_PYTHON. The server checks
who asks: signatures must be right.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Environment variable: a Python that has moto's server.
PYTHON = "STORE_PYTHON"
BUCKET = "pictures"

# With moto's own client: makes a user who may do all, and tells its keys.
_SIGN_UP = """
import boto3, json, sys
kinds = {"endpoint_url": sys.argv[1], "region_name": "us-east-1"}
iam = boto3.client("iam", aws_access_key_id="a", aws_secret_access_key="b", **kinds)
iam.create_user(UserName="me")
everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
iam.put_user_policy(UserName="me", PolicyName="all", PolicyDocument=policy)
key = iam.create_access_key(UserName="me")["AccessKey"]
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
s3 = boto3.client("s3", aws_access_key_id=key["AccessKeyId"],
                  aws_secret_access_key=key["SecretAccessKey"], **kinds)
s3.create_bucket(Bucket=sys.argv[2])
"""
_FREE_ACTIONS = "3"  # of these, before the server checks who asks

# Puts objects, and deletes those without content.
_PUT = """
import boto3, json, sys
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1")
for key, content in json.load(sys.stdin).items():
    if content is None:
        s3.delete_object(Bucket=sys.argv[2], Key=key)
    else:
        s3.put_object(Bucket=sys.argv[2], Key=key, Body=bytes.fromhex(content))
"""


@dataclass(frozen=True)
class ForeignStore:
    """The server.

    Attributes:
      address: of it.
      key: who asks.
      secret: its proof.
      python: that it runs in.
    """

    address: str
    key: str
    secret: str
    python: str

    @property
    def environment(self) -> dict[str, str]:
        """What a command that uses the store must be told."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def put(self, objects: Mapping[str, bytes | None]) -> None:
        """Puts objects into `BUCKET` by their keys; None deletes."""
        plain = {key: None if body is None else body.hex() for key, body in objects.items()}
        subprocess.run(
            [self.python, "-c", _PUT, self.address, BUCKET],
            input=json.dumps(plain),
            text=True,
            check=True,
            env={**os.environ, **self.environment},
        )


@contextmanager
def running(folder: Path) -> Iterator[ForeignStore]:
    """Starts the server, and skips a test that needs it where its Python is not named."""
    python = os.environ.get(PYTHON)
    if not python:
        pytest.skip(f"no object store: scripts/test-store names one by {PYTHON}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": _FREE_ACTIONS},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, server)
        signed_up = subprocess.run(
            [python, "-c", _SIGN_UP, address, BUCKET], capture_output=True, text=True, check=True
        )
        key, secret = json.loads(signed_up.stdout)
        yield ForeignStore(address, key, secret, python)
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as asking:
            if not asking.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("the object store did not start")
