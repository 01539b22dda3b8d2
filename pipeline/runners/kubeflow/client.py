"""Starts runs of a package on Kubeflow Pipelines, once or again and again, and follows them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp

from components.text import masked, shorten
from pipeline.runners.kubeflow.access import COOKIES, TOKEN, look, refusals

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


@dataclass(frozen=True)
class Recurring:
    """Runs that recur on a cluster.

    Attributes:
      id: there.
      name: for people.
      times: a cron expression that begins with seconds.
    """

    id: str
    name: str
    times: str


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
        self.installation = look(self._host, token, cookies)
        authorities = os.environ.get("REQUESTS_CA_BUNDLE", "")
        with refusals(self._host):
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
        service_account: str = "",
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
          service_account: of Kubernetes, which the pods run as; "" leaves it to the cluster.
          cache: whether what an earlier run made of the same inputs is reused.

        Raises:
          UserError: the cluster refuses.
        """
        with refusals(self._host):
            started = self._client.create_run_from_pipeline_package(
                str(package),
                arguments=dict(parameters),
                run_name=_title(name, settings),
                experiment_name=name,
                namespace=self._namespace or None,
                pipeline_root=pipeline_root or None,
                enable_caching=None if cache else False,
                service_account=service_account or None,
            )
        address = f"{masked(self._host)}/#/runs/details/{started.run_id}"
        return Submitted(started.run_id, address)

    def schedule(
        self,
        package: Path,
        *,
        name: str,
        settings: Sequence[str],
        times: str,
        catchup: bool,
        pipeline_root: str,
        parameters: Mapping[str, Any],
        service_account: str = "",
    ) -> str:
        """Has a run start again and again.

        Args:
          package: a compiled pipeline.
          name: of the experiment.
          settings: what the runs have changed, for their name.
          times: when, see `pipeline.runners.kubeflow.cron`.
          catchup: whether every time that was missed is made up for, or the last only.
          pipeline_root: see `submit`.
          parameters: see `submit`.
          service_account: see `submit`.

        Returns:
          Its id.

        Raises:
          UserError: the cluster refuses.
        """
        with refusals(self._host):
            experiment = self._client.create_experiment(name, namespace=self._namespace or None)
            made = self._client.create_recurring_run(
                experiment.experiment_id,
                _title(name, settings),
                cron_expression=times,
                no_catchup=not catchup,
                params=dict(parameters),
                pipeline_package_path=str(package),
                pipeline_root=pipeline_root or None,
                service_account=service_account or None,
            )
        return str(made.recurring_run_id)

    def recurring(self, name: str) -> list[Recurring]:
        """The recurring runs of an experiment.

        Raises:
          UserError: the cluster refuses.
        """
        found: list[Recurring] = []
        token = ""
        with refusals(self._host):
            try:
                experiment = self._client.get_experiment(
                    experiment_name=name, namespace=self._namespace or None
                )
            except ValueError:  # there is none of that name
                return []
            while True:
                page = self._client.list_recurring_runs(
                    page_token=token, page_size=100, experiment_id=experiment.experiment_id
                )
                for each in page.recurring_runs or []:
                    cron = each.trigger.cron_schedule if each.trigger else None
                    times = cron.cron if cron else "?"
                    found.append(Recurring(each.recurring_run_id, each.display_name, times))
                token = page.next_page_token
                if not token:
                    return found

    def end(self, recurring_id: str) -> None:
        """Ends recurring runs; those that were started go on.

        Raises:
          UserError: the cluster refuses.
        """
        with refusals(self._host):
            self._client.delete_recurring_run(recurring_id)

    def follow(
        self,
        runs: Mapping[str, Collection[str]],
        on_state: Callable[[str, str, str], None],
    ) -> dict[str, str]:
        """Waits for the end of runs.

        Args:
          runs: id of a run → nodes of its pipeline. The backend has further tasks: for each node
            a driver, and one that is always named "executor".
          on_state: called with a run, a node and its new state whenever it has one.

        Returns:
          Each run's last state, e.g. "SUCCEEDED".

        Raises:
          UserError: the cluster refuses to tell.
        """
        seen: dict[tuple[str, str], str] = {}
        ended: dict[str, str] = {}
        while True:
            for run_id in runs.keys() - ended.keys():
                with refusals(self._host):
                    run = self._client.get_run(run_id)
                tasks = run.run_details.task_details or [] if run.run_details else []
                for task in tasks:
                    node, state = task.display_name, task.state or "PENDING"
                    if node in runs[run_id] and seen.get((run_id, node)) != state:
                        seen[run_id, node] = state
                        on_state(run_id, node, state)
                if run.state in _ENDED:
                    ended[run_id] = run.state
            if len(ended) == len(runs):
                return ended
            time.sleep(_EVERY)


def _title(name: str, settings: Sequence[str]) -> str:
    """What a person tells runs by: what was changed, and when."""
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    return f"{shorten(' '.join([name, *settings]), _LONGEST_NAME)} {now} UTC"
