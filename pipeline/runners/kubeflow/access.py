"""The way into Kubeflow Pipelines: credentials, a first look, and its refusals in words.

Credentials come from the environment and are never printed:
  KFP_TOKEN              bearer token for Kubeflow Pipelines
  KFP_COOKIES            or cookies, as name=value; name=value
"""

from __future__ import annotations

from typing import Any

import requests
import urllib3
from kfp_server_api.exceptions import ApiException

from components.errors import UserError
from components.text import masked_answer
from pipeline.runners.kubeflow.installation import Installation, installation_of

TOKEN, COOKIES = "KFP_TOKEN", "KFP_COOKIES"

_TIMEOUT = 15  # seconds without an answer


def look(host: str, token: str | None, cookies: str | None) -> Installation:
    """A look at the API, before the client, which would try again for minutes.

    Args:
      host: address of the user interface or of the API.
      token: see the module's text.
      cookies: likewise.

    Raises:
      UserError: nothing answers, something else does, or it refuses the credentials.
    """
    if not host.startswith(("http://", "https://")):
        raise UserError(f"--host {host}: must start with http:// or https://")
    if not all(secret.isascii() for secret in (token, cookies) if secret):
        raise _not_a_header()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if cookies:
        headers["Cookie"] = cookies
    try:
        answer = requests.get(
            f"{host}/apis/v2beta1/healthz", headers=headers, timeout=_TIMEOUT, allow_redirects=False
        )
    except requests.exceptions.InvalidHeader as error:
        raise _not_a_header() from error
    except (requests.RequestException, ValueError) as error:
        raise UserError(
            f"no Kubeflow Pipelines at {host} ({type(error).__name__}): check --host, and that "
            "its port is forwarded (kubectl port-forward)"
        ) from error
    if answer.status_code in (301, 302, 303, 307, 401, 403):
        raise _refused(host)
    if not answer.ok or "json" not in answer.headers.get("Content-Type", ""):
        raise UserError(
            f"{host} is not Kubeflow Pipelines 2 (it answers {answer.status_code}): check --host"
        )
    try:
        return installation_of(answer.json())
    except (ValueError, AttributeError) as error:
        raise UserError(f"{host} is not Kubeflow Pipelines 2: check --host") from error


def _not_a_header() -> UserError:
    return UserError(f"{TOKEN} or {COOKIES} holds characters that it may not")


def _refused(host: str) -> UserError:
    return UserError(
        f"{host} refuses the credentials: they are missing or have expired; set {TOKEN} or "
        f"{COOKIES} anew"
    )


class refusals:
    """Turns what the client raises into one line."""

    def __init__(self, host: str):
        self._host = host

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, ApiException):
            if error.status in (401, 403):
                raise _refused(self._host) from error
            reason = " ".join(masked_answer(str(error.body or error.reason)).split())[:300]
            raise UserError(f"{self._host} answers {error.status}: {reason}") from error
        if isinstance(error, urllib3.exceptions.HTTPError):
            raise UserError(
                f"{self._host} does not answer any more ({type(error).__name__}); the run goes on "
                "there if it was started"
            ) from error
