"""Augmentation policies: what may happen to a training picture, and under which seed.

A policy is a tuple of operations. Add your own to `POLICIES`, or keep it in a module of your
own and name it by its import path: `augmentation="my_experiments.SOFT"`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import tensorflow as tf

from components.code import load
from components.errors import UserError
from components.hints import did_you_mean, with_dot
from components.transform.operations import (
    Movement,
    Operation,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    Rescaling,
    Resizing,
    move,
)

Policy = tuple[Operation, ...]

#: The exercise leaves it open; what it crops out must fit in.
IMG_SIZE = 256
_TO_ONE = 1.0 / 255
_WITH_COLON = re.compile(r"[\w.]+:\w+")

POLICIES: dict[str, Policy] = {
    # The exercise's two: to be looked at, one on a dog, one on a cat.
    "dog": (Resizing(IMG_SIZE, IMG_SIZE), Rescaling(_TO_ONE), RandomCrop(150, 200)),
    "cat": (
        Resizing(IMG_SIZE, IMG_SIZE),
        Rescaling(_TO_ONE),
        RandomFlip(),
        RandomRotation(0.5),
    ),
    # Photographs of things that stand upright: gentle enough for a small network to learn.
    "photo": (
        RandomFlip("horizontal"),
        RandomRotation(0.03),
        RandomZoom(0.15),
        RandomTranslation(0.08, 0.08),
        RandomContrast(0.15),
    ),
    # Small grey pictures of things that may as well face the other way, on black.
    "fashion": (
        RandomFlip("horizontal"),
        RandomTranslation(2 / 28, 2 / 28, fill_mode="constant"),
    ),
}


def find_policy(name: str, strength: float = 1.0) -> Policy:
    """Returns a built-in policy by name, or one of your own by its import path.

    Args:
      name: of the policy.
      strength: every operation is so many times as strong, see `Operation.with_strength`.

    Raises:
      UserError: there is none, or it is not one that training can use.
    """
    if _WITH_COLON.fullmatch(name) and name.partition(":")[0] not in POLICIES:
        raise UserError(f"augmentation {name!r}: {with_dot(name)}")
    if any(sign in name for sign in ":=,{"):
        raise UserError(
            f"augmentation {name!r} gives each label a policy of its own: the network would learn "
            "to tell the policies apart, not the pictures. Name one policy for all"
        )
    if "." in name:
        policy = load(name)
        if not isinstance(policy, tuple) or not all(isinstance(o, Operation) for o in policy):
            raise UserError(
                f"{name} is not a tuple of operations (components.transform.operations)"
            )
    elif name in POLICIES:
        policy = POLICIES[name]
    else:
        raise UserError(f"no augmentation policy {name!r}: {did_you_mean(name, POLICIES)}")
    _rescales(policy)
    try:
        return tuple(operation.with_strength(strength) for operation in policy)
    except UserError as error:
        raise UserError(f"augmentation_strength={strength:g}: {error}") from error


def output_shape(policy: Policy, shape: Sequence[int]) -> tuple[int, int, int]:
    """(height, width, channels) of what a policy makes of pictures of `shape`."""
    height, width, channels = shape
    for operation in policy:
        height, width = operation.output_size(height, width)
    return height, width, channels


def augment(pictures: tf.Tensor, seeds: tf.Tensor, policy: Policy) -> tf.Tensor:
    """Applies a policy to each picture under its own seed.

    Under seed 0 the operations do what they do outside of training: most do nothing. Any other
    seed gives one draw, always the same, whatever else is in the batch.

    Args:
      pictures: uint8 or float32 [batch, height, width, channels], 0 … 255.
      seeds: int64 [batch], 0 … 2^62.
      policy: see `find_policy`.

    Returns:
      float32 [batch, new height, new width, channels] with values k/255 for whole k,
      0 ≤ k ≤ 255; TensorFlow makes k · (1/255) of that in a graph, which may round otherwise.
    """
    pictures = tf.cast(pictures, tf.float32)

    def inferred() -> tf.Tensor:
        result = pictures
        for operation in policy:
            result = operation.infer(result)
        return result

    def drawn() -> tf.Tensor:
        numbers = _numbers(seeds, sum(operation.numbers for operation in policy))
        result, used = pictures, 0
        for step in _steps(policy):
            count = sum(operation.numbers for operation in step)
            own = numbers[:, used : used + count]
            used += count
            movements = [operation for operation in step if isinstance(operation, Movement)]
            result = move(result, movements, own) if movements else step[0].draw(result, own)
        return tf.cond(
            tf.reduce_all(seeds != 0),
            lambda: result,
            lambda: tf.where((seeds != 0)[:, None, None, None], result, inferred()),
        )

    values = tf.cond(tf.reduce_any(seeds != 0), drawn, inferred)
    if _rescales(policy):
        values *= 255.0
    return tf.clip_by_value(tf.round(values), 0.0, 255.0) / 255.0


def _steps(policy: Policy) -> list[list[Operation]]:
    """The operations one by one, but movements that can be composed together."""
    steps: list[list[Operation]] = []
    fill: tuple[str, float] | None = None
    for operation in policy:
        if not isinstance(operation, Movement):
            steps.append([operation])
            fill = None
            continue
        own = (operation.fill_mode, operation.fill_value) if operation.fill_mode else None
        goes_on = bool(steps) and isinstance(steps[-1][-1], Movement)
        if goes_on and (fill is None or own is None or own == fill):
            steps[-1].append(operation)
        else:
            steps.append([operation])
            fill = None
        fill = own or fill
    return steps


def _rescales(policy: Policy) -> bool:
    """Whether a policy itself brings values to 0 … 1.

    Raises:
      UserError: it rescales in another way.
    """
    scalings = [operation for operation in policy if isinstance(operation, Rescaling)]
    if scalings not in ([], [Rescaling(_TO_ONE)]):
        raise UserError(
            f"a policy may rescale once, by Rescaling(1 / 255), not {scalings}: the pixels that "
            "models get run from 0 to 1"
        )
    return bool(scalings)


def _numbers(seeds: tf.Tensor, count: int) -> tf.Tensor:
    """Uniform random numbers in [0, 1), float32 [batch, count], by each picture's seed alone."""
    return tf.map_fn(
        lambda seed: tf.random.stateless_uniform(
            [count], tf.stack([seed, tf.zeros_like(seed)]), alg="philox"
        ),
        seeds,
        fn_output_signature=tf.TensorSpec([count], tf.float32),
    )
