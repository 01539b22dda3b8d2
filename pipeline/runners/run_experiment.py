"""Runs an experiment from data to report, on any runner; imports TFX only then."""

from __future__ import annotations

import enum
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components import names
from components.errors import UserError
from components.text import traceback_in_lines
from pipeline.datasets.locate import Located, Weights
from pipeline.runners import Job, NodeFailed, find_runner
from pipeline.runs import provenance
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import CODE, DATA, EXPERIMENT
from pipeline.settings.experiment import Experiment

_ROOM = 1 << 20  # bytes; less than any node leaves


class Ending(enum.Enum):
    """How a run ended."""

    #: With a verdict and a report.
    FINISHED = enum.auto()
    #: After the last node that was asked for, before a verdict.
    AT_LAST_NODE = enum.auto()
    #: From the keyboard.
    INTERRUPTED = enum.auto()
    #: For a reason that is not the user's.
    FAILED = enum.auto()


@dataclass(frozen=True)
class Result:
    """What became of a run.

    Attributes:
      ending: see `Ending`.
      reason: of a failure, in one line; else "".
    """

    ending: Ending
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Which nodes run.

    Attributes:
      cached: whether those that are in the cache are reused.
      first: this node and all that depend on it run anew, even if cached; "" for none.
      last: no nodes run that this one does not need; "" for all.
      jobs: how many work at the same time; 0 for as many as the machine can have.
    """

    cached: bool = True
    first: str = ""
    last: str = ""
    jobs: int = 0


def run_experiment(
    experiment: Experiment,
    run: RunFolder,
    data: Located,
    weights: Mapping[str, Weights],
    nodes: Nodes,
    *,
    runner: str = "local",
    beam_args: Sequence[str] = (),
) -> Result:
    """Notes what is run, runs the nodes, and writes the report.

    Args:
      experiment: what to run.
      run: its new folder; the experiment's folder must be locked.
      data: the data set, located and checked.
      weights: of backbones, see `pipeline.places.Places`.
      nodes: which of them run.
      runner: where they run, see `pipeline.runners.find_runner`.
      beam_args: Beam options, after (and so over) the in-memory defaults.

    Raises:
      UserError: a node failed because of something the user can mend.
    """
    try:
        run.write(EXPERIMENT, experiment)
        run.write(DATA, data)
        run.write(CODE, provenance.code_version(experiment))
        make_runner = find_runner(runner)
        job = Job(
            experiment=experiment,
            data=str(data.folder),
            sha256=data.contents.sha256,
            beam_args=beam_args,
            enable_cache=nodes.cached,
        )
        make_runner(
            run, weights=weights, from_node=nodes.first, to_node=nodes.last, jobs=nodes.jobs
        ).run(job)
        if not any(event.get("node") == names.SIGNIFICANCE for event in run.read_events()):
            return Result(Ending.AT_LAST_NODE)
        from pipeline.report.of_run import write_report

        write_report(run, trust=True)  # the user has named what it ran
    except KeyboardInterrupt:
        return Result(Ending.INTERRUPTED)
    except UserError:
        raise
    except NodeFailed as error:
        return Result(Ending.FAILED, _full_disk(run) or str(error))
    except Exception as error:
        sys.stderr.write(traceback_in_lines())  # into the log: nobody else tells where it was
        first_line = str(error).partition("\n")[0]
        return Result(Ending.FAILED, _full_disk(run) or f"{type(error).__name__}: {first_line}")
    return Result(Ending.FINISHED)


def _full_disk(run: RunFolder) -> str:
    """What to do, if there is no room left; else "". Libraries give that many names."""
    if shutil.disk_usage(run.path).free >= _ROOM:
        return ""
    return f"the disk is full: make room in {run.experiment.path}, and run the same command again"
