"""Model of the Si3050 with a Si3019 line side, at register level.

Not modelled: the gains of 0.1 dB and the filters, the ringing waveform that the real chip puts on DTX while
on-hook without ONHM (the highway carries silence then), billing tone, ground start, the GCI mode.
"""

from __future__ import annotations

from math import inf, pi, sin, sqrt

from hal import si3050 as si
from hal.ccb1 import Flag
from hal.si3050 import R
from hal.sim.chip import Clock, SerialPort, SimChip, timeslot_of
from hal.sim.fxo_line import FxoLine
from hal.sim.gain import gain_table
from hal.sim.hybrid import echo_taps

MODE3, RESYNC, CS_PER_BYTE = int(Flag.MODE3), int(Flag.RESYNC), int(Flag.CS_PER_BYTE)
FDT_S = 0.005
RDT_HOLD_S = 5.0
RESET_VALUES = {2: 0x03, 6: 0x10, 22: 0x96, 23: 0x2D, 24: 0x19, 31: 0x20, 32: 0x03}
CHIP_ID = 0x35  # line side Si3019, system side revision E
LINE_REVISION = 0x40 | 5 << 2
READ_ONLY = frozenset({R.CHIP_ID, R.LINE_STATUS, 13, R.INTL4, R.LCS2, R.LVS})
WRITABLE_DAA1 = si.ONHM | si.OH
INVALID = 0xA5  # what the line-side registers show while the link is down
RING_CONFIRM_S = (0.1, 0.15, 0.2, 0.256, 0.384, 0.512, 0.64, 1.024)
RING_TIMEOUT_S = 0.128
RING_DELAY_S = 0.256
THRESHOLD_VRMS = {0b00: 15.0, 0b10: 21.5, 0b11: 45.0, 0b01: 15.0}
RING_PHASE = 0.7  # of the exchange's ringing machine; no zero crossing on the 10 ms grid of virtual time
FILTER_S = (0.512, 0.128, 0.064, 0.008)  # FOH
ILIM, TXM, RXM = 0x02, 0x80, 0x08


class Si3050Sim(SimChip):
    """One chip; `Si3050ChainSim` carries the octets to it."""

    def __init__(self, line: FxoLine, clock: Clock) -> None:
        super().__init__(clock)
        self.line = line
        self.is_link_sound = True  # False: the isolation link is broken (a blown line side)
        self._regs = bytearray(64)
        line.on_change = self._line_changed
        self.reset()

    # --- pins

    @property
    def is_interrupting(self) -> bool:
        return bool(self._regs[R.CONTROL2] & si.INTE and self._regs[R.IRQ_SOURCE] & self._regs[R.IRQ_MASK])

    @property
    def timeslot(self) -> int | None:
        regs = self._regs
        if not (regs[R.PCM_MODE] & si.PCME and self.is_alive):
            return None
        return timeslot_of(regs[R.TXS_HIGH] << 8 | regs[R.TXS_LOW], regs[R.RXS_HIGH] << 8 | regs[R.RXS_LOW])

    @property
    def is_alive(self) -> bool:
        """The chip answers: it has a clock and is not powered down."""
        return self.is_clocked and not self._regs[R.DAA2] & si.PDN

    def reset(self) -> None:
        self._regs[:] = bytes(64)
        for register, value in RESET_VALUES.items():
            self._regs[register] = value
        self.next_change = self._link_at = inf
        self._is_linked = False
        self._off_hook_at = inf
        self._is_burst = False
        self._confirm_at = self._burst_end_at = self._rdt_end_at = inf
        self._polarity = 0
        self._is_dropped = False
        self._overload = False
        self._line_changed()

    # --- registers

    def read(self, register: int) -> int:
        """Return a register as the chip would."""
        if not self.is_alive:
            return 0xFF
        now = self._clock()
        self.advance(now)
        match register:
            case R.DAA1:
                return self._regs[R.DAA1] | self._comparators(now)
            case R.CHIP_ID:
                return CHIP_ID if self._is_linked else CHIP_ID & 0x0F
            case R.LINE_STATUS:
                return si.FDT | min(31, int(self.line.current_ma / 3.3)) if self._is_linked else 0
            case 13:
                return LINE_REVISION if self._is_linked else INVALID
            case R.INTL4:
                return si.DOD * self._is_dropped | si.OPD * self._overload
            case R.LCS2:
                return min(255, int(self.line.current_ma / 1.1)) if self._is_linked else INVALID
            case R.LVS:
                return self._line_volts() & 0xFF if self._is_linked else INVALID
        return self._regs[register]

    def write(self, register: int, value: int) -> None:
        """Take a register write as the chip would."""
        if not self.is_alive or register in READ_ONLY:
            return
        self.advance(self._clock())
        match register:
            case R.CONTROL1 if value & si.SR:
                self.reset()
                return
            case R.IRQ_SOURCE:
                self._regs[R.IRQ_SOURCE] &= value
            case R.DAA1:
                self._write_hook(value & WRITABLE_DAA1)
            case _:
                self._regs[register] = value
        self._line_changed()

    def _write_hook(self, bits: int) -> None:
        was_off_hook = self._regs[R.DAA1] & si.OH
        self._regs[R.DAA1] = bits | self._regs[R.DAA1] & ~WRITABLE_DAA1
        if bits & si.OH and not was_off_hook:
            self._off_hook_at = self._clock()
            self._regs[R.DAA1] &= ~si.RDT  # the ring bit is cleared by going off-hook
            self._is_burst = False
            self._burst_end_at = self._rdt_end_at = inf

    def _line_volts(self) -> int:
        volts = round(self.line.line_v)
        is_forced = abs(volts) <= 3 and not self._regs[R.DAA5] & 1  # LVFD
        return 0 if is_forced else volts

    def _comparators(self, now: float) -> int:
        """RDTP and RDTN: whether the ringing voltage is above the threshold at this very moment."""
        if not (self._is_linked and self.line.ring_vrms):
            return 0
        volts = self.line.ring_vrms * sqrt(2) * sin(2 * pi * self.line.ring_hz * now + RING_PHASE)
        threshold = self._threshold_vrms() * sqrt(2)
        return si.RDTP * (volts > threshold) | si.RDTN * (volts < -threshold)

    # --- the line

    def _line_changed(self) -> None:
        """Work out anew what the line side sees, after either side did something."""
        now = self._clock()
        self.advance(now)
        self._plan_link(now)
        line = self.line
        line.is_seized = self._is_linked and bool(self._regs[R.DAA1] & si.OH)
        if line.is_off_hook:
            line.ring_vrms = 0.0  # the exchange sees the loop current and stops ringing
        self._plan_ring(now)
        self._see_loop()
        self._plan_audio(now)
        self._plan_sound()
        self.next_change = min(self._link_at, self._confirm_at, self._burst_end_at, self._rdt_end_at)
        self.on_change()

    def _plan_link(self, now: float) -> None:
        should_link = self.is_link_sound and not self._regs[R.DAA2] & si.PDL
        if should_link and not self._is_linked and self._link_at == inf:
            self._link_at = now + FDT_S
        elif not should_link:
            self._link_at = inf
            if self._is_linked:
                self._is_linked = False
                self._regs[R.IRQ_SOURCE] |= si.FDTI

    def _plan_ring(self, now: float) -> None:
        if self._is_ring_valid():
            self._burst_end_at = inf
            if not self._is_burst and self._confirm_at == inf:
                self._confirm_at = now + self._confirm_s()
        else:
            self._confirm_at = inf
            if self._is_burst and self._burst_end_at == inf:
                self._burst_end_at = now + max(1, self._regs[R.RING2] >> 3 & 15) * RING_TIMEOUT_S

    def _is_ring_valid(self) -> bool:
        line = self.line
        if not self._is_linked or line.is_seized or line.ring_vrms < self._threshold_vrms():
            return False
        if not self._regs[R.RING3] & si.RNGV:
            return True
        longest = self._regs[R.RING3] & 0x3F
        shortest = longest - (self._regs[R.RING1] & 0x3F)
        if longest == 0 or shortest < 0:
            return False
        return 1 / (4e-3 * longest) <= line.ring_hz <= (1 / (4e-3 * shortest) if shortest else inf)

    def _threshold_vrms(self) -> float:
        return THRESHOLD_VRMS[(self._regs[R.INTL1] & 1) << 1 | self._regs[R.INTL2] >> 4 & 1]

    def _confirm_s(self) -> float:
        if not self._regs[R.RING3] & si.RNGV:
            return 0.0
        delay = self._regs[R.RING1] >> 6 | self._regs[R.RING2] >> 7 << 2
        return RING_CONFIRM_S[self._regs[R.RING2] & 7] + delay * RING_DELAY_S

    def _see_loop(self) -> None:
        """Latch the interrupts for polarity, dropout and overload."""
        if not self._is_linked:
            return
        volts = self._line_volts()
        polarity = (volts > 0) - (volts < 0)
        if polarity and self._polarity and polarity != self._polarity:
            self._regs[R.IRQ_SOURCE] |= si.POLI
        self._polarity = polarity or self._polarity
        current_ma = self.line.current_ma
        if current_ma == 0 and not self._is_dropped:
            self._regs[R.IRQ_SOURCE] |= si.DODI
        self._is_dropped = current_ma == 0
        limit_ma = 60 if self._regs[R.DC_TERM] & ILIM else 160
        if not self._regs[R.INTL2] & si.OPE:
            self._overload = False
        elif current_ma > limit_ma:
            self._overload = True

    def _plan_audio(self, now: float) -> None:
        line, regs = self.line, self._regs
        gate = self._off_hook_at + self._gate_s() if line.is_off_hook else inf
        monitor = now if regs[R.DAA1] & si.ONHM and not line.is_seized else inf
        is_open = self._is_linked and line.is_plugged
        line.to_box_from = min(gate, monitor) if is_open and not regs[15] & RXM else inf
        line.from_box_from = gate if is_open and not regs[15] & TXM else inf

    def _plan_sound(self) -> None:
        regs, line = self._regs, self.line
        line.rx_gain, line.tx_gain = (gain_table(_gain_db(regs[r])) for r in (R.RX_GAIN, R.TX_GAIN))
        if line.network is not None:
            hybrid = tuple(regs[R.HYBRID1 : R.HYBRID1 + 8])
            line.echo = echo_taps(line.network, regs[R.AC_TERM] & 0x0F, hybrid)

    def _gate_s(self) -> float:
        regs = self._regs
        resistor = 0 if regs[R.RES_CAL] & si.RCALD else 0.017
        converter = 0 if regs[R.INTL2] & si.CALD else 0.256
        return 0.00025 + FILTER_S[regs[R.DAA5] >> 5 & 3] + resistor + converter + 0.0015

    # --- time

    def advance(self, now: float) -> None:
        while self.next_change <= now:
            at = self.next_change
            if at == self._link_at:
                self._link_at = inf
                self._is_linked = True
                self._is_dropped = False
            elif at == self._confirm_at:
                self._confirm_at = inf
                self._begin_burst()
            elif at == self._burst_end_at:
                self._burst_end_at = inf
                self._end_burst(at)
            else:
                self._rdt_end_at = inf
                self._regs[R.DAA1] &= ~si.RDT
            self.next_change = inf
            self._line_changed()

    def _begin_burst(self) -> None:
        self._is_burst = True
        self._rdt_end_at = inf
        self._regs[R.DAA1] |= si.RDT
        self._regs[R.IRQ_SOURCE] |= si.RDTI

    def _end_burst(self, at: float) -> None:
        self._is_burst = False
        self._rdt_end_at = at + RDT_HOLD_S
        if self._regs[R.CONTROL2] & si.RDI:
            self._regs[R.IRQ_SOURCE] |= si.RDTI


class Si3050ChainSim(SerialPort):
    """Up to 16 chips on one chip select: the frame's channel number counts down along the chain.

    In 8-bit mode chip select rises after every octet. A transfer of 16 bits in one chip select is the
    16-bit mode; anything longer loses its rest, and the chips wait for the data word: everything after is
    off by one, until a chip select that rises off an octet's boundary.
    """

    def __init__(self, chips: list[Si3050Sim]) -> None:
        self._chips = chips
        self._frame = bytearray()
        self._answer = 0xFF

    def exchange(self, data: bytes, flags: int) -> bytes:
        if not flags & MODE3:
            self._frame = bytearray((0x55,))  # sampled on the wrong edge: garbage for a control octet
            return b"\xff" * len(data)
        if flags & RESYNC:
            self._frame.clear()
        if flags & CS_PER_BYTE:
            return bytes([self._take(octet) for octet in data])
        return self._take_word(data)

    def _take(self, octet: int) -> int:
        frame = self._frame
        if len(frame) < 2:
            answer = 0xFF
            if len(frame) == 1 and self._is_read(frame[0]):
                self._answer = self._read(frame[0], octet & 0x3F)
            frame.append(octet)
            return answer
        head, register = frame[0], frame[1] & 0x3F
        frame.clear()
        if self._is_read(head):
            return self._answer
        for chip in self._addressed(head):
            chip.write(register, octet)
        return 0xFF

    def _take_word(self, data: bytes) -> bytes:
        """A chip select held over several octets: 16-bit mode."""
        if self._frame:  # the data word of a frame; its second octet does not count
            answer = self._take(data[0])
            return bytes([answer] * min(2, len(data))) + b"\xff" * (len(data) - 2)
        for octet in data[:2]:
            self._take(octet)
        return b"\xff" * len(data)

    @staticmethod
    def _is_read(head: int) -> bool:
        return head & 0xF0 == si.READ

    def _addressed(self, head: int) -> list[Si3050Sim]:
        if head & 0xF0 == 0xA0:
            return self._chips
        if head & 0x30 != 0x20:
            return []
        channel = (head & 8) >> 3 | (head & 4) >> 1 | (head & 2) << 1 | (head & 1) << 3
        return self._chips[channel : channel + 1]

    def _read(self, head: int, register: int) -> int:
        chips = self._addressed(head)
        return chips[0].read(register) if chips else 0xFF


def _gain_db(value: int) -> int:
    return -(value & 0x0F) if value & si.ATTENUATE else min(value & 0x0F, 12)
