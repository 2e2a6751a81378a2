"""What libpri may see of a frame: whole LAPD frames (ITU-T Q.921) and messages that cannot hurt it (Q.931).

libpri is C from friendlier times: it reads past the end of short information elements, forgets to free calls
that a stray message made, and lets a second SETUP overwrite a call. So a frame is checked and mended here:

- frames that are no LAPD frames of ours vanish;
- a numbered frame with a message that nobody may act on keeps its numbers and loses the message, because
  the far end would repeat it for ever if it were not acknowledged;
- a message for a call that nobody knows becomes a STATUS ENQUIRY, which libpri answers as Q.931 section
  5.8.3.2 asks: with RELEASE COMPLETE, cause 81;
- of a message for a call only the information elements are left that we use and that are well made.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import IntEnum

N201 = 260  # longest information field, Q.921 section 5.9.3
PROTOCOL = 0x08
REFERENCE_FLAG = 0x8000  # in a message: sent to the side that chose the reference
UNNUMBERED = frozenset({0x6F, 0x0F, 0x43, 0x63, 0x87})  # SABME, DM, DISC, UA, FRMR; without their P/F bit
SUPERVISORY = frozenset({0x01, 0x05, 0x09})  # RR, RNR, REJ
FRMR = 0x87


class Message(IntEnum):
    """Types of Q.931 messages that need a decision here."""

    SETUP = 0x05
    RELEASE_COMPLETE = 0x5A
    RESTART = 0x46
    RESTART_ACK = 0x4E
    DISCONNECT = 0x45
    STATUS = 0x7D
    STATUS_ENQUIRY = 0x75


GLOBAL = frozenset({Message.RESTART, Message.RESTART_ACK, Message.STATUS})

CAUSE, CHANNEL, FACILITY, PROGRESS, DISPLAY = 0x08, 0x18, 0x1C, 0x1E, 0x28
SENDING_COMPLETE = 0xA1
IN_BAND = 0x88  # progress description 8, with its extension bit


@dataclass(frozen=True, slots=True)
class Admitted:
    """A frame as libpri may see it."""

    frame: bytes
    is_mended: bool = False
    is_malformed: bool = False  # it is no message, or has elements that end too soon
    is_in_band: bool = False  # the message says that a tone sounds on the channel


def admit(frame: bytes, references: Container[int]) -> Admitted | None:
    """Check a frame without FCS; None: nothing of it is for us.

    `references`: the call references in use, with REFERENCE_FLAG for those that we chose.
    """
    if len(frame) < 3 or frame[0] & 0xFD or frame[1] != 0x01:  # SAPI 0, TEI 0, either C/R
        return None
    control = frame[2]
    if control & 3 == 3:
        kind = control & 0xEF
        is_whole = kind in UNNUMBERED and len(frame) == (8 if kind == FRMR else 3)
        return Admitted(frame) if is_whole else None
    if control & 1:
        return Admitted(frame) if control in SUPERVISORY and len(frame) == 4 else None
    if len(frame) < 4:
        return None
    octets = frame[4:]
    if not _is_message(octets):
        return Admitted(frame[:4], bool(octets), bool(octets))
    message, is_in_band, is_malformed = _message(octets, references)
    return Admitted(frame[:4] + message, message != octets, is_malformed, is_in_band)


def _is_message(octets: bytes) -> bool:
    length = octets[1] if len(octets) > 1 else 0
    is_ours = octets[:1] == bytes([PROTOCOL]) and len(octets) <= N201
    return is_ours and length in (1, 2) and len(octets) >= length + 3


def _message(octets: bytes, references: Container[int]) -> tuple[bytes, bool, bool]:
    """Mend a message.

    gives  what is left of it, whether it says that a tone sounds, whether it has malformed elements
    """
    length = octets[1]
    head, kind, elements = octets[: length + 2], octets[length + 2], octets[length + 3 :]
    flag = REFERENCE_FLAG if head[2] & 0x80 else 0
    value = int.from_bytes(bytes([head[2] & 0x7F]) + head[3:], "big")
    if value == 0:
        is_ours = kind in GLOBAL
    elif kind == Message.SETUP:
        is_ours = flag == 0 and value not in references
    elif (flag | value) not in references:
        answer = b"" if kind == Message.RELEASE_COMPLETE else head + bytes([Message.STATUS_ENQUIRY])
        return answer, False, False
    else:
        is_ours = kind not in (Message.RESTART, Message.RESTART_ACK)
    if not is_ours:
        return b"", False, False
    kept, is_malformed = _elements(elements, is_setup=kind == Message.SETUP)
    is_in_band = any(octet == PROGRESS and content[1] == IN_BAND for octet, content in kept)
    return head + bytes([kind]) + b"".join(_encode(*element) for element in kept), is_in_band, is_malformed


def _encode(octet: int, content: bytes) -> bytes:
    return bytes([octet]) if octet & 0x80 else bytes([octet, len(content)]) + content


def _elements(octets: bytes, *, is_setup: bool) -> tuple[list[tuple[int, bytes]], bool]:
    """Give the elements of codeset 0 that we use and that are well made, and whether some are not.

    source  Q.931 sections 4.5 and 5.8.7
    """
    kept, place, is_malformed = [], 0, False
    while place < len(octets):
        octet = octets[place]
        if octet & 0x80:
            if octet & 0xF8 == 0x90:  # locking shift: nothing of codeset 0 can follow
                break
            if octet == SENDING_COMPLETE:
                kept.append((octet, b""))
            is_shift = octet & 0xF8 == 0x98
            place += 1
            if not is_shift:
                continue
            place = _end(octets, place)
            continue
        end = _end(octets, place)
        content = octets[place + 2 : end]
        if end > len(octets):
            is_malformed = True
            break
        place = end
        mend = _MENDERS.get(octet)
        if octet == FACILITY and not is_setup:
            continue
        if mend is not None:
            content = mend(content)
            if content:
                kept.append((octet, content))
            is_malformed |= not content
        elif octet < 0x10:  # must be understood or refused, section 5.8.7.1: libpri refuses
            kept.append((octet, content))
    return kept, is_malformed


def _end(octets: bytes, place: int) -> int:
    """Give where the element at `place` ends; beyond the octets for one that is cut off."""
    if octets[place : place + 1] >= b"\x80":
        return place + 1
    length = octets[place + 1] if place + 1 < len(octets) else len(octets)
    return place + 2 + length


def _at_least(count: int) -> Callable[[bytes], bytes]:
    return lambda content: content if len(content) >= count else b""


def _cause(content: bytes) -> bytes:
    """Take octet 3a out, where libpri would look for the cause."""
    if content[:1] < b"\x80":
        content = bytes([content[0] | 0x80]) + content[2:] if len(content) > 2 else b""
    return content[:2] if len(content) >= 2 else b""


def _number(content: bytes) -> bytes:
    """Want the octets before the digits to end, by their extension bit, within the element."""
    return content if any(octet & 0x80 for octet in content[:3]) else b""


def _called(content: bytes) -> bytes:
    return content if content[:1] >= b"\x80" else b""


def _display(content: bytes) -> bytes:
    return content if len(content) > (content[:1] >= b"\x80") else b""


_MENDERS: dict[int, Callable[[bytes], bytes]] = {
    0x04: _at_least(2),  # bearer capability
    CAUSE: _cause,
    0x14: _at_least(1),  # call state
    CHANNEL: _at_least(1),
    FACILITY: _at_least(2),
    PROGRESS: _at_least(2),
    0x27: _at_least(1),  # notification
    DISPLAY: _display,
    0x2C: _at_least(1),  # keypad
    0x4C: _number,  # connected number
    0x6C: _number,  # calling party number
    0x70: _called,  # called party number
    0x74: _number,  # redirecting number
    0x79: _at_least(1),  # restart indicator
}
