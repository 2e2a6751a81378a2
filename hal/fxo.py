"""Driver of an outside line: Si3050 with Si3019.

The chip validates ringing by itself and interrupts at its begin and end; battery, polarity and loop current
are looked at on interrupts and on the board's slow poll, and debounced here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from hal import si3050 as si
from hal.country import LineProfile
from hal.debounce import Debounce
from hal.fxo_setup import FxoSetup, Registers, checked, setup_of
from hal.port import ChipPort, Emit, PortTrouble, Steps
from hal.pulses import pulses
from hal.ring_watch import RingWatch
from hal.si3050 import R, Si3050Chain
from hal.types import (
    Balance,
    FailReason,
    LineFound,
    LineFree,
    LineInUse,
    LineLost,
    LineOverload,
    LineReading,
    LineReady,
    LineSetup,
    LoopDropped,
    LoopRestored,
    PolarityReversed,
    PortInfo,
    PulsesSent,
    RingCollision,
    RingStarted,
    RingStopped,
)

SOFT_RESET_S = 0.1
LINE_SIDE_POLL_S = 0.01
LINE_SIDE_POLLS = 200  # 2 s, as long as the published drivers wait
AUDIO_GATE_S = 0.40275  # link 0.25 ms + filter 128 + resistor calibration 17 + ADC calibration 256 + FIR 1.5
OVERLOAD_ARM_S = 0.025
BATTERY_HOLD_S = 0.5
POLARITY_HOLD_S = 0.064
LOOP_HOLD_S = 0.1  # exchanges break the loop for at least 250 ms; a dial pulse lasts at most 66 ms
LOOP_WAIT_S = 1.0  # a seized line without any current is dead
WATCH_S = 0.02  # look this often while a seized line has no current yet
NO_BATTERY_V = 3
IN_USE_V = 19  # a lifted phone leaves 5 to 15 V; the weakest feed, of an office exchange, is 21 V
IN_USE_HOLD_S = 0.3
GLARE_LOOK_S = 0.007  # between two looks for ringing, which cannot both meet a zero crossing then
FLASH_MIN_MS, FLASH_MAX_MS = 80, 1000  # shorter is a dial pulse, longer is hanging up
LCS2_MA = 1.1  # a step of the loop current

STATUS_REGISTERS = (R.IRQ_SOURCE, R.DAA1, R.LINE_STATUS, R.LCS2, R.LVS, R.INTL4)
IRQ_ENABLED = si.RDTI | si.FDTI | si.DODI | si.POLI
# 15..68 Hz (RAS 17, RMX 14), 200 ms to confirm, no delay, 256 ms of silence to end
RING_VALIDATION = ((R.RING1, 0x0E), (R.RING2, 0x12), (R.RING3, si.RNGV | 0x11))


class Hook(StrEnum):
    """Where a line stands between two calls."""

    ON = "on"
    SEIZED = "seized"  # off-hook, audio not through yet
    READY = "ready"
    DROPPED = "dropped"  # off-hook, but the loop is gone; waits to be released, or for the loop
    LOOKING = "looking"  # still on-hook: is it about to ring?
    PULSING = "pulsing"  # dialling: the loop opens and closes
    FLASHING = "flashing"  # open for a moment; off-hook again after it


@dataclass(frozen=True, slots=True)
class FxoWiring:
    """Which chip a port is."""

    chain: Si3050Chain
    channel: int


class Si3050Port(ChipPort):
    """An outside line."""

    def __init__(self, info: PortInfo, emit: Emit, wiring: FxoWiring, profile: LineProfile) -> None:
        super().__init__(info, emit)
        self._wiring = wiring
        self._setup = FxoSetup(profile, profile.balance)
        self._is_setup_due = False  # new settings wait for the end of the call
        self._is_monitoring = False
        self._forget()

    def _forget(self) -> None:
        self._hook = Hook.ON
        self._daa1 = 0  # the OH and ONHM bits that R5 must show
        self._ring = RingWatch()
        self._arm_at = inf
        self._look_at = inf
        self._ready_at = inf
        self._battery = Debounce(True, BATTERY_HOLD_S)
        self._reversed = Debounce(False, POLARITY_HOLD_S)
        self._loop = Debounce(True, LOOP_HOLD_S)
        self._in_use = Debounce(False, IN_USE_HOLD_S)
        self._seize_at = inf
        self._pulses: Iterator[tuple[bool, float]] | None = None
        self._pulse_at = inf
        self._flash_end_at = inf
        self._normal_sign = 0  # sign of the line voltage that counts as not reversed; 0 = not seen yet

    # --- commands

    def set_up(self, setup: LineSetup, now: float) -> None:
        """Set country and gains; during a call they wait for its end.

        raises  ValueError for a country without a profile, a gain or a balance out of range
        """
        self._setup = setup_of(setup)
        self._is_setup_due = self.is_up
        if self.is_up and self._hook is Hook.ON:
            with self.trouble(now):
                self._write_setup()

    def _write_setup(self) -> None:
        self._is_setup_due = False
        self._write(*self._setup.registers())

    def seize(self, now: float, *, is_outgoing: bool = False) -> None:
        """Go off-hook; `LineReady` follows, or `LoopDropped` without current. Ends ringing silently.

        is_outgoing  look first whether the line rings: then it is left alone and `RingCollision` follows
        """
        if not self.is_up or self._hook is not Hook.ON:
            return
        if is_outgoing:
            self._hook = Hook.LOOKING
            self._look_for_ring(now)
        else:
            self._go_off_hook(now)
        self._plan()

    def _look_for_ring(self, now: float) -> None:
        """Look twice, a part of a ringing period apart: the chip takes 200 ms to call it ringing."""
        with self.trouble(now):
            is_ringing = bool(self._read(R.DAA1)[0] & (si.RDTP | si.RDTN))
            is_second = self._seize_at != inf
            self._seize_at = inf
            if is_ringing:
                self._hook = Hook.ON
                self._emit(RingCollision(self._info.name, now))
            elif is_second:
                self._go_off_hook(now)
            else:
                self._seize_at = now + GLARE_LOOK_S

    def _go_off_hook(self, now: float) -> None:
        with self.trouble(now):
            self._set_daa1(si.OH)
            self._hook = Hook.SEIZED
            self._ring.reset()
            self._battery.cancel()
            self._in_use.cancel()
            self._loop.set(True)
            self._arm_at = now + OVERLOAD_ARM_S
            self._look_at = self._ready_at = now + AUDIO_GATE_S

    def pulse_dial(self, digits: str, now: float) -> None:
        """Dial on the seized line by opening the loop; `PulsesSent` follows.

        raises  ValueError for anything but digits
        """
        steps = pulses(digits)
        if not self.is_up or self._hook is not Hook.READY:
            return
        with self.trouble(now):
            self._hook, self._pulses = Hook.PULSING, steps
            self._loop.set(True)
            self._write((R.RES_CAL, si.RCALD), (R.INTL2, si.OPE | si.CALD))
            self._next_pulse(now)
        self._plan()

    def _next_pulse(self, now: float) -> None:
        assert self._pulses is not None
        is_closed, length_s = next(self._pulses, (True, 0.0))
        self._set_daa1(si.OH if is_closed else 0)
        if length_s:
            # From the moment it was due, so that pulses stay evenly long however late the timer is served.
            self._pulse_at = length_s + (now if self._pulse_at == inf else self._pulse_at)
            return
        self._end_pulses()
        self._hook = Hook.READY
        self._emit(PulsesSent(self._info.name, now))

    def _end_pulses(self) -> None:
        self._pulses, self._pulse_at = None, inf
        self._write((R.RES_CAL, 0), (R.INTL2, si.OPE))

    def flash(self, flash_ms: int, now: float) -> None:
        """Open the loop of a line that carries a call; `LineReady` follows, or `LoopDropped` without current.

        raises  ValueError for a length that no exchange takes for a flash
        """
        if not FLASH_MIN_MS <= flash_ms <= FLASH_MAX_MS:
            raise ValueError(f"flash_ms: {flash_ms}, allowed {FLASH_MIN_MS}..{FLASH_MAX_MS}")
        if not self.is_up or self._hook is not Hook.READY:
            return
        with self.trouble(now):
            self._hook = Hook.FLASHING
            self._write((R.INTL2, 0))  # OPE must be clear before the next seizure
            self._set_daa1(0)
            self._flash_end_at = now + flash_ms / 1000
        self._plan()

    def release(self, now: float) -> None:
        """Go on-hook."""
        if not self.is_up or self._hook is Hook.ON:
            return
        with self.trouble(now):
            self._go_on_hook()
        self._plan()

    def monitor(self, is_on: bool, now: float) -> None:
        """Let audio through while on-hook, to hear caller ID between rings."""
        self._is_monitoring = is_on
        if not self.is_up or self._hook is not Hook.ON:
            return
        with self.trouble(now):
            self._set_daa1(si.ONHM if is_on else 0)

    def measure(self, now: float) -> LineReading | None:
        """Read voltage, current and status registers; None while the port does not work."""
        if not self.is_up:
            return None
        with self.trouble(now):
            values = dict(zip(STATUS_REGISTERS, self._read(*STATUS_REGISTERS), strict=True))
            loop_ma = 0.0 if self._hook in (Hook.ON, Hook.LOOKING) else values[R.LCS2] * LCS2_MA
            registers = tuple((register.name, value) for register, value in values.items())
            return LineReading(_signed(values[R.LVS]), round(loop_ma, 1), registers)
        return None

    def try_balance(self, balance: Balance | None, now: float) -> None:
        """Match the line in another way until the next `set_up`; None: as it was set up.

        raises  ValueError for a balance out of range
        """
        wanted = checked(balance or self._setup.balance)
        if self.is_up:
            with self.trouble(now):
                self._write(*self._setup.matched(wanted))

    def _go_on_hook(self) -> None:
        if self._pulses is not None:
            self._end_pulses()
        self._seize_at = self._flash_end_at = inf
        self._write((R.INTL2, 0))  # OPE must be clear before the next seizure
        self._set_daa1(si.ONHM if self._is_monitoring else 0)
        self._hook = Hook.ON
        self._arm_at = self._look_at = inf
        self._loop.cancel()
        self._reversed.cancel()
        if self._is_setup_due:
            self._write_setup()

    def _set_daa1(self, bits: int) -> None:
        self._write((R.DAA1, bits))
        self._daa1 = bits

    # --- bring-up

    def _bring_up(self) -> Steps:
        self._wiring.chain.resync(self._wiring.channel)
        self._write((R.CONTROL1, si.SR))
        yield SOFT_RESET_S
        self._identify()
        self._write(*self._settings())
        self._is_setup_due = False
        self._write((R.DAA2, 0))
        yield from self._wait_line_side()
        self._write((R.DAA1, 0), (R.IRQ_SOURCE, 0), (R.IRQ_MASK, IRQ_ENABLED))
        self._write((R.CONTROL2, si.INTE | si.RDI | si.CONTROL2_RESET))

    def _identify(self) -> None:
        found = self._read(R.CONTROL2)[0]
        if found in (0x00, 0xFF):
            raise PortTrouble(FailReason.NO_ANSWER, f"register 2 reads {found:02x}")
        if found != si.CONTROL2_RESET:
            raise PortTrouble(FailReason.WRONG_CHIP, f"register 2 reads {found:02x}, a reset Si3050 has 03")

    def _settings(self) -> Registers:
        start = self._info.index * 8  # PCLK cycles after the sync; the card's highway begins with its port 0
        low, high = start & 0xFF, start >> 8
        return (
            *((R.TXS_LOW, low), (R.TXS_HIGH, high), (R.RXS_LOW, low), (R.RXS_HIGH, high)),
            (R.PCM_MODE, si.PCME),
            *self._setup.registers(),
            *((R.TX_GAIN_FINE, 0), (R.RX_GAIN_FINE, 0), (R.INTL2, 0), (R.INTL3, 0), (R.RES_CAL, 0)),
            *RING_VALIDATION,
        )

    def _wait_line_side(self) -> Steps:
        for _ in range(LINE_SIDE_POLLS):
            yield LINE_SIDE_POLL_S
            status, chip_id = self._read(R.LINE_STATUS, R.CHIP_ID)
            if status & si.FDT and chip_id >> 4:
                return
        raise PortTrouble(FailReason.NO_LINE_SIDE, "the isolated link did not lock within 2 s")

    def _enter_up(self, now: float) -> None:
        self._forget()
        if self._is_monitoring:
            self._set_daa1(si.ONHM)

    # --- running

    def hush(self) -> None:
        """Forbid the chip to interrupt, until bring-up allows it again."""
        self._write((R.IRQ_MASK, 0))

    def status_reads(self) -> list[tuple[int, int]]:
        """Return what the board reads for `on_status`, several ports in one transfer."""
        return [(self._wiring.channel, register) for register in STATUS_REGISTERS]

    def on_status(self, values: Sequence[int], now: float) -> None:
        """Judge a fresh reading of `STATUS_REGISTERS`."""
        irq, daa, line, lcs2, lvs, intl4 = values
        with self.trouble(now):
            self._check_alive(daa, line)
            if irq:
                self._write((R.IRQ_SOURCE, ~irq & 0xFF))  # a source is cleared by writing 0
            if self._hook in (Hook.ON, Hook.LOOKING):
                self._watch_ring(bool(irq & si.RDTI), daa, now)
                self._watch_battery(_signed(lvs), now)
                self._watch_use(abs(_signed(lvs)), now)
            else:
                self._watch_loop(lcs2 > 0, bool(intl4 & si.OPD), now)
            if self._hook not in (Hook.PULSING, Hook.FLASHING):
                self._watch_polarity(_signed(lvs), now)
        self._plan()

    def _check_alive(self, daa: int, line: int) -> None:
        if daa == 0xFF and line == 0xFF:
            raise PortTrouble(FailReason.NO_ANSWER, "the chip stopped answering")
        if not line & si.FDT:
            raise PortTrouble(FailReason.NO_LINE_SIDE, "the isolated link was lost")
        if daa & (si.OH | si.ONHM) != self._daa1:
            raise PortTrouble(FailReason.NO_ANSWER, f"the chip lost its settings: register 5 reads {daa:02x}")

    def _watch_ring(self, is_edge: bool, daa: int, now: float) -> None:
        is_loud = bool(daa & (si.RDTP | si.RDTN))
        if self._ring.feed(is_edge, is_loud, bool(daa & si.RDT), now):
            name = self._info.name
            self._emit(RingStarted(name, now) if self._ring.is_ringing else RingStopped(name, now))

    def _watch_battery(self, volts: int, now: float) -> None:
        if self._ring.is_ringing:
            self._battery.cancel()  # ringing voltage makes the reading jump
        elif self._battery.feed(abs(volts) >= NO_BATTERY_V, now):
            name = self._info.name
            self._emit(LineFound(name, now) if self._battery.value else LineLost(name, now))
            self._normal_sign = 0

    def _watch_use(self, volts: int, now: float) -> None:
        """See whether another phone on the pair is lifted; a line without any voltage says nothing."""
        if self._ring.is_ringing or volts < NO_BATTERY_V:
            self._in_use.cancel()
        elif self._in_use.feed(volts < IN_USE_V, now):
            name = self._info.name
            self._emit(LineInUse(name, now) if self._in_use.value else LineFree(name, now))

    def _watch_polarity(self, volts: int, now: float) -> None:
        if self._ring.is_ringing or abs(volts) < NO_BATTERY_V:
            self._reversed.cancel()
            return
        if self._normal_sign == 0:
            self._normal_sign = 1 if volts > 0 else -1
            self._reversed.set(False)
        if self._reversed.feed(volts * self._normal_sign < 0, now):
            self._emit(PolarityReversed(self._info.name, now, self._reversed.value))

    def _watch_loop(self, is_flowing: bool, is_overload: bool, now: float) -> None:
        if is_overload:  # an unlimited feed would burn the line side: on-hook at once
            self._go_on_hook()
            self._emit(LineOverload(self._info.name, now))
        elif self._hook is Hook.SEIZED:
            self._watch_seizure(is_flowing, now)
        elif self._hook is Hook.READY and self._loop.feed(is_flowing, now):
            self._drop(now)
        elif self._hook is Hook.DROPPED and self._loop.feed(is_flowing, now):
            self._hook = Hook.READY
            self._emit(LoopRestored(self._info.name, now))

    def _watch_seizure(self, is_flowing: bool, now: float) -> None:
        if now < self._ready_at:
            return
        if is_flowing:
            self._hook = Hook.READY
            self._look_at = inf
            self._emit(LineReady(self._info.name, now))
        elif now >= self._ready_at + LOOP_WAIT_S:
            self._drop(now)
        else:
            self._look_at = now + WATCH_S

    def _drop(self, now: float) -> None:
        """Tell that the loop is gone, once; who seized the line releases it."""
        self._hook = Hook.DROPPED
        self._loop.set(False)
        self._look_at = inf
        self._emit(LoopDropped(self._info.name, now))

    def _run(self, now: float) -> None:
        if now >= self._arm_at:
            self._arm_at = inf
            self._write((R.INTL2, si.OPE))
        if now >= self._seize_at:
            self._look_for_ring(now)
        if now >= self._pulse_at:
            self._next_pulse(now)
        if now >= self._flash_end_at:
            self._flash_end_at = inf
            self._go_off_hook(now)
        if now >= self._next_look():
            self.on_status(self._read(*STATUS_REGISTERS), now)

    def _next_look(self) -> float:
        """Return when the running port wants a fresh reading before the board's poll."""
        pending = (self._battery.due, self._reversed.due, self._loop.due, self._in_use.due)
        return min(self._look_at, self._ring.due, *pending)

    def _timers(self) -> float:
        return min(self._arm_at, self._seize_at, self._pulse_at, self._flash_end_at, self._next_look())

    def _read(self, *registers: int) -> bytes:
        return self._wiring.chain.read([(self._wiring.channel, register) for register in registers])

    def _write(self, *values: tuple[int, int]) -> None:
        self._wiring.chain.write(self._wiring.channel, values)


def _signed(octet: int) -> int:
    return octet - 256 if octet & 0x80 else octet
