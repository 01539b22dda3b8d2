from __future__ import annotations

import dataclasses

from pipeline.report.sections.layers import SECTION, Layer, ModelLayers
from pipeline.runs.finished import FinishedRun
from tests.pipeline.report.run_result import EXPERIMENT, SCRIPT, a_run, a_summary, page_of

LAYERS = ModelLayers([Layer("Dense", "units 10, activation softmax", "10", 650)], same=True)


def test_each_model_has_its_layers_with_shapes_and_weights() -> None:
    figures = SECTION.compute(a_run(a_summary()))
    kinds = {role: [layer.kind for layer in model.layers or ()] for role, model in figures.items()}
    assert kinds["baseline"] == ["Flatten", "Dense", "Dense", "Dense"]
    assert "BatchNormalization" in kinds["candidate"]
    flatten, dense, *_ = figures["baseline"].layers or ()
    assert (flatten.shape, flatten.parameters) == ("784", 0)
    assert dense == Layer("Dense", "units 1024, activation relu", "1024", 784 * 1024 + 1024)
    # The figures by hand say 101,770 weights, which these models do not have.
    assert not figures["candidate"].same


def test_a_row_a_layer() -> None:
    page = page_of(SECTION, {"baseline": LAYERS, "candidate": LAYERS}, a_summary())
    assert page.headings == ["Layers of both models"]
    assert page.row("Dense") == ["10", "650", "units 10, activation softmax"]
    assert "another number" not in page.text


def test_a_model_that_is_not_the_runs_is_said_to_be_so() -> None:
    other = LAYERS._replace(same=False)
    page = page_of(SECTION, {"baseline": LAYERS, "candidate": other}, a_summary())
    assert "The run's had another number of weights." in page.text


def test_a_model_of_somebody_else_is_built_for_no_reader() -> None:
    arm = dataclasses.replace(EXPERIMENT.candidate, model="nowhere.build")
    run = FinishedRun(dataclasses.replace(EXPERIMENT, candidate=arm), a_summary(), nodes={})
    figures = SECTION.compute(run)
    assert figures["candidate"] == ModelLayers(None, same=True)
    page = page_of(SECTION, figures, a_summary())
    assert "models.build is no part of this project's models" in page.text


def test_nothing_of_the_project_is_called_that_builds_no_model() -> None:
    arm = dataclasses.replace(EXPERIMENT.baseline, model="components.manifest.remove")
    run = FinishedRun(dataclasses.replace(EXPERIMENT, baseline=arm), a_summary(), nodes={})
    figures = SECTION.compute(run)
    assert figures["baseline"].layers is None
    assert figures["candidate"].layers


def test_a_title_is_text() -> None:
    page = page_of(
        SECTION,
        {"baseline": LAYERS, "candidate": ModelLayers([Layer(SCRIPT, SCRIPT, "1", 0)], True)},
        a_summary(),
    )
    assert "script" not in page.tags
    assert page.row(SCRIPT) == ["1", "0", SCRIPT]


def test_a_network_with_switches_is_built_with_its_arms_arguments() -> None:
    arm = dataclasses.replace(
        EXPERIMENT.candidate,
        model="components.trainer.models.switches.mlp",
        arguments={"dropout": 0.25},
    )
    run = FinishedRun(dataclasses.replace(EXPERIMENT, candidate=arm), a_summary(), nodes={})
    layers = SECTION.compute(run)["candidate"].layers or ()
    assert [layer.settings for layer in layers if layer.kind == "Dropout"] == ["rate 0.25"] * 2
