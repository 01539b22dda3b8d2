"""What the command line's exit codes say."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """The exit code of a command; 0, finished, is what a command without one has."""

    FAILED = 1
    #: A mistake of the user's, in the command or in the data.
    MISTAKE = 2
    #: The candidate was not blessed; only with `--require-blessing`.
    NOT_BLESSED = 3
    #: By Ctrl-C; by SIGTERM it becomes 143, by SIGHUP 129: 128 and the signal's number.
    INTERRUPTED = 130
