"""Messages of Q.931 in a line, from frames as they are on the D-channel."""

from __future__ import annotations

import pytest

from firmware.spans import q931
from firmware.spans.q931 import CallsByChannel, Message

# SETUP of call 5, channel 3, from 13800138000 to 65510000 (bearer 3.1 kHz audio, A-law)
SETUP = bytes.fromhex(
    "00010000" "0802000505" "040380 90a3".replace(" ", "") + "1803a98383" + "6c0d0180" + b"13800138000".hex()
    + "700981" + b"65510000".hex()
)  # fmt: skip
DISCONNECT = bytes.fromhex("02010202080280054508028090")


def test_a_setup_is_read() -> None:
    message = q931.read(SETUP)
    assert message == Message(5, True, "SETUP", 3, 0, "65510000", "13800138000")
    assert message.words == "SETUP call 5 channel 3 called 65510000 calling 13800138000"


def test_a_disconnect_tells_its_cause() -> None:
    message = q931.read(DISCONNECT)
    assert message is not None
    assert (message.reference, message.is_caller, message.name, message.cause) == (5, False, "DISCONNECT", 16)
    assert "cause 16 (" in message.words


def test_later_messages_are_of_the_channel_of_the_call() -> None:
    calls = CallsByChannel()
    setup, disconnect = q931.read(SETUP), q931.read(DISCONNECT)
    assert setup is not None and disconnect is not None
    assert calls.channel_of(disconnect, is_sent=True) == 0
    assert calls.channel_of(setup, is_sent=False) == 3
    assert calls.channel_of(disconnect, is_sent=True) == 3
    assert calls.channel_of(disconnect, is_sent=False) == 0  # the same number of a call of ours
    over = Message(5, True, "RELEASE COMPLETE")
    assert calls.channel_of(over, is_sent=False) == 3
    assert calls.channel_of(disconnect, is_sent=True) == 0


@pytest.mark.parametrize(
    "frame", [b"", b"\x00\x01\x7f", b"\x00\x01\x01\x02", DISCONNECT[:7], b"\x00\x01\x00\x00\x03abc"]
)
def test_what_is_no_message_is_none(frame: bytes) -> None:
    assert q931.read(frame) is None


def test_every_cut_and_changed_octet_is_survived() -> None:
    for end in range(len(SETUP)):
        q931.read(SETUP[:end])
    for at in range(len(SETUP)):
        for octet in (0x00, 0x7F, 0x80, 0xFF):
            q931.read(SETUP[:at] + bytes([octet]) + SETUP[at + 1 :])
