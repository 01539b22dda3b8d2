"""Options that several commands have, and what they mean."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from components.errors import UserError
from components.evaluator import gate
from components.files import is_address
from pipeline import experiments, home
from pipeline.cli import complete, console
from pipeline.cli.beam import BEAM_OPTIONS, beam_arguments
from pipeline.runners.kubeflow.package import Package, compile_package
from pipeline.settings import overrides
from pipeline.settings.experiment import Experiment

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class _File(click.Path):
    """A file or folder of this machine.

    Args:
      refusal: what is said of an address.
    """

    def __init__(self, refusal: str):
        super().__init__(path_type=Path)
        self._refusal = refusal

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if is_address(value):
            what = param.opts[0] if param and param.opts[0].startswith("-") else ""
            if param and ctx and param.name and _from_environment(ctx, param.name):
                what = f"${param.envvar}"
            raise UserError(f"{what} {value}: {self._refusal}".strip())
        return super().convert(value, param, ctx)


def _from_environment(context: click.Context, parameter: str) -> bool:
    return context.get_parameter_source(parameter) is ParameterSource.ENVIRONMENT


FILE = _File("is an address, and must be a file or folder of this machine: copy or mount it here")
_ROOT = _File(
    "runs need a disk, where files can be locked: take a folder, and copy what you want to keep; "
    "on Kubeflow Pipelines artifacts go to a store"
)
# https://github.com/distribution/reference, loosely
_IMAGE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_./:@-]*")

root_option = click.option(
    "--root",
    type=_ROOT,
    default=home.runs_folder,
    envvar=home.ROOT_VARIABLE,
    metavar="ROOT",
    help=f"folder of all runs (default: ${home.ROOT_VARIABLE}, or runs; installed, in your data "
    "folder)",
)
json_option = click.option("--json", "as_json", is_flag=True, help="print JSON, and nothing else")
no_cache_option = click.option("--no-cache", is_flag=True, help="run every node anew")
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="nodes at the same time (default: as many as cores and memory allow)",
)
run_argument = click.argument("run", metavar="[RUN]", required=False, shell_complete=complete.runs)


def _image(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _IMAGE.fullmatch(value):
        raise UserError(f"--image {value}: must be like registry.example.org/name:tag")
    return value


def say_of_image(image: str) -> None:
    """Tells of an image whose content may change between two nodes of a run."""
    if "@sha256:" not in image:
        console.say(
            f"note: {image} is a tag, which may move while nodes run; {image.partition('@')[0]}"
            "@sha256:… is always the same image"
        )


def image_option(required: bool = True) -> Callable[[F], F]:
    """The option `--image`."""
    return click.option(
        "--image", required=required, metavar="IMAGE", callback=_image, help="of the containers"
    )


resources_option = click.option(
    "--resources",
    type=FILE,
    default=home.RESOURCES,
    metavar="FILE.yaml",
    help="what each node gets (default: kubeflow/resources.yaml)",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """An experiment, and what the command line changes in it.

    Attributes:
      experiment: as it is written, without the changes.
      changes: in the form of `--set`, in the order in which they apply.
      data: see `data/README.md`.
      beam_args: options for Beam.
    """

    experiment: Experiment
    changes: tuple[str, ...]
    data: str
    beam_args: tuple[str, ...]

    def changed(self, before: Sequence[str] = ()) -> Experiment:
        """The experiment with `before`, and then the changes.

        Raises:
          UserError: they are not ones that it can have.
        """
        return overrides.override(self.experiment, [*before, *self.changes])

    def compile(self, image: str, resources: Path) -> Package:
        """The experiment for Kubeflow Pipelines, see `compile_package`."""
        return compile_package(
            self.experiment,
            self.changes,
            image=image,
            resources_file=resources,
            data=self.data,
            beam_args=self.beam_args,
        )


_EXPERIMENT_ARGUMENT = click.argument(
    "experiment", metavar="EXPERIMENT", shell_complete=complete.experiments
)
#: Of all commands that take an experiment; see `request_of`.
EXPERIMENT_OPTIONS = (
    click.option(
        "--data",
        default="auto",
        metavar="WHERE",
        help="auto (default), official, sample, a folder, an archive, or an address of one; see "
        "data/README.md",
    ),
    click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=complete.settings,
        help="change a setting, e.g. candidate.epochs=3 (may be repeated)",
    ),
    click.option(
        "--limit", type=int, metavar="N", help="use at most N training and N test pictures"
    ),
    click.option("--seed", type=int, metavar="N", help="initial weights, order, augmentation"),
    click.option(
        "--repeats", type=int, metavar="N", help="train each model N times, with N seeds (try 5)"
    ),
    click.option(
        "--redraw", is_flag=True, help="with --repeats: other training pictures for each, too"
    ),
    click.option(
        "--tune",
        type=int,
        metavar="N",
        help="give each model N trials to find its best settings first (try 12)",
    ),
    click.option(
        "--gate",
        type=click.Choice(gate.KINDS),
        help="what blesses: the accuracies as measured (default), or a difference that is shown",
    ),
    click.option(
        "--backbone-weights",
        metavar="WHICH",
        help="of a candidate on a pretrained backbone: imagenet, none, or a file",
    ),
    *BEAM_OPTIONS,
)


def with_options(command: Any, options: Sequence[Callable[[Any], Any]]) -> Any:
    """A command with options, and arguments, in the order in which its help shows them."""
    for option in reversed(options):
        command = option(command)
    return command


def experiment_options(command: F) -> F:
    """Gives a command all that names an experiment, its data and changes in its settings.

    They reach the command as one `Request`, its parameter `request`.
    """

    @functools.wraps(command)
    def with_request(*, experiment: str, **options: Any) -> Any:
        request, others = request_of(quietly(experiments.find_experiment, experiment), options)
        return command(request=request, **others)

    return with_options(with_request, (_EXPERIMENT_ARGUMENT, *EXPERIMENT_OPTIONS))


def request_of(experiment: Experiment, options: dict[str, Any]) -> tuple[Request, dict[str, Any]]:
    """What `EXPERIMENT_OPTIONS` ask for, and the other options."""
    limit = options.pop("limit")
    changes = {
        "candidate.backbone_weights": options.pop("backbone_weights") or None,
        "seed": options.pop("seed"),
        "repeats": options.pop("repeats"),
        "redraw": options.pop("redraw") or None,
        "tuning.trials": options.pop("tune"),
        "gate.kind": options.pop("gate"),
    }
    request = Request(
        experiment=experiment,
        changes=(
            # Before --set, which may change one of the two.
            *(f"dataset.{s}_limit={limit}" for s in ("train", "test") if limit is not None),
            *options.pop("assignments"),
            *(f"{name}={value}" for name, value in changes.items() if value is not None),
        ),
        data=options.pop("data"),
        beam_args=beam_arguments(options.pop("engine"), options.pop("beam_args")),
    )
    return request, options


def quietly(find: Callable[..., T], *names: Any) -> T:
    """What a function finds by names, without what modules of the user's print meanwhile."""
    with console.output_into(Path(os.devnull)):  # a module of the user's may import TensorFlow
        return find(*names)
