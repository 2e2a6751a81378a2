"""What of a frame libpri may see."""

from __future__ import annotations

from random import Random

import pytest
from q931_mutants import mutate, noise, random_message

from cext.isdn.guard import REFERENCE_FLAG, admit

I_FRAME = bytes.fromhex("02010406")
OURS, THEIRS = REFERENCE_FLAG | 5, 7  # the references in use
KNOWN = {OURS, THEIRS}
SETUP = bytes.fromhex("080200 0105 0403 9090a3 1803 a98383 7004 81 353535 a1".replace(" ", ""))


def message_of(octets: bytes) -> bytes:
    """Give what is left of a message in a numbered frame."""
    admitted = admit(I_FRAME + octets, KNOWN)
    assert admitted is not None and admitted.frame[:4] == I_FRAME
    assert admitted.is_mended == (admitted.frame[4:] != octets)
    return admitted.frame[4:]


def to_known(kind: int, elements: str = "") -> bytes:
    """Give a message for the call THEIRS."""
    return bytes([8, 2, 0, THEIRS, kind]) + bytes.fromhex(elements)


@pytest.mark.parametrize("octets", ["00017f", "02017f", "000173", "02010104", "00010906", "020153", "02010f"])
def test_frames_without_a_message_pass(octets: str) -> None:
    frame = bytes.fromhex(octets)
    admitted = admit(frame, KNOWN)
    assert admitted is not None and admitted.frame == frame and not admitted.is_mended


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "nothing"),
        ("0001", "no control field"),
        ("01017f", "one octet of address"),
        ("00007f", "three octets of address"),
        ("fc017f", "layer 2 management"),
        ("00ff7f", "broadcast"),
        ("00037f", "another terminal"),
        ("00017f00", "SABME with something behind it"),
        ("0001af", "XID"),
        ("00010308020001", "UI"),
        ("000101", "RR without N(R)"),
        ("00010d04", "no supervisory frame"),
        ("0001010400", "RR with something behind it"),
        ("000104", "I without N(R)"),
        ("000187", "FRMR without its reason"),
    ],
)
def test_what_is_no_frame_of_ours_vanishes(octets: str, why: str) -> None:
    assert admit(bytes.fromhex(octets), KNOWN) is None, why


def test_a_good_message_stays_as_it_is() -> None:
    assert message_of(SETUP) == SETUP


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "nothing"),
        ("08", "no reference"),
        ("0802", "half a reference"),
        ("08020001", "no type"),
        ("0702000105", "another protocol"),
        ("430200010f", "maintenance: libpri would echo it"),
        ("08000562", "no call"),
        ("080400000001 05", "a long reference"),
        ("0802000005", "SETUP for the whole interface"),
        ("0802800105", "SETUP with the flag of an answer"),
        ("0802000705", "SETUP for a call there is: libpri would forget its channel"),
        ("080212345a", "RELEASE COMPLETE for nobody"),
        ("0802000746790187", "RESTART for one call"),
    ],
)
def test_of_what_nobody_may_act_on_the_numbers_stay(octets: str, why: str) -> None:
    assert message_of(bytes.fromhex(octets)) == b"", why


def test_messages_longer_than_a_frame_go() -> None:
    assert message_of(SETUP + bytes(260)) == b""


@pytest.mark.parametrize("kind", [0x02, 0x07, 0x24, 0x45, 0x4D, 0x62, 0x6E, 0x7D, 0xFF])
def test_a_message_for_an_unknown_call_asks_for_its_status(kind: int) -> None:
    assert message_of(bytes([8, 2, 0x12, 0x34, kind, 0x1C, 0xFF])) == bytes([8, 2, 0x12, 0x34, 0x75])
    assert message_of(bytes([8, 1, 0x85, kind])) == bytes([8, 1, 0x85, kind]), "in use, one octet"


@pytest.mark.parametrize(
    ("elements", "kept"),
    [
        ("08028190", "08028190"),
        ("0803018090", "08028190"),  # octet 3a
        ("080181", ""),
        ("0800", ""),
        ("0802", ""),  # cut off
        ("08ff8190", ""),
        ("1e028288 08028190", "1e028288 08028190"),
        ("1e0188", ""),
        ("6c04018030", ""),  # longer than there is
        ("6c0201 80", "6c020180"),
        ("6c03010203", ""),  # no octet ends the head
        ("7002 0131", ""),
        ("7002 8131", "7002 8131"),
        ("2801b1", ""),  # a character set and nothing
        ("28024c69", "28024c69"),
        ("7e020401 7103 800102", ""),  # user-user, subaddress: we do not use them
        ("1c0291a1", ""),  # facility, outside of SETUP
        ("96 08028190", ""),  # codeset 6 from here on
        ("9e 08028191 08028190", "08028190"),  # codeset 6 for one element
        ("9e a1 a1", "a1"),
        ("0f0100", "0f0100"),  # must be refused, not ignored
    ],
)
def test_elements_are_kept_or_mended(elements: str, kept: str) -> None:
    assert message_of(to_known(0x62, elements)) == to_known(0x62, kept)


def test_a_tone_on_the_channel_is_found() -> None:
    for elements, is_in_band in (("1e028288", True), ("1e028281", False), ("", False)):
        admitted = admit(I_FRAME + to_known(0x45, elements), KNOWN)
        assert admitted is not None and admitted.is_in_band is is_in_band


def test_what_passes_passes_again_and_is_well_made() -> None:
    """Random messages: a second look finds nothing more, every element lies within the message."""
    chance = Random(3)
    for _ in range(20_000):
        octets = random_message(chance)
        frame = noise(chance) if chance.random() < 0.1 else mutate(I_FRAME + octets, chance)
        admitted = admit(frame, KNOWN)
        if admitted is None:
            continue
        assert not admitted.frame[4:] or again(admitted.frame)
        place = 9
        while place < len(admitted.frame) and not admitted.frame[2] & 1 and admitted.frame[5] == 2:
            octet = admitted.frame[place]
            place += 1 if octet & 0x80 else 2 + admitted.frame[place + 1]
            assert place <= len(admitted.frame)


def again(frame: bytes) -> bool:
    """Tell whether a second look leaves a frame alone."""
    admitted = admit(frame, KNOWN)
    return admitted is not None and admitted.frame == frame
