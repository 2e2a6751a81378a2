"""What the rest of the box sees of the hardware: ports, their events and their commands.

A port's trouble is an event, never an exception, once the port is running (`PortFailed`). All times are
monotonic seconds. A port name is the kind and a running number in slot order: `fxo1`, `fxo2`, `fxs1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class PortKind(StrEnum):
    """What a port is, seen from the box."""

    FXO = "fxo"  # an outside line comes in
    FXS = "fxs"  # a phone is plugged in


class PortState(StrEnum):
    """A port's life: STARTING -> UP <-> FAILED."""

    STARTING = "starting"
    UP = "up"
    FAILED = "failed"


class FailReason(StrEnum):
    """Why a port is out of service."""

    NO_ANSWER = "no-answer"  # the chip does not answer on the bus
    WRONG_CHIP = "wrong-chip"  # it answers, but is not what the card's EEPROM says
    NO_LINE_SIDE = "no-line-side"  # Si3050: the isolated line side did not come up
    CALIBRATION = "calibration"  # Si321x: calibration or DC-DC converter failed
    POWER = "power"  # Si321x: power alarm that did not clear
    BUS = "bus"  # transfer errors on SPI
    CARD_GONE = "card-gone"  # the card was pulled


@dataclass(frozen=True, slots=True)
class PortInfo:
    """Where a port is."""

    name: str
    kind: PortKind
    slot: int  # 1-based, as printed on the box
    index: int  # 0-based on its card
    timeslot: int  # position in the TDM block, which is also the media engine's channel


@dataclass(frozen=True, slots=True)
class LineSetup:
    """How the analog side of an outside line is set."""

    country: str = "CN"  # two letters
    rx_gain_db: int = 0  # -15..12, of what comes from the line
    tx_gain_db: int = 0  # -15..12, of what goes to the line


@dataclass(frozen=True, slots=True)
class Event:
    """Something a port noticed."""

    port: str
    at: float  # s, monotonic


@dataclass(frozen=True, slots=True)
class PortUp(Event):
    """The port works (after start, or again after a failure)."""


@dataclass(frozen=True, slots=True)
class PortFailed(Event):
    """The port is out of service."""

    reason: FailReason
    detail: str


@dataclass(frozen=True, slots=True)
class RingStarted(Event):
    """A validated ring burst began on an FXO port."""


@dataclass(frozen=True, slots=True)
class RingStopped(Event):
    """The ring burst ended."""


@dataclass(frozen=True, slots=True)
class LineReady(Event):
    """The seized FXO line carries audio (about 0.4 s after `seize`)."""


@dataclass(frozen=True, slots=True)
class LineLost(Event):
    """No battery on the FXO line: unplugged, or the exchange is dead."""


@dataclass(frozen=True, slots=True)
class LineFound(Event):
    """Battery is back."""


@dataclass(frozen=True, slots=True)
class PolarityReversed(Event):
    """The exchange swapped the wires: answer or disconnect supervision, by the line's profile."""

    is_reversed: bool


@dataclass(frozen=True, slots=True)
class LoopDropped(Event):
    """Loop current vanished while the FXO port was off-hook: the far end hung up, or the line was cut."""


@dataclass(frozen=True, slots=True)
class LoopRestored(Event):
    """The loop current is back, after `LoopDropped`; the port was not released."""


@dataclass(frozen=True, slots=True)
class LineOverload(Event):
    """Too much loop current; the port has gone on-hook to save itself."""


@dataclass(frozen=True, slots=True)
class LineInUse(Event):
    """Another phone on the same pair was lifted: the on-hook voltage fell far below the idle one."""


@dataclass(frozen=True, slots=True)
class LineFree(Event):
    """The other phone was put down."""


@dataclass(frozen=True, slots=True)
class RingCollision(Event):
    """The line began to ring when it was to be seized; it was left on-hook. `RingStarted` follows."""


@dataclass(frozen=True, slots=True)
class PulsesSent(Event):
    """All digits have been dialled by pulses."""


@dataclass(frozen=True, slots=True)
class OffHook(Event):
    """The phone on an FXS port was lifted (also when lifted while ringing)."""


@dataclass(frozen=True, slots=True)
class OnHook(Event):
    """The phone was put down."""


@dataclass(frozen=True, slots=True)
class HookFlash(Event):
    """A short press of the hook while off-hook."""


class Port(Protocol):
    """What FXO and FXS ports have in common."""

    @property
    def info(self) -> PortInfo: ...

    @property
    def state(self) -> PortState: ...


class FxoPort(Port, Protocol):
    """An outside line."""

    def set_up(self, setup: LineSetup, now: float) -> None:
        """Set the analog side; what cannot be changed during a call counts from the next release.

        raises  ValueError for a country without a profile or a gain out of range
        """

    def seize(self, now: float, *, is_outgoing: bool = False) -> None:
        """Go off-hook; `LineReady` follows.

        is_outgoing  look first whether the line rings: then it is left alone and `RingCollision` follows
        """

    def pulse_dial(self, digits: str, now: float) -> None:
        """Dial on the seized line by opening the loop; `PulsesSent` follows.

        raises  ValueError for anything but digits
        """

    def release(self, now: float) -> None:
        """Go on-hook."""

    def monitor(self, is_on: bool, now: float) -> None:
        """Let audio through while on-hook, to hear caller ID between rings."""


class FxsPort(Port, Protocol):
    """A phone."""

    def ring(self, cadence_ms: tuple[int, ...], now: float) -> None:
        """Ring with alternating on and off times, repeated until lifted or stopped."""

    def stop_ring(self, now: float) -> None: ...

    def reverse(self, is_reversed: bool, now: float) -> None:
        """Swap tip and ring (tells the phone that the far end answered)."""


class Board(Protocol):
    """All cards behind one backplane."""

    @property
    def ports(self) -> Mapping[str, FxoPort | FxsPort]: ...

    @property
    def timeslots(self) -> int:
        """Number of timeslots in a TDM block."""

    @property
    def irq_fd(self) -> int:
        """Becomes readable when the backplane asks for service; -1 if there is none."""

    def start(self, now: float) -> None:
        """Read the EEPROMs, assign timeslots, begin to bring the ports up. Does not wait."""

    def service(self, now: float) -> list[Event]:
        """Serve interrupts and due timers; never blocks longer than a few short transfers."""

    def deadline(self) -> float | None:
        """When `service` wants to be called next even without an interrupt."""

    def close(self) -> None: ...
