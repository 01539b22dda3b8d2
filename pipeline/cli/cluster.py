"""What `submit` and `schedule` share: a package, and the cluster that is to run it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.options import Request
from pipeline.runners.kubeflow.package import Package, parse_parameters
from pipeline.runners.kubeflow.parameters import run_parameters, with_parameters

if TYPE_CHECKING:
    from pipeline.runners.kubeflow.client import Cluster

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--host", required=True, metavar="ADDRESS", help="http://… or https://…"),
    click.option(
        "--pipeline-root",
        default="",
        metavar="ADDRESS",
        help="folder of an object store (default: the cluster's own)",
    ),
    click.option("--namespace", default="", metavar="NAMESPACE", help="your profile's, if any"),
    click.option(
        "--param",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        help="a parameter of the run, e.g. seed=2 (may be repeated)",
    ),
)


def cluster_options(command: F) -> F:
    """Gives a command what names a cluster, and what a run there can be told."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class Prepared:
    """All that a run on a cluster needs.

    Attributes:
      package: the compiled experiment.
      file: where it is written.
      values: of the run's parameters.
      cluster: that takes it.
      root: pipeline root of its runs.
    """

    package: Package
    file: Path
    values: dict[str, str | int]
    cluster: Cluster
    root: str


@contextmanager
def prepared(
    request: Request,
    parameters: tuple[str, ...],
    *,
    image: str,
    resources: Path,
    host: str,
    namespace: str,
    pipeline_root: str,
) -> Iterator[Prepared]:
    """Compiles a request, and looks at the cluster; the package's file is gone after the body.

    Args:
      request: an experiment, and what is changed in it.
      parameters: of the run, in the form of `--param`.
      image: of the containers.
      resources: file that says what each node gets.
      host: address of the cluster.
      namespace: on a cluster with several users; else "".
      pipeline_root: where artifacts go; "" leaves it to the cluster.

    Raises:
      UserError: something of it cannot work.
    """
    requested = parse_parameters(parameters)
    experiment = request.changed()  # a mistake shows before the seconds that TFX takes
    from pipeline.runners.kubeflow import client, stores

    if pipeline_root:
        stores.find_store(pipeline_root)
    package = request.compile(image, resources)
    values = package.check_parameters(requested)
    with_parameters(experiment, run_parameters(experiment, request.data), values)
    cluster = client.Cluster(host, namespace)
    cluster.installation.check(namespace, pipeline_root)
    root = pipeline_root or cluster.installation.default_root(namespace)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "package.yaml"
        package.write(file)
        yield Prepared(package, file, values, cluster, root)
