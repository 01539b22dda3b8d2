"""`python -m pipeline`, also installed as `regularization-pipeline`."""

import signal
import sys

from components.garbage import collecting_less


def start() -> int:
    """Runs a command; gives its exit code.

    Before the command takes signals, and after it, Ctrl-C ends the process without a traceback: it
    takes a second to import the command, and to end what has imported TensorFlow.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    with collecting_less():
        from pipeline.cli.main import main

        return main()


if __name__ == "__main__":
    sys.exit(start())
