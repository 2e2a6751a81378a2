"""Driver of a phone's port: Si3210 or Si3215.

The ringing cadence is timed here, by switching the line feed between ringing and on-hook transmission, so
that any cadence is possible and caller ID can be sent in the pauses; voltage, frequency and ring trip are
the chip's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import NoReturn

from hal import si3210 as si
from hal.debounce import Debounce
from hal.port import ChipPort, Emit, PortTrouble, Steps
from hal.ringer import Ringer, ringer
from hal.si3210 import Ind, LineFeed, R, Si3210Chip, indirect_number
from hal.types import FailReason, HookFlash, OffHook, OnHook, PortInfo

DCDC_POLL_S = 0.02
DCDC_POLLS = 25  # 0.5 s
DCDC_READY = 0xC0  # R82, 0.376 V/step: 72 V
CAL_POLL_S = 0.02
CAL_POLLS = 100  # 2 s
INDIRECT_S = 0.001  # the window is emptied every 62.5 us
INDIRECT_TRIES = 20
OFF_HOOK_HOLD_S = 0.02  # after the chip's own 12.5 ms
FLASH_MIN_S = 0.08  # shorter is contact bounce or a dial pulse
FLASH_MAX_S = 0.5  # longer is hanging up
TRIP_CHECK_S = 0.1
ALARM_REFEED_S = 0.1
ALARM_WINDOW_S = 10.0
ALARM_MAX = 5
PROVE_POLL_S = 0.1
PROVE_POLLS = 10  # a second of feed without alarm, before a port that failed for power is used again

STATUS_REGISTERS = (R.POWER1, R.IRQ2, R.LINEFEED, R.LOOP_STATUS)
POWER_OPEN = 0x8000  # thresholds that never alarm, while the converter starts and calibrates
INDIRECT_VALUES = (
    *((13, 0x7B30), (14, 0x0063), (16, 0x7870), (17, 0x007D), (19, 0), (22, 0), (26, 0x2000), (27, 0x4000)),
    *((28, 0x1000), (30, 0x1000), (31, 0x0200), (32, 0x07C0), (33, 0x2600), (34, 0x1B80)),
    *((40, 0x0C00), (41, 0x0C00), (43, 0x1000)),
)
POWER_VALUES = ((35, 0x8000), (37, 0x008C), (38, 0x0100), (39, 0x0010))


RINGER_CHINA = ringer(25, 70.0)


@dataclass(frozen=True, slots=True)
class FxsProfile:
    """What differs between countries and installations."""

    impedance: int = 0x0F  # R10: TISE and TISS 7, 200 ohm + (680 ohm || 100 nF), China
    loop_current: int = 0  # R71: 20 mA + 3 mA/step
    ringer: Ringer = RINGER_CHINA


class Si3210Port(ChipPort):
    """A phone."""

    def __init__(self, info: PortInfo, emit: Emit, chip: Si3210Chip, profile: FxsProfile) -> None:
        super().__init__(info, emit)
        self._chip = chip
        self._profile = profile
        self._is_reversed = False
        self._alarms: list[float] = []
        self._is_suspect = False  # it failed for power, and has to prove that it is well
        self._forget()

    def _forget(self) -> None:
        self._feed = LineFeed.OPEN
        self._is_off_hook = False
        self._closed = Debounce(False, OFF_HOOK_HOLD_S)
        self._opened_at = inf  # off-hook, but the loop is open since then
        self._cadence: Iterator[tuple[LineFeed, float]] | None = None
        self._phase_end = inf
        self._refeed_at = inf
        self._look_at = inf

    # --- commands

    def ring(self, cadence_ms: tuple[int, ...], now: float) -> None:
        """Ring with alternating on and off times, repeated until lifted or stopped.

        raises  ValueError for a cadence without times, of odd length or with a time that is not positive
        """
        if not cadence_ms or len(cadence_ms) % 2 or min(cadence_ms) <= 0:
            raise ValueError(f"cadence: {cadence_ms}, allowed pairs of positive on and off times in ms")
        if not self.is_up or self._is_off_hook:
            return
        self._cadence = self._phases(cadence_ms)
        if self._refeed_at == inf:
            with self.trouble(now):
                self._next_phase(now)
            self._plan()

    def stop_ring(self, now: float) -> None:
        """End ringing."""
        if self._cadence is None:
            return
        self._end_cadence()
        if self.is_up and self._refeed_at == inf:
            with self.trouble(now):
                self._set_feed(self._talk_feed())
            self._plan()

    def reverse(self, is_reversed: bool, now: float) -> None:
        """Swap tip and ring (tells the phone that the far end answered)."""
        self._is_reversed = is_reversed
        if self.is_up and self._cadence is None and self._refeed_at == inf:
            with self.trouble(now):
                self._set_feed(self._talk_feed())

    def _phases(self, cadence_ms: tuple[int, ...]) -> Iterator[tuple[LineFeed, float]]:
        while True:
            for index, length_ms in enumerate(cadence_ms):
                yield self._pause_feed() if index % 2 else LineFeed.RINGING, length_ms / 1000

    def _next_phase(self, now: float) -> None:
        assert self._cadence is not None
        feed, length_s = next(self._cadence)
        self._closed.cancel()
        self._set_feed(feed)
        self._phase_end = now + length_s

    def _end_cadence(self) -> None:
        self._cadence = None
        self._phase_end = inf

    def _talk_feed(self) -> LineFeed:
        return LineFeed.REVERSE if self._is_reversed else LineFeed.FORWARD

    def _pause_feed(self) -> LineFeed:
        return LineFeed.REVERSE_OHT if self._is_reversed else LineFeed.FORWARD_OHT

    def _set_feed(self, feed: LineFeed) -> None:
        self._chip.write(((R.LINEFEED, feed),))
        self._feed = feed

    # --- bring-up

    def _bring_up(self) -> Steps:
        self._forget()
        self._identify(self._chip.resync())
        self._chip.write(((R.LINEFEED, LineFeed.OPEN), (R.POWER1, si.DCOF), (R.LOOPBACK, 0)))
        self._chip.write(((R.ENHANCE, 0xEB), (R.AUTO, 0x07)))
        self._chip.write(((R.BATTERY_FEED, 0x01), (R.VBAT_HIGH, 0x34), (R.VBAT_LOW, 0x10), (R.HYBRID, 0x33)))
        for register, value in (*INDIRECT_VALUES, *self._ringing_values()):
            yield from self._indirect_write(register, value)
        for register in range(Ind.POWER_FIRST, Ind.POWER_LAST + 1):
            yield from self._indirect_write(register, POWER_OPEN)
        yield from self._start_converter()
        yield from self._calibrate()
        for register, value in (*POWER_VALUES, (Ind.TRIP_FILTER, self._profile.ringer.trip_filter)):
            yield from self._indirect_write(register, value)
        yield from self._verify(Ind.RING_FREQUENCY, self._profile.ringer.frequency)
        yield from self._verify(Ind.POWER_LAST, dict(POWER_VALUES)[Ind.POWER_LAST])
        if self._is_suspect:
            yield from self._prove()
        self._chip.write(self._talk_settings())

    def _prove(self) -> Steps:
        """Feed the phone for a second, so that a short circuit does not seem to be over at each retry."""
        self._chip.write(((R.IRQ2_ENABLE, 0), (R.IRQ2, 0xFF), (R.LINEFEED, LineFeed.FORWARD)))
        for _ in range(PROVE_POLLS):
            yield PROVE_POLL_S
            irq = self._chip.read(R.IRQ2)[0]
            if irq & si.POWER_ALARMS:
                self._give_up(f"alarm when fed again, register 19 {irq:02x}")

    def _give_up(self, detail: str) -> NoReturn:
        self._is_suspect = True
        self._chip.write(((R.LINEFEED, LineFeed.OPEN), (R.POWER1, si.DCOF)))
        raise PortTrouble(FailReason.POWER, detail)

    def _identify(self, serial: int) -> None:
        mode = self._chip.read(R.PCM_MODE)[0]
        if serial in (0x00, 0xFF):
            raise PortTrouble(FailReason.NO_ANSWER, f"register 0 reads {serial:02x}")
        if bool(mode & si.PNI2) != self._chip.is_si3215:
            raise PortTrouble(FailReason.WRONG_CHIP, f"register 1 reads {mode:02x}: not the card's chip")

    def _ringing_values(self) -> tuple[tuple[int, int], ...]:
        ring = self._profile.ringer
        return (
            (Ind.RING_FREQUENCY, ring.frequency),
            (Ind.RING_AMPLITUDE, ring.amplitude),
            (Ind.TRIP_THRESHOLD, ring.trip_threshold),
        )

    def _indirect_write(self, register: int, value: int) -> Steps:
        number = indirect_number(register, self._chip.is_si3215)
        if number is None:
            return
        for _ in range(INDIRECT_TRIES):
            is_taken = self._chip.try_indirect_write(number, value)
            yield INDIRECT_S
            if is_taken:
                return
        raise PortTrouble(FailReason.NO_ANSWER, f"indirect register {register}: the window stays busy")

    def _verify(self, register: int, value: int) -> Steps:
        number = indirect_number(register, self._chip.is_si3215)
        assert number is not None
        self._chip.ask_indirect(number)
        for _ in range(INDIRECT_TRIES):
            yield INDIRECT_S
            found = self._chip.indirect_answer()
            if found is not None:
                break
        if found != value:
            detail = f"indirect register {register} reads {found}, wrote {value}"
            raise PortTrouble(FailReason.WRONG_CHIP, detail)

    def _start_converter(self) -> Steps:
        self._chip.write(((R.DCDC_PERIOD, 0xFF), (R.DCDC_TIMING, 0x19), (R.POWER1, 0)))
        for _ in range(DCDC_POLLS):
            yield DCDC_POLL_S
            if self._chip.read(R.VBAT1)[0] >= DCDC_READY:
                return
        self._chip.write(((R.POWER1, si.DCOF),))
        raise PortTrouble(FailReason.CALIBRATION, "the DC-DC converter does not reach 72 V within 0.5 s")

    def _calibrate(self) -> Steps:
        self._chip.write(((R.LOOP_CURRENT, self._profile.loop_current), (R.CAL2, 0x1F), (R.CAL1, 0x5F)))
        for _ in range(CAL_POLLS):
            yield CAL_POLL_S
            if self._chip.read(R.CAL1)[0] == 0:
                self._chip.write(((R.DCDC_TIMING, 0x99),))
                return
        raise PortTrouble(FailReason.CALIBRATION, "calibration does not end within 2 s")

    def _talk_settings(self) -> tuple[tuple[int, int], ...]:
        start = self._info.index * 8  # PCLK cycles after the sync; the card's highway begins with its port 0
        low, high = start & 0xFF, start >> 8
        return (
            *((R.TXS_LOW, low), (R.TXS_HIGH, high), (R.RXS_LOW, low), (R.RXS_HIGH, high)),
            (R.PCM_MODE, si.PCME),
            *((R.IMPEDANCE, self._profile.impedance), (R.COMMON_MODE, 0x04), (R.RING_OSC, 0), (R.POWER2, 0)),
            *((R.LOOP_DEBOUNCE, 0x0A), (R.TRIP_DEBOUNCE, self._profile.ringer.trip_debounce)),
            *((R.IRQ1, 0xFF), (R.IRQ2, 0xFF), (R.IRQ3, 0xFF), (R.IRQ1_ENABLE, 0), (R.IRQ2_ENABLE, 0xFF)),
            (R.IRQ3_ENABLE, 0),
        )

    def _enter_up(self, now: float) -> None:
        self._forget()
        self._is_suspect = False
        self._set_feed(self._talk_feed())

    # --- running

    def hush(self) -> None:
        """Forbid the chip to interrupt, until bring-up allows it again."""
        self._chip.write(((R.IRQ2_ENABLE, 0),))

    def poll(self, now: float) -> None:
        """Read and judge the chip's status, on an interrupt or on the board's slow poll."""
        with self.trouble(now):
            self._judge(self._chip.read(*STATUS_REGISTERS), now)
        self._plan()

    def _judge(self, values: Sequence[int], now: float) -> None:
        power, irq, feed, loop = values
        if power:
            raise PortTrouble(FailReason.NO_ANSWER, f"settings lost: register 14 reads {power:02x}")
        if irq:
            self._chip.write(((R.IRQ2, irq),))
        if irq & si.POWER_ALARMS:
            self._count_alarm(irq, now)
        elif irq & si.RTIP and self._cadence is not None:
            self._take_lift(now)
        elif feed & 7 != self._feed:
            raise PortTrouble(FailReason.NO_ANSWER, f"settings lost: register 64 reads {feed:02x}")
        elif self._refeed_at == inf:
            self._watch_hook(bool(loop & si.LCR), now)

    def _count_alarm(self, irq: int, now: float) -> None:
        """The chip opened the loop because a transistor ran hot; feed again, but not for ever."""
        self._alarms = [*(at for at in self._alarms if now - at < ALARM_WINDOW_S), now]
        self._phase_end = self._opened_at = self._look_at = inf
        self._closed.cancel()
        if len(self._alarms) > ALARM_MAX:
            self._alarms.clear()
            self._give_up(f"{ALARM_MAX + 1} alarms in 10 s, register 19 {irq:02x}")
        self._set_feed(LineFeed.OPEN)
        self._refeed_at = now + ALARM_REFEED_S

    def _take_lift(self, now: float) -> None:
        self._end_cadence()
        self._set_feed(self._talk_feed())
        self._closed.set(True)
        self._look_at = now + TRIP_CHECK_S  # was it a phone, or a spike that tripped the filter?
        self._is_off_hook = True
        self._opened_at = inf
        self._emit(OffHook(self._info.name, now))

    def _watch_hook(self, is_closed: bool, now: float) -> None:
        if not self._is_off_hook:
            if self._feed is not LineFeed.RINGING and self._closed.feed(is_closed, now):
                self._take_lift(now)
        elif not is_closed:
            self._watch_open(now)
        elif self._opened_at != inf:
            self._close_again(now)

    def _watch_open(self, now: float) -> None:
        if self._opened_at == inf:
            self._opened_at = now
        if now >= self._opened_at + FLASH_MAX_S:
            self._is_off_hook = False
            self._closed.set(False)
            self._opened_at = inf
            self._emit(OnHook(self._info.name, now))

    def _close_again(self, now: float) -> None:
        was_flash = now - self._opened_at >= FLASH_MIN_S
        self._opened_at = inf
        if was_flash:
            self._emit(HookFlash(self._info.name, now))

    def _run(self, now: float) -> None:
        if now >= self._refeed_at:
            self._refeed(now)
        if now >= self._phase_end:
            self._next_phase(now)
        if now >= self._next_look():
            self._look_at = inf
            self._judge(self._chip.read(*STATUS_REGISTERS), now)

    def _refeed(self, now: float) -> None:
        self._refeed_at = inf
        self._look_at = now + ALARM_REFEED_S
        if self._cadence is None:
            self._set_feed(self._talk_feed())
        else:
            self._next_phase(now)

    def _next_look(self) -> float:
        return min(self._look_at, self._closed.due, self._opened_at + FLASH_MAX_S)

    def _timers(self) -> float:
        return min(self._refeed_at, self._phase_end, self._next_look())
