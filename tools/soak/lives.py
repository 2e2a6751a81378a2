"""Several lives, as many at a time as there are processors, and how far they are."""

from __future__ import annotations

import queue
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkContext, ForkProcess
from pathlib import Path
from typing import Any, TextIO

from tools.soak.soak import Result, Soak

TELL_EVERY = 20  # calls
LINE_EVERY_S = 30.0  # where no terminal shows a bar
BAR = 30


@dataclass(frozen=True, slots=True)
class Order:
    """A life that is wanted."""

    seed: int
    calls: int
    kinds: tuple[str, ...]
    calm: bool


def live(order: Order, told: Any = None) -> Result:
    """Live one life; `told` is a queue that hears of progress and of the result."""

    def on_call(calls: int) -> None:
        if told is not None and calls % TELL_EVERY == 0:
            told.put((order.seed, calls))

    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(Path(folder), order.seed, kinds=order.kinds, calm=order.calm, on_call=on_call)
        result = soak.run(order.calls)
    if told is not None:
        told.put(result)
    return result


class Lives:
    """Runs lives side by side.

    died  those that ended without a result: their process has written why
    """

    def __init__(self, orders: Sequence[Order], jobs: int, screen: TextIO) -> None:
        self.died: list[Order] = []
        self._orders = list(orders)
        self._jobs = jobs
        self._screen = screen
        self._calls: dict[int, int] = {}
        self._results: dict[int, Result] = {}
        self._began_at = time.monotonic()
        self._shown_at = self._began_at

    def run(self, context: ForkContext) -> list[Result]:
        """Run all; gives the results in the order of the seeds."""
        told: Any = context.Queue()
        waiting = list(reversed(self._orders))
        running: dict[int, tuple[Order, ForkProcess]] = {}
        while waiting or running:
            while waiting and len(running) < self._jobs:
                order = waiting.pop()
                process = context.Process(target=live, args=(order, told))
                process.start()
                running[order.seed] = (order, process)
            self._hear(told)
            for seed in list(self._over(running)):
                order, process = running.pop(seed)
                self._hear(told)
                if seed not in self._results:
                    self.died.append(order)
        self._show(is_last=True)
        return [self._results[seed] for seed in sorted(self._results)]

    @staticmethod
    def _over(running: dict[int, tuple[Order, ForkProcess]]) -> Iterator[int]:
        for seed, (_order, process) in running.items():
            if not process.is_alive():
                process.join()
                yield seed

    def _hear(self, told: Any) -> None:
        """Take what the lives have to say."""
        try:
            while True:
                word = told.get(timeout=0.3)
                if isinstance(word, Result):
                    self._results[word.seed] = word
                    self._calls[word.seed] = word.calls
                else:
                    self._calls[word[0]] = word[1]
                self._show()
        except queue.Empty:
            return

    def _show(self, *, is_last: bool = False) -> None:
        now = time.monotonic()
        is_terminal = self._screen.isatty()
        if not is_last and now - self._shown_at < (0.5 if is_terminal else LINE_EVERY_S):
            return
        self._shown_at = now
        done, wanted = sum(self._calls.values()), sum(order.calls for order in self._orders)
        speed = done / max(0.1, now - self._began_at)
        left_s = (wanted - done) / speed if speed and done < wanted else 0.0
        filled = min(BAR, BAR * done // max(1, wanted))
        bar = "#" * filled + "." * (BAR - filled)
        text = (
            f"[{bar}] {done}/{wanted} calls, {speed:.0f} calls/s, {left_s // 60:.0f}:{left_s % 60:02.0f} left"
        )
        self._screen.write(
            f"\r{text} " if is_terminal and not is_last else f"{chr(13) * is_terminal}{text}\n"
        )
        self._screen.flush()
