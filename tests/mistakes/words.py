"""Mistakes in a command's words, most of them made from the commands' own options."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pipeline.cli.commands import (
    augment,
    clean,
    compare,
    compile,
    describe,
    doctor,
    export,
    list,
    logs,
    open,
    predict,
    report,
    run,
    runs,
    schedule,
    show,
    submit,
)

Words = tuple[str, ...]

_COMMANDS: dict[str, click.Command] = {
    module.__name__.rpartition(".")[2]: module.command
    for module in (
        *(list, describe, run, runs, compile, submit, schedule, show, open),
        *(report, compare, predict, export, logs, clean, augment, doctor),
    )
}
#: What makes each command whole.
_WHOLE: dict[str, Words] = {
    "run": ("mlp-batchnorm",),
    "describe": ("mlp-batchnorm",),
    "compile": ("mlp-batchnorm", "--image=i", "--output=o.yaml"),
    "submit": ("mlp-batchnorm", "--image=i", "--host=http://127.0.0.1:1", "--pipeline-root=s3://b"),
    "schedule": ("mlp-batchnorm", "--host=http://127.0.0.1:1", "--list"),
    "report": ("a-run",),
    "compare": ("a-run",),
    "predict": ("a-run", "a.png"),
    "export": ("a-run", "--format=keras"),
    "augment": ("a.png",),
}


def of_options() -> Iterator[tuple[Words, str]]:
    """Mistakes that every option and argument can have, and what must be said."""
    for name, command in _COMMANDS.items():
        whole = (name, *_WHOLE.get(name, ()))
        yield (*whole, "--no-such-option"), "--no-such-option"
        yield (*whole, "-z"), "-z"
        if any(part.nargs == -1 for part in command.params):
            yield (*whole, ""), "is empty"
        else:
            yield (*whole, "one", "more"), "unexpected extra argument"
        for parameter in command.params:
            if parameter.required:
                yield (name,), "Missing"
            if isinstance(parameter, click.Option):
                yield from _of_option(whole, parameter)


def _of_option(whole: Words, option: click.Option) -> Iterator[tuple[Words, str]]:
    name = option.opts[0]
    if option.is_flag:
        yield (*whole, f"{name}=yes"), name
        return
    yield (*whole, name), f"Option '{name}' requires an argument"
    yield (*whole, name, ""), "is empty"
    yield (*whole, f"{name}="), f"is empty ({name}=)"
    yield (*whole, name[:-1] + "zz=x"), "No such option"
    if isinstance(option.type, click.types.IntParamType):
        for value in ("x", "1.5", "1e3", "0x10", "½", "-", "1 2"):
            yield (*whole, name, value), name
        yield (*whole, name, "-1"), "-1"
        yield (*whole, name, "9" * 30), "999"
    if isinstance(option.type, click.Choice):
        for value in ("x", "Accuracy", "accuracy,significance"):
            yield (*whole, name, value), name


_RUN = ("run", "mlp-batchnorm")
_COMPILE = ("compile", "mlp-batchnorm", "--image=i", "--output=o.yaml")
_SUBMIT = ("submit", "mlp-batchnorm", "--image=i")
_SCHEDULE = ("schedule", "mlp-batchnorm", "--host=http://127.0.0.1:1")
_STORE = "--pipeline-root=s3://b"
_HOST = "--host=http://127.0.0.1:1"

#: Words, and what must be said.
OTHERS: tuple[tuple[Words, str], ...] = (
    (("rnu",), "Did you mean 'run'?"),
    (("Run",), "Did you mean 'run'?"),
    (("comapre",), "Did you mean 'compare'?"),
    (("--root", "runs", "show"), "No such option"),
    (("",), "is empty"),
    (("help",), "No such command"),
    (("experiments",), "No such command"),
    (("run", "mlp-batchnorm", "--", "--limit"), "unexpected extra argument"),
    # which run to go on from
    (("run", "mlp-batchnorm", "--base-model=no"), "no finished run 'no' in"),
    (("run", "mlp-batchnorm", "--base-model=no", "--tune=3"), "leave out one of the two"),
    (("compile", "mlp-batchnorm", "--image=i", "--output=o.yaml", "--set=base_model=x"), "use run"),
    (("submit", "mlp-batchnorm", "--image=i", "--host=h", "--base-model=x"), "No such option"),
    # which experiment
    (("run", "mlp_batchnorm"), "did you mean mlp-batchnorm"),
    (("run", "MLP-BATCHNORM"), "unknown experiment"),
    (("run", "."), "unknown experiment"),
    (("run", "../mlp-batchnorm"), "unknown experiment"),
    (("run", "all"), "unknown experiment"),
    (("run", ":"), "unknown experiment"),
    (("run", ":NAME"), "unknown experiment"),
    (("run", "os:"), "unknown experiment"),
    (("run", "os:path"), "no Experiment named 'path'"),
    (("run", "os:no"), "no Experiment named 'no'"),
    (("run", "no.such.module:X"), "no module 'no'"),
    (("run", "a b:X"), "no module 'a b'"),
    (("run", "os.path.x:X"), "no module"),
    (("compile", "mlp", "--image=i", "--output=o.yaml"), "unknown experiment"),
    (("submit", "mlp", "--image=i", _HOST, _STORE), "unknown experiment"),
    ((*_SCHEDULE, "--cron=@daily", "--image=i"), "no Kubeflow Pipelines at http://127.0.0.1:1"),
    (_SCHEDULE, "give one of --cron, --list and --end"),
    ((*_SCHEDULE, "--list", "--end=1"), "give one of --cron, --list and --end"),
    ((*_SCHEDULE, "--list", "--catchup"), "--catchup goes with --cron"),
    ((*_SCHEDULE, "--cron=@daily"), "--cron needs --image"),
    ((*_SCHEDULE, "--cron=daily", "--image=i"), "--cron daily: must be minute, hour"),
    ((*_SCHEDULE, "--cron=0 3 * * 8", "--image=i"), "day of the week 8"),
    # where Beam runs
    ((*_RUN, "--beam=flink"), "must be flink://HOST:8081"),
    ((*_RUN, "--beam=flink://127.0.0.1:1"), "nothing answers at 127.0.0.1:1"),
    ((*_RUN, "--beam=spark://127.0.0.1:1"), "nothing answers at 127.0.0.1:1"),
    ((*_RUN, "--beam=dataflow://p/r"), "Dataflow's workers reach neither"),
    ((*_RUN, "--root=gs://bucket/runs"), "runs need a disk"),
    ((*_COMPILE, "--resources=s3://b/r.yaml"), "must be a file or folder of this machine"),
    # which node
    ((*_RUN, "--from-node=foo", "--data=nowhere"), "no node 'foo': there is Schema, ExampleGen"),
    ((*_RUN, "--to-node=Trainer"), "did you mean Trainer.baseline or Trainer.candidate?"),
    ((*_RUN, "--from-node=evaluator"), "did you mean Evaluator?"),
    ((*_RUN, "--to-node=Trainer.candidate.2"), "no node 'Trainer.candidate.2'"),
    # colons and dots
    (("run", "my.own.LETTERS"), "one of your own is written with a colon, my.own:LETTERS"),
    ((*_RUN, "--set=candidate.model=mine:build"), "write it with a dot: mine.build"),
    ((*_RUN, "--set=candidate.model=build"), "must be an import path"),
    ((*_RUN, "--set=candidate.lr=1"), "did you mean candidate.optimizer.learning_rate?"),
    ((*_RUN, "--set=baseline.bs=1"), "did you mean baseline.batch_size?"),
    # looking at what is not there
    (("runs", "mlp"), "no run of 'mlp' in runs"),
    (("clean", "mlp"), "no run of 'mlp' in runs"),
    (("clean", "--keep=0"), "--keep"),
    (("logs",), "no run in runs"),
    (("open",), "no finished run in runs"),
    (("predict", "no-such-run", "a.png"), "no-such-run is no file, and no run in runs"),
    (("predict", "a.png"), "no finished run in runs"),
    (("predict", "a.png", "--json", "--csv=-"), "give one of them"),
    (("predict", "a.png", "--csv=-", "--output=a.parquet"), "give one of them"),
    (("predict", "a.png", "--output=a.csv"), "so end it in .parquet"),
    (("predict", "a.png", "--beam=flink"), "must be flink://HOST:8081"),
    # exports
    (("export", "--format=keras"), "no finished run in runs"),
    (("export", "--format=h5"), "'h5' is not one of"),
    (("export", "a-run", "--format=keras", "--output=s3://b/m.keras"), "must be a file or folder"),
    (("describe", "mlp-batchnrom"), "did you mean mlp-batchnorm?"),
    # which data
    ((*_RUN, "--data", "nowhere"), "nowhere is not a folder"),
    ((*_RUN, "--data", "Official"), "Official is not a folder"),
    ((*_RUN, "--data", "~nobody/x"), "is not a folder"),
    ((*_RUN, "--data", "~no-such-user/x"), "~no-such-user/x cannot be followed"),
    ((*_RUN, "--data", "d\udcff"), "not UTF-8; rename it"),
    ((*_RUN, "--data", "https://example.org/pictures"), "only archives are fetched from web"),
    ((*_RUN, "--data", "hdfs://bucket/folder"), "addresses of data are gs://BUCKET/PATH"),
    ((*_RUN, "--data", "/dev/null"), "/dev/null is"),
    ((*_RUN, "--data", "n" * 5000), "File name too long"),
    ((*_RUN, "--data", "nothing.zip"), "nothing.zip"),
    # where to
    ((*_RUN, "--data=data", "--root", "/dev/null/x"), "cannot write to /dev/null/x"),
    ((*_RUN, "--data=data", "--root", "/proc/x"), "cannot write to /proc/x"),
    ((*_RUN, "--data=data", "--root", "r*"), "r*"),
    ((*_RUN, "--data=data", "--root", "r[1]"), "r[1]"),
    ((*_RUN, "--data=data", "--root", "r?"), "r?"),
    ((*_RUN, "--data=data", "--root", "n" * 300), "cannot write"),
    *(
        ((*command, "--root", root), said)
        for command in (("run", "mlp-batchnorm", "--data=data"), ("runs",), ("show",), ("clean",))
        for root, said in (
            ("~no-such-user/x", "~no-such-user/x cannot be followed"),
            ("r\udcff", "a name in this path is not UTF-8; rename it"),
        )
    ),
    ((*_RUN, "--data=data", "--runner", "spark"), "unknown runner 'spark': there is kubeflow, loc"),
    ((*_RUN, "--data=data", "--no-cache", "--from-node=Schema"), "leave out --from-node"),
    ((*_RUN, "--redraw"), "--repeats"),
    ((*_RUN, "--redraw", "--repeats=1"), "--repeats"),
    ((*_RUN, "--repeats=1000"), "repeats=1000: must be at most 100"),
    ((*_RUN, "--backbone-weights=none"), "no such setting"),
    (("run", "resnet50-transfer", "--data=sample", "--backbone-weights=no.h5"), "no file no.h5"),
    # for Kubeflow
    (("compile", "mlp-batchnorm", "--image", "a b", "--output=o.yaml"), "--image a b: must be"),
    (("compile", "mlp-batchnorm", "--image", "-", "--output=o.yaml"), "--image -: must be"),
    (("compile", "mlp-batchnorm", "--image", "$I", "--output=o.yaml"), "--image $I: must be"),
    (("compile", "mlp-batchnorm", "--image=i", "--output=o.json"), "must end in .yaml"),
    (("compile", "mlp-batchnorm", "--image=i", "--output=o"), "must end in .yaml"),
    (("compile", "mlp-batchnorm", "--image=i", "--output=/dev/null"), "must end in .yaml"),
    (("compile", "mlp-batchnorm", "--image=i", "--output=no/o.yaml"), "cannot write no/o.yaml"),
    ((*_COMPILE, "--resources=no.yaml"), "no file no.yaml"),
    ((*_COMPILE, "--resources=data"), "data is a folder"),
    ((*_COMPILE, "--resources=/dev/zero"), "/dev/zero is a device"),
    ((*_SUBMIT, "--host=example.org", _STORE), "must start with http:// or https://"),
    ((*_SUBMIT, "--host=ftp://example.org", _STORE), "must start with http:// or https://"),
    ((*_SUBMIT, "--host=http://127.0.0.1:99999", _STORE), "check --host"),
    ((*_SUBMIT, "--host=http://[::1", _STORE), "check --host"),
    ((*_SUBMIT, _HOST, _STORE), "check --host"),
    ((*_SUBMIT, _HOST, "--pipeline-root=here"), "must be gs://BUCKET/PATH"),
    ((*_SUBMIT, _HOST, "--pipeline-root=/mnt/x"), "must be gs://BUCKET/PATH"),
    ((*_SUBMIT, _HOST, "--pipeline-root=file:///x"), "must be gs://BUCKET/PATH"),
    ((*_SUBMIT, _HOST, "--pipeline-root=https://b/x"), "must be gs://BUCKET/PATH"),
    ((*_SUBMIT, _HOST, _STORE, "--param=seed"), "write it as name=value"),
    ((*_SUBMIT, _HOST, _STORE, "--param=sed=2"), "no such parameter"),
    ((*_SUBMIT, _HOST, _STORE, "--param=seed=x"), "must be a whole number"),
    ((*_SUBMIT, _HOST, _STORE, "--param=baseline_epochs=0"), "baseline.epochs=0: must be at"),
    # pictures
    (("augment", "no.png"), "no.png does not exist"),
    (("augment", "data"), "data is a folder"),
    (("augment", "/dev/zero"), "/dev/zero is a device"),
    (("augment", "words.txt"), "not a picture of a known format"),
    (("augment", "a.png", "--policy=no"), "no"),
    (("augment", "a.png", "--policy=os.system"), "os.system"),
    (("augment", "a.png", "--policy=no.such.POLICY"), "no module"),
    (("augment", "a.png", "--copies=0"), "copies"),
    (("augment", "a.png", "--copies=-3"), "copies"),
    (("augment", "a.png", "--out=no/grid.png"), "no/grid.png"),
    (("augment", "a.png", "--out=data"), "data"),
)
