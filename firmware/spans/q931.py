"""Read enough of a D-channel's frame to say in a line what it is (ITU-T Q.921, Q.931). Bad ones give None."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.spans import causes

Q931 = 0x08
CAUSE, CHANNEL, CALLING, CALLED = 0x08, 0x18, 0x6C, 0x70
SHIFT = 0x90
MESSAGES = {
    0x01: "ALERTING", 0x02: "CALL PROCEEDING", 0x03: "PROGRESS", 0x05: "SETUP", 0x07: "CONNECT",
    0x0D: "SETUP ACKNOWLEDGE", 0x0F: "CONNECT ACKNOWLEDGE", 0x45: "DISCONNECT", 0x46: "RESTART",
    0x4D: "RELEASE", 0x4E: "RESTART ACKNOWLEDGE", 0x5A: "RELEASE COMPLETE", 0x62: "FACILITY",
    0x6E: "NOTIFY", 0x75: "STATUS ENQUIRY", 0x79: "CONGESTION CONTROL", 0x7B: "INFORMATION",
    0x7D: "STATUS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """A message of Q.931.

    reference  of its call; 0: of none
    is_caller  sent by the end that made the call
    channel    named in it; 0: none
    """

    reference: int
    is_caller: bool
    name: str
    channel: int = 0
    cause: int = 0
    called: str = ""
    calling: str = ""

    @property
    def words(self) -> str:
        """Write it in a line: `SETUP call 5 channel 3 called 65510000`."""
        words = [self.name, f"call {self.reference}"]
        words += [f"channel {self.channel}"] if self.channel else []
        words += [f"called {self.called}"] if self.called else []
        words += [f"calling {self.calling}"] if self.calling else []
        words += [f"cause {self.cause} ({causes.words(self.cause).en})"] if self.cause else []
        return " ".join(words)


def read(frame: bytes) -> Message | None:
    """Read a frame without FCS; None if it carries no message of Q.931."""
    message = frame[4:] if len(frame) > 4 and not frame[2] & 1 else b""  # information frames, modulo 128
    if len(message) < 4 or message[0] != Q931:
        return None
    n = message[1] & 15
    if len(message) < 3 + n:
        return None
    raw = int.from_bytes(message[2 : 2 + n], "big")
    top = 1 << max(8 * n - 1, 0)
    kind = message[2 + n]
    found = {key: value for key, value in _elements(message[3 + n :])}
    return Message(
        raw & (top - 1),
        not raw & top,
        MESSAGES.get(kind, f"message {kind:02X}"),
        _channel(found.get(CHANNEL, b"")),
        found[CAUSE][-1] & 0x7F if len(found.get(CAUSE, b"")) >= 2 else 0,
        _digits(found.get(CALLED, b"")),
        _digits(found.get(CALLING, b"")),
    )


class CallsByChannel:
    """Which channel each call is on, from the messages that went by."""

    def __init__(self) -> None:
        self._channels: dict[tuple[int, bool], int] = {}

    def channel_of(self, message: Message, *, is_sent: bool) -> int:
        """Give the channel a message is about, 0 if that is not known; the two ends' references differ."""
        call = (message.reference, message.is_caller is is_sent)
        if message.channel:
            self._channels[call] = message.channel
        channel = message.channel or self._channels.get(call, 0)
        if message.name == "RELEASE COMPLETE":
            self._channels.pop(call, None)
        return channel


def _elements(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the elements that are longer than an octet, as far as they are whole."""
    at = 0
    while at < len(octets):
        kind = octets[at]
        if kind & 0x80:
            at += 1
            continue
        if at + 1 >= len(octets) or at + 2 + octets[at + 1] > len(octets):
            return
        yield kind, octets[at + 2 : at + 2 + octets[at + 1]]
        at += 2 + octets[at + 1]


def _channel(element: bytes) -> int:
    """Read a channel number of a primary rate interface."""
    is_named = len(element) >= 3 and element[0] & 0x23 == 0x21
    return element[-1] & 0x7F if is_named else 0


def _digits(element: bytes) -> str:
    """Read a number behind its one or two octets of type."""
    skip = 1 if element and element[0] & 0x80 else 2
    return "".join(chr(octet & 0x7F) for octet in element[skip:] if 0x23 <= octet & 0x7F <= 0x39)
