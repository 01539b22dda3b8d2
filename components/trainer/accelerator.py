"""What a Trainer makes of the machine: memory, threads, mixed precision, XLA, several GPUs.

All but threads and memory are settings that are "auto" (what the machine offers), "on" or "off".
What was chosen is recorded with the training. The number of threads changes how sums are rounded,
and what does not fit into memory comes in another order: both change the weights, so they are
settings that no machine changes. GPU memory grows as needed in every process
of a run, by the environment variable TF_FORCE_GPU_ALLOW_GROWTH, which
pipeline.runners.local.runner sets.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import Annotated, Literal

import pydantic

from components.errors import UserError
from components.settings import Count, settings

Choice = Literal["auto", "on", "off"]
# Tensor cores for float16 from compute capability 7.0 on:
# https://www.tensorflow.org/guide/mixed_precision
_TENSOR_CORES = (7, 0)


@settings
class Accelerator:
    """The settings.

    Attributes:
      mixed_precision: compute in float16 and keep weights in float32.
      xla: compile the model's steps.
      multi_gpu: split each batch over all GPUs.
      threads: of the processor, for each operation of a training.
      cache_mib: a split whose pictures take more MiB is not kept in memory, but read anew in every
        epoch, and shuffled by files and a buffer. The order of pictures, and so the weights, are
        then others than in memory, and the same in every run.
    """

    mixed_precision: Choice = "auto"
    xla: Choice = "auto"
    multi_gpu: Choice = "auto"
    threads: Annotated[int, pydantic.Field(ge=1, le=1024)] = 1
    cache_mib: Count = 4096

    @property
    def cache_bytes(self) -> int:
        """`cache_mib` in bytes."""
        return self.cache_mib << 20


@dataclass(frozen=True)
class Chosen:
    """What became of the settings on this machine.

    Attributes:
      devices: e.g. "CPU", or "2 × NVIDIA A100".
      mixed_precision: whether float16 is used.
      xla: whether XLA compiles.
      replicas: on how many devices each batch is split.
      threads: of the processor, for each operation; 0 where TensorFlow took as many as it liked.
    """

    devices: str
    mixed_precision: bool
    xla: bool
    replicas: int
    threads: int = 0


def use_threads(wanted: Accelerator) -> None:
    """Sets the number of threads; a process in which TensorFlow has begun keeps its own."""
    import tensorflow as tf  # see `set_up`

    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(wanted.threads)


def choose(wanted: Accelerator, gpus: list[dict[str, object]]) -> Chosen:
    """Decides.

    Args:
      wanted: the settings.
      gpus: details of each GPU, as `tf.config.experimental.get_device_details` gives them.

    Raises:
      UserError: a setting asks for GPUs that are not there.
    """
    if wanted.multi_gpu == "on" and len(gpus) < 2:
        raise UserError(
            f"accelerator.multi_gpu=on needs two GPUs or more, and TensorFlow sees {len(gpus)}"
        )
    if wanted.mixed_precision == "on" and not gpus:
        raise UserError("accelerator.mixed_precision=on needs a GPU, and TensorFlow sees none")
    fast = bool(gpus) and all(
        tuple(gpu.get("compute_capability") or (0, 0)) >= _TENSOR_CORES  # type: ignore[arg-type]
        for gpu in gpus
    )

    def decided(setting: str, offered: bool) -> bool:
        return offered if setting == "auto" else setting == "on"

    several = decided(wanted.multi_gpu, len(gpus) > 1)
    names = [str(gpu.get("device_name") or "GPU") for gpu in gpus]
    counted = [f"{names.count(name)} × {name}" for name in dict.fromkeys(names)]
    return Chosen(
        devices=", ".join(counted) or "CPU",
        mixed_precision=decided(wanted.mixed_precision, fast),
        xla=decided(wanted.xla, bool(gpus)),
        replicas=len(gpus) if several else 1,
    )


def set_up(wanted: Accelerator) -> tuple[Chosen, contextlib.AbstractContextManager[object]]:
    """Decides for this machine and sets Keras up accordingly.

    Returns:
      What was chosen, and the scope in which models must be built.
    """
    import keras  # here, since experiments name the settings, and start without TensorFlow
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    chosen = choose(wanted, details)
    keras.mixed_precision.set_global_policy(
        "mixed_float16" if chosen.mixed_precision else "float32"
    )
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    chosen = dataclasses.replace(chosen, threads=threads)
    if chosen.replicas > 1:
        return chosen, tf.distribute.MirroredStrategy().scope()
    return chosen, contextlib.nullcontext()
