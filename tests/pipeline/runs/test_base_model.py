"""What of two experiments must be the same for one to go on from the other's models."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from pipeline.experiments import EXPERIMENTS
from pipeline.runs.base_model import _differing
from pipeline.settings.overrides import override

CNN, RESNET = EXPERIMENTS["cnn-regularized"], EXPERIMENTS["resnet50-transfer"]


@pytest.mark.parametrize(
    "changes",
    [
        ["candidate.epochs=3", "candidate.batch_size=8", "seed=4", "dataset.train_limit=100"],
        ["candidate.augment=true"],
        ["dataset.fit=pad", "dataset.title=Others"],
    ],
)
def test_how_it_is_trained_may_differ(changes: list[str]) -> None:
    assert list(_differing(CNN, override(CNN, changes))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("dataset.shape=64,64,3", "dataset.shape is 64,64,3 here, and was 128,128,3"),
        ("dataset.class_names=dog,cat", "dataset.class_names is dog,cat here, and was cat,dog"),
        (
            "candidate.model=components.trainer.models.cnn.build_cnn_model",
            "candidate.model is components.trainer.models.cnn.build_cnn_model here, and was "
            "components.trainer.models.reg_cnn.build_reg_cnn_model",
        ),
        ("candidate.arguments.dropout=0.3", "candidate.arguments.dropout is 0.3 here, and was not"),
    ],
)
def test_what_differs_in_the_models_is_named(change: str, said: str) -> None:
    [difference] = _differing(CNN, override(CNN, [change]))
    assert difference.startswith(said)


def test_a_backbone_that_was_fine_tuned_is_no_longer_the_one_of_the_features() -> None:
    tuned = override(RESNET, ["candidate.fine_tune_epochs=2"])
    [difference] = _differing(tuned, RESNET)
    assert "was fine-tuned" in difference
    assert list(_differing(tuned, override(RESNET, ["candidate.feature_cache=false"]))) == []


def test_a_foreign_policy_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = replace(
        CNN,
        augmentation="antigravity.POLICY",
        candidate=replace(CNN.candidate, augment=True),
    )
    monkeypatch.delitem(sys.modules, "antigravity", raising=False)
    [difference] = _differing(foreign, CNN)
    assert difference == "its augmentation antigravity.POLICY may change the size of pictures"
    assert "antigravity" not in sys.modules
