from __future__ import annotations

import threading

import pytest
from patience import PATIENCE_S

from firmware.executor import InlineExecutor, ThreadExecutor


def test_inline_does_the_job_while_it_is_given() -> None:
    got: list[int] = []
    InlineExecutor().submit(lambda: 5, got.append)
    assert got == [5]


def test_a_job_is_done_on_the_other_thread_and_told_on_this_one() -> None:
    got: list[tuple[int, int]] = []
    woken = threading.Event()
    executor = ThreadExecutor("writer", woken.set)
    executor.submit(threading.get_ident, lambda who: got.append((who, threading.get_ident())))
    assert woken.wait(PATIENCE_S)
    assert got == []  # nothing comes before it is asked for
    executor.poll()
    assert len(got) == 1
    assert got[0][0] != threading.get_ident()
    assert got[0][1] == threading.get_ident()
    executor.close()


def test_jobs_keep_their_order_and_drain_waits_for_those_that_jobs_bring() -> None:
    executor = ThreadExecutor("writer")
    got: list[int] = []

    def again(number: int) -> None:
        got.append(number)
        if number < 10:
            executor.submit(lambda: number + 10, again)

    for number in range(5):
        executor.submit(lambda number=number: number, again)
    executor.drain()
    assert got == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    executor.close()


def test_a_fault_of_ours_comes_out_of_poll_and_the_next_job_is_done() -> None:
    executor = ThreadExecutor("writer")
    got: list[int] = []
    executor.submit(lambda: 1 // 0, got.append)
    executor.submit(lambda: 7, got.append)
    with pytest.raises(ZeroDivisionError):
        executor.drain()
    executor.drain()
    assert got == [7]
    executor.close()
