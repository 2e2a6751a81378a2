"""The engine for a board: its channels and the country's tones."""

from __future__ import annotations

from cext import CextError as EngineError
from cext import Engine, ToneSpec
from firmware.countries.country import Country

__all__ = ["Engine", "EngineError", "open_engine"]


def open_engine(timeslots: int, country: Country) -> Engine:
    """Make an engine; it ticks when it is given blocks, or on its own thread after `start`."""
    tones = country.tones.items()
    return Engine(
        timeslots,
        [ToneSpec(name.value, tone.frequencies_hz, tone.cadence_ms, tone.level_dbm0) for name, tone in tones],
    )
