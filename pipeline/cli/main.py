"""The command line: `python -m pipeline`, also installed as `regularization-pipeline`.

Exit codes: 0 the run finished, whatever its verdict; for the others see `ExitCode`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

import click

from components import environment
from components.code import plugins
from components.errors import UserError
from components.files import is_full
from components.hints import nearest
from pipeline import __version__, signals
from pipeline.cli import commands, complete
from pipeline.cli.console import complain
from pipeline.cli.exit_codes import ExitCode

_PROGRAM = "python -m pipeline"
_INSTALLED = "regularization-pipeline"
# What people look for under another name.
_OTHER_NAMES = {
    "ls": "runs",
    "ps": "runs",
    "history": "runs",
    "info": "describe",
    "inspect": "describe",
    "config": "describe",
    "train": "run",
    "start": "run",
    "rm": "clean",
    "delete": "clean",
    "gc": "clean",
    "prune": "clean",
    "view": "open",
    "browse": "open",
    "diff": "compare",
    "tail": "logs",
    "infer": "predict",
    "convert": "export",
    "check": "doctor",
}
_EMPTY = re.compile("--[a-z-]+=")
# In the help; others follow.
_ORDER = (
    *("list", "describe", "run", "runs", "show", "open", "compare", "predict", "export", "report"),
    *("logs", "clean", "augment", "compile", "submit", "schedule", "doctor"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
      argv: the command and its options; None: those of this process. None at all ask for help.

    Returns:
      The exit code.
    """
    # The console script does not look there by itself. At the end: the current folder may be
    # anybody's, and must not stand in for what is installed.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    if os.environ.get(complete.VARIABLE):
        return _complete()
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    with signals.as_interrupts() as received:
        try:
            exit_code = _run(words)
        except BaseException:  # what a library has made of it
            if not received.came:
                raise
            exit_code = ExitCode.INTERRUPTED
    return received.exit_code if exit_code == ExitCode.INTERRUPTED else exit_code


def _complete() -> int:
    """Answers a shell that asks how a command may go on."""
    try:
        _group().main([], prog_name=_INSTALLED, complete_var=complete.VARIABLE)
    except SystemExit as end:  # click's way to say that it is done
        return int(end.code or 0)
    except (UserError, OSError):  # nothing to offer, and a line would stand in the user's command
        return ExitCode.MISTAKE


def _run(words: list[str]) -> int:
    for word in words:
        if not word or _EMPTY.fullmatch(word):
            return _mistake(f"an argument is empty ({word or repr(word)}): is a variable not set?")
    try:
        environment.set_variables()
        exit_code = _group().main(words, prog_name=_PROGRAM, standalone_mode=False)
        sys.stdout.flush()  # here, where a closed pipe is caught
    except UserError as error:
        return _mistake(str(error))
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        program = context.command_path if context else _PROGRAM
        text = " ".join(error.format_message().split()).removesuffix(".")
        return _mistake(f"{text} (see {program} --help)")
    except click.Abort:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _let_output_go()
        return ExitCode.FAILED
    except OSError as error:  # of a path that nobody has looked at before
        if not error.filename and not is_full(error):
            raise
        _let_output_go()
        place = f"{error.filename}: " if error.filename else ""
        advice = ": make room, and run the same command again" if is_full(error) else ""
        return _mistake(f"{place}{error.strerror}{advice}")
    return exit_code or 0


def _let_output_go() -> None:
    """Keeps Python from failing once more, when it flushes at its end.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _mistake(text: str) -> int:
    complain(f"error: {text}")
    return ExitCode.MISTAKE


class _Group(click.Group):
    """Lists its commands in the order in which it got them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if near := nearest(args[0], self.commands, _OTHER_NAMES):
                error.message += f" Did you mean {near[0]!r}?"
            raise


def _group() -> click.Group:
    """All commands: the modules of `pipeline.cli.commands`."""
    found: dict[str, click.Command] = plugins(commands.__name__, "command")
    names = sorted(found, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    group = _Group(
        help="Does regularization pay off?",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for name in names:
        command = found[name]
        # Whole, where click would cut it to fit one line.
        command.short_help = (command.help or "").partition("\n")[0].removesuffix(".")
        group.add_command(command, name)
    click.version_option(__version__, message="%(prog)s %(version)s")(group)
    return group
