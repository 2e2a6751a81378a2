"""A zone's tones with a busy tone of a line's own."""

from __future__ import annotations

from cext import ToneSpec
from firmware.countries.country import Tone
from firmware.countries.zone import ToneZone, read_tone
from firmware.media.engine import tone_specs

HOLDS_PERCENT = 12  # frequencies or lengths closer than this cannot be told apart


def specs_with(zone: ToneZone, busy_tone: str) -> list[ToneSpec]:
    """Give the list: the learned tone as `busy`, and of the zone what cannot be taken for it.

    raises  ValueError for a text that is no tone
    """
    learned = read_tone(busy_tone)
    detection = zone.detection
    own = ToneSpec(
        "busy",
        learned.frequencies_hz,
        learned.cadence_ms,
        learned.level_dbm0,
        tolerance_percent=detection.frequency_tolerance_percent,
        cadence_tolerance_percent=detection.cadence_tolerance_percent,
        level_min_dbm0=detection.level_min_dbm0,
    )
    rest = {name: tone for name, tone in zone.tones.items() if not is_like(tone, learned)}
    return [own, *tone_specs(zone.model_copy(update={"tones": rest}))]


def is_like(one: Tone, other: Tone) -> bool:
    """Tell whether two tones would be taken for each other."""
    pairs = (
        (sorted(one.frequencies_hz), sorted(other.frequencies_hz)),
        (one.cadence_ms, other.cadence_ms),
    )
    return all(
        len(mine) == len(its)
        and all(abs(a - b) <= b * HOLDS_PERCENT / 100 for a, b in zip(mine, its, strict=True))
        for mine, its in pairs
    )
