"""A job on a Flink cluster, by Flink's own REST interface: what it fails by, and its end.

Flink tries a job that fails again, as often as its restart strategy says, and works on where the
program that submitted it has ended. So whoever submits one looks at it, and ends it with itself.
Source: https://nightlies.apache.org/flink/flink-docs-stable/docs/ops/rest_api/
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    GoogleCloudOptions,
    PipelineOptions,
    StandardOptions,
)

_TIMEOUT = 2  # seconds
_ENDED = ("FINISHED", "FAILED", "CANCELED")


@dataclass(frozen=True)
class FlinkJob:
    """A job.

    Attributes:
      master: where the JobManager's REST interface is, http://HOST:PORT.
      name: of the job; the cluster has no other of this name that has not ended.
    """

    master: str
    name: str

    def error(self) -> str:
        """What the job failed by last, a worker's traceback included; "" as far as is known."""
        told = [self._ask("get", f"/jobs/{job}/exceptions", maxExceptions=1) for job in self._ids()]
        return "\n".join(each.get("root-exception") or "" for each in told)

    def cancel(self) -> None:
        """Ends the job, if it has not ended, and the cluster can be reached."""
        for job in self._ids():
            self._ask("patch", f"/jobs/{job}", mode="cancel")

    def _ids(self) -> Iterator[str]:
        for job in self._ask("get", "/jobs/overview").get("jobs", ()):
            if job["name"] == self.name and job["state"] not in _ENDED:
                yield job["jid"]

    def _ask(self, method: str, path: str, **query: str | int) -> dict[str, Any]:
        # Here, since nodes without Flink need it not.
        import requests

        with contextlib.suppress(requests.RequestException, ValueError):
            answer = requests.request(method, self.master + path, params=query, timeout=_TIMEOUT)
            found = answer.json()
            return found if isinstance(found, dict) else {}
        return {}


def flink_job(arguments: Sequence[str]) -> FlinkJob | None:
    """The job that options for Beam make on a Flink cluster; None if they make none there.

    Args:
      arguments: with `--job_name`.
    """
    options = PipelineOptions(list(arguments))
    master = options.view_as(FlinkRunnerOptions).flink_master
    name = options.view_as(GoogleCloudOptions).job_name
    if options.view_as(StandardOptions).runner != "FlinkRunner" or master.startswith("["):
        return None
    return FlinkJob(master if "://" in master else f"http://{master}", name)


@contextlib.contextmanager
def ended_with(arguments: Sequence[str]) -> Iterator[None]:
    """Where the body does not come to its end, the job that it has made on Flink ends, too.

    Args:
      arguments: options for Beam, see `flink_job`.
    """
    job = flink_job(arguments)
    try:
        yield
    except BaseException:
        if job:
            job.cancel()
        raise
