"""The engine's own way to the board, opened again after the board fell silent."""

from __future__ import annotations

from math import inf

import structlog

from firmware.media.engine import Engine, EngineError

RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
PROVEN_S = 0.2  # between looks whether blocks come

log = structlog.get_logger("sound")


class SoundLink:
    """Starts the engine on the board, and again, slower each time, until blocks come.

    path  as for `Engine.start`
    """

    def __init__(self, engine: Engine, path: str) -> None:
        self._engine = engine
        self._path = path
        self._is_lost = False
        self._tries = 0
        self._try_at = inf
        self._proof_at = inf
        self._ticks = 0

    def start(self) -> None:
        """Begin. raises EngineError when there is no such board"""
        self._engine.start(self._path)

    def lost(self, now: float) -> None:
        """Take note that the board fell silent and the engine stopped."""
        self._is_lost = True
        self._proof_at = inf
        self._try_at = now + RETRY_S[min(self._tries, len(RETRY_S) - 1)]

    def step(self, now: float) -> bool:
        """Try again when it is time; gives whether sound is back, once."""
        if now >= self._try_at:
            self._try(now)
        if now < self._proof_at:
            return False
        self._proof_at = inf
        if self._engine.stats().ticks == self._ticks:
            self._proof_at = now + PROVEN_S  # the engine itself says when it gives up waiting
            return False
        self._is_lost, self._tries = False, 0
        log.info("the board sends sound again")
        return True

    def deadline(self) -> float:
        """When `step` wants to be called; infinite while all is well."""
        return min(self._try_at, self._proof_at) if self._is_lost else inf

    def _try(self, now: float) -> None:
        self._tries += 1
        try:
            self._engine.start(self._path)
        except EngineError as error:
            log.warning("no sound from the board yet", why=str(error), tries=self._tries)
            self.lost(now)
            return
        self._try_at = inf
        self._ticks = self._engine.stats().ticks
        self._proof_at = now + PROVEN_S
