"""Driver of an E1: DS26521.

The framer judges the line and counts by itself; it interrupts at every change, every second and at every
slip, and the board's slow poll stands behind. A span without a signal is UP, with an alarm.
"""

from __future__ import annotations

from math import inf

from hal import ds26521 as ds
from hal.ds26521 import Ds26521Chip, R, cas_place
from hal.port import ChipPort, Emit, PortTrouble, Steps
from hal.span_alarms import DEAF, AlarmFilter, root_alarms
from hal.span_cas import BLOCKED, CasReader
from hal.types import (
    CasChanged,
    FailReason,
    Loopback,
    PortInfo,
    SpanAlarm,
    SpanAlarms,
    SpanCounts,
    SpanSecond,
    SpanSetup,
)

RESET_S = 0.0001
SETTLE_S = 0.1  # until the framer knows whether there are frames, also with CRC-4
MULTIFRAME_S = 0.1  # one lasts 2 ms; longer without any is a loss
CAS_LOST_S = 0.4  # the chip says so again and again while it seeks; longer than the slow poll's period
IDLE = 0xD5
CAS_ALIGNMENT = 0x0B  # 0000, spare bits 1, no alarm
CHANNELS = (0xFE, 0xFF, 0xFE, 0xFF)  # all timeslots but 0 and 16, as RSS has them
SPAN_WIDTH = 32
LOOPS = {Loopback.NONE: 0, Loopback.LOCAL: ds.LLB, Loopback.REMOTE: ds.RLB}
STATUS_FIRST, STATUS_LAST = R.RLS1, R.RRTS1
ENABLED_RIM1 = 0xFF


class Ds26521Port(ChipPort):
    """An E1; implements `hal.types.SpanPort`."""

    def __init__(self, info: PortInfo, emit: Emit, chip: Ds26521Chip) -> None:
        super().__init__(info, emit)
        self._chip = chip
        self.setup = self._written = SpanSetup()
        self._cas_sent = [BLOCKED] * SPAN_WIDTH
        self._forget()

    def _forget(self) -> None:
        self._alarms = AlarmFilter()
        self._second_alarms: frozenset[SpanAlarm] = frozenset()
        self._slips = 0
        self._multiframe_at = -inf
        self._cas_lost_at = -inf
        self._deaf_at = -inf
        self._is_muted = False
        self._cas = CasReader(lambda first, count: self._chip.read(R.CAS_RX + first, count))
        self._loopback = Loopback.NONE

    @property
    def alarms(self) -> frozenset[SpanAlarm]:
        """What stands; nothing while the port is out of service."""
        return self._alarms.standing if self.is_up else frozenset()

    @property
    def loopback(self) -> Loopback:
        """The loop that is closed now."""
        return self._loopback

    @property
    def cas(self) -> tuple[int, ...]:
        """The signalling bits last received, by timeslot."""
        return self._cas.bits

    # --- commands

    def set_up(self, setup: SpanSetup, now: float) -> None:
        """Set framing and line; a running span keeps its frames where nothing changed.

        raises  ValueError for an impedance other than 75 and 120, or a negative clock rank
        """
        if setup.impedance_ohm not in ds.LINE_OHM:
            raise ValueError(f"impedance_ohm: {setup.impedance_ohm}, allowed {sorted(ds.LINE_OHM)}")
        if setup.clock_rank < 0:
            raise ValueError(f"clock_rank: {setup.clock_rank}, allowed 0 or more")
        self.setup = setup
        if self.is_up:
            with self.trouble(now):
                self._write_changes(now)
            self._plan()

    def _write_changes(self, now: float) -> None:
        """Tell the chip what differs from what it was told last."""
        setup, before = self.setup, self._written
        if setup.impedance_ohm != before.impedance_ohm:
            self._write_impedance()
        if (setup.crc4, setup.is_cas) != (before.crc4, before.is_cas):
            self._write_framing()
            self._deaf_at = now  # the framer seeks its multiframes anew
        self._written = setup

    def set_cas(self, timeslot: int, abcd: int, now: float) -> None:
        """Send these signalling bits for a channel from now on.

        raises  ValueError for a timeslot other than 1..15, 17..31 or bits above 15
        """
        if timeslot not in range(1, SPAN_WIDTH) or timeslot == 16:
            raise ValueError(f"timeslot: {timeslot}, allowed 1..15, 17..31")
        if abcd not in range(16):
            raise ValueError(f"abcd: {abcd}, allowed 0..15")
        self._cas_sent[timeslot] = abcd
        if self.is_up:
            register, _ = cas_place(timeslot)
            with self.trouble(now):
                self._chip.write(R.CAS_TX + register, self._cas_register(register))

    def loop(self, loopback: Loopback, now: float) -> None:
        """Close or open a loop for a test; bring-up opens it."""
        if not self.is_up:
            return
        with self.trouble(now):
            self._chip.write(R.LMCR, ds.TE | LOOPS[loopback])
            self._loopback = loopback

    def _cas_register(self, register: int) -> int:
        if register == 0:
            return CAS_ALIGNMENT
        return self._cas_sent[register] << 4 | self._cas_sent[register + 16]

    # --- bring-up

    def _bring_up(self) -> Steps:
        self._forget()
        write = self._chip.write
        self._identify()
        write(R.GTCR1, ds.GIPI)
        write(R.GTCCR, 0)
        write(R.GLSRR, 1, 1)  # line interface and framer: GFSRR follows
        yield RESET_S
        write(R.GLSRR, 0, 0)
        write(R.RMMR, ds.SFTRST)
        write(R.TMMR, ds.SFTRST)
        yield RESET_S
        for first, end in ds.AREAS:
            write(first, *bytes(end - first))
            yield 0.0  # let the others live: it is many octets
        for mode in (ds.E1, ds.E1 | ds.FRM_EN):
            write(R.RMMR, mode)
            write(R.TMMR, mode)
        self._write_settings()
        yield 0.0
        for register in (R.RMMR, R.TMMR):
            write(register, ds.E1 | ds.FRM_EN | ds.INIT_DONE)
        write(R.LMCR, ds.TE)
        yield SETTLE_S
        self._verify()
        self._allow_interrupts()

    def _identify(self) -> None:
        found = self._chip.read(R.IDR)[0]
        if found in (0x00, 0xFF):
            raise PortTrouble(FailReason.NO_ANSWER, f"register 0F8 reads {found:02x}")
        if found & ds.ID_MASK != ds.ID_DS26521:
            raise PortTrouble(FailReason.WRONG_CHIP, f"register 0F8 reads {found:02x}, a DS26521 has 70..77")

    def _write_settings(self) -> None:
        write = self._chip.write
        self._write_framing()
        write(R.TCR2, ds.AEBE | ds.ARA)
        write(R.RIOCR, ds.RSCLKM | ds.RSIO, ds.RESE)  # RESCR follows: slips are taken up frame by frame
        write(R.TIOCR, ds.TSCLKM, ds.TESE)
        write(R.E1TAF, ds.FAS, ds.NFAS)
        write(R.E1TSACR, 0x1F)
        write(R.E1TSA4, *b"\xff" * 5)
        write(R.IDLE_RX, *bytes([IDLE]) * SPAN_WIDTH)
        self._write_all_cas()
        self._write_impedance()
        self._written = self.setup

    def _write_framing(self) -> None:
        crc_rx, crc_tx = (ds.RCRC4, ds.TCRC4) if self.setup.crc4 else (0, 0)
        is_cas = self.setup.is_cas
        self._chip.write(R.RCR1, ds.RHDB3 | crc_rx | (0 if is_cas else ds.RSIGM))
        self._chip.write(R.TCR1, ds.THDB3 | crc_tx | (ds.T16S if is_cas else 0))
        self._chip.write(R.RSCSE1, *(CHANNELS if is_cas else bytes(4)))
        self._chip.write(R.RIM4, self._rim4())

    def _write_all_cas(self) -> None:
        self._chip.write(R.CAS_TX, *(self._cas_register(register) for register in range(16)))

    def _rim4(self) -> int:
        return ds.RSLIP | ds.ONE_SECOND | (ds.RSCOS if self.setup.is_cas else 0)

    def _write_impedance(self) -> None:
        transmit, receive = ds.LINE_OHM[self.setup.impedance_ohm]
        self._chip.write(R.LTITSR, transmit)
        self._chip.write(R.LRISMR, receive)

    def _verify(self) -> None:
        """Read back what makes it an E1: a chip that does not hold it is none of ours."""
        mode = self._chip.read(R.TMMR)[0]
        if mode != ds.E1 | ds.FRM_EN | ds.INIT_DONE:
            raise PortTrouble(FailReason.WRONG_CHIP, f"register 180 reads {mode:02x}, wrote c1")

    def _allow_interrupts(self) -> None:
        write = self._chip.write
        write(R.RLS1, *b"\xff" * (R.RLS7 - R.RLS1 + 1))
        write(R.RIM1, ENABLED_RIM1)
        write(R.GFIMR, 1)
        write(R.GTCR1, 0)

    def _enter_up(self, now: float) -> None:
        self._write_changes(now)  # commands that came while the framer settled
        self._write_all_cas()
        self._multiframe_at = self._deaf_at = now
        status = self._chip.read(R.RRTS1)[0]
        self._alarms.set(root_alarms(status, has_multiframe=True))
        self._second_alarms = self._alarms.standing

    def _become_up(self, now: float) -> None:
        super()._become_up(now)
        if self.alarms:
            self._emit(SpanAlarms(self._info.name, now, self.alarms))

    # --- running

    def hush(self) -> None:
        """Forbid the chip to interrupt, until bring-up allows it again."""
        self._chip.write(R.GTCR1, ds.GIPI)

    def poll(self, now: float) -> None:
        """Read and judge the chip's status, on an interrupt or on the board's slow poll."""
        with self.trouble(now):
            self._look(now)
        self._plan()

    def _run(self, now: float) -> None:
        if now >= self._alarms.due:
            self._look(now)
        else:
            self._take_cas(bytes(4), now)  # a second reading is due

    def _timers(self) -> float:
        return min(self._alarms.due, self._cas.due)

    def _look(self, now: float) -> None:
        """Take latched status, signalling changes and real-time status in one burst."""
        raw = self._chip.read(STATUS_FIRST, STATUS_LAST - STATUS_FIRST + 1)
        rim1, rim4 = raw[R.RIM1 - STATUS_FIRST], raw[R.RIM4 - STATUS_FIRST]
        if (rim1, rim4) != (ENABLED_RIM1, self._rim4()):
            detail = f"the chip lost its settings: registers 0a0, 0a3 read {rim1:02x} {rim4:02x}"
            raise PortTrouble(FailReason.NO_ANSWER, detail)
        latched = raw[: R.RSS4 - STATUS_FIRST + 1]
        if any(latched):
            self._chip.write(STATUS_FIRST, *latched)  # what is written as 1 is cleared
        self._judge(raw[R.RLS2 - STATUS_FIRST], raw[STATUS_LAST - STATUS_FIRST], now)
        self._take_cas(raw[R.RSS1 - STATUS_FIRST : R.RSS4 - STATUS_FIRST + 1], now)
        events = raw[R.RLS4 - STATUS_FIRST]
        self._slips += bool(events & ds.RSLIP)
        if events & ds.ONE_SECOND:
            self._take_second(now)

    def _judge(self, rls2: int, status: int, now: float) -> None:
        seen = root_alarms(status, self._has_multiframe(rls2, status, now))
        self._mute(bool(seen & DEAF))
        if self._alarms.feed(seen, now):
            self._emit(SpanAlarms(self._info.name, now, self._alarms.standing))
        self._second_alarms |= self._alarms.standing

    def _has_multiframe(self, rls2: int, status: int, now: float) -> bool:
        if status & (ds.LOS | ds.LOF | ds.AIS):
            self._deaf_at = now
        is_sought = now >= self._deaf_at + MULTIFRAME_S
        if rls2 & ds.RCMF or not self.setup.crc4 or not is_sought:
            self._multiframe_at = now
        if rls2 & ds.CASRC and self.setup.is_cas and is_sought:
            self._cas_lost_at = now
        is_cas_lost = self.setup.is_cas and now < self._cas_lost_at + CAS_LOST_S
        return now <= self._multiframe_at + MULTIFRAME_S and not is_cas_lost

    def _mute(self, is_muted: bool) -> None:
        """Put silence in place of what comes from a dead line; timeslot 16 stays, for HDLC knows ones."""
        if is_muted != self._is_muted:
            self._chip.write(R.IDLE_RX_ON, *(CHANNELS if is_muted else bytes(4)))
            self._is_muted = is_muted

    def _take_cas(self, changed: bytes, now: float) -> None:
        if not self.setup.is_cas:
            return
        if self._is_muted or now < self._cas_lost_at + CAS_LOST_S:
            self._cas.pause()
            return
        for timeslot, abcd in self._cas.look(changed, now):
            self._emit(CasChanged(self._info.name, now, timeslot, abcd))

    def _take_second(self, now: float) -> None:
        raw = self._chip.read(R.COUNTERS, 8)
        violations, crc, framing, far = (int.from_bytes(raw[at : at + 2], "big") for at in range(0, 8, 2))
        counts = SpanCounts(violations, crc, framing, far, self._slips)
        self._emit(SpanSecond(self._info.name, now, counts, self._second_alarms))
        self._second_alarms = self._alarms.standing
        self._slips = 0
