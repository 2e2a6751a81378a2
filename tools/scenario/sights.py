"""What a scenario looks at besides the trace: the live picture, and what the records have of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.scenario.deed import Args, Deed
from tools.scenario.venue import Venue
from tools.scenario.verbs import Value

TIME_OFF_S = 1.0
LEVEL_OFF_DB = 2.0


def sight_deeds(venue: Venue) -> dict[str, Deed]:
    """Give the deeds of those who only look; each raises ValueError when it sees something else."""
    return {"shows": lambda args: _shows(venue, args), "stored": lambda args: _stored(venue, args)}


def _shows(venue: Venue, args: Args) -> None:
    number, wanted = round(float(args["call"])), args["sight"]
    call = venue.live(number)
    if call is None:
        seen = {"gone"}
    else:
        trouble = call["sound"]["trouble"] if call["sound"] else "fine"
        seen = {trouble, call["party"] or ""}
    if wanted not in seen:
        raise ValueError(f"the live picture shows call {number} as {' '.join(sorted(seen)).strip()}")


def _stored(venue: Venue, args: Args) -> None:
    number = round(float(args["call"]))
    call = venue.stored(number)
    if call is None:
        raise ValueError(f"the records have no call {number}")
    heard = _heard(call["legs"])
    wrong = [text for name, wanted in args.items() if name != "call" for text in _wrong(name, wanted, heard)]
    if wrong:
        raise ValueError(f"the records have of call {number} {', '.join(wrong)}")


def _heard(legs: list[dict[str, Any]]) -> dict[str, Any]:
    """Gather what was heard of all outside legs."""
    outside = [leg for leg in legs if not leg["port"].startswith("fxs")]
    return {
        "party": next((leg["answered_by"] for leg in outside if leg["answered_by"]), "nobody"),
        "lost": sum(leg["lost_s"] for leg in outside),
        "quiet": sum(leg["quiet_s"] for leg in outside),
        "voice": next((leg["voice_dbm0"] for leg in outside if leg["voice_dbm0"] is not None), -96.0),
    }


def _wrong(name: str, wanted: Value, heard: Mapping[str, Any]) -> list[str]:
    found = heard[name]
    if isinstance(wanted, str):
        return [] if found == wanted else [f"{name} {found}"]
    slack = LEVEL_OFF_DB if name == "voice" else TIME_OFF_S
    return [] if abs(found - wanted) <= slack else [f"{name} {found:g}"]
