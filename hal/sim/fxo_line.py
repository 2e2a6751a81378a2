"""The exchange's end of the pair that is plugged into an FXO port."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from hal.sim.hybrid import Network
from hal.sim.physics import PhysicsError
from hal.sim.world import BLOCK_SMP, SILENCE

LOOP_OHM = 1650.0  # feed bridge, line and the box's own resistance
DROP_V = 7.0  # over the off-hook line side
PHONE_V = 9.0  # over another phone on the pair, lifted


class FxoLine:
    """A pair from an exchange; implements `hal.sim.world.FxoWorld`.

    The pair lives on when its card is pulled: nobody is at the box's end then.
    """

    def __init__(self) -> None:
        self.to_box = SILENCE
        self.heard = SILENCE  # set by the board at every block
        self.battery_v = 48.0
        self.ring_vrms = 0.0
        self.ring_hz = 25.0
        self.is_plugged = True
        self.loop_ohm = LOOP_OHM
        self.is_other_lifted = False  # another phone on the same pair
        self.network: Network | None = None  # the line's impedance; None: always just that of the chip
        self.echo: tuple[float, ...] = ()  # of what the chip sends, by its balance; the world mixes it in
        self.rx_gain: bytes | None = None  # the chip's gains, for `bytes.translate`
        self.tx_gain: bytes | None = None
        self.is_seized = False  # the chip closed the loop
        self.to_box_from = inf  # when the chip passes the line's audio on; inf = it does not
        self.from_box_from = inf
        self.on_change: Callable[[], None] | None = None

    @property
    def from_box(self) -> bytes:
        """What the box said in the last block, as it is on the line."""
        return self.heard if self.tx_gain is None else self.heard.translate(self.tx_gain)

    @property
    def current_ma(self) -> float:
        """Loop current, positive in either direction."""
        if not (self.is_seized and self.is_plugged):
            return 0.0
        return max(abs(self.battery_v) - DROP_V, 0.0) / self.loop_ohm * 1000

    @property
    def line_v(self) -> float:
        """Voltage over the box's end of the pair, signed."""
        if not self.is_plugged:
            return 0.0
        if not (self.is_seized or self.is_other_lifted):
            return self.battery_v
        return min(abs(self.battery_v), DROP_V if self.is_seized else PHONE_V) * (
            1 if self.battery_v > 0 else -1
        )

    @property
    def is_off_hook(self) -> bool:
        """The box draws loop current."""
        return self.current_ma > 0

    def lift_other(self) -> None:
        """Lift another phone on the same pair; like the box it ends ringing."""
        if self.is_other_lifted:
            raise PhysicsError("lifting a lifted phone")
        self.is_other_lifted = True
        self.ring_vrms = 0.0
        self._changed()

    def hang_up_other(self) -> None:
        """Put the other phone down."""
        if not self.is_other_lifted:
            raise PhysicsError("putting down a phone that is down")
        self.is_other_lifted = False
        self._changed()

    def set_battery(self, volts: float) -> None:
        """Signed feed voltage: +48 normal, -48 reversed, 0 dead."""
        if not abs(volts) <= 120:
            raise ValueError(f"battery: {volts} V, allowed -120..120")
        self.battery_v = volts
        self._changed()

    def set_loop(self, ohm: float) -> None:
        """Set the resistance of the loop; a short local line with a stiff feed gives too much current."""
        if not ohm > 0:
            raise ValueError(f"loop: {ohm} ohm, allowed more than 0")
        self.loop_ohm = ohm
        self._changed()

    def set_impedance(self, series_ohm: float, parallel_ohm: float, c_nf: float) -> None:
        """Give the line an impedance of its own, so that the box hears its echo."""
        self.network = Network(series_ohm, parallel_ohm, c_nf)
        self._changed()

    def set_ringing(self, vrms: float, hz: float) -> None:
        """Superimpose ringing voltage; 0 V stops it. It ends by itself when the box goes off-hook.

        raises  PhysicsError on an unplugged pair or while the box is off-hook; ValueError
        """
        if not 0 <= vrms <= 150 or not 5 <= hz <= 100:
            raise ValueError(f"ringing: {vrms} V {hz} Hz, allowed 0..150 V, 5..100 Hz")
        if vrms and not self.is_plugged:
            raise PhysicsError("ringing an unplugged line")
        if vrms and (self.is_off_hook or self.is_other_lifted):
            raise PhysicsError("ringing a line that is off-hook: the ring trips at once")
        self.ring_vrms, self.ring_hz = vrms, hz
        self._changed()

    def unplug(self) -> None:
        """Pull the pair out of the box. Ringing voltage goes into the air, so it ends."""
        if not self.is_plugged:
            raise PhysicsError("unplugging an unplugged line")
        self.is_plugged = False
        self.ring_vrms = 0.0
        self._changed()

    def plug(self) -> None:
        """Put the pair back."""
        if self.is_plugged:
            raise PhysicsError("plugging a plugged line")
        self.is_plugged = True
        self._changed()

    def leave(self) -> None:
        """Forget the chip at the box's end, because its card was pulled."""
        self.is_seized = False
        self.echo, self.rx_gain, self.tx_gain = (), None, None
        self.to_box_from = self.from_box_from = inf
        self.on_change = None

    def _changed(self) -> None:
        assert len(self.to_box) == BLOCK_SMP
        if self.on_change is not None:
            self.on_change()
