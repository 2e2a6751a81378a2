"""Model of the Si3210/Si3215, at register level.

Not modelled: the audio path's gains and filters, tone generators, DTMF decoder, power and voltage monitors
other than VBAT, the automatic cadence timers.
"""

from __future__ import annotations

from math import inf, sqrt

from hal import si3210 as si
from hal.ccb1 import Flag
from hal.ringer import ringing_peak_v
from hal.si3210 import Ind, LineFeed, R, indirect_number
from hal.sim.chip import Clock, SerialPort, SimChip, timeslot_of
from hal.sim.fxs_line import FxsLine

MODE3, RESYNC, CS_PER_BYTE = int(Flag.MODE3), int(Flag.RESYNC), int(Flag.CS_PER_BYTE)
CONVERTER_S = 0.1  # from switching the DC-DC converter on until VBAT is there
CALIBRATION_S = 0.25
WINDOW_S = 62.5e-6  # the indirect window is emptied 16000 times a second
TRIP_S = 0.075  # ring trip filter
HOT_S = 0.005  # a shorted line-feed transistor
DEBOUNCE_S = 0.00125
VOLT_STEP = 1.5
VBAT_STEP = 0.376
HEADROOM_V = 7.5
RESET_VALUES = {
    **{1: 0x08, 8: 0x02, 10: 0x08, 11: 0x33, 14: 0x10, 63: 0x54, 65: 0x61, 66: 0x03, 67: 0x1F},
    **{69: 0x0A, 70: 0x0A},
    **{72: 0x20, 73: 0x02, 74: 0x32, 75: 0x10, 92: 0xFF, 93: 0x14, 96: 0x1F, 97: 0x1F, 98: 0x10, 99: 0x10},
    **{100: 0x11, 101: 0x11, 102: 0x08, 103: 0x88, 107: 0x08},
}
SERIAL_ID = 0x05  # revision E
AOPN = 0x01
WRITE_ONE_CLEARS = frozenset({R.IRQ1, R.IRQ2, R.IRQ3})
READ_ONLY = frozenset({R.IAS, R.LOOP_STATUS, *range(76, 90)})
TALKING = (LineFeed.FORWARD, LineFeed.FORWARD_OHT, LineFeed.REVERSE, LineFeed.REVERSE_OHT)
ON_HOOK_AUDIO = (LineFeed.FORWARD_OHT, LineFeed.REVERSE_OHT)


class Si3210Sim(SimChip, SerialPort):
    """One chip on its own chip select."""

    def __init__(self, line: FxsLine, clock: Clock, is_si3215: bool = False) -> None:
        super().__init__(clock)
        self.line = line
        self.is_si3215 = is_si3215
        self.is_converter_sound = True  # False: VBAT never comes up
        self._regs = bytearray(128)
        self._indirect: dict[int, int] = {}
        self._frame: int | None = None
        line.on_change = self._line_changed
        self.reset()

    # --- pins

    @property
    def is_interrupting(self) -> bool:
        return bool(self._regs[R.IRQ2] & self._regs[R.IRQ2_ENABLE])

    @property
    def timeslot(self) -> int | None:
        regs = self._regs
        if not (regs[R.PCM_MODE] & si.PCME and self.is_clocked):
            return None
        return timeslot_of(regs[R.TXS_HIGH] << 8 | regs[R.TXS_LOW], regs[R.RXS_HIGH] << 8 | regs[R.RXS_LOW])

    def reset(self) -> None:
        self._regs[:] = bytes(128)
        for register, value in RESET_VALUES.items():
            self._regs[register] = value
        self._regs[R.SERIAL] = SERIAL_ID
        self._regs[R.PCM_MODE] |= si.PNI2 * self.is_si3215
        self._indirect.clear()
        self._window_free_at = 0.0
        self._is_window_loaded = False
        self._converter_at = inf
        self._calibrated_at = inf
        self._feed = LineFeed.OPEN  # what the loop really gets
        self._forced: LineFeed | None = None  # by ring trip or a power alarm, until R64 is written
        self._loop_at = self._trip_at = self._hot_at = inf
        self.next_change = inf
        self._line_changed()

    # --- the serial port

    def exchange(self, data: bytes, flags: int) -> bytes:
        if not flags & MODE3:
            self._frame = 0x7F  # sampled on the wrong edge: garbage for an address
            return b"\xff" * len(data)
        if flags & (RESYNC | CS_PER_BYTE) != CS_PER_BYTE:
            self._frame = None  # a chip select that falls anew begins a frame
        answer = bytes([self._take(octet) for octet in data])
        if not flags & CS_PER_BYTE:
            self._frame = None
        return answer

    def _take(self, octet: int) -> int:
        if not self.is_clocked:
            return 0xFF
        if self._frame is None:
            self._frame = octet
            return 0xFF
        head, self._frame = self._frame, None
        if head & si.READ:
            return self.read(head & 0x7F)
        self.write(head, octet)
        return 0xFF

    def read(self, register: int) -> int:
        """Return a register as the chip would."""
        now = self._clock()
        self.advance(now)
        match register:
            case R.IAS:
                return int(now < self._window_free_at)
            case R.LINEFEED:
                return self._feed << 4 | self._regs[R.LINEFEED]
            case R.VBAT1:
                return self._vbat(now)
            case R.CAL1:
                return 0 if now >= self._calibrated_at else self._regs[R.CAL1]
        return self._regs[register]

    def write(self, register: int, value: int) -> None:
        """Take a register write as the chip would."""
        now = self._clock()
        self.advance(now)
        if register in READ_ONLY:
            return
        if register in WRITE_ONE_CLEARS:
            self._regs[register] &= ~value
        elif register == R.PCM_MODE:
            self._regs[register] = value & ~si.PNI2 | si.PNI2 * self.is_si3215
        else:
            self._regs[register] = value
        self._act_on_write(register, value, now)
        self._line_changed()

    def _act_on_write(self, register: int, value: int, now: float) -> None:
        match register:
            case R.IDA_LOW | R.IDA_HIGH:
                self._is_window_loaded = register == R.IDA_HIGH
            case R.IAA:
                self._use_window(value, now)
            case R.POWER1:
                since = self._converter_at if self._converter_at != inf else now + CONVERTER_S
                self._converter_at = inf if value & si.DCOF else since
            case R.CAL1 if value & si.CAL_START:
                begin = max(now, self._converter_at) if self.is_converter_sound else inf
                self._calibrated_at = begin + CALIBRATION_S  # never, without supply
            case R.LINEFEED:
                self._regs[R.LINEFEED] &= 7
                self._forced = None

    def _use_window(self, number: int, now: float) -> None:
        """Begin an indirect access: a write if data was loaded, else a read. A busy window loses it."""
        is_write, self._is_window_loaded = self._is_window_loaded, False
        if now < self._window_free_at:
            return
        self._window_free_at = now + WINDOW_S
        if is_write:
            self._indirect[number] = self._regs[R.IDA_HIGH] << 8 | self._regs[R.IDA_LOW]
        else:
            value = self._indirect.get(number, 0)
            self._regs[R.IDA_LOW], self._regs[R.IDA_HIGH] = value & 0xFF, value >> 8

    def _vbat(self, now: float) -> int:
        if self._converter_at == inf or not self.is_converter_sound:
            return 0
        share = min(1.0, 1 - (self._converter_at - now) / CONVERTER_S)
        return min(255, int(share * self._regs[R.VBAT_HIGH] * VOLT_STEP / VBAT_STEP))

    # --- the phone

    def power_alarm(self, transistor: int) -> None:
        """Let a line-feed transistor run hot.

        transistor  1..6
        """
        self.advance(self._clock())
        self._regs[R.IRQ2] |= 1 << (1 + transistor)
        if self._regs[R.AUTO] & AOPN:
            self._forced = LineFeed.OPEN
        self._line_changed()

    def _line_changed(self) -> None:
        """Work out anew what the loop gets and does, after either side did something."""
        now = self._clock()
        self.advance(now)
        self._feed = self._feed_now(now)
        line = self.line
        line.is_powered = self._feed is not LineFeed.OPEN
        line.is_reversed = self._feed in (LineFeed.REVERSE, LineFeed.REVERSE_OHT)
        line.ringing_vrms = self._ringing_vrms() if self._feed is LineFeed.RINGING else 0.0
        is_closed = line.is_lifted and self._feed in TALKING
        self._plan_loop(is_closed, now)
        self._plan_trip(now)
        self._plan_heat(now)
        has_audio = self.is_clocked and (is_closed or self._feed in ON_HOOK_AUDIO)
        line.from_box_from = now if has_audio else inf
        line.to_box_from = now if self.is_clocked and is_closed else inf
        converter_at = self._converter_at if self._converter_at > now else inf
        self.next_change = min(self._loop_at, self._trip_at, self._hot_at, converter_at)
        self.on_change()

    def _feed_now(self, now: float) -> LineFeed:
        if now < self._converter_at or not self.is_converter_sound or not self.is_clocked:
            return LineFeed.OPEN
        return LineFeed(self._regs[R.LINEFEED]) if self._forced is None else self._forced

    def _ringing_vrms(self) -> float:
        limit_v = self._regs[R.VBAT_HIGH] * VOLT_STEP - HEADROOM_V
        peak_v = ringing_peak_v(self._ind(Ind.RING_FREQUENCY), self._ind(Ind.RING_AMPLITUDE))
        return max(0.0, min(peak_v, limit_v)) / sqrt(2)

    def _ind(self, register: int) -> int:
        number = indirect_number(register, self.is_si3215)
        return 0 if number is None else self._indirect.get(number, 0)

    def _plan_loop(self, is_closed: bool, now: float) -> None:
        is_seen = bool(self._regs[R.LOOP_STATUS] & si.LCR)
        if is_closed == is_seen:
            self._loop_at = inf
        elif self._loop_at == inf:
            self._loop_at = now + self._regs[R.LOOP_DEBOUNCE] * DEBOUNCE_S

    def _plan_trip(self, now: float) -> None:
        can_trip = self.line.is_lifted and self.line.ringing_vrms > 0 and self._ind(Ind.TRIP_THRESHOLD) > 0
        if not can_trip or not self._ind(Ind.TRIP_FILTER):
            self._trip_at = inf
        elif self._trip_at == inf:
            self._trip_at = now + TRIP_S + self._regs[R.TRIP_DEBOUNCE] * DEBOUNCE_S

    def _plan_heat(self, now: float) -> None:
        """A short circuit heats the line-feed transistors long before it looks like a lifted phone."""
        if not (self.line.is_shorted and self._feed is not LineFeed.OPEN):
            self._hot_at = inf
        elif self._hot_at == inf:
            self._hot_at = now + HOT_S

    # --- time

    def advance(self, now: float) -> None:
        while self.next_change <= now:
            at, self.next_change = self.next_change, inf
            if at == self._loop_at:
                self._loop_at = inf
                self._regs[R.LOOP_STATUS] ^= si.LCR
                self._regs[R.IRQ2] |= si.LCIP
            elif at == self._hot_at:
                self._hot_at = inf
                self._regs[R.IRQ2] |= si.POWER_ALARMS & -si.POWER_ALARMS  # the first transistor
                self._forced = LineFeed.OPEN if self._regs[R.AUTO] & AOPN else self._forced
            elif at == self._trip_at:
                self._trip_at = inf
                self._regs[R.LOOP_STATUS] |= si.RTP
                self._regs[R.IRQ2] |= si.RTIP
                self._forced = LineFeed.FORWARD
            self._line_changed()
