"""A board with nothing in it but pairs of wire, and a hand that plays the box."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tools.emulator.alaw import SILENCE
from tools.emulator.world import World


@dataclass
class BareFxo:
    """The world side of an FXO port without a chip: `hook` is the box's."""

    to_box: bytes = SILENCE
    from_box: bytes = SILENCE
    hook: bool = False
    volts: float = 0.0
    ring: tuple[float, float] = (0.0, 0.0)
    is_plugged: bool = True
    is_other_lifted: bool = False
    loop_ohm: float = 1650.0

    @property
    def is_off_hook(self) -> bool:
        return self.hook and self.is_plugged and self.volts != 0

    def set_battery(self, volts: float) -> None:
        self.volts = volts

    def set_ringing(self, vrms: float, hz: float) -> None:
        assert not vrms or (self.is_plugged and not self.is_off_hook)
        self.ring = (vrms, hz)

    def set_loop(self, ohm: float) -> None:
        self.loop_ohm = ohm

    echo: tuple[float, ...] = ()

    def set_impedance(self, series_ohm: float, parallel_ohm: float, c_nf: float) -> None:
        pass

    def lift_other(self) -> None:
        assert not self.is_other_lifted
        self.is_other_lifted = True

    def hang_up_other(self) -> None:
        assert self.is_other_lifted
        self.is_other_lifted = False

    def unplug(self) -> None:
        assert self.is_plugged
        self.is_plugged, self.ring = False, (0.0, 25.0)

    def plug(self) -> None:
        assert not self.is_plugged
        self.is_plugged = True


@dataclass
class BareFxs:
    """The world side of an FXS port without a chip: `ringing_vrms` is the box's."""

    to_box: bytes = SILENCE
    from_box: bytes = SILENCE
    ringing_vrms: float = 0.0
    is_reversed: bool = False
    is_powered: bool = True
    is_off_hook: bool = False

    def lift(self) -> None:
        assert not self.is_off_hook
        self.is_off_hook = True

    def hang_up(self) -> None:
        assert self.is_off_hook
        self.is_off_hook = False


@dataclass
class BareBoard:
    fxo: list[BareFxo] = field(default_factory=lambda: [BareFxo() for _ in range(4)])
    fxs: list[BareFxs] = field(default_factory=lambda: [BareFxs() for _ in range(4)])
    spans: tuple[()] = ()

    def tdm_exchange(self, tx_block: bytes) -> bytes:
        return tx_block

    def remove_card(self, slot: int) -> None:
        raise AssertionError("no cards here")

    def insert_card(self, slot: int, card: str) -> None:
        raise AssertionError("no cards here")


class Run:
    """A World on a bare board in virtual time."""

    def __init__(self, **world: object) -> None:
        self.board = BareBoard()
        self.world = World(self.board, **world)  # type: ignore[arg-type]
        self.ticks = 0
        self.sent: dict[int, bytearray] = {}  # what each FXO pair gave the box

    @property
    def now(self) -> float:
        return self.ticks / 100

    def until(self, at_s: float, *, listen: int | None = None, speak: dict[int, bytes] | None = None) -> None:
        """Tick up to a moment; `listen` keeps what FXO pair n gives, `speak` sends octets on FXO pair n."""
        begin = self.ticks
        while self.ticks < round(at_s * 100):
            for pair, octets in (speak or {}).items():
                start = (self.ticks - begin) * 80
                self.board.fxo[pair].from_box = octets[start : start + 80].ljust(80, b"\xd5")
            self.ticks += 1
            self.world.tick(self.now)
            if listen is not None:
                self.sent.setdefault(listen, bytearray()).extend(self.board.fxo[listen].to_box)

    def events(self, who: str = "") -> list[tuple[float, str, str]]:
        """List time, what and detail of one port."""
        return [(round(e.at, 3), e.what, e.detail) for e in self.world.trace if not who or e.who == who]

    def whats(self, who: str) -> list[str]:
        return [what for _, what, _ in self.events(who)]


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def make_run() -> type[Run]:
    return Run
