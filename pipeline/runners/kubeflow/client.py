"""Submits a compiled pipeline to Kubeflow Pipelines, follows the run, and fetches its report.

Credentials come from the environment and are never printed:
  KFP_TOKEN              bearer token for Kubeflow Pipelines
  KFP_COOKIES            or cookies, e.g. authservice_session=…
For the report, those of its object store: see `pipeline.runners.kubeflow.stores`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp
import requests
import urllib3
from kfp_server_api.exceptions import ApiException
from pyarrow import fs

from components.errors import UserError
from components.text import masked, masked_answer, shorten
from pipeline.runners.kubeflow.installation import Installation, installation_of
from pipeline.runners.kubeflow.names import kubernetes_name
from pipeline.runners.kubeflow.stores import find_store

TOKEN, COOKIES = "KFP_TOKEN", "KFP_COOKIES"

_TIMEOUT = 15  # seconds without an answer
_EVERY = 5.0  # seconds between two looks at a run
_LONGEST_NAME = 200  # characters, without the time; the backend's column has room for 255
_ENDED = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED")


@dataclass(frozen=True)
class Submitted:
    """A run on a cluster.

    Attributes:
      run_id: its id there.
      address: its page in the user interface.
    """

    run_id: str
    address: str


class Cluster:
    """Kubeflow Pipelines at an address.

    Attributes:
      installation: what it says of itself.
    """

    def __init__(self, host: str, namespace: str = ""):
        """Connects.

        Args:
          host: address of the user interface or of the API, e.g. "http://localhost:8080".
          namespace: of a Kubeflow platform with several users; else "".

        Raises:
          UserError: there is none, or it refuses the credentials.
        """
        self._host = host.rstrip("/")
        self._namespace = namespace
        token, cookies = os.environ.get(TOKEN), os.environ.get(COOKIES)
        self.installation = _look(self._host, token, cookies)
        authorities = os.environ.get("REQUESTS_CA_BUNDLE", "")
        with _refusals(self._host):
            self._client = kfp.Client(
                host=self._host,
                namespace=namespace or "kubeflow",
                existing_token=token,
                cookies=cookies,
                # The authorities that the look before trusts; the client knows its own only.
                ssl_ca_cert=authorities if os.path.isfile(authorities) else None,
            )

    def submit(
        self,
        package: Path,
        *,
        name: str,
        settings: Sequence[str],
        pipeline_root: str,
        parameters: Mapping[str, Any],
        cache: bool = True,
    ) -> Submitted:
        """Starts a run.

        Args:
          package: a compiled pipeline.
          name: of the experiment.
          settings: what the run has changed, for its name.
          pipeline_root: where its artifacts go: minio://…, s3://… or gs://…; "" leaves it to the
            cluster.
          parameters: of this run, those that are not to keep their default.
          cache: whether what an earlier run made of the same inputs is reused.

        Raises:
          UserError: the cluster refuses.
        """
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        with _refusals(self._host):
            started = self._client.create_run_from_pipeline_package(
                str(package),
                arguments=dict(parameters),
                run_name=shorten(" ".join([name, *settings]), _LONGEST_NAME) + f" {now} UTC",
                experiment_name=name,
                namespace=self._namespace or None,
                pipeline_root=pipeline_root or None,
                enable_caching=None if cache else False,
            )
        address = f"{masked(self._host)}/#/runs/details/{started.run_id}"
        return Submitted(started.run_id, address)

    def follow(
        self,
        run_id: str,
        nodes: Collection[str],
        on_state: Callable[[str, str], None],
        *,
        every: float = _EVERY,
    ) -> str:
        """Waits for the end of a run.

        Args:
          run_id: of the run.
          nodes: the pipeline's. The backend has further tasks: for each node a driver, and one
            that is always named "executor".
          on_state: called with a node and its new state whenever it has one.
          every: seconds between two looks.

        Returns:
          The run's last state, e.g. "SUCCEEDED".

        Raises:
          UserError: the cluster refuses to tell.
        """
        seen: dict[str, str] = {}
        while True:
            with _refusals(self._host):
                run = self._client.get_run(run_id)
            tasks = run.run_details.task_details or [] if run.run_details else []
            for task in tasks:
                state = task.state or "PENDING"
                if task.display_name in nodes and seen.get(task.display_name) != state:
                    seen[task.display_name] = state
                    on_state(task.display_name, state)
            if run.state in _ENDED:
                return run.state
            time.sleep(every)


def fetch_report(pipeline_root: str, pipeline: str, run_id: str, to: Path) -> None:
    """Fetches a run's report from the object store.

    Args:
      pipeline_root: of the run, e.g. minio://BUCKET/PATH.
      pipeline: the pipeline's name.
      run_id: the run's id.
      to: file to write.

    Raises:
      UserError: it is not there, or the store is not known or refuses.
    """
    store, root = find_store(pipeline_root)
    store.check()
    folder = f"{root.rstrip('/')}/{pipeline}/{run_id}/{kubernetes_name('Report')}"
    try:
        objects = store.connect()
        files = objects.get_file_info(fs.FileSelector(folder, recursive=True))
        pages = [file.path for file in files if file.base_name == "report.html"]
        if not pages:
            raise UserError(
                f"no report in {pipeline_root}: there is none below {folder}; the run's page shows "
                "it as `page` of the node `report`"
            )
        with objects.open_input_stream(pages[0]) as page:
            content = page.read()
    except OSError as error:
        reason = masked_answer(str(error)).partition("\n")[0]
        raise UserError(f"the report cannot be fetched from {pipeline_root}: {reason}") from error
    to.write_bytes(content)


def check_store(root: str) -> None:
    """Looks whether the environment says where the object store of a pipeline root is.

    Raises:
      UserError: it does not; nothing is asked of the store yet.
    """
    find_store(root)[0].check()


def _look(host: str, token: str | None, cookies: str | None) -> Installation:
    """A look at the API, before the client, which would try again for minutes."""
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


class _refusals:
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
