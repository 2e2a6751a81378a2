"""A signalling link that remembers what it was asked, and says what the test wants."""

from __future__ import annotations

from cext.isdn.types import IsdnError, IsdnEvent, NewCall


class FakeLink:
    """Implements `firmware.spans.link.Link`; frames are the words of what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.says: list[IsdnEvent] = []
        self.known: set[int] = set()
        self.is_up = False
        self.rubbish = 0
        self.is_refusing = False
        self._calls = 100
        self._frames: list[bytes] = []

    def _ask(self, *what: object, call: int = 0) -> None:
        if call and (self.is_refusing or call not in self.known):
            raise IsdnError(f"no call {call}")
        self.asked.append(what)
        self._frames.append(str(what[0]).encode())

    def start(self, now: float) -> None:
        self._ask("start")

    def close(self, now: float) -> None:
        self._ask("close")

    def receive(self, frame: bytes, now: float) -> list[IsdnEvent]:
        said, self.says = self.says, []
        return said

    def tick(self, now: float) -> list[IsdnEvent]:
        return []

    def deadline(self) -> float | None:
        return None

    def take_frames(self) -> list[bytes]:
        frames, self._frames = self._frames, []
        return frames

    def setup(self, new: NewCall, now: float) -> int:
        if self.is_refusing:
            raise IsdnError("the link is down")
        self._calls += 1
        self.known.add(self._calls)
        self._ask("setup", new.channel, new.called, new.caller)
        return self._calls

    def more_digits(self, call: int, digits: str, now: float) -> None:
        self._ask("more-digits", call, digits, call=call)

    def want_digits(self, call: int, now: float) -> None:
        self._ask("want-digits", call, call=call)

    def proceed(self, call: int, channel: int, now: float) -> None:
        self._ask("proceed", call, channel, call=call)

    def alert(self, call: int, now: float, *, is_in_band: bool = False) -> None:
        self._ask("alert", call, call=call)

    def progress(self, call: int, now: float, *, cause: int = 0) -> None:
        self._ask("progress", call, call=call)

    def answer(self, call: int, now: float) -> None:
        self._ask("answer", call, call=call)

    def hang_up(self, call: int, cause: int, now: float) -> None:
        self._ask("hang-up", call, cause, call=call)

    def restart(self, channel: int, now: float) -> None:
        self._ask("restart", channel)
