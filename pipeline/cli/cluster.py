"""What `submit` and `schedule` share: a package, and the cluster that is to run it."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.options import Request, with_options
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
        "--service-account",
        default="",
        metavar="NAME",
        help="of Kubernetes, which the pods run as (default: the cluster's own)",
    ),
    click.option(
        "--param",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        help="a parameter of the run, e.g. seed=2 (may be repeated)",
    ),
)


@dataclass(frozen=True)
class Target:
    """A cluster, and what runs there are told.

    Attributes:
      host: its address.
      namespace: on a cluster with several users; else "".
      pipeline_root: where artifacts go; "" leaves it to the cluster.
      service_account: of Kubernetes, which the pods run as; "" leaves it to the cluster.
      parameters: of the runs, in the form of `--param`.
    """

    host: str
    namespace: str
    pipeline_root: str
    service_account: str
    parameters: tuple[str, ...]


def cluster_options(command: F) -> F:
    """Gives a command what names a cluster: as one `Target`, its parameter `target`."""

    @functools.wraps(command)
    def with_target(**options: Any) -> Any:
        of_target = {each.name: options.pop(each.name) for each in fields(Target)}
        return command(target=Target(**of_target), **options)

    return with_options(with_target, _OPTIONS)


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
    request: Request, target: Target, *, image: str, resources: Path
) -> Iterator[Prepared]:
    """Compiles a request, and looks at the cluster; the package's file is gone after the body.

    Args:
      request: an experiment, and what is changed in it.
      target: where it is to run.
      image: of the containers.
      resources: file that says what each node gets.

    Raises:
      UserError: something of it cannot work.
    """
    requested = parse_parameters(target.parameters)
    experiment = request.changed()  # a mistake shows before the seconds that TFX takes
    from pipeline import stores
    from pipeline.runners.kubeflow import client

    if target.pipeline_root:
        stores.find_store(target.pipeline_root)
    package = request.compile(image, resources)
    values = package.check_parameters(requested)
    with_parameters(experiment, run_parameters(experiment, request.data), values)
    cluster = client.Cluster(target.host, target.namespace)
    cluster.installation.check(target.namespace, target.pipeline_root)
    root = target.pipeline_root or cluster.installation.default_root(target.namespace)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "package.yaml"
        package.write(file)
        yield Prepared(package, file, values, cluster, root)
