"""`export`."""

from __future__ import annotations

from pathlib import Path

import click

from components import names
from components.serving.formats import FORMATS
from pipeline.cli import console
from pipeline.cli.options import FILE, root_option, run_argument
from pipeline.runs.folders import find_run


@click.command
@run_argument
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    required=True,
    help="savedmodel takes picture files, the others pixels; quantized: weights of 8 bits",
)
@click.option(
    "--output",
    type=FILE,
    metavar="PATH",
    help="what to write; it must not be there (default: the experiment and the run, here)",
)
@root_option
def command(run: str | None, format_name: str, output: Path | None, root: Path) -> None:
    """Export a finished run's candidate, to use it elsewhere.

    RUN is a run's id or an experiment; default: the last run. What is written is asked about 200
    test pictures, and kept only if it answers as the original does; quantized, it does not, and
    1,000 show what that costs.
    """
    folder = find_run(root, run)
    from pipeline.runs import export

    output = output or export.default_output(folder, format_name)
    export.check_output(format_name, output)
    with console.quiet():
        exported = export.export_candidate(folder, format_name, output)
    shape = ", ".join(map(str, exported.input_shape))
    console.say(
        f"{exported.path}: {exported.size:,} bytes (as it is served: {exported.served_size:,})"
    )
    if format_name == "savedmodel":
        console.say("takes image, string [n]: JPEG, PNG, GIF or BMP files of any size")
    console.say(
        f"takes pixels, uint8 [n, {shape}], 0 to 255: decoded pictures, brought to that size"
        + (f" (signature {names.FROM_PIXELS})" if format_name == "savedmodel" else "")
    )
    classes = ", ".join(exported.class_names)
    console.say(f"gives probabilities, float32 [n, {len(exported.class_names)}]: {classes}")
    console.say(
        f"checked on {exported.pictures:,} pictures of split test: largest difference of "
        f"probabilities {exported.largest_difference:.1e}"
    )
    if FORMATS[format_name].quantized:
        original, own = exported.accuracy
        console.say(
            f"quantized: accuracy on them {own:.4f}, the original's {original:.4f} "
            f"({100 * (own - original):+.2f} points); {exported.answered_otherwise:,} answered "
            "by another class"
        )
