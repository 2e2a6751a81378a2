"""What a span needs of its signalling, PRI or R2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from firmware.config.models import DirectNumber
from firmware.config.models import Span as Settings
from firmware.lines.types import Out
from firmware.spans.bearer import BearerLine
from firmware.spans.bearer import Signalling as OfBearer
from firmware.spans.dialling import Prefixes
from firmware.text import Text


class Signalling(OfBearer, Protocol):
    """What a span needs of its signalling."""

    settings: Settings
    numbers: Sequence[DirectNumber]
    prefixes: Prefixes

    @property
    def is_up(self) -> bool:
        """Calls can be made as far as the signalling is concerned."""

    def start(self, now: float) -> list[Out]: ...

    def stop(self, now: float) -> list[Out]: ...

    def frame(self, frame: bytes, now: float) -> list[Out]: ...

    def line(self, is_up: bool, cas: Sequence[int], now: float) -> list[Out]:
        """The span's signal is there, with these bits, or is lost."""

    def cas(self, timeslot: int, abcd: int, now: float) -> list[Out]: ...

    def due(self, bearer: BearerLine, now: float) -> list[Out]: ...

    def deadline(self) -> float | None: ...

    def tick(self, now: float) -> list[Out]: ...

    def give_up(self, now: float) -> list[Out]: ...

    def restart(self, now: float) -> list[Out]: ...

    def serve(self, bearer: BearerLine, now: float) -> list[Out]:
        """A channel was put in service, or out of it."""

    def obstacle(self, timeslot: int) -> Text | None: ...
