from __future__ import annotations

import threading
import time

import pytest

from pipeline.runners.local.slots import Slots, Stopped


def test_a_slot_goes_to_the_first_in_the_pipeline_whoever_came_first() -> None:
    slots, went = Slots(1), []

    def work(rank: int) -> None:
        with slots.taken(rank):
            went.append(rank)

    with slots.taken(0):
        threads = [threading.Thread(target=work, args=(rank,)) for rank in (7, 3, 5, 1)]
        for thread in threads:
            thread.start()
        while len(slots._waiting) < len(threads):
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert went == [1, 3, 5, 7]


def test_at_most_so_many_go_on_at_a_time() -> None:
    slots, now, most = Slots(2), [], []

    def work(rank: int) -> None:
        with slots.taken(rank):
            now.append(rank)
            most.append(len(now))
            time.sleep(0.01)
            now.remove(rank)

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2


def test_who_waits_when_the_run_ends_does_not_begin() -> None:
    slots = Slots(1)
    errors = []

    def work() -> None:
        try:
            with slots.taken(1):
                raise AssertionError
        except Stopped as error:
            errors.append(error)

    with slots.taken(0):
        thread = threading.Thread(target=work)
        thread.start()
        while not slots._waiting:
            time.sleep(0.001)
        slots.close()
        thread.join()
    assert errors
    with pytest.raises(Stopped), slots.taken(2):
        pass


def test_who_lends_a_slot_has_it_again_afterwards() -> None:
    slots, went = Slots(1), []

    def work(rank: int) -> None:
        with slots.taken(rank):
            went.append(rank)

    first, last = (threading.Thread(target=work, args=(rank,)) for rank in (1, 3))
    with slots.taken(2):
        first.start()
        with slots.lent(2):
            first.join()
        last.start()
        while not slots._waiting:
            time.sleep(0.001)
        went.append(2)
    last.join()
    assert went == [1, 2, 3]
