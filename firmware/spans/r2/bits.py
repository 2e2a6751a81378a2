"""The bits A and B that the far end sends, once they have stood long enough (Q.422: 20 ms)."""

from __future__ import annotations

IDLE, SEIZE, ACK, ANSWER = 0b10, 0b00, 0b11, 0b01
BLOCK = CLEAR_BACK = ACK
FORCED = SEIZE  # from the called end


class FarBits:
    """Pure: reported bits and `now` in, recognized bits out."""

    def __init__(self, recognize_s: float) -> None:
        self.deadline: float | None = None
        self.now: int | None = None  # None: nothing recognized since the line came up
        self._reported: int | None = None
        self._recognize_s = recognize_s

    def __str__(self) -> str:
        return "none" if self.now is None else f"{self.now:02b}"

    def report(self, abcd: int, now: float) -> None:
        """Take what the framer has received; a change back before its time is none."""
        bits = abcd >> 2 & 0b11
        if bits == self._reported:
            return
        self._reported = bits
        self.deadline = None if bits == self.now else now + self._recognize_s

    def is_changed(self, now: float) -> bool:
        """Recognize the reported bits if their time has come; tell whether they are new."""
        if self.deadline is None or now < self.deadline:
            return False
        self.deadline, self.now = None, self._reported
        return True

    def forget(self) -> None:
        """The line is lost: its bits mean nothing until they are reported again."""
        self.deadline = self.now = self._reported = None
