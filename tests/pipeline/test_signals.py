"""Signals that end a process."""

from __future__ import annotations

import signal

import pytest

from pipeline.signals import as_interrupts, held_back

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

pytestmark = pytest.mark.usefixtures("new_signals")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with as_interrupts():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_that_is_held_back_comes_after_the_body(number: signal.Signals) -> None:
    steps = []

    def work() -> None:
        with held_back():
            signal.raise_signal(number)
            steps.append("to the end")

    with as_interrupts() as received, pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["to the end"]
    assert received.exit_code == 128 + number


def test_nothing_comes_after_a_body_without_a_signal() -> None:
    with as_interrupts():
        taken = [signal.getsignal(number) for number in ENDING]
        with held_back():
            pass
        assert [signal.getsignal(number) for number in ENDING] == taken


def test_what_is_ignored_is_not_held_back() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with held_back():
        signal.raise_signal(signal.SIGHUP)
