"""Host side of the front panel: text out, keys in, a heartbeat that keeps the box's lines off the bypass.

Only differences of the display are sent, one frame at a time, each repeated until the panel acknowledges
it. A panel that falls silent or restarts is greeted anew and painted in full.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from hal import panel_proto as proto
from hal.bus import HalError, Uart

COLUMNS = 20
ROWS = 4
BLANK = " " * COLUMNS
HEARTBEAT_S = 1.0
REPEAT_S = 0.2
SILENCE_S = 3.0  # the panel reports at least once a second
POLL_S = 0.05  # of a serial port without a descriptor
ROLE_HOST, ROLE_PANEL = 0, 1
_STATUS = struct.Struct("<BBHH")


class PanelState(StrEnum):
    """BOOT until the panel has greeted, then RUN."""

    BOOT = "boot"
    RUN = "run"


class PanelKey(StrEnum):
    """The panel's keys, in the order of their codes."""

    UP = "up"
    DOWN = "down"
    OK = "ok"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key went down, or is held and repeats."""

    key: PanelKey
    at: float


@dataclass(frozen=True, slots=True)
class PanelUp:
    """The panel answers."""

    at: float


@dataclass(frozen=True, slots=True)
class PanelLost:
    """The panel has been silent too long, or its serial port failed."""

    at: float
    detail: str


@dataclass(frozen=True, slots=True)
class PanelStatus:
    """What the panel says of itself."""

    state: str = "boot"  # one of panel_proto.STATES
    relays: int = 0  # energised now
    resets: int = 0  # of the host, since the panel has power
    errors: int = 0  # damaged frames it has seen


PanelEvent = KeyPressed | PanelUp | PanelLost


@dataclass(slots=True)
class _Pending:
    """A frame that waits for its acknowledgement."""

    kind: int
    seq: int
    payload: bytes
    due: float


class Panel:
    """The front panel behind a serial port."""

    def __init__(self, uart: Uart) -> None:
        self.status = PanelStatus()
        self.state = PanelState.BOOT
        self._uart = uart
        self._decoder = proto.Decoder()
        self._seq = 0
        self._key_seq = -1
        self._wanted: tuple[str, ...] = (BLANK,) * ROWS
        self._shown = [""] * ROWS  # as acknowledged; "" = not known
        self._relays = 0xFF
        self._relays_told = -1
        self._pending: _Pending | None = None
        self._hello_at = 0.0
        self._beat_at = 0.0
        self._lost_at = inf
        self._poll_at = 0.0
        self._events: list[PanelEvent] = []

    @property
    def fd(self) -> int:
        """Readable when the panel has sent something; -1 if the body has none."""
        return self._uart.fd

    def show(self, page: Sequence[str]) -> None:
        """Set what the display shall show; it is sent at the next `service`.

        page    4 lines of 20 printable ASCII characters
        raises  ValueError
        """
        if len(page) != ROWS:
            raise ValueError(f"page: {len(page)} lines, allowed {ROWS}")
        for number, line in enumerate(page, 1):
            if len(line) != COLUMNS or not (line.isascii() and line.isprintable()):
                raise ValueError(f"line {number}: {line!r}, allowed {COLUMNS} printable ASCII characters")
        self._wanted = tuple(page)

    def connect_lines(self, mask: int) -> None:
        """Choose which lines go to the box (bit set) and which are bypassed; 0xFF at start."""
        self._relays = mask & 0xFF

    def service(self, now: float) -> list[PanelEvent]:
        """Read what came, send what is due; never waits, never raises for a panel or port that fails."""
        try:
            for kind, seq, payload in self._decoder.feed(self._uart.read()):
                self._take(kind, seq, payload, now)
            self._send_due(now)
        except HalError as error:
            self._lose(now, str(error))
            self._hello_at = now + HEARTBEAT_S
        self._poll_at = now + POLL_S
        if now >= self._lost_at:
            self._lose(now, f"silent for {SILENCE_S:g} s")
        events, self._events = self._events, []
        return events

    def deadline(self) -> float:
        """When `service` wants to be called next even if nothing arrives."""
        poll = self._poll_at if self._uart.fd < 0 else inf
        if self.state is PanelState.BOOT:
            return min(self._hello_at, poll)
        pending = self._pending.due if self._pending else inf
        return min(self._beat_at, pending, self._lost_at, poll)

    def close(self) -> None:
        """Let go of the serial port; the panel will fall back to bypass."""
        self._uart.close()

    # --- in

    def _take(self, kind: int, seq: int, payload: bytes, now: float) -> None:
        self._lost_at = now + SILENCE_S
        if kind == proto.HELLO:
            self._greet(payload, now)
        elif self.state is PanelState.BOOT:
            return  # from before; the greeting comes first
        elif kind == proto.ACK and len(payload) == 2:
            self._acknowledge(payload[0])
        elif kind == proto.KEY and len(payload) == 2:
            self._take_key(seq, payload, now)
        elif kind == proto.STATUS and len(payload) == _STATUS.size:
            state, relays, resets, errors = _STATUS.unpack(payload)
            self.status = PanelStatus(proto.STATES[state % len(proto.STATES)], relays, resets, errors)

    def _greet(self, payload: bytes, now: float) -> None:
        """Take a greeting: the panel answered ours, or has just restarted with an empty display."""
        if len(payload) < 4 or payload[0] != proto.VERSION or payload[1] != ROLE_PANEL:
            return
        if (payload[2], payload[3]) != (COLUMNS, ROWS):
            return
        if self.state is PanelState.BOOT:
            self.state = PanelState.RUN
            self._events.append(PanelUp(now))
        self._shown = [""] * ROWS
        self._relays_told = self._key_seq = -1
        self._pending = None
        self._beat_at = now

    def _acknowledge(self, seq: int) -> None:
        """Note what the panel has; what it refuses counts too, or it would be sent and refused for ever."""
        pending = self._pending
        if pending is None or pending.seq != seq:
            return
        self._pending = None
        if pending.kind == proto.RELAY:
            self._relays_told = pending.payload[0]
        else:
            row, column, text = pending.payload[0], pending.payload[1], pending.payload[2:].decode("ascii")
            old = self._shown[row] or BLANK
            self._shown[row] = old[:column] + text + old[column + len(text) :]

    def _take_key(self, seq: int, payload: bytes, now: float) -> None:
        self._write(proto.ACK, self._next_seq(), bytes((seq, 0)))
        if seq == self._key_seq:
            return  # our acknowledgement was lost
        self._key_seq = seq
        code, action = payload
        if 1 <= code <= len(proto.KEYS) and action in (proto.KEY_DOWN, proto.KEY_REPEAT):
            self._events.append(KeyPressed(PanelKey(proto.KEYS[code - 1]), now))

    # --- out

    def _send_due(self, now: float) -> None:
        if self.state is PanelState.BOOT:
            if now >= self._hello_at:
                self._hello_at = now + HEARTBEAT_S
                self._write(proto.HELLO, self._next_seq(), bytes((proto.VERSION, ROLE_HOST, COLUMNS, ROWS)))
            return
        if now >= self._beat_at:
            self._beat_at = now + HEARTBEAT_S
            self._write(proto.HEARTBEAT, self._next_seq(), b"")
        if self._pending is None:
            self._pending = self._next_change(now)
        if self._pending is not None and now >= self._pending.due:
            self._pending.due = now + REPEAT_S
            self._write(self._pending.kind, self._pending.seq, self._pending.payload)

    def _next_change(self, now: float) -> _Pending | None:
        """Find the first thing that the panel does not have yet."""
        if self._relays != self._relays_told:
            return _Pending(proto.RELAY, self._next_seq(), bytes((self._relays,)), now)
        for row, (wanted, shown) in enumerate(zip(self._wanted, self._shown, strict=True)):
            if wanted != shown:
                first, last = _difference(wanted, shown)
                text = wanted[first : last + 1].encode("ascii")
                return _Pending(proto.LCD, self._next_seq(), bytes((row, first)) + text, now)
        return None

    def _write(self, kind: int, seq: int, payload: bytes) -> None:
        self._uart.write(proto.encode(kind, seq, payload))

    def _next_seq(self) -> int:
        self._seq = (self._seq + 1) & 0xFF
        return self._seq

    def _lose(self, now: float, detail: str) -> None:
        if self.state is PanelState.RUN:
            self._events.append(PanelLost(now, detail))
        self.state = PanelState.BOOT
        self._pending = None
        self._lost_at = inf
        self._hello_at = now


def _difference(wanted: str, shown: str) -> tuple[int, int]:
    """Return the first and the last column that differ; all of them if it is not known what is shown."""
    if not shown:
        return 0, len(wanted) - 1
    columns = [column for column, (a, b) in enumerate(zip(wanted, shown, strict=True)) if a != b]
    return columns[0], columns[-1]
