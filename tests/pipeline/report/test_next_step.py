"""What to do after a run, and the command that repeats it."""

from __future__ import annotations

import dataclasses
import itertools
import shlex

from components.evaluator.intervals import Interval
from components.evaluator.problems import Problem
from components.evaluator.significance import EQUIVALENT, NOT_SHOWN, WORSE
from pipeline.experiments import EXPERIMENTS
from pipeline.report.next_step import next_step
from pipeline.report.repeat import run_command
from pipeline.runs.result import Summary
from pipeline.settings.overrides import dotted, override
from pipeline.settings.own_pictures import of_classes
from tests.pipeline.report.run_result import a_summary

SETTINGS = dotted(EXPERIMENTS["mlp-batchnorm"])


def concluded(conclusion: str, **changes: object) -> Summary:
    summary = a_summary(seeds=2, settings=SETTINGS, data_kind="official")
    significance = dataclasses.replace(summary.significance, conclusion=conclusion, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(summary, significance=significance)


def test_a_run_that_is_not_judged_says_which_setting_to_change() -> None:
    problem = Problem("finished", "candidate", 1, 1, "not finished", {"candidate.epochs": 20})
    summary = a_summary(problems=[problem], settings={**SETTINGS, "candidate.epochs": 5})
    assert next_step(summary).command == (
        "python -m pipeline run mlp-batchnorm --data FOLDER --set candidate.epochs=20"
    )
    words = dataclasses.replace(problem, settings={}, advice="more training pictures")
    assert next_step(dataclasses.replace(summary, problems=[words])) == (
        "The comparison is not judged. It needs more training pictures.",
        "",
    )


def test_generated_pictures_call_for_real_ones() -> None:
    step = next_step(a_summary(data_kind="sample", settings=SETTINGS))
    assert step.command == "python -m pipeline run mlp-batchnorm --data official"


def test_one_seed_calls_for_more() -> None:
    step = next_step(a_summary(data_kind="official", settings=SETTINGS))
    assert step.command == "python -m pipeline run mlp-batchnorm --data official --repeats 5"


def test_a_wide_interval_calls_for_what_makes_it_wide() -> None:
    wide, narrow = Interval(0.01, -0.1, 0.12, 0.8), Interval(0.01, -0.01, 0.03, 0.2)
    by_seeds = next_step(concluded(NOT_SHOWN, over_seeds=wide, over_pictures=narrow))
    assert by_seeds.command.endswith("--repeats 4")
    by_pictures = next_step(concluded(NOT_SHOWN, over_seeds=narrow, over_pictures=wide))
    assert by_pictures.text.startswith("The interval is wide because the test pictures are few")
    assert by_pictures.command == ""


def test_other_answers_have_a_step_too() -> None:
    assert next_step(concluded("better")).command.startswith("python -m pipeline predict 2026")
    assert "costs less. MLP has 101,770 parameters" in next_step(concluded(EQUIVALENT)).text
    assert next_step(concluded(WORSE)).text.startswith("Keep the baseline.")
    unblessed = dataclasses.replace(concluded("better"), blessed=False)
    assert "not blessed" in next_step(unblessed).text


def test_the_command_gives_the_settings_of_the_run_again() -> None:
    changed = ["candidate.epochs=3", "dataset.train_limit=500", "baseline.optimizer.nesterov=true"]
    experiment = override(EXPERIMENTS["mlp-batchnorm"], [*changed, "repeats=3", "seed=9"])
    words = shlex.split(run_command(a_summary(settings=dotted(experiment))))
    sets = [value for option, value in itertools.pairwise(words) if option == "--set"]
    assert sorted(sets) == sorted(changed)
    assert words[words.index("--repeats") + 1] == "3"
    assert words[words.index("--seed") + 1] == "9"
    again = override(EXPERIMENTS["mlp-batchnorm"], [*sets, "repeats=3", "seed=9"])
    assert again == experiment


def test_another_data_set_and_an_experiment_of_ones_own_have_a_word_in_their_place() -> None:
    settings = {**SETTINGS, "dataset.title": "Letters", "dataset.shape": [8, 8, 1]}
    command = run_command(a_summary(settings=settings, data_kind="official"))
    assert command.endswith("--data official --set dataset=NAME")
    own = run_command(a_summary(experiment="letters", settings=settings))
    assert own == "python -m pipeline run MODULE:NAME --data FOLDER"


def test_a_run_on_a_folder_is_repeated_by_the_experiment_that_it_is_made_of() -> None:
    written = EXPERIMENTS["cnn-regularized"]
    made = dataclasses.replace(
        of_classes(written, 3),
        name="cnn-regularized-shapes",
        variant_of="cnn-regularized",
        dataset=dataclasses.replace(
            written.dataset, title="shapes", class_names=("a", "b", "c"), data_subset=0
        ),
    )
    settings = dotted(override(made, ["candidate.batch_size=8", "base_model=20261126-1Z"]))
    summary = dataclasses.replace(
        a_summary(experiment=made.name, settings=settings), class_names=["a", "b", "c"]
    )
    assert run_command(summary) == (
        "python -m pipeline run cnn-regularized --data FOLDER --set candidate.batch_size=8 "
        "--base-model 20261126-1Z"
    )
