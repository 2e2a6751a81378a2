"""The signalling link of a PRI span, as the span's machine needs it. `firmware/isdn.py` gives it a body."""

from __future__ import annotations

from typing import Protocol

from cext.isdn.types import IsdnEvent, NewCall, Number


class Link(Protocol):
    """One D-channel. A call is a number the link gives; `now` is monotonic seconds, and never goes back.

    Methods that take a call raise IsdnError for one that the link does not know. Frames have no FCS.
    """

    def start(self, now: float) -> None:
        """Begin to establish the data link."""

    def close(self, now: float) -> None:
        """Forget all calls without a word and let go of the D-channel; take the frames before."""

    def receive(self, frame: bytes, now: float) -> list[IsdnEvent]:
        """Take a frame with a good FCS; rubbish is counted and ignored."""

    def tick(self, now: float) -> list[IsdnEvent]:
        """Act on the deadline, if it has come."""

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""

    def take_frames(self) -> list[bytes]:
        """Give the frames to be sent, oldest first; to be called after every other method."""

    @property
    def is_up(self) -> bool:
        """The data link stands."""

    @property
    def rubbish(self) -> int:
        """How many frames were none, or had a malformed message."""

    def setup(self, new: NewCall, now: float) -> int:
        """Call; gives the call's number.

        raises IsdnError while the data link is down, or for a number that cannot be sent
        """

    def more_digits(self, call: int, digits: str, now: float) -> None:
        """Send more of the number called, after MoreDigitsWanted."""

    def want_digits(self, call: int, now: float, *, channel: int = 0, is_in_band: bool = False) -> None:
        """Take an incoming call whose number is not complete.

        `channel` must be named when the far end left it to us; `is_in_band`: our dial tone sounds on it.
        """

    def proceed(self, call: int, channel: int, now: float) -> None:
        """Take an incoming call on this channel; its number is complete."""

    def alert(self, call: int, now: float, *, is_in_band: bool = False) -> None:
        """Say that somebody is rung."""

    def progress(self, call: int, now: float, *, cause: int = 0) -> None:
        """Say that a tone or an announcement sounds on the channel."""

    def answer(self, call: int, now: float, *, number: Number | None = None) -> None:
        """Connect an incoming call; `number` says who answers. `Connected` follows."""

    def hang_up(self, call: int, cause: int, now: float) -> None:
        """End a call in any state, or agree to its end; `Cleared` follows. Twice is as good as once."""

    def restart(self, channel: int, now: float) -> None:
        """Ask the far end to set a channel (0: all) back to idle; calls on it end, `RestartDone` follows.

        raises IsdnError while the data link is down
        """
