"""Model of the DS26521, at register level, as one end of an E1.

Not modelled: T1, HDLC, BERT, jitter attenuator, line levels and impedance, frames bit by bit (Sa and
Si bits), line coding other than HDB3, hardware signalling pins, resynchronisation by software.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from hal import ds26521 as ds
from hal.ccb1 import Flag
from hal.ds26521 import R, cas_place
from hal.sim.chip import Clock, SerialPort, SimChip
from hal.sim.span_line import TIMESLOTS, SpanLine
from hal.sim.world import BLOCK_SMP, SILENCE

WRONG_MODE = int(Flag.MODE3 | Flag.CS_PER_BYTE)
SIZE = 0x1110
UNKNOWN = 0x5A  # what a register may hold after power-up
MULTIFRAME_S = 0.002
SLIP_S = 0.02  # between two slips
SECOND_S = 1.0
CODE_VIOLATIONS = "code_violations"
COUNTED = (CODE_VIOLATIONS, "crc_errors", "framing_errors", "far_errors")  # in the registers' order
COUNT_MAX = 0xFFFF
# from the line's state to the status bit, and back: 255 zeros, 512 bits, three words, three words
LATENCY_S = {
    ds.LOS: (0.0002, 0.0002),
    ds.AIS: (0.0003, 0.0003),
    ds.LOF: (0.001, 0.003),
    ds.RAI: (0.001, 0.001),
}
MULTIFRAME_FOUND_S = 0.008
WRITE_ONE_CLEARS = frozenset(
    {*range(R.RLS1, R.RLS7 + 1), *range(R.RSS1, R.RSS4 + 1), *range(0x190, 0x193), R.LLSR, R.BLSR}
)
READ_ONLY = frozenset(
    {*range(R.CAS_RX, R.COUNTERS + 8), R.RIIR, *range(R.RRTS1, 0xB5), R.IDR, *range(R.GFISR, R.GFIMR)}
)
ALIGNMENT = 0x0B  # RS1, the first word of the multiframe
CHANNELS = (*range(1, 16), *range(17, 32))
DEAF = ds.LOS | ds.LOF | ds.AIS
LATCHES = R.RLS7 - R.RLS1 + 1
RUNS = ds.FRM_EN | ds.INIT_DONE | ds.E1


class Ds26521Sim(SimChip, SerialPort):
    """One chip on its own chip select."""

    def __init__(self, line: SpanLine, clock: Clock, local_timeslot: int = 0) -> None:
        super().__init__(clock)
        self.line = line
        self.identity = ds.ID_DS26521
        self._local_timeslot = local_timeslot  # where the card has wired its highway
        self._regs = bytearray(SIZE)
        line.on_change = self._line_changed
        line.on_errors = self.disturb
        self.reset()

    # --- pins

    @property
    def is_interrupting(self) -> bool:
        regs = self._regs
        return bool(regs[R.GFIMR] & 1 and not regs[R.GTCR1] & ds.GIPI and self._asking())

    @property
    def timeslot(self) -> int | None:
        regs = self._regs
        is_wired = regs[R.RIOCR] & (ds.RSCLKM | ds.RSIO) == ds.RSCLKM | ds.RSIO and regs[R.TIOCR] & ds.TSCLKM
        is_buffered = regs[R.RESCR] & ds.RESE and regs[R.TESCR] & ds.TESE
        return self._local_timeslot if self.is_clocked and is_wired and is_buffered else None

    def reset(self) -> None:
        self._regs[:] = bytes(SIZE)
        for first, end in ds.AREAS[:2]:
            self._regs[first:end] = bytes([UNKNOWN]) * (end - first)
        for register in (R.RMMR, R.TMMR, *WRITE_ONE_CLEARS, *READ_ONLY, *range(R.GTCR1, 0x100)):
            self._regs[register] = 0
        self._lose_sync()
        self._second_at = inf
        self._slip_at = inf
        self._cas_in_at = self._cas_out_at = inf
        self._errors = dict.fromkeys(COUNTED, 0)
        self._line_changed()

    def _lose_sync(self) -> None:
        """The receive framer begins anew."""
        self._regs[R.RRTS1] = ds.LOF
        self._flips = dict.fromkeys(LATENCY_S, inf)
        self._multiframe_at = inf  # since when there are multiframes
        self._seen_multiframe_at = -inf

    # --- the serial port

    def exchange(self, data: bytes, flags: int) -> bytes:
        if flags & WRONG_MODE or not self.is_clocked or len(data) < 3:
            return b"\xff" * len(data)
        head = data[0] << 8 | data[1]
        address, is_burst = head >> 1 & 0x3FFF, bool(head & ds.BURST)
        octets = data[2:] if is_burst else data[2:3]
        answer = b"\xff\xff"
        if head & ds.READ:
            answer += self._read(address, len(octets))
        else:
            self._write(address, octets)
        return answer + b"\xff" * (len(data) - len(answer))

    def read(self, address: int) -> int:
        """Return a register as the chip would."""
        return self._read(address, 1)[0]

    def write(self, address: int, value: int) -> None:
        """Take a register write as the chip would."""
        self._write(address, bytes([value]))

    def _read(self, address: int, count: int) -> bytes:
        now = self._clock()
        self.advance(now)
        end = address + count
        if address <= R.RLS2 < end:
            self._latch_multiframes(now)
        if address <= R.GFISR and end > R.RIIR:
            self._show_pending()
        octets = bytes(self._regs[address:end])
        return octets + bytes(count - len(octets))

    def _show_pending(self) -> None:
        """Fill in the registers that only sum up others."""
        regs = self._regs
        regs[R.IDR] = self.identity
        asking = self._asking().to_bytes(LATCHES, "little")
        regs[R.RIIR] = sum(1 << n for n in range(LATCHES) if asking[n])
        regs[R.GFISR] = regs[R.RIIR] != 0

    def _write(self, address: int, octets: bytes) -> None:
        now = self._clock()
        self.advance(now)
        is_plain = False
        for register, value in enumerate(octets, address):
            if register in WRITE_ONE_CLEARS:
                self._clear(register, value, now)
            elif register < SIZE and register not in READ_ONLY:
                is_plain = True
                self._regs[register] = value
                self._act_on_write(register, value, now)
        self._settle(now) if is_plain else self.on_change()

    def _clear(self, register: int, value: int, now: float) -> None:
        self._regs[register] &= ~value
        if register == R.RLS2 and value & (ds.RCMF | ds.CASRC):
            self._seen_multiframe_at = now

    def _act_on_write(self, address: int, value: int, now: float) -> None:
        match address:
            case R.RMMR if value & ds.SFTRST:
                self._lose_sync()
            case R.RCR1:
                self._multiframe_at = inf  # sought anew
            case R.GFSRR if value & 1:
                self._lose_sync()
            case R.GLSRR if value & 1:
                self._regs[0x1000:0x1020] = bytes(0x20)
        is_cas = R.CAS_TX <= address < R.CAS_TX + 16 or address == R.TCR1
        if is_cas and self._cas_out_at == inf:
            self._cas_out_at = now + MULTIFRAME_S

    def _asking(self) -> int:
        """Return the latched bits that ask for an interrupt, RLS1 in the lowest octet."""
        latched, masks = self._regs[R.RLS1 : R.RLS7 + 1], self._regs[R.RIM1 : R.RIM7 + 1]
        return int.from_bytes(latched, "little") & int.from_bytes(masks, "little")

    # --- the line

    @property
    def _is_receiving(self) -> bool:
        return self._regs[R.RMMR] & RUNS == RUNS

    @property
    def _is_sending_frames(self) -> bool:
        regs = self._regs
        has_words = regs[R.E1TAF] == ds.FAS and regs[R.E1TNAF] & ds.NFAS
        return bool(regs[R.TMMR] & RUNS == RUNS and has_words)

    def _line_changed(self) -> None:
        """Work out anew what both ends see, after either did something."""
        now = self._clock()
        self.advance(now)
        self._settle(now)

    def clock_moved(self) -> None:
        self._line_changed()

    def _settle(self, now: float) -> None:
        self._show_far_end()
        self._plan_status(now)
        self._set_highway()
        self._plan_rest(now)
        found = self._multiframe_at if self._multiframe_at > now else inf
        others = (self._second_at, self._slip_at, self._cas_in_at, self._cas_out_at, found)
        self.next_change = min(*self._flips.values(), *others)
        self.on_change()

    def disturb(self, errors: Mapping[str, int]) -> None:
        """Count errors; out of frame there is nothing to check but the line code."""
        for name, count in errors.items():
            if name == CODE_VIOLATIONS or not self.line.is_deaf:
                self._errors[name] += count

    @property
    def gives_clock(self) -> bool:
        """A clock is recovered from the line."""
        return self._is_receiving and not self._regs[R.RRTS1] & ds.LOS

    def _show_far_end(self) -> None:
        regs, line = self._regs, self.line
        liu = regs[R.LMCR] if self.is_clocked else 0
        line.is_remote_loop = bool(liu & ds.RLB) and self.is_clocked
        line.is_transmitting = bool(liu & ds.TE) and (regs[R.TMMR] & RUNS == RUNS or line.is_remote_loop)
        line.is_framed = self._is_sending_frames
        line.sends_ais = bool(liu & ds.LIU_TAIS or regs[R.TCR1] & ds.TAIS)
        is_deaf = regs[R.RRTS1] & DEAF
        line.sends_rai = bool(regs[R.E1TNAF] & ds.A_BIT or (regs[R.TCR2] & ds.ARA and is_deaf))

    def _arriving(self) -> tuple[int, bool]:
        """Return the status bits that the receive signal asks for, and whether it has multiframes."""
        line, regs = self.line, self._regs
        is_own = bool(regs[R.LMCR] & ds.LLB)
        if not is_own and (line.is_cut or (line.is_plugged_back and not line.is_transmitting)):
            return ds.LOS | ds.LOF, False
        is_own = is_own or line.is_plugged_back
        if (regs[R.TCR1] & ds.TAIS) if is_own else line.is_sending_ais:
            return ds.AIS | ds.LOF, False
        has_frames = self._is_sending_frames if is_own else not line.has_no_frames
        if not (has_frames and regs[R.RCR1] & ds.RHDB3):
            return ds.LOF, False
        is_rai = bool(regs[R.E1TNAF] & ds.A_BIT) if is_own else line.is_sending_rai
        return ds.RAI * is_rai, is_own or not line.has_no_multiframe

    def _plan_status(self, now: float) -> None:
        if not self._is_receiving or not self.is_clocked:
            self._flips = dict.fromkeys(LATENCY_S, inf)
            self._multiframe_at = inf
            return
        wanted, has_multiframe = self._arriving()
        for bit, (set_s, clear_s) in LATENCY_S.items():
            if (wanted ^ self._regs[R.RRTS1]) & bit == 0:
                self._flips[bit] = inf
            elif self._flips[bit] == inf:
                self._flips[bit] = now + (set_s if wanted & bit else clear_s)
        if not has_multiframe:
            self._multiframe_at = inf
        elif self._multiframe_at == inf:
            self._multiframe_at = now + MULTIFRAME_FOUND_S

    def _plan_rest(self, now: float) -> None:
        if not self._is_receiving:
            self._second_at = inf
        elif self._second_at == inf:
            self._second_at = now + SECOND_S
        if self.line.slips_left and self._slip_at == inf:
            self._slip_at = now
        if self._cas_in_at == inf and self._hears_cas(now) and self._cas_arriving() != self._cas_known():
            self._cas_in_at = now + MULTIFRAME_S

    def _set_highway(self) -> None:
        regs, line = self._regs, self.line
        line.is_deaf = bool(regs[R.RRTS1] & DEAF) or not self._is_receiving
        line.is_local_loop = bool(regs[R.LMCR] & ds.LLB)
        enabled = int.from_bytes(regs[R.IDLE_RX_ON : R.IDLE_RX_ON + 4], "little")
        line.muted = {t: _idle(regs[R.IDLE_RX + t]) for t in range(TIMESLOTS) if enabled >> t & 1}

    # --- time

    def advance(self, now: float) -> None:
        while self.next_change <= now:
            at, self.next_change = self.next_change, inf
            for bit, flip_at in self._flips.items():
                if flip_at <= at:
                    self._flip(bit)
            if self._second_at <= at:
                self._end_second(at)
            if self._slip_at <= at:
                self._slip(at)
            if self._cas_in_at <= at:
                self._take_cas(at)
            if self._cas_out_at <= at:
                self._send_cas()
            self._settle(at)

    def _flip(self, bit: int) -> None:
        """Turn a status bit over, and latch that."""
        self._flips[bit] = inf
        self._regs[R.RRTS1] ^= bit
        self._regs[R.RLS1] |= bit if self._regs[R.RRTS1] & bit else bit << 4

    def _end_second(self, at: float) -> None:
        self._second_at = at + SECOND_S
        counts = b"".join(min(self._errors[name], COUNT_MAX).to_bytes(2, "big") for name in COUNTED)
        self._regs[R.COUNTERS : R.COUNTERS + len(counts)] = counts
        self._errors = dict.fromkeys(COUNTED, 0)
        self._regs[R.RLS4] |= ds.ONE_SECOND

    def _slip(self, at: float) -> None:
        self.line.slips_left -= 1
        self._slip_at = at + SLIP_S if self.line.slips_left else inf
        is_foreign = not (self.line.is_deaf or self.line.is_local_loop)  # our own clock never slips
        if is_foreign and self._regs[R.RESCR] & ds.RESE:
            self.line.slips += 1
            self._regs[R.RLS4] |= ds.RSLIP

    # --- signalling in timeslot 16

    def _take_cas(self, at: float) -> None:
        """Take a multiframe's bits, and latch which timeslots' changed."""
        self._cas_in_at = inf
        if not self._hears_cas(at):
            return
        arriving, regs = self._cas_arriving(), self._regs
        for timeslot in CHANNELS:
            register, shift = cas_place(timeslot)
            if (arriving[register] ^ regs[R.CAS_RX + register]) >> shift & 15:
                bit = 1 << timeslot % 8
                regs[R.RSS1 + timeslot // 8] |= bit
                if regs[R.RSCSE1 + timeslot // 8] & bit:
                    regs[R.RLS4] |= ds.RSCOS
        regs[R.CAS_RX : R.CAS_RX + 16] = arriving

    def _hears_cas(self, now: float) -> bool:
        """There is a multiframe in timeslot 16; without one RS1..16 keep what they hold."""
        return not (self._regs[R.RCR1] & ds.RSIGM or self.line.is_deaf or self._multiframe_at > now)

    def _cas_known(self) -> bytes:
        return bytes(self._regs[R.CAS_RX : R.CAS_RX + 16])

    def _cas_arriving(self) -> bytes:
        """Return what RS1..16 will hold."""
        regs, line = self._regs, self.line
        if line.is_local_loop:
            return bytes(regs[R.CAS_TX : R.CAS_TX + 16])
        bits = line.cas_sent
        return bytes([ALIGNMENT, *(bits[n] << 4 | bits[n + 16] for n in range(1, 16))])

    def _send_cas(self) -> None:
        self._cas_out_at = inf
        regs = self._regs
        if regs[R.TCR1] & ds.T16S:
            places = (cas_place(timeslot) for timeslot in range(TIMESLOTS))
            self.line.cas_heard = tuple(regs[R.CAS_TX + register] >> shift & 15 for register, shift in places)

    def _latch_multiframes(self, now: float) -> None:
        """Set what every multiframe, or the search for one, sets; done when somebody looks."""
        regs = self._regs
        if now >= max(self._multiframe_at, self._seen_multiframe_at + MULTIFRAME_S):
            regs[R.RLS2] |= ds.RCMF if regs[R.RCR1] & ds.RCRC4 else 0
        elif self._multiframe_at > now and not regs[R.RCR1] & ds.RSIGM:
            regs[R.RLS2] |= ds.CASRC


def _idle(octet: int) -> bytes:
    return SILENCE if octet == SILENCE[0] else bytes([octet]) * BLOCK_SMP
