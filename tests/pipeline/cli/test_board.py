"""The live table: what it says, and that it fits terminals of all widths."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from components import names
from pipeline.cli.board import Board, event_line, fit, short_names
from pipeline.experiments import EXPERIMENTS
from pipeline.node_names import node_names
from pipeline.settings.overrides import override

TRANSFER = override(EXPERIMENTS["resnet50-transfer"], ["repeats=3", "redraw=true"])
NODES = node_names(EXPERIMENTS["mlp-batchnorm"])
WIDTHS = [60, 80, 100, 120, 200]


def node(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {"kind": "node", "time": time.time(), "node": name, "state": state, **more}


def epoch(name: str, number: int, at: float = 0.0) -> dict[str, Any]:
    figures = {"accuracy": 0.9, "eval_accuracy": 0.8, "seconds": 1.5}
    return {"kind": "epoch", "time": at, "node": name, "epoch": number, "epochs": 10, **figures}


def board_of(*events: dict[str, Any], nodes: list[str] = NODES) -> Board:
    board = Board()
    for event in ({"kind": "run", "nodes": nodes}, *events):
        board.take(event)
    return board


def shown(board: Board, width: int, height: int = 60) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, record=True)
    console.print(board)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_board_shows_what_each_node_does() -> None:
    board = board_of(
        node("ExampleGen", "running"),
        node("ExampleGen", "cached", seconds=0.2),
        node("Trainer.baseline", "running"),
        epoch("Trainer.baseline", 2),
        node("Evaluator", "failed", seconds=3.0, error="ValueError: no"),
        nodes=["ExampleGen", "Trainer.baseline", "Evaluator", "Pusher"],
    )
    _, generated, trainer, evaluator, pusher, footer = shown(board, 120)
    assert generated.split() == ["ExampleGen", "cached", "0.2"]
    assert trainer.split()[1] == "running"
    assert "epoch 2/10  accuracy 0.9000, on eval 0.8000  (1.5 s)" in trainer
    assert "failed" in evaluator
    assert "ValueError: no" in evaluator
    assert pusher.split() == ["Pusher", "waiting"]
    assert footer == "1 of 4 nodes done, 0:00 so far"


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_no_word_of_it_is_broken(width: int) -> None:
    nodes = node_names(TRANSFER)
    error = "RuntimeError: the loss is not a number any more, so the learning rate is too high"
    started = [node(name, "running") for name in nodes]
    epochs = [epoch(name, 7) for name in nodes if name.startswith("Trainer.")]
    failed = [node("Pusher", "failed", seconds=12345.6, error=error)]
    lines = shown(board_of(*started, *epochs, *failed, nodes=nodes), width)
    assert len(lines) == len(nodes) + 2
    assert max(map(cell_len, lines)) <= width
    words = set(f"{error} epoch 7/10 on eval 0.8000 accuracy 0.9000, (1.5 s) …".split())
    for line in lines[1:-1]:
        _, state, _, *note = line.split()
        assert state in ("running", "failed")
        assert set(note) <= words
    rows = [line.split()[0] for line in lines[1:-1]]
    assert len(set(rows)) == len(nodes)
    for role in names.ROLES:  # arms and seeds are told apart by what is never cut
        trainings = [f"{role}{seed}" for seed in ("", ".2", ".3")]
        assert all(any(row.endswith(each) for row in rows) for each in trainings)


def test_a_narrow_table_looks_so() -> None:
    board = board_of(
        node("Trainer.baseline", "running"),
        epoch("Trainer.baseline", 2),
        node("BackboneFeatures.candidate", "done", seconds=61.0),
        nodes=["Trainer.baseline", "BackboneFeatures.candidate", "Evaluator"],
    )
    lines = [re.sub(r"\d+\.\d$", "0.0", line) for line in shown(board, 60)]
    assert lines[0] == "node                  state    seconds"
    assert lines[1].startswith("Trainer.baseline      running      0.0  epoch 2/10")
    assert lines[2] == "BackboneFe…candidate  done        0.0"
    assert lines[3] == "Evaluator             waiting"


def test_a_low_terminal_shows_what_runs() -> None:
    done = [node(name, "done", seconds=1.0) for name in NODES[:6]]
    running = [node(name, "running") for name in NODES[6:8]]
    lines = shown(board_of(*done, *running), 80, height=8)
    assert len(lines) <= 7
    assert [line.split()[0] for line in lines if "running" in line] == NODES[6:8]
    assert any(re.fullmatch(r"… \d+ nodes done", line) for line in lines)
    assert any(re.fullmatch(r"… \d+ nodes waiting", line) for line in lines)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.from_regex(r"[A-Za-z]{1,20}(\.[a-z]{1,12}(\.\d)?)?", fullmatch=True), unique=True),
    st.integers(12, 40),
)
def test_short_names_are_all_different(nodes: list[str], room: int) -> None:
    assert len(set(short_names(nodes, room))) == len(nodes)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.integers(2, 60))
def test_a_text_that_is_cut_has_room_and_whole_words(text: str, room: int) -> None:
    cut = fit([text], room)
    assert cell_len(cut) <= room
    assert cut == text or set(cut.split()) <= {*text.split(), "…"}


def test_how_long_trainings_take_is_said_once_it_is_known() -> None:
    board = Board(started=0.0)
    run = {"kind": "run", "nodes": ["ExampleGen", "Trainer.baseline", "Trainer.candidate"]}
    both = ("Trainer.baseline", "Trainer.candidate")
    for event in (
        run,
        node("ExampleGen", "done", seconds=9.0),
        *(node(n, "running") for n in both),
    ):
        board.take(event)
    for number in (1, 2):
        assert "left" not in board.footer(80, now=60.0)
        for name in both:
            board.take(epoch(name, number, at=60.0))
    # 8 of 10 epochs of 1.5 s, side by side
    assert board.footer(80, 60.0) == "1 of 3 nodes done, 1:00 so far, about 20 s of training left"
    assert board.footer(40, 60.0) == "about 20 s of training left"
    for name in both:
        board.take(node(name, "done", seconds=50.0))
    assert board.footer(80, now=125.0) == "3 of 3 nodes done in 2:05"


def test_events_that_need_no_line_get_none() -> None:
    assert event_line({"kind": "run", "nodes": []}) is None
