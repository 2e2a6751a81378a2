"""One instance of libpri: its frames in and out, its clock, its words."""

from __future__ import annotations

from collections import deque
from typing import Any

from cext.isdn._isdn import ffi, lib
from cext.isdn.types import Side

FCS = b"\0\0"  # libpri counts two octets that the HDLC controller has checked and it never reads
MAX_WORDS = 200
MAX_FRAME = 1024 - len(FCS)  # libpri reads into that much

# ms, or a count; Q.931 table 9-1, Q.921 table 7. What is not here keeps libpri's value.
TIMERS = {
    "T200": 500,  # a frame waits that long for its acknowledgement; on a bad line half the standard's time
    "T203": 4_000,  # silence after which the far end is asked whether it lives; with T309 below 40 s
    "N200": 5,  # and two more repetitions lose one call where 1 s and 3 lose ten (docs/spans.md)
    "T303": 4_000,  # SETUP without an answer; sent twice
    "T305": 30_000,  # DISCONNECT without an answer
    "T308": 4_000,  # RELEASE without an answer; sent twice
    "T309": 30_000,  # calls that talk survive the loss of the data link that long; see call.T309_S
    "T313": 60_000,  # CONNECT without an answer (user): `call.PATIENCE_S` is sooner, libpri says "normal"
}

# What a far end would send to end the data link, Q.921 section 3.6; the address is that of either side.
DISC, DM_FINAL, DM = bytes.fromhex("020153"), bytes.fromhex("02011f"), bytes.fromhex("02010f")

nobodys_words: deque[str] = deque(maxlen=MAX_WORDS)
"""What libpri says without naming an instance."""


class Port:
    """libpri's side of a D-channel. libpri has no function to free an instance: see `Ports`."""

    def __init__(self, side: Side, now: float) -> None:
        """Begin to establish the data link: the first frame is there when this returns."""
        self.side = side
        self.words: deque[str] = deque(maxlen=MAX_WORDS)
        self.sent: list[bytes] = []
        self._received = b""
        self._handle = ffi.new_handle(self)
        set_clock(now)
        node = lib.PRI_NETWORK if side is Side.NETWORK else lib.PRI_CPE
        switch = lib.PRI_SWITCH_EUROISDN_E1
        self.pri: Any = lib.pri_new_cb(-1, node, switch, lib.isdn_read, lib.isdn_write, self._handle)
        if not self.pri:
            raise MemoryError("no memory for an ISDN link")
        for name, value in TIMERS.items():
            lib.pri_set_timer(self.pri, getattr(lib, f"PRI_TIMER_{name}"), value)
        lib.pri_set_overlapdial(self.pri, 1)  # Sending Complete is said, and heard, as it is
        lib.pri_hangup_fix_enable(self.pri, 1)  # causes 1, 34, 44, 82 end a call as Q.931 section 5.3.2 says
        lib.pri_connect_ack_enable(self.pri, 1)  # tells us when our CONNECT was acknowledged

    def receive(self, frame: bytes) -> Any:
        """Give libpri a frame; gives its event (valid until the next call) or NULL."""
        self._received = frame + FCS
        return lib.pri_check_event(self.pri)

    def rest(self) -> None:
        """Let the data link be over, so that nothing waits to be sent; all calls have been destroyed.

        Q.921 does it in whatever state the link is: established, DISC ends it and drops what is queued; while
        it is being established, the DM that answers our SABME does.
        """
        self.receive(DISC)
        self.receive(DM_FINAL)
        self.sent.clear()
        self.words.clear()

    def start_again(self) -> None:
        """Begin to establish the data link, as when the instance was new: DM asks for it (Q.921, 5.5.2.3)."""
        self.receive(DM)

    def take(self) -> bytes:
        """Give what `receive` brought, once."""
        frame, self._received = self._received, b""
        return frame

    def next_s(self) -> float | None:
        """Give the time of libpri's next timer."""
        when = lib.pri_schedule_next(self.pri)
        return when.tv_sec + when.tv_usec / 1_000_000 if when else None


class Ports:
    """Gives ports, and takes them back to give them again; one for each box: they go on counting calls."""

    def __init__(self) -> None:
        self._idle: list[Port] = []

    def take(self, side: Side, now: float) -> Port:
        """Give a port that begins to establish its data link: the first frame is there."""
        port = next((port for port in self._idle if port.side is side), None)
        if port is None:
            return Port(side, now)
        self._idle.remove(port)
        set_clock(now)
        port.start_again()
        return port

    def give_back(self, port: Port) -> None:
        """Take a port all of whose calls have been destroyed; the clock is set."""
        port.rest()
        self._idle.append(port)


def set_clock(now: float) -> None:
    """Set the clock of all instances, before any call into libpri."""
    lib.isdn_set_clock_us(round(now * 1_000_000))


def _port(pri: Any) -> Port | None:
    """Give the port of an instance of libpri."""
    handle = lib.pri_get_userdata(pri)
    return ffi.from_handle(handle) if handle else None


@ffi.def_extern()
def isdn_read(pri: Any, buffer: Any, size: int) -> int:
    """Give libpri the frame that waits, with its FCS."""
    port = _port(pri)
    frame = port.take() if port else b""
    if len(frame) > size:
        return 0
    ffi.memmove(buffer, frame, len(frame))
    return len(frame)


@ffi.def_extern()
def isdn_write(pri: Any, buffer: Any, size: int) -> int:
    """Take a frame from libpri, which counts an FCS; the full length says that it was sent."""
    port = _port(pri)
    if port:
        port.sent.append(bytes(ffi.buffer(buffer, size - len(FCS))))
    return size


def _hear(pri: Any, text: Any) -> None:
    port = _port(pri) if pri else None
    words = port.words if port else nobodys_words
    words.append(ffi.string(text).decode("utf-8", "replace").strip())


@ffi.def_extern()
def isdn_message(pri: Any, text: Any) -> None:
    """Keep what libpri says."""
    _hear(pri, text)


@ffi.def_extern()
def isdn_error(pri: Any, text: Any) -> None:
    """Keep what libpri complains about."""
    _hear(pri, text)


lib.pri_set_message(lib.isdn_message)
lib.pri_set_error(lib.isdn_error)
