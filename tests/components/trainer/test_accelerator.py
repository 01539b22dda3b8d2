"""What is chosen on which machine. No GPU is needed: the choice is a function of its details."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from components.errors import UserError
from components.trainer.accelerator import Accelerator, Chosen, choose, set_up

A100: dict[str, Any] = {"device_name": "NVIDIA A100", "compute_capability": (8, 0)}
P100: dict[str, Any] = {"device_name": "Tesla P100", "compute_capability": (6, 0)}


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [
        ([], Chosen("CPU", mixed_precision=False, xla=False, replicas=1)),
        ([A100], Chosen("1 × NVIDIA A100", mixed_precision=True, xla=True, replicas=1)),
        ([A100] * 2, Chosen("2 × NVIDIA A100", mixed_precision=True, xla=True, replicas=2)),
        ([P100], Chosen("1 × Tesla P100", mixed_precision=False, xla=True, replicas=1)),
        (
            [A100, P100],
            Chosen("1 × NVIDIA A100, 1 × Tesla P100", mixed_precision=False, xla=True, replicas=2),
        ),
        ([{}], Chosen("1 × GPU", mixed_precision=False, xla=True, replicas=1)),
    ],
)
def test_by_default_the_machine_decides(gpus: list[dict[str, Any]], expected: Chosen) -> None:
    assert choose(Accelerator(), gpus) == expected


def test_a_setting_overrules_the_machine() -> None:
    off = Accelerator(mixed_precision="off", xla="off", multi_gpu="off")
    chosen = choose(off, [A100, A100])
    assert (chosen.mixed_precision, chosen.xla, chosen.replicas) == (False, False, 1)
    assert choose(Accelerator(xla="on"), []).xla


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Accelerator(multi_gpu="on"), "needs two GPUs or more, and TensorFlow sees 0"),
        (Accelerator(mixed_precision="on"), "needs a GPU, and TensorFlow sees none"),
    ],
)
def test_what_the_machine_cannot_do_costs_one_line(wanted: Accelerator, said: str) -> None:
    with pytest.raises(UserError, match=said):
        choose(wanted, [])


def test_the_policy_of_keras_follows() -> None:
    set_up(Accelerator(mixed_precision="off"))
    assert keras.mixed_precision.dtype_policy().name == "float32"
