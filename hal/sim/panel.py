"""Model of the front panel's microcontroller: display, keys, bypass relays, the watch over the host.

BOOT -> (heartbeat) RUN -> (silence) BYPASS -> (more silence) RESET: pulse the host's reset line -> BOOT.
The longer resets do not help, the longer the panel waits until the next.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from hal import panel_proto as proto
from hal.sim.chip import Clock

COLUMNS, ROWS = 20, 4
STATUS_S = 1.0
REPEAT_S = 0.2
BOOT_S = 180.0  # a host needs most of a minute until its first heartbeat
BYPASS_S = 5.0  # without heartbeat in RUN, until the lines are bypassed
RESET_S = 25.0  # in BYPASS, until the host is reset
PATIENCE_MAX = 64  # waits for a reset grow by this at most: twice with each that did not help
PULSE_S = 0.2
KEYS_MAX = 16
ROLE_PANEL = 1
REFUSED = 1
_STATUS = struct.Struct("<BBHH")


class SimPanelState(StrEnum):
    """The states of the watch, in the order of their codes."""

    BOOT = "boot"
    RUN = "run"
    BYPASS = "bypass"
    RESET = "reset"


@dataclass(slots=True)
class _KeyFrame:
    seq: int
    payload: bytes
    due: float


class SimPanel:
    """The panel; `uart` is the host's end of its serial line, `receive` and `take_output` the wire itself."""

    def __init__(self, clock: Clock) -> None:
        self.uart = SimUart(self)
        self.resets = 0
        self._clock = clock
        self._decoder = proto.Decoder()
        self._power_on()

    def _power_on(self) -> None:
        now = self._clock()
        self.state = SimPanelState.BOOT
        self._rows = [" " * COLUMNS for _ in range(ROWS)]
        self._relays_wanted = 0
        self._out = bytearray()
        self._seq = 0
        self._host_seq = -1
        self._keys: deque[tuple[int, int]] = deque(maxlen=KEYS_MAX)
        self._key: _KeyFrame | None = None
        self._since = now  # of the last heartbeat, or of the state without one
        self._patience = 1
        self._status_at = now
        self._send(proto.HELLO, bytes((proto.VERSION, ROLE_PANEL, COLUMNS, ROWS)))

    # --- the world side

    @property
    def display(self) -> tuple[str, ...]:
        """The text on the display, 4 lines of 20 characters."""
        return tuple(self._rows)

    @property
    def relays(self) -> int:
        """Energised relays: lines that are connected to the box. All others are bypassed to plain phones."""
        return self._relays_wanted if self.state is SimPanelState.RUN else 0

    def press(self, key: str) -> None:
        """Press and let go of a key: up, down, ok or back. Nothing happens while the host is silent.

        raises  ValueError for another name
        """
        if key not in proto.KEYS:
            raise ValueError(f"key: {key!r}, allowed {', '.join(proto.KEYS)}")
        self._watch(self._clock())
        if self.state is not SimPanelState.RUN:
            return
        code = proto.KEYS.index(key) + 1
        self._keys.extend(((code, proto.KEY_DOWN), (code, proto.KEY_UP)))

    def restart(self) -> None:
        """Take the panel's power away and give it back."""
        self._power_on()

    # --- the wire

    def receive(self, data: bytes) -> None:
        """Take octets from the host."""
        for kind, seq, payload in self._decoder.feed(data):
            self._take(kind, seq, payload)

    def take_output(self) -> bytes:
        """Do what is due, and return octets for the host."""
        self.service()
        out = bytes(self._out)
        self._out.clear()
        return out

    def service(self) -> None:
        """Do what is due."""
        now = self._clock()
        self._watch(now)
        if now >= self._status_at:
            self._status_at = now + STATUS_S
            self._send_status()
        if self._key is None and self._keys:
            self._seq = (self._seq + 1) & 0xFF
            self._key = _KeyFrame(self._seq, bytes(self._keys.popleft()), now)
        if self._key is not None and now >= self._key.due:
            self._key.due = now + REPEAT_S
            self._out += proto.encode(proto.KEY, self._key.seq, self._key.payload)

    def _watch(self, now: float) -> None:
        """Walk through the states as the host stays silent."""
        waits = {
            SimPanelState.BOOT: (BOOT_S * self._patience, SimPanelState.RESET),
            SimPanelState.RUN: (BYPASS_S, SimPanelState.BYPASS),
            SimPanelState.BYPASS: (RESET_S * self._patience, SimPanelState.RESET),
            SimPanelState.RESET: (PULSE_S, SimPanelState.BOOT),
        }
        wait_s, following = waits[self.state]
        if now >= self._since + wait_s:
            self._since = now
            self._enter(following)

    def _enter(self, state: SimPanelState) -> None:
        self.state = state
        self._key = None
        self._keys.clear()
        if state is SimPanelState.RESET:
            self.resets += 1
            self._patience = min(self._patience * 2, PATIENCE_MAX)

    def _take(self, kind: int, seq: int, payload: bytes) -> None:
        if kind == proto.HELLO:
            self._host_seq = -1
            self._send(proto.HELLO, bytes((proto.VERSION, ROLE_PANEL, COLUMNS, ROWS)))
        elif kind == proto.HEARTBEAT:
            self._beat()
        elif kind == proto.ACK:
            if self._key is not None and payload[:1] == bytes((self._key.seq,)):
                self._key = None
        elif kind in (proto.LCD, proto.RELAY):
            is_done = self._obey(kind, payload)
            self._send(proto.ACK, bytes((seq, 0 if is_done else REFUSED)))

    def _beat(self) -> None:
        if self.state is SimPanelState.RESET:
            return  # the host is being held in reset
        self._since = self._clock()
        self._patience = 1
        if self.state is not SimPanelState.RUN:
            self.state = SimPanelState.RUN
            self._send_status()

    def _obey(self, kind: int, payload: bytes) -> bool:
        if kind == proto.RELAY:
            if len(payload) != 1:
                return False
            self._relays_wanted = payload[0]
            return True
        if len(payload) < 3 or payload[0] >= ROWS or payload[1] + len(payload) - 2 > COLUMNS:
            return False
        row, column, text = payload[0], payload[1], payload[2:].decode("ascii", "replace")
        self._rows[row] = self._rows[row][:column] + text + self._rows[row][column + len(text) :]
        return True

    def _send_status(self) -> None:
        code = proto.STATES.index(self.state)
        errors = self._decoder.errors & 0xFFFF
        self._send(proto.STATUS, _STATUS.pack(code, self.relays, self.resets & 0xFFFF, errors))

    def _send(self, kind: int, payload: bytes) -> None:
        self._seq = (self._seq + 1) & 0xFF
        self._out += proto.encode(kind, self._seq, payload)


class SimUart:
    """The host's end of the serial line; implements `hal.bus.Uart`."""

    fd = -1  # nothing to wait on: in virtual time the host polls

    def __init__(self, panel: SimPanel) -> None:
        self._panel = panel

    def read(self) -> bytes:
        """Return what the panel has sent."""
        return self._panel.take_output()

    def write(self, data: bytes) -> None:
        """Send to the panel."""
        self._panel.receive(data)

    def close(self) -> None:
        """Nothing to let go of."""
