"""What an exchange should never send, through HDLC and framer into a box with calls running."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest
from office import seen
from q931_mutants import mutate, noise, random_message
from span_office import MOBILE, config, disagreements, office, seized, stages

from firmware.box.snapshot import picture
from firmware.spans.bearer import Stage
from tools.emulator.party import Outcome, PartyState
from tools.emulator.span.dchannel import DChannel
from tools.emulator.span.isdn import IsdnExchange
from tools.emulator.span.r2 import R2Exchange
from tools.virtual import VirtualBox

STEP_S = 0.04


def d_channel(box: VirtualBox) -> DChannel:
    signalling = box.world.spans.end("span1").signalling
    assert isinstance(signalling, IsdnExchange)
    return signalling.dchannel


def throw(line: DChannel, chance: Random) -> None:
    """Put something onto timeslot 16 that is no frame, or no message."""
    match chance.randrange(8):
        case 0 | 1:
            line.put(noise(chance))
        case 2:
            numbers = bytes([chance.randrange(0, 256, 2), chance.randrange(256)])
            line.put(b"\x02\x01" + numbers + random_message(chance))
        case 3:
            line.put(b"\x02\x01\x03" + random_message(chance))
        case 4:
            line.put(chance.randbytes(chance.randrange(261, 700)))  # too long
        case 5:
            line.put_bits("1" * chance.randrange(7, 40))  # abort
        case 6:
            line.put_bits("".join(chance.choice("01") for _ in range(chance.randrange(1, 500))))
        case 7:
            line.put(b"\x02\x01" + bytes([chance.choice((0x43, 0x53, 0x0F, 0x1F, 0x87, 0x63))]))


@pytest.mark.parametrize("seed", [1])
def test_garbage_on_the_d_channel_breaks_nothing(tmp_path: Path, seed: int) -> None:
    box = office(tmp_path, seed=seed)
    people = [box.world.call("span1", f"138{number:08d}") for number in range(3)]
    box.run_until(box.now + 1)
    chance = Random(seed)
    for _ in range(1000):
        throw(d_channel(box), chance)
        box.run_until(box.now + STEP_S)
    box.run_until(box.now + 60)
    assert {person.state for person in people} == {PartyState.TALKING}
    for person in people:
        box.world.hang_up(person)
    serves_as_before(box)
    frames = picture(box.box, box.now, "", True)["spans"][0]["frames"]
    assert frames is not None and frames["bad"] > 100 and frames["good"] > 100 and frames["sent"] > 100
    (told,) = seen(box, "span.bad-frame")
    assert told.data["span"] == "span1"
    assert len(seen(box, "span.link")) <= 2 * 61  # the link was disturbed all the time


@pytest.mark.parametrize("seed", [1, 2])
def test_a_hostile_exchange_breaks_nothing(tmp_path: Path, seed: int) -> None:
    """Four of ten of its frames are wrong in what they say, and its layer 2 sees to it that they arrive."""
    box = office(tmp_path, seed=seed)
    chance, line = Random(seed), d_channel(box)
    line.spoil = lambda frame: mutate(frame, chance) if chance.random() < 0.4 else frame
    for number in range(150):
        box.world.call("span1", f"138{number:08d}", hang_up_after_s=chance.uniform(0, 10), give_up_after_s=9)
        box.run_until(box.now + 0.6)
    line.spoil = lambda frame: frame
    box.run_until(box.now + 150)
    serves_as_before(box)


def serves_as_before(box: VirtualBox) -> None:
    """Nothing is seized, and thirty people at once are answered."""
    box.run_until(box.now + 60)
    assert seized(box) == []
    people = [box.world.call("span1", f"139{number:08d}", hang_up_after_s=3.0) for number in range(30)]
    box.run_until(box.now + 8)
    assert Counter(person.outcome for person in people) == {Outcome.HUNG_UP: 30}
    assert seized(box) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_impossible_bits_and_stray_tones_on_r2(tmp_path: Path, seed: int) -> None:
    box = office(tmp_path, config(signalling="r2", digits=8), seed=seed, signalling="r2", number="65510042")
    chance, pair = Random(seed), box.board.spans[0]
    signalling = box.world.spans.end("span1").signalling
    assert isinstance(signalling, R2Exchange)
    tones = [two_tones(chance) for _ in range(20)]
    for number in range(20):
        box.world.call("span1", f"138{number:08d}", hang_up_after_s=12.0, give_up_after_s=20.0)
        for _ in range(20):
            slot = chance.choice(list(signalling.channels))
            pair.set_cas(slot, chance.randrange(16))
            box.run_until(box.now + chance.choice((0.01, 0.05, 0.1)))
            channel = signalling.channels[chance.choice(list(signalling.channels))]
            if channel.tape is not None:
                channel.tape.lay(chance.choice(tones))
            if chance.random() < 0.7:
                pair.set_cas(slot, signalling.bits(slot))
    for slot in signalling.channels:
        pair.set_cas(slot, signalling.bits(slot))
    box.run_until(box.now + 200)
    assert seized(box) == []
    assert box.box.spans.all["span1"].trouble is None
    person = box.world.call("span1", MOBILE, hang_up_after_s=10.0)
    box.run_until(box.now + 25)
    assert person.outcome is Outcome.HUNG_UP
    told = seen(box, "span.protocol-error")
    assert told and all(event.data["line"].startswith("span1-") for event in told)


def two_tones(chance: Random) -> np.ndarray:
    at = np.arange(chance.randrange(200, 4000)) / 8000.0
    pair = chance.sample((540, 660, 780, 900, 1020, 1140, 1380, 1500, 1620, 1740, 1860, 1980, 697, 1209), 2)
    return 0.1 * sum(np.sin(2 * np.pi * hz * at) for hz in pair)


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"13800abc000", ""),  # letters: no number
        (b"<b>110</b>", ""),
        (b"1380\x1b[2J", ""),
        (b"138\x0000", "13800"),
        (b"", ""),
        (b"*31#100", "*31#100"),
        (b"12345678901234567890123456", "12345678901234567890123456"),
        (b"13800138000" * 9, ("13800138000" * 9)[:31]),  # libpri keeps no more
        (b"\xb8\xd5\xd0\xa1", ""),
    ],
)
def test_what_a_caller_may_have_for_a_number(tmp_path: Path, octets: bytes, shown: str) -> None:
    box = office(tmp_path)
    line = d_channel(box)
    line.spoil = lambda frame: with_element(frame, 0x6C, b"\x00\x80" + octets)
    box.world.call("span1", MOBILE, hang_up_after_s=3.0)
    box.run_until(box.now + 6)
    (row,) = box.box.parts.records.calls(limit=2)
    assert row.caller == shown
    assert seized(box) == []


@pytest.mark.parametrize(
    "name",
    [
        "王先生",
        "<script>alert(1)</script>",
        'O"Neil; drop table call',
        "a\x07\x1b[31mred\r\nb",
        "x" * 200,
        "\u202egnp",
    ],
)
def test_any_name_is_shown_and_stored_safely(tmp_path: Path, name: str) -> None:
    box = office(tmp_path)
    box.world.call("span1", MOBILE, name=name)
    box.run_until(box.now + 3)
    drawn = json.dumps(picture(box.box, box.now, "", True), ensure_ascii=False)
    assert "\\u001b" not in drawn and "\u202e" not in drawn
    assert stages(box)[1] is Stage.TALKING
    box.world.hang_up("span1-1")
    box.run_until(box.now + 2)
    assert list(disagreements(box)) == []
    assert seized(box) == []


def with_element(frame: bytes, octet: int, content: bytes) -> bytes:
    """Put an information element in place of the one that a SETUP has."""
    if len(frame) < 9 or frame[2] & 1 or frame[8] != 0x05:
        return frame
    head, rest, kept = frame[:9], frame[9:], b""
    while rest:
        size = 1 if rest[0] & 0x80 else 2 + rest[1]
        kept += bytes([octet, len(content)]) + content if rest[0] == octet else rest[:size]
        rest = rest[size:]
    return head + kept
