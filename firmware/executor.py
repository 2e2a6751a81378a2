"""Where work that waits for the disk is done: at once (virtual time), or on a thread (real time)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Executor(Protocol):
    """Do jobs one after the other, in the order they were given."""

    def submit(self, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a job; `done(result)` is called on the giver's thread, in `poll`.

        A job reports trouble by its result; an exception is a fault of ours and comes out of `poll`.
        """

    def poll(self) -> None:
        """Call what is due; call it when woken, and at every turn of the loop."""

    def drain(self) -> None:
        """Finish all jobs and call what is due, those that `done` adds too."""


class InlineExecutor:
    """Do the job while it is given; for virtual time and tests."""

    def submit(self, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do the job and call `done` at once."""
        done(job())

    def poll(self) -> None:
        """Have nothing to do."""

    def drain(self) -> None:
        """Have nothing to do."""


class ThreadExecutor:
    """One thread.

    name  of the thread, as `top` shows it
    wake  called on that thread when a job is done, so that the loop calls `poll`
    """

    def __init__(self, name: str, wake: Callable[[], None] = lambda: None) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._wake = wake
        self._due: deque[tuple[Future[None], Callable[[], None]]] = deque()

    def submit(self, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Queue the job."""
        results: list[T] = []
        future = self._pool.submit(lambda: results.append(job()))
        self._due.append((future, lambda: done(results[0])))
        future.add_done_callback(lambda _: self._wake())

    def poll(self) -> None:
        """Call `done` of the finished jobs. raises what a job raised."""
        while self._due and self._due[0][0].done():
            future, done = self._due.popleft()
            future.result()
            done()

    def drain(self) -> None:
        """Wait for all jobs and call what is due. raises what a job raised."""
        while self._due:
            self._due[0][0].exception()
            self.poll()

    def close(self) -> None:
        """Finish all jobs and stop the thread; for the one who made it."""
        self.drain()
        self._pool.shutdown()
