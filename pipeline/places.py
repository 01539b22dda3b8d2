"""Where a run reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.datasets.locate import Weights

if TYPE_CHECKING:  # it imports TensorFlow
    from components.trainer.base_model import BaseModelSettings


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes.

    Attributes:
      data: folder of the data set.
      artifacts: pipeline root: each node's outputs.
      serving: where the Pusher puts a blessed model.
      training_state: where unfinished trainings keep their state; "" for nowhere.
      weights: a backbone's weights, by what `TransferArm.backbone_weights` says.
      environment: of the process that trains, see `components.environment.variables`; on a
        cluster it is the image's.
      base_models: what each Trainer goes on from, by its node; without those that start anew.
      sha256: what `data` holds, see `Contents`; empty where that is not known yet.
    """

    data: str
    artifacts: str
    serving: str
    training_state: str
    weights: Mapping[str, Weights] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    base_models: Mapping[str, BaseModelSettings] = field(default_factory=dict)
