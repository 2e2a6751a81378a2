"""A busy tone of a line's own, beside its zone's tones."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

import cext
from firmware import countries
from firmware.countries.zone import read_tone
from firmware.media.clips import Clips
from firmware.media.learned import is_like, specs_with
from firmware.media.media import Media
from tools.emulator import signals

ALL = sorted(countries.zones())


def heard(specs: list[cext.ToneSpec], text: str, seconds: int = 6) -> list[str]:
    detector = cext.Detector(specs)
    octets = signals.cadence_of(text, -12.0)
    octets = (octets * (seconds * 8000 // len(octets) + 1))[: seconds * 8000]
    events = detector.feed(octets) + detector.finish()
    return [event.tone for event in events if event.kind is cext.EventKind.TONE_BEGIN]


@pytest.mark.parametrize("text", ["400: 250 250 500 150", "480+620: 200 200", "600: 120 120", "440: 700 300"])
def test_it_is_heard_as_busy_and_the_zone_goes_on(text: str) -> None:
    specs = specs_with(countries.zone("cn"), text)
    assert "busy" in heard(specs, text)
    assert "busy" in heard(specs, "450: 350 350")
    assert "dial" in heard(specs, "450")
    assert "busy" not in heard(specs, "450: 1000 4000", 16)


def test_what_the_zone_takes_for_something_else_is_busy_now() -> None:
    """An exchange that says with ringback's rhythm that the call is over."""
    specs = specs_with(countries.zone("cn"), "450: 700 700")
    assert heard(specs, "450: 700 700")[0] == "busy"
    assert not any(spec.name == "congestion" for spec in specs)


@pytest.mark.parametrize("code", ALL)
def test_every_zone_has_room_for_one(code: str) -> None:
    specs = specs_with(countries.zone(code), "1000+1200+1400+1600: 100 110 120 130 140 150 160 170")
    cext.Engine(1, specs)


def test_likeness() -> None:
    assert is_like(read_tone("450: 350 350"), read_tone("440: 360 340"))
    assert not is_like(read_tone("450: 350 350"), read_tone("450: 700 700"))
    assert not is_like(read_tone("450"), read_tone("450: 350 350"))


def test_a_list_is_added_while_the_engine_runs_and_heard_by_who_opens_with_it() -> None:
    engine = cext.Engine(2, specs_with(countries.zone("cn"), "450: 350 350"), {})
    block = engine.idle_block()
    board = bytes([0x00, 0xBC]) + block[2:]
    engine.open(0, progress=True)
    engine.tick(b"")
    engine.add_zone("own", tuple(specs_with(countries.zone("cn"), "600: 120 120")))
    engine.open(1, progress=True, zone="own")
    with pytest.raises(cext.CextError, match="one already"):
        engine.add_zone("own", ())
    engine.tick(b"")
    assert len(board) == len(block)
    for number in range(70):
        try:
            engine.add_zone(f"zone {number}", tuple(specs_with(countries.zone("us"), "600: 120 120")))
        except cext.CextError as error:
            assert "zones" in str(error)
            break
    else:
        pytest.fail("more lists than there is room for")


class Zones:
    """An engine that keeps which lists it is given, while there is room, and which one a channel has."""

    def __init__(self, room: int = 64) -> None:
        self.room = room
        self.lists: list[str] = []
        self.opened: list[str] = []

    def add_zone(self, name: str, _specs: tuple[cext.ToneSpec, ...]) -> None:
        if len(self.lists) == self.room:
            raise cext.CextError("zones: got 65, allowed 0..64")
        self.lists.append(name)

    def open(self, _channel: int, *, zone: str, **_more: bool) -> None:
        self.opened.append(zone)

    def echo(self, _channel: int, _tail_ms: int) -> None: ...


def media(engine: Zones, tmp_path: Path) -> Media:
    return Media(cast("cext.Engine", engine), Clips(tmp_path), echo_tail_ms=0, complain=pytest.fail)


def test_only_the_tones_that_lines_need_are_loaded_and_once(tmp_path: Path) -> None:
    engine = Zones()
    rooms = media(engine, tmp_path)
    wanted = [("", ""), ("fr", ""), ("cn", "440: 250 250"), ("fr", "")]
    assert rooms.load_tones(wanted) == []
    assert rooms.load_tones([*wanted, ("de", "")]) == []
    assert engine.lists == ["fr", "cn 440: 250 250", "de"]
    rooms.listen(1, True, "fr")
    rooms.listen(2, True, "cn", "440: 250 250")
    rooms.listen(3, True)
    assert engine.opened == ["fr", "cn 440: 250 250", ""]


def test_without_room_a_line_is_heard_with_the_next_best_tones(tmp_path: Path) -> None:
    engine = Zones(room=1)
    rooms = media(engine, tmp_path)
    missing = rooms.load_tones([("fr", ""), ("fr", "440: 250 250"), ("de", "")])
    assert missing == ["fr 440: 250 250", "de"]
    rooms.listen(1, True, "fr", "440: 250 250")
    rooms.listen(2, True, "de")
    assert engine.opened == ["fr", ""]


def test_the_engine_has_room_for_every_zone_there_is(tmp_path: Path) -> None:
    engine = cext.Engine(1, ())
    rooms = Media(engine, Clips(tmp_path), echo_tail_ms=0, complain=pytest.fail)
    assert rooms.load_tones([(code, "") for code in ALL]) == []
    rooms.listen(0, True, ALL[-1])
