"""What the rest of the box sees of the hardware: ports, their events and their commands.

A port's trouble is an event, never an exception, once the port is running (`PortFailed`). All times are
monotonic seconds. A port name is the kind and a running number in slot order: `fxo1`, `fxs2`, `span1`.
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
    SPAN = "span"  # an E1: 32 timeslots of one line, G.704


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
    width: int = 1  # timeslots from there on; a span has 32, and its timeslot 0 carries the framing


@dataclass(frozen=True, slots=True)
class Balance:
    """How a port is matched to the impedance of its line, so that little of what it sends comes back."""

    impedance: int  # 0..15, which of the chip's (`hal.country.IMPEDANCES`)
    hybrid: tuple[int, ...]  # 8 taps of its digital hybrid, -128..127; 64 is 1.0


@dataclass(frozen=True, slots=True)
class LineSetup:
    """How the analog side of an outside line is set."""

    country: str = "CN"  # two letters
    rx_gain_db: int = 0  # -15..12, of what comes from the line
    tx_gain_db: int = 0  # -15..12, of what goes to the line
    balance: Balance | None = None  # None: the country's


@dataclass(frozen=True, slots=True)
class LineReading:
    """What the chip measures on a line at this moment."""

    line_v: int  # signed; 0 below 3 V
    loop_ma: float  # 0 on-hook
    registers: tuple[tuple[str, int], ...]  # name and value, for a log


class Loopback(StrEnum):
    """Where a span sends back what it gets."""

    NONE = "none"
    LOCAL = "local"  # what we send comes back to us, before the line; the line hears us still
    REMOTE = "remote"  # what the far end sends goes back to it, at the line


class SpanAlarm(StrEnum):
    """What is wrong with a span, G.775 and G.732."""

    LOS = "los"  # no signal: the cable is cut, or the far end is off
    LOF = "lof"  # a signal without frames
    AIS = "ais"  # all ones: the far end's equipment says that it has nothing to send
    RAI = "rai"  # the far end does not hear us
    LOMF = "lomf"  # frames, but no multiframe (CRC-4, or the signalling in timeslot 16)


@dataclass(frozen=True, slots=True)
class SpanSetup:
    """How an E1 is set."""

    crc4: bool = True
    impedance_ohm: int = 120  # 75 or 120
    is_cas: bool = False  # timeslot 16 carries signalling bits (R2), else it is a channel (PRI)
    clock_rank: int = 1  # spans give the board its clock in this order; 0: never, the far end follows us


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """Errors of a span within one second, ITU-T G.826."""

    code_violations: int = 0  # of the line code
    crc_errors: int = 0  # sub-multiframes received with a wrong CRC-4
    framing_errors: int = 0  # wrong framing words
    far_errors: int = 0  # sub-multiframes that the far end received wrong (E bits)
    slips: int = 0


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


@dataclass(frozen=True, slots=True)
class SpanAlarms(Event):
    """The alarms that stand on a span have changed; these stand now."""

    alarms: frozenset[SpanAlarm]


@dataclass(frozen=True, slots=True)
class SpanSecond(Event):
    """A second of a span is over."""

    counts: SpanCounts
    alarms: frozenset[SpanAlarm]  # that stood at some time in it


@dataclass(frozen=True, slots=True)
class CasChanged(Event):
    """The signalling bits of a channel of a span changed."""

    timeslot: int  # 1..15, 17..31
    abcd: int  # four bits, A the highest


@dataclass(frozen=True, slots=True)
class ClockChanged(Event):
    """The board takes its clock from another place; `port` is empty."""

    source: str  # a span, or "" = the board's own oscillator


class Port(Protocol):
    """What all ports have in common."""

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

    def flash(self, flash_ms: int, now: float) -> None:
        """Open the loop of a seized line for so long; `LineReady` follows, or `LoopDropped`.

        raises  ValueError for a length that no exchange takes for a flash
        """

    def release(self, now: float) -> None:
        """Go on-hook."""

    def monitor(self, is_on: bool, now: float) -> None:
        """Let audio through while on-hook, to hear caller ID between rings."""

    def measure(self, now: float) -> LineReading | None:
        """Read voltage, current and status registers; None while the port does not work."""

    def try_balance(self, balance: Balance | None, now: float) -> None:
        """Match the line in another way until the next `set_up`; None: as it was set up."""


class FxsPort(Port, Protocol):
    """A phone."""

    def ring(self, cadence_ms: tuple[int, ...], now: float) -> None:
        """Ring with alternating on and off times, repeated until lifted or stopped."""

    def stop_ring(self, now: float) -> None: ...

    def reverse(self, is_reversed: bool, now: float) -> None:
        """Swap tip and ring (tells the phone that the far end answered)."""


class SpanPort(Port, Protocol):
    """An E1."""

    def set_up(self, setup: SpanSetup, now: float) -> None:
        """Set framing, line and place in the order of clock sources; a running span keeps its frames where
        nothing changed.

        raises  ValueError for an impedance other than 75 and 120
        """

    def set_cas(self, timeslot: int, abcd: int, now: float) -> None:
        """Send these signalling bits for a channel from now on.

        raises  ValueError for a timeslot other than 1..15, 17..31
        """

    def loop(self, loopback: Loopback, now: float) -> None:
        """Close or open a loop for a test."""

    @property
    def alarms(self) -> frozenset[SpanAlarm]: ...

    @property
    def cas(self) -> tuple[int, ...]:
        """The bits last received, by timeslot 0..31 (0 and 16 mean nothing); 0b1101 before any came."""


class Board(Protocol):
    """All cards behind one backplane."""

    @property
    def ports(self) -> Mapping[str, FxoPort | FxsPort | SpanPort]: ...

    @property
    def clock_source(self) -> str:
        """The span that gives the clock, "" = the board's own oscillator."""

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
