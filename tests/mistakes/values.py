"""Wrong values of settings: every setting of two experiments with what its kind cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.experiments import EXPERIMENTS
from pipeline.settings.overrides import dotted

# Words that a setting may be: for people, or checked where they are used.
_WORDS = (
    *("question", "title", "class_names", "folder", "augmentation", "model", "backbone_weights"),
    *("optimizer.name", "reader", "variant_of", "base_model"),
)


_OF_ANY_LENGTH = "tuning.batch_sizes"  # a single value will do


def of_settings() -> Iterator[tuple[str, str, str]]:
    """Experiment, setting, and a value that it cannot have."""
    for experiment in ("cnn-regularized", "resnet50-transfer"):
        for name, value in dotted(EXPERIMENTS[experiment]).items():
            if not name.endswith(_WORDS):
                for wrong in _wrong(value):
                    if not (wrong == "1" and name == _OF_ANY_LENGTH):
                        yield experiment, name, wrong


def _wrong(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("maybe", "2", "")
    if isinstance(value, int):
        return ("x", "1.5", "-1", "1e30", "0x10", "")
    if isinstance(value, float):
        return ("x", "nan", "inf", "-inf", "0,5", "")
    if isinstance(value, list):
        return ("x,y", ",", "1", "-1,-1,-1")
    return ("no such choice", "", "\x1b[2J", "\udcff")


#: Assignments that are none, and what must be said.
ASSIGNMENTS = (
    ("question=\udcff", "question=\\udcff: is not text in UTF-8"),
    ("candidate.title=a\udcff", "candidate.title=a\\udcff: is not text in UTF-8"),
    ("dataset.class_names=a,\udcff", "dataset.class_names=\\udcff: is not text in UTF-8"),
    ("candidate.arguments.x=\udcff", "candidate.arguments.x=\\udcff: is not text in UTF-8"),
    ("candidate.arguments.\udcff=1", "candidate.arguments=\\udcff: is not text in UTF-8"),
    ("candidate.epochs", "write it as name=value"),
    ("epochs=3", "did you mean"),
    ("candidate=3", "no such setting"),
    ("candidate.=3", "no such setting"),
    (".epochs=3", "no such setting"),
    ("candidate..epochs=3", "no such setting"),
    ("Candidate.epochs=3", "did you mean candidate.epochs?"),
    ("candidate.epochs =3", "did you mean candidate.epochs?"),
    ("candidate.optimizer.lr=3", "no such setting"),
    ("candidate.optimizer.learning_rate.x=3", "no such setting"),
    ("candidate.type=model", "no such setting"),
    ("dataset.source.files=x", "no such setting"),
    ("dataset.options=x", "no such setting"),
    ("with_gpu=x", "no such setting"),
    ("schema_version=2", "no such setting"),
    ("=3", "no such setting"),
    ("dataset=no-such", "no data set 'no-such'"),
    ("dataset=Fashion-MNIST", "no data set 'Fashion-MNIST'"),
    ("dataset=no.yaml", "no.yaml does not exist"),
    ("dataset=data", "no data set 'data'"),
    ("dataset.class_names=a,a", "must be names, each once"),
    ("dataset.class_names=", "must be names, each once"),
    ("dataset.reader=no", "no data format 'no'"),
    ("dataset.reader=os.path", "os.path"),
    ("dataset.reader=no.such.Reader", "no module"),
    ("dataset.shape=0,0,1", "must be 3 values"),
    ("dataset.shape=28", "must be 3 values"),
    ("dataset.shape=28,28,2", "must be 3 values"),
    ("dataset.shape=28x28x1", "must be 3 values"),
    ("dataset.eval_fraction=1", "must be below 1"),
    ("dataset.eval_fraction=10%", "must be a number"),
    ("candidate.epochs=three", "must be a whole number"),
    ("name=Has_Capitals", "must have 1 to 50"),
    ("name=../up", "must have 1 to 50"),
    ("name=a/b", "must have 1 to 50"),
    (f"name={60 * 'a'}", "must have 1 to 50"),
)

_DESCRIPTION = {
    "title": "x",
    "format": "idx",
    "class_names": "[a, b]",
    "shape": "[28, 28, 1]",
}


def _described(**changes: str | None) -> str:
    keys = {key: text for key, text in {**_DESCRIPTION, **changes}.items() if text is not None}
    return "".join(f"{key}: {text}\n" for key, text in keys.items())


#: Descriptions of data sets that are none, and what must be said.
DESCRIPTIONS: tuple[tuple[str, str], ...] = (
    ("", "does not describe a data set"),
    ("# nothing\n", "does not describe a data set"),
    ("just text\n", "d.yaml"),
    ("- a\n- list\n", "d.yaml"),
    ("a: [1, 2\n", "is not YAML"),
    ("\t- x", "is not YAML"),
    ("a: &a [*a]\n", "d.yaml"),
    ("\x00", "is not YAML"),
    ("a: !!python/object:os.system x\n", "is not YAML"),
    (_described(titel="x"), "no key titel: did you mean title"),
    (_described(title=None), "title is missing"),
    (_described(title="[a]"), "must be text"),
    (_described(title="3"), "must be text"),
    (_described(format=None), "format is missing"),
    (_described(format="idxx"), "did you mean idx"),
    (_described(format="7"), "d.yaml"),
    (_described(format="os.path"), "os.path"),
    (_described(options="{inner: x}"), "has no options"),
    (_described(options="3"), "options"),
    (_described(class_names="a, b"), "must be names, each once"),
    (_described(class_names="[a, a]"), "must be names, each once"),
    (_described(class_names="[0, 1]"), "in quotes"),
    (_described(class_names="[yes, no]"), "in quotes"),
    (_described(class_names="[]"), "must be names"),
    (_described(shape="28"), "must be 3 values"),
    (_described(shape="[28, 28]"), "must be 3 values"),
    (_described(shape="[a, b, c]"), "must be 3 values"),
    (_described(shape="[28, 28, -1]"), "must be 3 values"),
    (_described(draw="x"), "must be a whole number"),
    (_described(draw="-1"), "must be at least 0"),
    (_described(train_limit="2.5"), "must be a whole number"),
    (_described(eval_fraction="0"), "must be above 0"),
    (_described(max_leaked="2"), "must be at most 1"),
    (_described(source="x"), "source"),
    (_described(source="{}"), "files is missing"),
    (_described(source="{files: {a.zip: zz}}"), "files"),
    (_described(source="{files: []}"), "files"),
    (_described(source="{file: {}}"), "no key source.file"),
)

#: Files for `--resources` that are none, and what must be said.
RESOURCES: tuple[tuple[str, str], ...] = (
    ("just text\n", "r.yaml"),
    ("- a\n", "r.yaml"),
    ("default: [1\n", "is not YAML"),
    ("default: 3\n", "what it gets"),
    ("default: {cpu: 1, memory: 1Gi}\nTrainr: {cpu: 1}\n", "Trainr"),
    ("default: {cpus: 1, memory: 1Gi}\n", "cpus"),
    ("default: {cpu: x, memory: 1Gi}\n", "cpu"),
    ("default: {cpu: -1, memory: 1Gi}\n", "cpu"),
    ("default: {cpu: 1, memory: lots}\n", "memory"),
    ("default: {cpu: 1, memory: 1Gb}\n", "memory"),
    ("default: {cpu: 1, memory: 1Gi, gpu: yes}\n", "gpu"),
    ("default: {cpu: 1, memory: 1Gi, gpu: {count: -1}}\n", "gpu"),
    ("default: {cpu: 1, memory: 1Gi, gpu: {count: x}}\n", "gpu"),
)
