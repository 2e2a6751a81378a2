"""The cable and the framing of a span, from the exchange: what breaks on it, and what the box says of it."""

from __future__ import annotations

from collections.abc import Callable

from hal.sim.world import SpanWorld
from tools.emulator.event import WorldError

Tell = Callable[[str, str], None]
"""Writes an event of the span: what, detail."""


class Framing:
    """Layer 1 of a span at the far end."""

    def __init__(self, pair: SpanWorld, name: str) -> None:
        self.is_cut = False
        self.sends_ais = False
        self.sends_rai = False
        self.has_frames = True
        self._pair = pair
        self._name = name
        self._box = (True, False, False)  # is_fed, hears_ais, hears_rai: as a healthy box shows itself

    @property
    def carries(self) -> bool:
        """Octets get through both ways, as far as this end knows."""
        is_fed, ais, rai = self._box
        return is_fed and not (self.is_cut or self.sends_ais or ais or rai) and self.has_frames

    @property
    def hears_box(self) -> str:
        """Say what comes from the box: `frames`, `rai` (it is deaf), `ais` or `nothing`."""
        is_fed, ais, rai = self._box
        if not is_fed:
            return "nothing"
        return "ais" if ais else "rai" if rai else "frames"

    def look(self, tell: Tell) -> bool:
        """See what the box sends; says whether it changed."""
        pair = self._pair
        now = (pair.is_fed, pair.hears_ais, pair.hears_rai)
        if now == self._box:
            return False
        words = (("signal", "no-signal"), ("ais", "ais-ended"), ("rai", "rai-ended"))
        for was, is_on, (begins, ends) in zip(self._box, now, words, strict=True):
            if was is not is_on:
                tell(f"box-{begins if is_on else ends}", "")
        self._box = now
        return True

    def cut(self, is_cut: bool, tell: Tell) -> None:
        """Cut the cable, or mend it. raises WorldError if it is so already"""
        if is_cut is self.is_cut:
            raise WorldError(f"{self._name}: the cable is {'cut' if is_cut else 'whole'} already")
        self.is_cut = is_cut
        if is_cut:
            self._pair.cut()
        else:
            self._pair.mend()
        tell("cut" if is_cut else "mended", "")

    def ais(self, is_on: bool, tell: Tell) -> None:
        """Send all ones, or frames again."""
        self.sends_ais = is_on
        self._pair.send_ais(is_on)
        tell("ais", _switch(is_on))

    def rai(self, is_on: bool, tell: Tell) -> None:
        """Say that we do not hear the box, or no more."""
        self.sends_rai = is_on
        self._pair.send_rai(is_on)
        tell("rai", _switch(is_on))

    def frames(self, is_on: bool, tell: Tell) -> None:
        """Send frames, or a signal without."""
        self.has_frames = is_on
        self._pair.lose_frames(not is_on)
        tell("frames", _switch(is_on))

    def multiframes(self, is_on: bool, tell: Tell) -> None:
        """Send CRC-4 multiframes (and those of timeslot 16), or none."""
        self._pair.lose_multiframe(not is_on)
        tell("multiframes", _switch(is_on))

    def errors(self, tell: Tell, *, code: int = 0, crc: int = 0, frame: int = 0, far: int = 0) -> None:
        """Let the framer count errors."""
        self._pair.disturb(code_violations=code, crc_errors=crc, framing_errors=frame, far_errors=far)
        tell("errors", f"code {code} crc {crc} frame {frame} far {far}")

    def slip(self, times: int, tell: Tell) -> None:
        """Lose or double frames."""
        self._pair.slip(times)
        tell("slip", str(times))

    def plug_back(self, is_on: bool, tell: Tell) -> None:
        """Put a loop plug in the place of this end, or take it out."""
        self._pair.plug_back(is_on)
        tell("loop-plug", _switch(is_on))

    def wrong_bits(self, bits_between: int, tell: Tell) -> None:
        """Turn over one bit in so many on the way to the box; 0: none."""
        self._pair.wrong_bits(bits_between)
        tell("wrong-bits", f"1 in {bits_between}" if bits_between else "none")


def _switch(is_on: bool) -> str:
    return "on" if is_on else "off"
