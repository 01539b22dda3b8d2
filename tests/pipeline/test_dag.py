"""How experiments are wired: which nodes there are, what they carry, and what an edit reruns."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.types import standard_artifacts

from components import code, names, nodes
from components.errors import UserError
from components.evaluator.gate import Gate
from components.evaluator.significance_node import SignificanceNode, SignificanceSettings
from components.ingestion.example_gen import ExampleGenSettings
from components.settings import from_json
from components.trainer.base_model import BaseModelSettings
from components.transform.preprocessing import TransformSettings
from pipeline.dag import wire
from pipeline.experiments import EXPERIMENTS, Experiment, find_experiment
from pipeline.node_names import node_names
from pipeline.places import Places
from pipeline.settings.overrides import override

PLACES = Places("data", "artifacts", "serving", "state")
ALWAYS = [
    *("ExampleGen", "Schema", "StatisticsGen", "ExampleValidator", "Transform"),
    *("Trainer.baseline", "Trainer.candidate", "Evaluator", "Significance", "Robustness"),
    *("InfraValidator", "Pusher"),
]


BASE = BaseModelSettings(
    run="1", experiment="e", node="Trainer.x", seed=1, steps=5, folder="f", sha256="s"
)


def wired(experiment: Experiment) -> dict[str, BaseComponent]:
    trainers = [n for n in node_names(experiment) if n.startswith("Trainer.")]
    bases = dict.fromkeys(trainers, BASE) if experiment.base_model else {}
    return {node.id: node for node in wire(experiment, replace(PLACES, base_models=bases))}


def codes(wired_nodes: dict[str, BaseComponent]) -> dict[str, Any]:
    """What of each node changes when its code does: all that it is told."""
    return {name: str(node.exec_properties) for name, node in wired_nodes.items()}


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_every_experiment_is_wired(name: str) -> None:
    experiment = EXPERIMENTS[name]
    ids = list(wired(experiment))
    backbones = [one for one in ids if one.startswith("BackboneFeatures.")]
    assert sorted(ids) == sorted([*ALWAYS, *backbones])
    assert bool(backbones) == (name == "resnet50-transfer")
    before = {one: ids.index(one) for one in ids}
    assert before["ExampleGen"] < before["Transform"] < before["Trainer.baseline"]
    assert before["Trainer.candidate"] < before["Evaluator"] < before["Significance"]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, []) for name in EXPERIMENTS),
        ("mlp-batchnorm", ["repeats=3", "redraw=true", "robustness_pictures=0"]),
        ("resnet50-transfer", ["repeats=2"]),
        ("resnet50-transfer", ["repeats=2", "redraw=true"]),
        ("resnet50-transfer", ["candidate.feature_cache=false"]),
        ("mlp-batchnorm", ["repeats=2", "base_model=1"]),
    ],
)
def test_the_nodes_are_known_before_they_are_wired(name: str, changes: list[str]) -> None:
    experiment = override(EXPERIMENTS[name], changes)
    assert sorted(node_names(experiment)) == sorted(wired(experiment))


def test_a_training_that_goes_on_takes_the_model_and_has_settings_of_its_own() -> None:
    fresh = EXPERIMENTS["mlp-batchnorm"]
    nodes_of = wired(override(fresh, ["base_model=1"]))
    for role in ("baseline", "candidate"):
        taken = nodes_of[f"Trainer.{role}"].inputs["base_model"]
        assert taken is nodes_of[f"BaseModel.{role}"].outputs["model"]
    assert codes(nodes_of)["Trainer.baseline"] != codes(wired(fresh))["Trainer.baseline"]


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_our_nodes_carry_their_code_and_settings_that_read_back(name: str) -> None:
    experiment = EXPERIMENTS[name]
    of_recipe = {k: n for k, n in wired(experiment).items() if isinstance(n, nodes.Node)}
    assert {"ExampleValidator", "Significance", "Robustness", "InfraValidator"} <= set(of_recipe)
    for node in of_recipe.values():
        executor = node.EXECUTOR_SPEC.executor_class
        settings: Any = from_json(executor.SETTINGS, node.exec_properties[nodes.SETTINGS])
        named = getattr(settings, "import_paths", ())
        assert node.exec_properties[nodes.CODE] == nodes.executor_code(executor, *named)
        assert isinstance(settings, executor.SETTINGS)
    significance = from_json(
        SignificanceSettings, of_recipe["Significance"].exec_properties[nodes.SETTINGS]
    )
    assert significance.gate == experiment.gate
    assert significance.class_names == experiment.dataset.class_names


def test_example_gen_and_transform_carry_settings_of_the_same_kind() -> None:
    experiment = find_experiment("cnn-augmentation")
    of_run = wired(experiment)
    ingested = from_json(ExampleGenSettings, of_run["ExampleGen"].exec_properties[nodes.SETTINGS])
    assert ingested.selection == experiment.dataset.selection
    assert ingested.picture_format.encoded
    config = of_run["Transform"].exec_properties["custom_config"]
    settings = from_json(TransformSettings, json.loads(config)[nodes.SETTINGS])
    assert settings.picture_format == ingested.picture_format
    assert settings.augmentation == experiment.augmentation


def test_what_the_data_hold_is_part_of_what_the_cache_looks_at() -> None:
    experiment = find_experiment("mlp-batchnorm")
    places = replace(PLACES, sha256={"train-images": "0123"})
    [example_gen] = [node for node in wire(experiment, places) if node.id == "ExampleGen"]
    settings = from_json(ExampleGenSettings, example_gen.exec_properties[nodes.SETTINGS])
    assert settings.sha256 == {"train-images": "0123"}


def test_repeats_are_trainers_and_inputs_of_their_own() -> None:
    of_run = wired(replace(find_experiment("mlp-batchnorm"), repeats=3))
    assert {names.trainer("candidate", repeat) for repeat in range(3)} <= set(of_run)
    models = [name for name in of_run["Significance"].inputs if name.startswith("candidate")]
    assert models == [f"candidate{what}_{n}" for what in ("", "_run") for n in (1, 2, 3)]


def test_with_redraw_each_repeat_has_pictures_of_its_own_and_one_test_set() -> None:
    experiment = replace(find_experiment("resnet50-transfer"), repeats=2, redraw=True)
    of_run = wired(experiment)
    again = {f"{name}.2" for name in ("ExampleGen", "StatisticsGen", "ExampleValidator")}
    assert again <= set(of_run)
    selections = [
        from_json(ExampleGenSettings, of_run[name].exec_properties[nodes.SETTINGS]).selection
        for name in ("ExampleGen", "ExampleGen.2")
    ]
    assert [(each.draw, each.train_draw) for each in selections] == [(0, 0), (0, 1)]

    def source(node: str, key: str) -> str:
        return of_run[node].inputs[key].producer_component_id

    assert source("Trainer.baseline", "examples") == "ExampleGen"
    assert source("Trainer.baseline.2", "examples") == "ExampleGen.2"
    assert source("Trainer.candidate.2", "examples") == "BackboneFeatures.candidate.2"
    assert source("BackboneFeatures.candidate.2", "examples") == "ExampleGen.2"
    for node in ("Trainer.baseline.2", "BackboneFeatures.candidate.2"):
        assert of_run["ExampleValidator.2"] in of_run[node].upstream_nodes
    for node in ("Transform", "Evaluator", "Significance", "Robustness", "InfraValidator"):
        assert source(node, "examples") == "ExampleGen"


def test_trainings_depend_on_what_changes_tensorflows_figures() -> None:
    places = replace(PLACES, environment={"TF_ENABLE_ONEDNN_OPTS": "0"})
    depend = [
        node.id
        for node in wire(EXPERIMENTS["resnet50-transfer"], places)
        if "TF_ENABLE_ONEDNN_OPTS" in str(node.exec_properties)
    ]
    assert sorted(depend) == [
        *("BackboneFeatures.candidate", "Trainer.baseline", "Trainer.candidate")
    ]


def test_redraw_needs_repeats() -> None:
    with pytest.raises(UserError, match="redraw needs repeats of at least 2, e.g. --repeats 5"):
        replace(find_experiment("mlp-batchnorm"), redraw=True)


def test_without_robustness_pictures_there_is_no_such_node() -> None:
    of_run = wired(replace(find_experiment("mlp-batchnorm"), robustness_pictures=0))
    assert sorted(of_run) == sorted(set(ALWAYS) - {"Robustness"})


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("components.evaluator.corruptions", {"Robustness"}),
        ("components.evaluator.gate", {"Significance"}),
        ("components.serving.check", {"InfraValidator"}),
        ("components.validation.validator", {"ExampleValidator"}),
        ("components.ingestion.formats.idx", {"ExampleGen"}),
        ("components.transform.operations", {"Transform"}),
        ("components.trainer.fit", {"Trainer.baseline", "Trainer.candidate"}),
        ("components.trainer.models.bn_mlp", {"Trainer.candidate"}),
        (
            "components.pictures",
            {*ALWAYS} - {"Schema", "StatisticsGen", "Evaluator", "Significance", "Pusher"},
        ),
    ],
)
def test_an_edit_changes_the_nodes_that_run_the_file(
    module: str, changed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = find_experiment("mlp-batchnorm")
    before = codes(wired(experiment))
    source_file = code._source_file
    edited = tmp_path / "edited.py"
    original = source_file(module)
    assert original
    edited.write_text(original.read_text() + "\n# an edit\n")
    monkeypatch.setattr(code, "_source_file", lambda m: edited if m == module else source_file(m))
    after = codes(wired(experiment))
    assert {name for name in before if before[name] != after[name]} == changed


def test_what_a_node_does_not_take_is_refused_when_wired() -> None:
    of_run = wired(find_experiment("mlp-batchnorm"))
    examples = of_run["ExampleGen"].outputs["examples"]
    blessing = of_run["Evaluator"].outputs["blessing"]
    settings = SignificanceSettings(gate=Gate(min_accuracy=0.5), class_names=("zero", "one"))
    with pytest.raises(TypeError, match="takes settings=SignificanceSettings and examples"):
        SignificanceNode(settings=settings, examples=examples)
    with pytest.raises(TypeError, match=r"takes Model as baseline_1, not Examples"):
        SignificanceNode(
            settings=settings,
            examples=examples,
            blessing_by_evaluator=blessing,
            baseline=[examples],
            candidate=[examples],
            baseline_run=[examples],
            candidate_run=[examples],
        )
    assert examples.type is standard_artifacts.Examples
