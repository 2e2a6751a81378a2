"""The DS26521 model's serial frames, latches, counters and order of bring-up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal import ds26521 as ds
from hal.backplane import Backplane
from hal.bus import HalError
from hal.ccb1 import Flag
from hal.ds26521 import BURST_MAX, Ds26521Chip, R, cas_place, frame_head
from hal.sim.board import SimBoard
from hal.sim.ds26521 import Ds26521Sim

RUN = ds.FRM_EN | ds.INIT_DONE | ds.E1


class Rig:
    """A chip, its line, the driver's half of the serial port, and a clock."""

    def __init__(self) -> None:
        self.now = 50.0
        self.sim = SimBoard(("e1",), lambda: self.now)
        self.chip = Ds26521Chip(Backplane(self.sim.spi), 1, 0)
        self.line = self.sim.spans[0]

    @property
    def model(self) -> Ds26521Sim:
        model = self.sim.chip(1, 0)
        assert isinstance(model, Ds26521Sim)
        return model

    def receive(self) -> None:
        """Bring the receiver up, no more."""
        for first, end in ds.AREAS:
            self.chip.write(first, *bytes(end - first))
        self.chip.write(R.RCR1, ds.RHDB3 | ds.RCRC4)
        self.chip.write(R.RMMR, RUN)
        self.wait(0.1)

    def transmit(self) -> None:
        self.chip.write(R.E1TAF, ds.FAS, ds.NFAS)
        self.chip.write(R.TMMR, RUN)
        self.chip.write(R.LMCR, ds.TE)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def read(self, register: int) -> int:
        return self.chip.read(register)[0]


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def ready() -> Rig:
    rig = Rig()
    rig.receive()
    rig.chip.write(R.RLS1, *b"\xff" * 7)
    return rig


@pytest.mark.parametrize(
    ("address", "is_read", "count", "octets"),
    [
        (R.IDR, True, 1, "81f0"),
        (R.RMMR, False, 1, "0100"),
        (R.LMCR, False, 1, "2004"),
        (R.RLS1, True, 4, "8121"),
    ],
)
def test_the_head_of_a_frame(address: int, is_read: bool, count: int, octets: str) -> None:
    head = frame_head(address, count) | (ds.READ if is_read else 0)
    assert head.to_bytes(2, "big").hex() == octets


def test_a_burst_counts_up_and_a_single_does_not(rig: Rig) -> None:
    rig.chip.write(R.IDLE_RX, 1, 2, 3)
    assert rig.chip.read(R.IDLE_RX, 3) == b"\x01\x02\x03"
    single = frame_head(R.IDLE_RX, 1).to_bytes(2, "big") + b"\x07\x08"
    assert rig.model.exchange(single, 0) == b"\xff" * 4
    assert rig.chip.read(R.IDLE_RX, 2) == b"\x07\x02"


def test_many_registers_go_in_several_frames(rig: Rig) -> None:
    before = rig.sim.spi.transactions
    rig.chip.write(0, *bytes(BURST_MAX + 1))
    assert rig.sim.spi.transactions == before + 4
    with pytest.raises(ValueError, match="allowed"):
        rig.chip.read(0, BURST_MAX + 1)


@pytest.mark.parametrize("flags", [Flag.MODE3, Flag.CS_PER_BYTE])
def test_the_wrong_wiring_hears_nothing(rig: Rig, flags: Flag) -> None:
    assert rig.model.exchange(b"\x81\xf0\x00", int(flags)) == b"\xff\xff\xff"
    assert rig.model.exchange(b"\x81\xf0\x00", 0) == b"\xff\xff\x70"


def test_after_power_up_registers_hold_anything(rig: Rig) -> None:
    assert rig.read(R.RCR1) not in (0x00, 0x68)
    assert (rig.read(R.RMMR), rig.read(R.TMMR), rig.read(R.IDR)) == (0, 0, 0x70)
    assert not rig.sim.irq_status()


def test_identity_and_status_cannot_be_written(ready: Rig) -> None:
    for register in (R.IDR, R.RRTS1, R.CAS_RX, R.COUNTERS, R.RIIR):
        before = ready.read(register)
        ready.chip.write(register, before ^ 0xFF)
        assert ready.read(register) == before, register


@pytest.mark.parametrize("missing", [ds.FRM_EN, ds.INIT_DONE, ds.E1])
def test_no_frames_before_the_receiver_runs(ready: Rig, missing: int) -> None:
    ready.chip.write(R.RMMR, ds.SFTRST)
    ready.chip.write(R.RMMR, RUN & ~missing)
    ready.wait(1.0)
    assert ready.read(R.RRTS1) == ds.LOF
    ready.chip.write(R.RMMR, RUN)
    ready.wait(0.1)
    assert ready.read(R.RRTS1) == 0


@pytest.mark.parametrize("missing", [ds.FRM_EN, ds.INIT_DONE, ds.E1])
def test_nothing_is_sent_before_the_transmitter_runs(ready: Rig, missing: int) -> None:
    ready.transmit()
    assert ready.line.hears_frames
    ready.chip.write(R.TMMR, RUN & ~missing)
    assert not ready.line.is_fed


@pytest.mark.parametrize(
    ("register", "value", "is_fed"), [(R.LMCR, 0, False), (R.E1TAF, 0, True), (R.E1TNAF, 0, True)]
)
def test_what_the_far_end_needs_for_frames(ready: Rig, register: int, value: int, is_fed: bool) -> None:
    ready.transmit()
    ready.chip.write(register, value)
    assert ready.line.is_fed == is_fed and not ready.line.hears_frames


def test_all_ones_and_the_remote_alarm(ready: Rig) -> None:
    ready.transmit()
    ready.chip.write(R.E1TNAF, ds.NFAS | ds.A_BIT)
    assert ready.line.hears_rai and not ready.line.hears_ais
    ready.chip.write(R.TCR1, ds.TAIS)
    assert ready.line.hears_ais and not ready.line.hears_frames and not ready.line.hears_rai


def test_the_remote_alarm_comes_by_itself_only_when_told(ready: Rig) -> None:
    ready.transmit()
    ready.line.lose_frames(True)
    ready.wait(0.01)
    ready.sim.irq_status()
    assert not ready.line.hears_rai
    ready.chip.write(R.TCR2, ds.ARA)
    assert ready.line.hears_rai
    ready.line.lose_frames(False)
    ready.wait(0.01)
    ready.sim.irq_status()
    assert not ready.line.hears_rai


def test_without_hdb3_there_are_no_frames(ready: Rig) -> None:
    ready.chip.write(R.RCR1, ds.RCRC4)
    ready.wait(0.1)
    assert ready.read(R.RRTS1) == ds.LOF


def test_a_cut_is_seen_in_its_time_and_latched(ready: Rig) -> None:
    ready.line.cut()
    ready.wait(0.0001)
    assert (ready.read(R.RRTS1), ready.read(R.RLS1)) == (0, 0)
    ready.wait(0.0002)
    assert (ready.read(R.RRTS1), ready.read(R.RLS1)) == (ds.LOS, ds.LOS)
    ready.wait(0.001)
    assert ready.read(R.RRTS1) == ds.LOS | ds.LOF
    ready.line.mend()
    ready.wait(0.01)
    assert ready.read(R.RRTS1) == 0
    latched = ds.LOS | ds.LOF
    assert ready.read(R.RLS1) == latched | latched << 4
    ready.chip.write(R.RLS1, ds.LOS)
    assert ready.read(R.RLS1) == ds.LOF | latched << 4


def test_shorter_than_its_time_is_nothing(ready: Rig) -> None:
    ready.line.cut()
    ready.wait(0.0001)
    ready.line.mend()
    ready.wait(1.0)
    assert ready.read(R.RLS1) == 0


def test_the_interrupt_pin(ready: Rig) -> None:
    ready.line.send_rai(True)
    ready.wait(0.01)
    assert ready.read(R.RIIR) == 0
    ready.chip.write(R.RIM1, 0xFF)
    assert (ready.read(R.RIIR), ready.read(R.GFISR)) == (1, 1)
    assert not ready.sim.irq_status()
    ready.chip.write(R.GFIMR, 1)
    assert ready.sim.irq_status() == 1 << 1
    ready.chip.write(R.GTCR1, ds.GIPI)
    assert not ready.sim.irq_status()
    ready.chip.write(R.GTCR1, 0)
    ready.chip.write(R.RLS1, 0xFF)
    assert not ready.sim.irq_status()


def test_counters_are_those_of_the_last_second(ready: Rig) -> None:
    ready.line.disturb(code_violations=0x1234, crc_errors=2, framing_errors=3, far_errors=70000)
    assert ready.chip.read(R.COUNTERS, 8) == bytes(8)
    ready.wait(1.0)
    assert ready.chip.read(R.COUNTERS, 8).hex() == "123400020003ffff"
    assert ready.read(R.RLS4) & ds.ONE_SECOND
    ready.wait(1.0)
    assert ready.chip.read(R.COUNTERS, 8) == bytes(8)


def test_slips_come_one_after_the_other(ready: Rig) -> None:
    ready.chip.write(R.RESCR, ds.RESE)
    ready.line.slip(3)
    seen = 0
    for _ in range(20):
        ready.wait(0.01)
        seen += bool(ready.read(R.RLS4) & ds.RSLIP)
        ready.chip.write(R.RLS4, ds.RSLIP)
    assert seen == 3


def test_without_the_elastic_store_there_are_no_slips(ready: Rig) -> None:
    ready.line.slip(3)
    ready.wait(0.2)
    assert not ready.read(R.RLS4) & ds.RSLIP


def test_a_soft_reset_loses_the_frames(ready: Rig) -> None:
    ready.chip.write(R.GFSRR, 1)
    ready.chip.write(R.GFSRR, 0)
    assert ready.read(R.RRTS1) == ds.LOF
    ready.wait(0.01)
    assert ready.read(R.RRTS1) == 0


def test_multiframes_are_latched_while_they_come(ready: Rig) -> None:
    assert not ready.read(R.RLS2) & ds.RCMF
    ready.wait(0.0021)
    assert ready.read(R.RLS2) & ds.RCMF
    ready.chip.write(R.RLS2, 0xFF)
    assert not ready.read(R.RLS2) & ds.RCMF
    ready.wait(0.0021)
    assert ready.read(R.RLS2) & ds.RCMF
    ready.line.lose_multiframe(True)
    ready.chip.write(R.RLS2, 0xFF)
    ready.wait(1.0)
    assert ready.read(R.RLS2) == ds.CASRC


def test_signalling_arrives_with_the_next_multiframe_and_is_latched(ready: Rig) -> None:
    ready.wait(0.01)
    ready.chip.write(R.RSS1, *b"\xff" * 4)
    ready.chip.write(R.RLS4, 0xFF)
    ready.chip.write(R.RSCSE1, 0, 0, 0, 0x80)
    ready.line.set_cas(5, 0b1001)
    assert ready.read(R.CAS_RX + 5) == 0xDD
    ready.wait(0.0021)
    assert ready.chip.read(R.CAS_RX, 6).hex() == "0bdddddddd9d"
    assert ready.chip.read(R.RSS1, 4) == b"\x20\0\0\0"
    assert not ready.read(R.RLS4) & ds.RSCOS  # that timeslot may not interrupt
    ready.line.set_cas(31, 0b0001)
    ready.wait(0.0021)
    assert ready.read(R.RLS4) & ds.RSCOS
    assert ready.chip.read(R.RSS1, 4) == b"\x20\0\0\x80"
    ready.chip.write(R.RSS1, 0x20)
    assert ready.chip.read(R.RSS1, 4) == b"\0\0\0\x80"


def test_signalling_is_sent_with_the_next_multiframe(ready: Rig) -> None:
    ready.transmit()
    ready.chip.write(R.CAS_TX, 0x0B, *[0x9D] * 15)
    ready.wait(0.1)
    ready.sim.irq_status()
    assert ready.line.cas[1] == 0b1101  # timeslot 16 does not come from there
    ready.chip.write(R.TCR1, ds.THDB3 | ds.T16S)
    ready.wait(0.0021)
    ready.sim.irq_status()
    assert (ready.line.cas[1], ready.line.cas[31]) == (0b1001, 0b1101)


@pytest.mark.parametrize(("timeslot", "place"), [(1, (1, 4)), (15, (15, 4)), (17, (1, 0)), (31, (15, 0))])
def test_where_signalling_bits_stand(timeslot: int, place: tuple[int, int]) -> None:
    assert cas_place(timeslot) == place


def test_a_chip_without_clock_does_not_answer(ready: Rig) -> None:
    ready.sim.stop_pclk(1, True)
    assert ready.read(R.IDR) == 0xFF


STEP = st.tuples(
    st.integers(0, 0x3FFF), st.booleans(), st.binary(min_size=1, max_size=20), st.floats(0.0, 0.5)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_no_traffic_breaks_the_model(steps: list[tuple[int, bool, bytes, float]]) -> None:
    rig = Rig()
    rig.receive()
    for address, is_read, data, wait_s in steps:
        try:
            rig.chip.read(address, len(data)) if is_read else rig.chip.write(address, *data)
        except HalError as error:
            raise AssertionError(f"{address:04x}") from error
        rig.wait(wait_s)
        rig.sim.irq_status()
        assert rig.model.next_change > rig.now
    assert rig.read(R.IDR) == 0x70
