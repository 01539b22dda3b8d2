"""How a picture of another shape is brought to the model's: named and in words. No TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

#: What `components.pictures.bring_to_size` can do.
Fit = Literal["stretch", "crop", "pad"]
FITS: tuple[Fit, ...] = get_args(Fit)
STRETCH, CROP, PAD = FITS


def fit_in_words(fit: Fit, shape: Sequence[int]) -> str:
    """What becomes of a picture, as the rest of a sentence.

    Args:
      fit: one of `FITS`.
      shape: (height, width, channels) that it is brought to.
    """
    size = " × ".join(map(str, shape))
    return {
        STRETCH: f"stretched to {size}: its sides keep no proportion, and nothing is cut off",
        CROP: f"cropped to its middle and scaled to {size}: its sides keep their proportion, and "
        "what lies outside of the middle is not seen",
        PAD: f"scaled to fit into {size}, with black beside it: its sides keep their proportion, "
        "and nothing is cut off",
    }[fit]
