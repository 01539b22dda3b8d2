"""A compiled experiment as a package for Kubeflow Pipelines, and the parameters of its runs.

Importing this module imports no TFX; `compile_package` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import UserError
from components.files import is_address
from pipeline.runners import Job
from pipeline.runners.kubeflow.parameters import DATA, SERVING
from pipeline.settings.experiment import Experiment
from pipeline.settings.overrides import override


@dataclass(frozen=True)
class Package:
    """A compiled experiment.

    Attributes:
      name: the experiment's, and the pipeline's.
      documents: PipelineSpec and PlatformSpec, as plain data.
    """

    name: str
    documents: Sequence[Mapping[str, Any]]

    @property
    def nodes(self) -> Collection[str]:
        """The names of its nodes on the cluster."""
        return list(self.documents[0]["root"]["dag"]["tasks"])

    def check_parameters(self, values: Mapping[str, str]) -> dict[str, str | int]:
        """A run's parameters, numbers where they are defined as numbers.

        Raises:
          UserError: there is no such parameter, or its value is not a number.
        """
        defined = self.documents[0]["root"]["inputDefinitions"]["parameters"]
        return {name: _check(name, value, defined) for name, value in values.items()}

    def write(self, file: Path) -> None:
        """Writes it as YAML, whole or not at all.

        Raises:
          UserError: the file cannot be written.
        """
        from pipeline.runners.kubeflow import compiler

        try:
            compiler.write_package(self.documents, file)
        except OSError as error:
            raise UserError(f"cannot write {file}: {error.strerror}") from error


def compile_package(
    experiment: Experiment,
    changes: Sequence[str] = (),
    *,
    image: str,
    resources_file: Path,
    data: str,
    beam_args: Sequence[str] = (),
) -> Package:
    """Compiles an experiment.

    Args:
      experiment: as it is written. Where its candidate gets a GPU, its settings `with_gpu` apply,
        before the changes.
      changes: of its settings, in the form of `--set`.
      image: of the containers.
      resources_file: what each node gets, see `kubeflow/resources.yaml`.
      data: default of the run's parameter `data`, see `data/README.md`.
      beam_args: Beam options of the nodes that use Beam.

    Raises:
      UserError: a setting or the file of resources cannot be used.
    """
    changed = override(experiment, changes)
    if changed.base_model:
        raise UserError(
            f"base_model={changed.base_model}: containers see no runs of this machine: leave it "
            "out, or use run"
        )
    where = cluster_data(changed, data)  # a mistake shows before the seconds that TFX takes

    from pipeline.runners.kubeflow import compiler
    from pipeline.runners.kubeflow.resources import read_resources

    resources = read_resources(resources_file, compiler.nodes_of(changed))
    if experiment.with_gpu and resources["Trainer.candidate"].gpu.count:
        changed = override(experiment, [*experiment.with_gpu, *changes])
        resources = read_resources(resources_file, compiler.nodes_of(changed))
    job = Job(experiment=changed, data=where, beam_args=beam_args)
    documents = compiler.compile_pipeline(job, image=image, resources=resources)
    return Package(changed.name, documents)


def cluster_data(experiment: Experiment, request: str) -> str:
    """Where a run on a cluster takes its data from, unless its parameter `data` says otherwise.

    Args:
      experiment: whose data.
      request: "auto", "official", "sample", or a folder or archive, see `data/README.md`. No
        stand-in is taken in silence there: "auto" means "official", or the experiment's folder.

    Raises:
      UserError: the experiment has data of its own, and nothing names their folder; or they are at
        an address.
    """
    from pipeline.datasets import locate

    if request == locate.AUTO:
        request = locate.OFFICIAL if experiment.dataset.source else experiment.dataset.folder
    if not request:
        raise UserError(
            f"{experiment.name} has data of its own: name their folder on the cluster with --data"
        )
    _check_data(request)
    return request


def _check_data(request: str) -> None:
    if is_address(request):
        raise UserError(
            f"data={request}: containers have no keys of other places: mount a volume with the "
            "data (kubeflow/resources.yaml), and name their folder there"
        )


def parse_parameters(assignments: Sequence[str]) -> dict[str, str]:
    """The values of `name=value` texts, by their names.

    Raises:
      UserError: a text is written otherwise, or names a place that no container reaches.
    """
    values = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UserError(f"--param {assignment}: write it as name=value")
        if name == DATA:
            _check_data(value)
        if name == SERVING and is_address(value) and not value.startswith("gs://"):
            raise UserError(
                f"--param {assignment}: must be a folder on a volume, or gs://BUCKET/PATH: "
                "TensorFlow writes to no other store"
            )
        values[name] = value
    return values


def _check(name: str, value: str, defined: Mapping[str, Any]) -> str | int:
    if name not in defined:
        raise UserError(f"--param {name}: no such parameter; there is {', '.join(defined)}")
    if defined[name]["parameterType"] != "NUMBER_INTEGER":
        return value
    try:
        return int(value)
    except ValueError as error:
        raise UserError(f"--param {name}={value}: must be a whole number") from error
