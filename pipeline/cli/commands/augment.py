"""`augment`."""

from __future__ import annotations

from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import console
from pipeline.cli.options import FILE


@click.command
@click.argument("pictures", nargs=-1, required=True, type=FILE, metavar="PICTURE...")
@click.option("--policy", default="photo", metavar="POLICY", help="its name or import path")
@click.option(
    "--copies", type=click.IntRange(1, 100), default=8, metavar="N", help="draws a picture"
)
@click.option("--out", type=FILE, default=Path("grid.png"), metavar="FILE.png")
def command(pictures: tuple[Path, ...], policy: str, copies: int, out: Path) -> None:
    """Draw what an augmentation policy makes of pictures."""
    if out.suffix.lower() != ".png":
        raise UserError(f"--out {out}: the grid is a PNG file, so its name must end in .png")
    with console.quiet():
        from pipeline.report import preview

        grid = preview.of_files(pictures, policy, copies)
    try:
        out.write_bytes(grid)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}") from error
    console.say(str(out))
