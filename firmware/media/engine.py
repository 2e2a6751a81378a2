"""The engine for a board: its channels, the country's tones, its digits."""

from __future__ import annotations

from cext import CextError as EngineError
from cext import DtmfLimits, Engine, ToneSpec
from firmware import countries
from firmware.countries.country import Country, Dtmf
from firmware.countries.zone import ToneZone, of_country

__all__ = ["Engine", "EngineError", "dtmf_limits", "open_engine", "tone_specs"]


def tone_specs(zone: ToneZone) -> list[ToneSpec]:
    """Give a zone's tones as the engine takes them."""
    detection = zone.detection
    return [
        ToneSpec(
            name.value,
            tone.frequencies_hz,
            tone.cadence_ms,
            tone.level_dbm0,
            modulation_hz=tone.modulation_hz,
            tolerance_percent=detection.frequency_tolerance_percent,
            cadence_tolerance_percent=detection.cadence_tolerance_percent,
            level_min_dbm0=detection.level_min_dbm0,
        )
        for name, tone in zone.tones.items()
    ]


def dtmf_limits(row: Dtmf) -> DtmfLimits:
    """Give the limits of a row as the engine takes them."""
    return DtmfLimits(
        level_min_dbm0=row.level_min_dbm0,
        twist_high_db=row.twist_high_db,
        twist_low_db=row.twist_low_db,
        off_max_percent=row.off_max_percent,
        bridge_ms=row.bridge_ms,
    )


def open_engine(timeslots: int, country: Country, dtmf: str = "country") -> Engine:
    """Make an engine; it ticks when it is given blocks, or on its own thread after `start`.

    `Media.load_tones` adds the tones of other countries that lines need.
    dtmf  row of the table of digit limits, `country` = the one that the country's file names
    """
    engine = Engine(timeslots, tone_specs(of_country(country)))
    engine.set_dtmf(dtmf_limits(countries.dtmf(country.dtmf if dtmf == "country" else dtmf)))
    return engine
