"""What the notebooks show besides the report's sections. Each takes a run that `open_run` opened.

Plots are `matplotlib.figure.Figure`s: change them, or save them with `figure.savefig(…)`.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import tensorflow as tf
from IPython.display import Image, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats
from tfx.utils import path_utils

from components import features
from components.evaluator import measures
from components.evaluator.intervals import CONFIDENCE
from components.evaluator.significance import correct, mcnemar
from components.names import ROLES, SERVING
from components.text import in_line
from components.trainer.input_pipeline import augmentation_seeds
from components.transform.policies import POLICIES, Policy, augment, output_shape
from pipeline.report import preview
from pipeline.report.grid import Row, draw_grid, in_rows
from pipeline.report.plots import COLOURS
from pipeline.report.section import all_sections
from pipeline.report.text import in_plot
from pipeline.runs.open import OpenRun
from pipeline.runs.pictures import Picture

_COLOURS = dict(zip(ROLES, COLOURS, strict=True))


def titles(run: OpenRun) -> dict[str, str]:
    """How the two models are called, by their roles."""
    return {role: arm.title for role, arm in run.experiment.arms.items()}


# --- Sections of the report ----------------------------------------------------------------


def show(run: OpenRun, section: str) -> None:
    """Shows a section of the run's report.

    Args:
      run: a finished one.
      section: the name of its file in `pipeline/report/sections`, e.g. "by_class".
    """
    shown = all_sections()[section]
    figures = shown.compute(run)
    if figures is None:
        print(f"The run has nothing to show under {shown.title!r}.")
        return
    for output in shown.notebook(figures):
        display(output)


# --- One model against the other -----------------------------------------------------------


def agreement(run: OpenRun) -> pd.DataFrame:
    """How many test pictures both models, one of them, or neither got right; first seed."""
    labels, names = run.predictions().labels, titles(run)
    right = {
        role: pd.Categorical(
            np.where(correct(labels, run.probabilities(role)), "right", "wrong"),
            categories=["right", "wrong"],
        )
        for role in ROLES
    }
    return pd.crosstab(
        pd.Series(right["baseline"], name=names["baseline"]),
        pd.Series(right["candidate"], name=names["candidate"]),
        dropna=False,
    )


# --- By class ------------------------------------------------------------------------------


def by_class(run: OpenRun) -> pd.DataFrame:
    """Each class's accuracy with both models, and whether the difference is more than chance.

    Returns:
      Indexed by class name: `pictures`; `baseline` and `candidate`, their accuracies, with 95 %
      intervals (Wilson's) in `baseline low` and so on; `points`, the difference in percentage
      points; the pictures `only baseline right` and `only candidate right`; `p`, McNemar's exact
      test on these two. Classes without test pictures are left out. First seed.
    """
    labels = run.predictions().labels
    right = {role: correct(labels, run.probabilities(role)) for role in ROLES}
    rows = {}
    for label, name in enumerate(run.experiment.dataset.class_names):
        of_class = labels == label
        count = int(of_class.sum())
        if not count:
            continue
        row: dict[str, float] = {"pictures": count}
        for role in ROLES:
            share, interval = _share(int(right[role][of_class].sum()), count)
            row[role] = share
            row[f"{role} low"], row[f"{role} high"] = interval.low, interval.high
        row["points"] = 100 * (row["candidate"] - row["baseline"])
        baseline, candidate = (right[role][of_class] for role in ROLES)
        only = int((baseline & ~candidate).sum()), int((candidate & ~baseline).sum())
        row["only baseline right"], row["only candidate right"] = only
        row["p"] = mcnemar(*only)
        rows[name] = row
    whole = ["pictures", "only baseline right", "only candidate right"]
    table = pd.DataFrame.from_dict(rows, orient="index").astype(dict.fromkeys(whole, int))
    return table.rename_axis("class")


def plot_by_class(run: OpenRun) -> Figure:
    """The accuracies of `by_class` as bars with their intervals."""
    table = by_class(run).iloc[::-1]
    figure = Figure(figsize=(9, 1.2 + 0.42 * len(table)), layout="constrained")
    axes: Any = figure.subplots()
    rows = np.arange(len(table))
    for role, shift in zip(ROLES, (0.2, -0.2), strict=True):
        values = table[role].to_numpy()
        reach = np.abs([values - table[f"{role} low"], table[f"{role} high"] - values])
        label = in_plot(titles(run)[role])
        axes.barh(rows + shift, values, 0.36, color=_COLOURS[role], label=label)
        axes.errorbar(
            values, rows + shift, xerr=reach, fmt="none", ecolor="black", capsize=2, lw=0.8
        )
    axes.set_yticks(rows, [in_plot(name, 40) for name in table.index])
    axes.set_xlim(0, 1)
    axes.set_xlabel("test accuracy, with 95 % intervals")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return _without_frame(figure)


def most_confused(run: OpenRun, count: int = 10) -> pd.DataFrame:
    """The pairs of classes that the models mix up most, by their number of test pictures."""
    names = run.experiment.dataset.class_names
    baseline, candidate = (arm.evidence.confusion for arm in run.summary.arms)
    rows = [
        (names[is_], names[taken], baseline[is_][taken], candidate[is_][taken])
        for is_, taken in np.ndindex(len(names), len(names))
        if is_ != taken
    ]
    table = pd.DataFrame(rows, columns=["is", "taken for", "baseline", "candidate"])
    table["change"] = table["candidate"] - table["baseline"]
    order = table[list(ROLES)].max(axis=1).sort_values(ascending=False, kind="stable").index
    table = table.loc[order].head(count)
    return table[table[list(ROLES)].any(axis=1)].reset_index(drop=True)


# --- Confidence, and pictures --------------------------------------------------------------


def confidence(run: OpenRun) -> pd.DataFrame:
    """Mean confidence against accuracy, overall and where the models are wrong; first seed."""
    labels, rows = run.predictions().labels, {}
    for role, title in titles(run).items():
        probabilities = run.probabilities(role)
        sure, right = probabilities.max(axis=1), correct(labels, probabilities)
        rows[title] = {
            "accuracy": right.mean(),
            "mean confidence": sure.mean(),
            "confidence − accuracy": sure.mean() - right.mean(),
            "calibration error": measures.calibration(labels, probabilities).error,
            "confidence where wrong": sure[~right].mean() if (~right).any() else np.nan,
            "wrong and over 0.9 sure": int((~right & (sure > 0.9)).sum()),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.astype({"wrong and over 0.9 sure": int})


def named(run: OpenRun, example_ids: Iterable[str]) -> Image | None:
    """Test pictures by their ids; under each what it is, and what the candidate takes it for."""
    predictions, names = run.predictions(), run.experiment.dataset.class_names
    said = run.probabilities("candidate")
    place = {example_id: index for index, example_id in enumerate(predictions.example_ids)}
    cells = []
    for example_id, picture in run.pictures(example_ids).items():
        index = place[example_id]
        taken = int(said[index].argmax())
        answer = f"taken for {in_line(names[taken], 14)}, {said[index, taken]:.2f}"
        is_ = in_line(names[predictions.labels[index]], 20)
        cells.append((f"{is_}\n{answer}", picture))
    if not cells:
        print("There is no such picture.")
        return None
    return Image(draw_grid("test pictures, and what the candidate takes them for", in_rows(cells)))


def settings(run: OpenRun) -> pd.DataFrame:
    """The settings in which the two arms differ."""
    arms: dict[str, dict[str, Any]] = {role: {} for role in ROLES}
    for name, value in run.summary.settings.items():
        role, _, setting = name.partition(".")
        if role in arms:
            arms[role][setting] = value
    table = pd.DataFrame(arms, dtype=object)
    return table[table["baseline"].astype(str) != table["candidate"].astype(str)]


# --- TensorFlow Model Analysis' own widget -------------------------------------------------


def why_no_tfma_widget() -> str:
    """Why TFMA's widgets cannot show here; "" where they can.

    They are an extension of the classic Jupyter Notebook, which ended with version 6, and a
    special case for Colab; JupyterLab 4, Notebook 7 and VS Code have no place for either. In the
    classic Notebook they also need widgetsnbextension 3.6.6 or older (ipywidgets 7): its later
    versions cannot make models of the old kind ("_deserialize_state is not a function").
    """
    if "google.colab" in sys.modules:
        return ""
    servers = _jupyter_commands()
    # Notebook 7 has the same name, but runs on jupyter_server, which sets this for its kernels.
    if "jupyter-notebook" not in servers or "JPY_SESSION_NAME" in os.environ:
        where = servers[0] if servers else "this program"
        return f"{where} does not take extensions of the classic Notebook"
    version = metadata.version("widgetsnbextension")
    if [int(number) for number in version.split(".")[:3]] > [3, 6, 6]:
        return f"it needs widgetsnbextension 3.6.6 or older, and {version} is installed"
    return ""


def tfma_widget(run: OpenRun, role: str = "candidate", anyway: bool = False) -> Any:
    """TFMA's browser of slices where it can show; elsewhere a line that says why not.

    Args:
      run: a finished one.
      role: "baseline" or "candidate".
      anyway: try it even where it is not expected to work.
    """
    reason = "" if anyway else why_no_tfma_widget()
    if reason:
        print(
            f"TFMA's own widget is left out: {reason}. The table and the plot below stand for it."
        )
        return None
    import tensorflow_model_analysis as tfma

    return tfma.view.render_slicing_metrics(run.eval_result(role), slicing_column="class_name")


def _jupyter_commands() -> list[str]:
    """The Jupyter programs that this process was started by, e.g. "jupyter-lab"."""
    words = []
    for process in psutil.Process().parents():
        with contextlib.suppress(psutil.Error):
            words += [Path(word).name for word in process.cmdline()[:3]]
    return [name for name in words if name.startswith("jupyter-")]


# --- Augmentation --------------------------------------------------------------------------


def policies(run: OpenRun) -> pd.DataFrame:
    """The built-in policies: their operations, and what they make of the run's pictures."""
    shape = run.experiment.dataset.shape
    rows = {
        name: {
            "operations": ", ".join(map(preview.in_short, policy)),
            "random numbers": sum(operation.numbers for operation in policy),
            "from": _size(shape),
            "to": _size(output_shape(policy, shape)),
        }
        for name, policy in POLICIES.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")


def keeps_size(run: OpenRun, policy: str) -> bool:
    """Whether a policy leaves the run's pictures at their size."""
    shape = run.experiment.dataset.shape
    return tuple(shape) == tuple(output_shape(POLICIES[policy], shape))


def augmented(pictures: Sequence[Picture], seeds: Sequence[int], policy: Policy) -> np.ndarray:
    """Each picture under each seed: uint8 [pictures, seeds, height, width, channels]."""
    stacked = np.stack([picture.pixels for picture in pictures])
    repeated = np.repeat(stacked, len(seeds), axis=0)
    each = tf.tile(tf.constant(list(seeds), tf.int64), [len(pictures)])
    drawn = _drawing(policy)(tf.constant(repeated), each).numpy()
    return drawn.reshape(len(pictures), len(seeds), *drawn.shape[1:])


def before_after(
    pictures: Sequence[Picture], policy: Policy, seeds: Sequence[int], title: str
) -> Image:
    """Each picture as it is, and under each seed."""
    drawn = augmented(pictures, seeds, policy)
    captions = [f"seed {seed}" for seed in seeds]
    rows = [
        Row(picture.class_name, [("before", picture.pixels), *zip(captions, of_seeds, strict=True)])
        for picture, of_seeds in zip(pictures, drawn, strict=True)
    ]
    return Image(draw_grid(title, rows))


def epochs(run: OpenRun, pictures: Sequence[Picture], policy: Policy, count: int = 6) -> Image:
    """Training pictures as the first epochs of a training show them.

    Drawn by the run's own transform graph where an arm augments; elsewhere, saying so, by a
    policy, under the seeds that a training would use.
    """
    if any(arm.augment for arm in run.experiment.arms.values()):
        return Image(preview.of_run(run.nodes, run.experiment))
    print(
        "No arm of this run augments: its trainings saw every picture as it is in every epoch. "
        "Below is what they would have seen."
    )
    rows = []
    for picture in pictures:
        seeds = epoch_seeds(run, [picture], count).iloc[0]
        drawn = augmented([picture], list(seeds), policy)[0]
        cells = [("as it is", picture.pixels), *zip(seeds.index, drawn, strict=True)]
        rows.append(Row(picture.class_name, cells))
    return Image(draw_grid("what a training with augmentation would show", rows))


def epoch_seeds(run: OpenRun, pictures: Sequence[Picture], count: int = 6) -> pd.DataFrame:
    """The seeds under which a training of this run shows pictures: a row each, by epoch."""
    ids = tf.constant([picture.example_id for picture in pictures])
    return pd.DataFrame(
        {
            f"epoch {epoch + 1}": augmentation_seeds(
                ids, run.experiment.seed, tf.constant(epoch, tf.int64)
            ).numpy()
            for epoch in range(count)
        },
        index=pd.Index([picture.example_id for picture in pictures], name="picture"),
    )


def recognised(run: OpenRun, pictures: int = 100) -> pd.DataFrame:
    """What share of held-out pictures the candidate still names right under each policy.

    Asks the exported model, as it is served, about so many pictures of split `eval` (about as
    many of each class), each picture under a seed of its own.

    Returns:
      Indexed by policy ("as they are" first): `pictures`, `share`, and its 95 % interval
      (Wilson's), `low` and `high`.
    """
    each = math.ceil(pictures / len(run.experiment.dataset.class_names))
    asked = run.some_pictures(features.EVAL, each)
    stored = np.stack([picture.pixels for picture in asked])
    seeds = tf.range(1, len(asked) + 1, dtype=tf.int64)
    shown = {"as they are": stored}
    for name, policy in POLICIES.items():
        shown[name] = _drawing(policy)(tf.constant(stored), seeds).numpy()
    files = [
        tf.io.encode_png(pixels, compression=0).numpy()
        for under in shown.values()
        for pixels in under
    ]
    folder = path_utils.serving_model_path(str(run.output("Trainer.candidate", "model")))
    model = tf.saved_model.load(folder)
    answers = model.signatures[SERVING](image=tf.constant(files))["class_name"].numpy()
    answers = answers.reshape(len(shown), len(asked))
    truth = np.array([picture.class_name.encode() for picture in asked])
    rows = {}
    for name, answer in zip(shown, answers, strict=True):
        share, interval = _share(int((answer == truth).sum()), len(asked))
        rows[name] = {
            "pictures": len(asked),
            "share": share,
            "low": interval.low,
            "high": interval.high,
        }
    return pd.DataFrame.from_dict(rows, orient="index").astype({"pictures": int})


@functools.cache
def _drawing(policy: Policy) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """`augment` in a graph, which is faster; gives uint8, by which nothing is lost."""

    def draw(pictures: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.round(255.0 * augment(pictures, seeds, policy)), tf.uint8)

    return tf.function(draw, autograph=False)


def _size(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape[:2]))


def _share(count: int, of: int) -> tuple[float, Any]:
    """A share with its 95 % interval (Wilson's), which has `low` and `high`."""
    test = stats.binomtest(count, of)
    return test.statistic, test.proportion_ci(CONFIDENCE, method="wilson")


def _without_frame(figure: Figure) -> Figure:
    for axes in figure.axes:
        assert isinstance(axes, Axes)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
