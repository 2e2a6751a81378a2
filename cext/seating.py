"""Places in mixers: conferences, and supervisors who listen, whisper or join."""

from __future__ import annotations

from cext._dsp import lib
from cext.commands import Commands
from cext.tones import check_range
from cext.types import CextError

_ROLES = {"party": lib.DSP_ROLE_PARTY, "monitor": lib.DSP_ROLE_MONITOR, "whisper": lib.DSP_ROLE_WHISPER}


class Seating(Commands):
    """The mixers of an engine."""

    def join(self, channel: int, mixer: int, role: str = "party", to: int | None = None) -> None:
        """Put a channel into a mixer, out of the place it had; within 10 ms, without a click.

        role    party: hears the others and is heard; monitor: hears all, unheard; whisper: hears all, is
                heard by channel `to` alone
        raises  CextError for the 33rd party, another role, a whisper to nobody or to itself
        """
        self._check_open(channel)
        check_range("mixer", mixer, 0, lib.DSP_MAX_MIXERS - 1)
        if role not in _ROLES:
            raise CextError(f"role {role!r}: allowed are {', '.join(_ROLES)}")
        self._check_whisper(channel, role, to)
        parties = [c for c, place in self._seats.items() if place == (mixer, "party") and c != channel]
        if role == "party" and len(parties) >= lib.DSP_MAX_PARTIES:
            raise CextError(f"mixer {mixer}: has {lib.DSP_MAX_PARTIES} parties, more are not allowed")
        self._sent(lib.engine_mixer(self._engine, channel, mixer, _ROLES[role], 0 if to is None else to))
        self._seats[channel] = (mixer, role)

    def leave(self, channel: int) -> None:
        """Take a channel out of its mixer."""
        self._check_channel(channel)
        self._sent(lib.engine_mixer(self._engine, channel, -1, lib.DSP_ROLE_PARTY, 0))
        self._seats.pop(channel, None)

    def _check_whisper(self, channel: int, role: str, to: int | None) -> None:
        if (role == "whisper") != (to is not None):
            raise CextError(f"to {to}: a channel for role whisper, None for the others")
        if to is not None:
            self._check_open(to)
            if to == channel:
                raise CextError(f"to {to}: a channel other than {channel} itself")
