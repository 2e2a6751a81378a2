"""Looking at the live picture and at the records: what is not so fails the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from tools.scenario.sights import sight_deeds
from tools.scenario.venue import Venue
from tools.scenario.verbs import VERBS, arguments


class Picture:
    """A venue with one call that is told."""

    def __init__(
        self, live: Mapping[str, Any] | None = None, legs: list[dict[str, Any]] | None = None
    ) -> None:
        self._live, self._legs = live, legs

    def live(self, call: int) -> Mapping[str, Any] | None:
        return self._live if call == 1 else None

    def stored(self, call: int) -> Mapping[str, Any] | None:
        return {"legs": self._legs} if call == 1 and self._legs is not None else None


def look(picture: Picture, text: str) -> str:
    """Do a verb; give what is wrong, or nothing."""
    verb, *words = text.split()
    deeds = sight_deeds(cast("Venue", picture))
    try:
        deeds[verb](arguments(VERBS[verb], words))
    except ValueError as error:
        return str(error)
    return ""


LOST = {"sound": {"trouble": "lost"}, "party": "machine"}
FINE = {"sound": None, "party": None}


@pytest.mark.parametrize(
    ("live", "wanted", "message"),
    [
        (LOST, "shows 1 lost", ""),
        (LOST, "shows 1 machine", ""),
        (LOST, "shows 1 fine", "the live picture shows call 1 as lost machine"),
        (FINE, "shows 1 fine", ""),
        (FINE, "shows 1 quiet", "the live picture shows call 1 as fine"),
        (FINE, "shows 2 gone", ""),
        (FINE, "shows 2 fine", "the live picture shows call 2 as gone"),
    ],
)
def test_the_live_picture(live: Mapping[str, Any], wanted: str, message: str) -> None:
    assert look(Picture(live), wanted) == message


def leg(port: str, **heard: object) -> dict[str, Any]:
    return {"port": port, "answered_by": "", "lost_s": 0.0, "quiet_s": 0.0, "voice_dbm0": None} | heard


LEGS = [
    leg("fxs1", lost_s=99.0),
    leg("fxo1", lost_s=3.0, answered_by="person", voice_dbm0=-20.0),
    leg("fxo2", lost_s=5.0),
]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("stored 1 party=person lost=8.5 quiet=0 voice=-21.5", ""),
        ("stored 1 lost=6", "the records have of call 1 lost 8"),
        ("stored 1 party=machine voice=-25", "the records have of call 1 party person, voice -20"),
        ("stored 2 lost=0", "the records have no call 2"),
    ],
)
def test_the_records(wanted: str, message: str) -> None:
    assert look(Picture(legs=LEGS), wanted) == message
