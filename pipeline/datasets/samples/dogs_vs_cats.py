"""The generated stand-in for dogs-vs-cats: drawn faces, as JPEG files of many sizes.

A cat has pointed ears on top of its head and whiskers, a dog has ears that hang down its
sides. Colours, place, size, light and noise tell nothing of the class. It stands in for real
photographs where none can be had; what it says about a model is worth nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

_PER_CLASS = 400


def write_photo_sample(folder: Path) -> None:
    """Writes 400 cats and 400 dogs as `train/cat.0.jpg` and so on, 80 to 150 pixels a side."""
    random = np.random.default_rng(20_130_925)
    (folder / "train").mkdir(parents=True)
    for index in range(_PER_CLASS):
        for name in ("cat", "dog"):
            picture = _draw(name, random)
            picture.save(folder / "train" / f"{name}.{index}.jpg", quality=90)


def _draw(name: str, random: np.random.Generator) -> Image.Image:
    width, height = (int(side) for side in random.integers(80, 151, 2))
    fur, ground = (tuple(int(c) for c in random.integers(40, 216, 3)) for _ in range(2))
    dark = tuple(c // 2 for c in fur)
    picture = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):  # things in the background
        x, y, size = random.uniform(0, width), random.uniform(0, height), random.uniform(8, 30)
        colour = tuple(int(c) for c in random.integers(30, 226, 3))
        shape = draw.ellipse if random.random() < 0.5 else draw.rectangle
        shape((x - size, y - size, x + size, y + size), fill=colour)

    radius = random.uniform(0.2, 0.3) * min(width, height)
    x = random.uniform(0.35, 0.65) * width
    y = random.uniform(0.42, 0.6) * height

    def at(right: float, down: float) -> tuple[float, float]:
        return x + right * radius, y + down * radius

    def ellipse(right: float, down: float, w: float, h: float, fill: tuple[int, ...]) -> None:
        draw.ellipse((*at(right - w, down - h), *at(right + w, down + h)), fill=fill)

    for side in (-1, 1):
        if name == "cat":
            draw.polygon([at(0.95 * side, -0.3), at(0.85 * side, -1.6), at(0.1 * side, -0.9)], dark)
    ellipse(0, 0, 1, 1, fur)
    for side in (-1, 1):
        if name == "dog":
            ellipse(1.05 * side, 0.25, 0.35, 0.85, dark)
        else:
            for down in (0.3, 0.45, 0.6):
                draw.line([at(0.3 * side, 0.4), at(1.4 * side, down)], (235, 235, 235))
        ellipse(0.4 * side, -0.2, 0.16, 0.2, (20, 20, 20))
    ellipse(0, 0.35, 0.2, 0.14, (30, 20, 20))

    pixels = np.asarray(picture, np.float64) * random.uniform(0.6, 1.2)
    pixels += random.normal(0, 10, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
