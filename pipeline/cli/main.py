"""The command line: `python -m pipeline`, also installed as `regularization-pipeline`.

Exit codes: 0 the run finished, whatever its verdict; 1 a failure; 2 a mistake of the user's;
3 the candidate was not blessed (only with --require-blessing).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml
from rich.console import Console
from rich.table import Table

from components.errors import UserError
from pipeline import __version__, experiments
from pipeline.cli import console
from pipeline.datasets import locate, sources
from pipeline.datasets.locate import Weights
from pipeline.runs import folders, provenance
from pipeline.settings import overrides
from pipeline.settings.experiment import GATES, Experiment

_RESOURCES = Path(__file__).resolve().parents[2] / "kubeflow" / "resources.yaml"
_NAMED = 3  # pictures of one kind on the terminal; the report has them all
_FAILED, _MISTAKE, _NOT_BLESSED, _INTERRUPTED = 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    if os.getcwd() not in sys.path:  # the console script does not look there by itself
        sys.path.insert(0, os.getcwd())
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return _MISTAKE
    except BrokenPipeError:
        return _FAILED


def _list(arguments: argparse.Namespace) -> int:
    for experiment in experiments.EXPERIMENTS.values():
        print(f"{experiment.name}: {experiment.question}")
        print(
            f"    {experiment.dataset.title}: {experiment.baseline.title} against "
            f"{experiment.candidate.title}"
        )
    return 0


def _run(arguments: argparse.Namespace) -> int:
    experiment = _find(arguments.experiment)
    gpu = experiment.with_gpu if experiment.with_gpu and _has_gpu() else ()
    experiment = overrides.override(experiment, [*gpu, *_changes(arguments)])
    if arguments.no_cache and arguments.from_node:
        raise UserError("--no-cache runs every node anew already: leave out --from-node")
    data = locate.data(experiment, arguments.data)
    weights = locate.weights(experiment)
    folder = folders.ExperimentFolder.of(arguments.root, experiment.name)
    with folder.locked():
        return _run_in(folder.new_run(), experiment, data, weights, arguments)


def _find(name: str) -> Experiment:
    with console.output_into(Path(os.devnull)):  # a module of the user's may import TensorFlow
        return experiments.find_experiment(name)


def _changes(arguments: argparse.Namespace) -> list[str]:
    """What the command line changes in an experiment, in the form of `--set`."""
    changes = list(arguments.set)
    if arguments.backbone_weights:
        changes.append(f"candidate.backbone_weights={arguments.backbone_weights}")
    if arguments.limit is not None:
        changes = [f"dataset.{s}_limit={arguments.limit}" for s in ("train", "test")] + changes
    if arguments.seed is not None:
        changes.append(f"seed={arguments.seed}")
    if arguments.repeats is not None:
        changes.append(f"repeats={arguments.repeats}")
    if arguments.gate:
        changes.append(f"gate.kind={arguments.gate}")
    return changes


def _compile(arguments: argparse.Namespace) -> int:
    output: Path = arguments.output
    if output.suffix not in (".yaml", ".yml"):
        raise UserError(f"--output {output}: its name must end in .yaml")
    name = _compile_into(arguments, output)
    print(f"{name}: {output}")
    return 0


def _compile_into(arguments: argparse.Namespace, output: Path) -> str:
    """Compiles an experiment into a file; returns its name."""
    as_written = _find(arguments.experiment)
    changes = _changes(arguments)
    experiment = overrides.override(as_written, changes)  # so that a mistake shows at once
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with console.output_into(Path(os.devnull)):
        from pipeline.runners.kubeflow import compiler
        from pipeline.runners.kubeflow import resources as node_resources

        nodes = compiler.nodes_of(experiment)
        resources = node_resources.read_resources(arguments.resources, nodes)
        if as_written.with_gpu and resources["Trainer.candidate"].gpu_count:
            experiment = overrides.override(as_written, [*as_written.with_gpu, *changes])
            nodes = compiler.nodes_of(experiment)
            resources = node_resources.read_resources(arguments.resources, nodes)
        documents = compiler.compile_pipeline(
            experiment,
            image=arguments.image,
            resources=resources,
            data=_cluster_data(experiment, arguments.data),
            beam_args=arguments.beam_arg,
        )
        try:
            compiler.write_package(documents, output)
        except OSError as error:
            raise UserError(f"cannot write {output}: {error.strerror}") from error
    return experiment.name


def _cluster_data(experiment: Experiment, request: str) -> str:
    """Default of a run's parameter `data`."""
    if request == sources.AUTO:
        request = sources.OFFICIAL if experiment.dataset.source else experiment.dataset.folder
    if not request:
        raise UserError(
            f"{experiment.name} has data of its own: name their folder on the cluster with --data"
        )
    return request


def _submit(arguments: argparse.Namespace) -> int:
    parameters = dict(_assignment(one) for one in arguments.param)
    with console.output_into(Path(os.devnull)):
        from pipeline.runners.kubeflow import client
    client.check_root(arguments.pipeline_root)
    if arguments.wait:
        client.check_store(arguments.pipeline_root)  # now, not after hours
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package.yaml"
        name = _compile_into(arguments, package)
        spec = next(yaml.safe_load_all(package.read_text()))
        _check_parameters(spec, parameters)
        with console.output_into(Path(os.devnull)):
            cluster = client.Cluster(arguments.host, arguments.namespace)
            run = cluster.submit(
                package,
                name=name,
                pipeline_root=arguments.pipeline_root,
                parameters=parameters,
                cache=not arguments.no_cache,
            )
    print(f"{name}, run {run.run_id}: {run.address}", flush=True)
    if not arguments.wait:
        return 0
    nodes = spec["root"]["dag"]["tasks"]
    state = cluster.follow(
        run.run_id, nodes, lambda node, at: print(f"{node:<30} {at}", flush=True)
    )
    if state != "SUCCEEDED":
        print(f"error: the run ended as {state}; its page says why", file=sys.stderr)
        return _FAILED
    report = Path(f"{name}-{run.run_id}.html")
    client.fetch_report(arguments.pipeline_root, name, run.run_id, report)
    print(f"report: {report.resolve()}")
    return 0


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"--param {text}: write it as name=value")
    return name, value


def _check_parameters(spec: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Refuses parameters that the pipeline has not; makes numbers of those that are."""
    defined = spec["root"]["inputDefinitions"]["parameters"]
    for name, value in parameters.items():
        if name not in defined:
            raise UserError(f"--param {name}: no such parameter; there is {', '.join(defined)}")
        if defined[name]["parameterType"] == "NUMBER_INTEGER":
            try:
                parameters[name] = int(value)
            except ValueError as error:
                raise UserError(f"--param {name}={value}: must be a whole number") from error


def _has_gpu() -> bool:
    """Whether there is an NVIDIA GPU, told without importing TensorFlow."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return False
    told = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)
    return told.returncode == 0 and told.stdout.startswith("GPU")


def _run_in(
    run: folders.RunFolder,
    experiment: Experiment,
    data: sources.Located,
    weights: dict[str, Weights],
    arguments: argparse.Namespace,
) -> int:
    from pipeline.runs import result

    run.write(result.EXPERIMENT, experiment)
    run.write(result.DATA, data)
    run.write(result.CODE, provenance.code_version(experiment))
    print(f"{experiment.name}, run {run.id}: {experiment.question}", flush=True)
    print(f"data: {data.description}", flush=True)
    error: Exception | None = None
    try:
        with console.output_into(run.log) as terminal, console.following(run.events, terminal):
            from pipeline.runners.local import runner

            try:
                runner.run(
                    experiment,
                    str(data.folder),
                    run,
                    weights=weights,
                    beam_args=arguments.beam_arg,
                    enable_cache=not arguments.no_cache,
                    from_node=arguments.from_node,
                    to_node=arguments.to_node,
                )
            except (UserError, runner.NodeFailed) as reason:
                error = reason
            if error is None and _is_complete(run):
                _build_report(run, experiment)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return _INTERRUPTED
    except UserError:
        raise
    except Exception as reason:
        print(f"error: {type(reason).__name__}: {reason}; see {run.log}", file=sys.stderr)
        return _FAILED
    if isinstance(error, UserError):
        raise error
    if error is not None:
        print(f"error: {error}; see {run.log}", file=sys.stderr)
        return _FAILED
    if not _is_complete(run):
        print(f"stopped after {arguments.to_node} as asked; no verdict", flush=True)
        return 0
    blessed = _print_summary(run)
    return _NOT_BLESSED if arguments.require_blessing and not blessed else 0


def _build_report(run: folders.RunFolder, experiment: Experiment) -> None:
    from pipeline.report.build import build
    from pipeline.runs import metadata, result

    nodes = metadata.read_run(run.experiment.metadata, run.tfx_run)
    data, code = run.read(result.DATA), run.read(result.CODE)
    build(run.path, run.id, nodes, experiment, data, code, run.node_times())


def _report(arguments: argparse.Namespace) -> int:
    run = folders.find_run(arguments.root, arguments.run)
    from pipeline.runs import result

    experiment = run.read(result.EXPERIMENT)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with console.output_into(Path(os.devnull)):
        _build_report(run, experiment)
    print(f"report: {run.report}")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from pipeline.runs.result import SUMMARY

    summaries = [folders.find_run(arguments.root, name).read(SUMMARY) for name in arguments.runs]
    table = Table(box=None, pad_edge=False)
    for column in ("run", "experiment", "seeds", "baseline", "candidate", "points", "95 %"):
        table.add_column(column, justify="left" if column in ("run", "experiment") else "right")
    table.add_column("conclusion")
    for summary in summaries:
        significance, seeds = summary.significance, len(summary.seeds)
        interval = significance.accuracy
        table.add_row(
            summary.run,
            summary.experiment,
            str(seeds),
            f"{sum(significance.baseline_accuracy) / seeds:.4f}",
            f"{sum(significance.candidate_accuracy) / seeds:.4f}",
            f"{100 * interval.estimate:+.2f}",
            f"{100 * interval.low:+.2f} … {100 * interval.high:+.2f}",
            significance.conclusion,
        )
    out = Console(soft_wrap=True, highlight=False, width=140)
    out.print(table)
    differing = _differing_settings([summary.settings for summary in summaries])
    if differing:
        out.print("\nsettings that differ:")
    for name, values in differing.items():
        out.print(f"  {name}: {', '.join(map(str, values))}")
    return 0


def _differing_settings(settings: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """The settings that are not the same in all runs, and what each has; None where it has none."""
    names = dict.fromkeys(name for one in settings for name in one)
    values = {name: [one.get(name) for one in settings] for name in names}
    return {name: found for name, found in values.items() if any(v != found[0] for v in found)}


def _is_complete(run: folders.RunFolder) -> bool:
    """Whether the run went as far as the verdict."""
    return any(event.get("node") == "Significance" for event in run.read_events())


def _show(arguments: argparse.Namespace) -> int:
    _print_summary(folders.find_run(arguments.root, arguments.run))
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    from pipeline.runs import result

    run = folders.find_run(arguments.root, arguments.run)
    experiment = run.read(result.EXPERIMENT)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with console.output_into(Path(os.devnull)):
        from pipeline.runs import predict

        answers = predict.ask_candidate(run, arguments.pictures)
    names = experiment.dataset.class_names
    for file, probabilities in zip(arguments.pictures, answers.probabilities, strict=True):
        best = probabilities.argsort()[::-1][:_NAMED]
        print(f"{file}: {', '.join(f'{names[i]} {probabilities[i]:.3f}' for i in best)}")
    return 0


def _print_summary(run: folders.RunFolder) -> bool:
    """Prints the verdict; returns whether the candidate was blessed."""
    from pipeline.report.terminal import print_summary
    from pipeline.runs.result import SUMMARY

    summary = run.read(SUMMARY)
    print_summary(summary, run.report)
    return summary.blessed


def _augment(arguments: argparse.Namespace) -> int:
    out: Path = arguments.out
    if arguments.copies < 1:
        raise UserError("--copies must be at least 1")
    if out.suffix.lower() != ".png":
        raise UserError(f"--out {out}: the grid is a PNG file, so its name must end in .png")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with console.output_into(Path(os.devnull)):
        from pipeline.report import preview

        grid = preview.of_files(arguments.pictures, arguments.policy, arguments.copies)
    try:
        out.write_bytes(grid)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}") from error
    print(out)
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from pipeline.cli import doctor

    healthy = True
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with console.output_into(Path(os.devnull)) as terminal:
        for finding in doctor.examine(locate.SOURCES, locate.CACHE):
            healthy &= finding.ok
            mark = "ok   " if finding.ok else "WRONG"
            print(f"{mark} {finding.what:<20} {finding.found}", file=terminal, flush=True)
    return 0 if healthy else _FAILED


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(_MISTAKE, f"error: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m pipeline", description="Does regularization pay off?")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, command: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=command)
        return added

    add("list", _list, "list the built-in experiments")
    run = add("run", _run, "run an experiment on this machine; what is in the cache is reused")
    compiling = add("compile", _compile, "compile an experiment for Kubeflow Pipelines")
    compiling.add_argument("--output", type=Path, required=True, metavar="FILE.yaml")
    submit = add("submit", _submit, "run an experiment on Kubeflow Pipelines")
    submit.add_argument("--host", required=True, metavar="ADDRESS", help="http://… or https://…")
    submit.add_argument(
        "--pipeline-root", required=True, metavar="ADDRESS", help="minio://…, s3://… or gs://…"
    )
    submit.add_argument("--namespace", default="", help="on a platform with several users")
    submit.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of this run, e.g. seed=2 (may be repeated)",
    )
    submit.add_argument("--no-cache", action="store_true", help="run every node anew")
    submit.add_argument(
        "--wait", action="store_true", help="follow the run to its end, and fetch its report"
    )
    for command in (run, compiling, submit):
        _add_experiment(command)
    for command in (compiling, submit):
        command.add_argument("--image", required=True, help="of the containers")
        command.add_argument(
            "--resources",
            type=Path,
            default=_RESOURCES,
            metavar="FILE.yaml",
            help="what each node gets (default: kubeflow/resources.yaml)",
        )
    run.add_argument("--no-cache", action="store_true", help="run every node anew")
    run.add_argument(
        "--from-node", default="", metavar="NODE", help="run NODE and what follows it anew"
    )
    run.add_argument(
        "--to-node", default="", metavar="NODE", help="run only NODE and what it needs"
    )
    run.add_argument("--require-blessing", action="store_true", help="exit with 3 if not blessed")
    show = add("show", _show, "print the verdict of a finished run again")
    show.add_argument(
        "run", nargs="?", metavar="RUN", help="a run's id or an experiment; default: the last run"
    )
    report = add("report", _report, "build a finished run's report anew, without training")
    report.add_argument("run", metavar="RUN", help="a run's id or an experiment")
    compare = add("compare", _compare, "set finished runs side by side")
    compare.add_argument("runs", nargs="+", metavar="RUN", help="ids or experiments")
    predict = add("predict", _predict, "ask a finished run's candidate about pictures")
    predict.add_argument("run", metavar="RUN", help="a run's id or an experiment")
    predict.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    for command in (run, show, report, compare, predict):
        command.add_argument(
            "--root", type=Path, default=Path("runs"), help="folder of all runs (default: runs)"
        )
    augment = add("augment", _augment, "draw what an augmentation policy makes of pictures")
    augment.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    augment.add_argument("--policy", default="photo", help="its name or import path")
    augment.add_argument("--copies", type=int, default=8, metavar="N", help="draws a picture")
    augment.add_argument("--out", type=Path, default=Path("grid.png"), metavar="FILE.png")
    add("doctor", _doctor, "look at what this machine has, and say what is missing")
    return parser


def _add_experiment(command: argparse.ArgumentParser) -> None:
    """What names an experiment, its data, and changes in its settings."""
    command.add_argument(
        "experiment", metavar="EXPERIMENT", help="its name, or your own: module:NAME"
    )
    command.add_argument(
        "--data",
        default=sources.AUTO,
        metavar="WHERE",
        help="auto (default), official, sample, a folder or an archive; see data/README.md",
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting, e.g. candidate.epochs=3 (may be repeated)",
    )
    command.add_argument(
        "--limit", type=int, metavar="N", help="use at most N training and N test pictures"
    )
    command.add_argument(
        "--seed", type=int, metavar="N", help="initial weights, order, augmentation"
    )
    command.add_argument(
        "--repeats", type=int, metavar="N", help="train each model N times, with N seeds (try 5)"
    )
    command.add_argument(
        "--gate",
        choices=GATES,
        help="what blesses: the accuracies as measured (default), or a difference that is shown",
    )
    command.add_argument(
        "--backbone-weights",
        default="",
        metavar="WHICH",
        help="of a candidate on a pretrained backbone: imagenet, none, or a file",
    )
    command.add_argument(
        "--beam-arg",
        action="append",
        default=[],
        metavar="ARG",
        help="an option for Beam, e.g. --beam-arg=--runner=FlinkRunner (may be repeated)",
    )
