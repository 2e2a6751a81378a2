"""A condition that counts only after it has held for a while."""

from __future__ import annotations

from math import inf


class Debounce:
    """Follow a boolean, but only once the new value has held for `hold_s`."""

    def __init__(self, value: bool, hold_s: float) -> None:
        self.value = value
        self._hold_s = hold_s
        self.due = inf  # when the pending value will count

    @property
    def is_pending(self) -> bool:
        """A differing value was seen and is waiting to count."""
        return self.due != inf

    def set(self, value: bool) -> None:
        """Take a value at once."""
        self.value = value
        self.due = inf

    def cancel(self) -> None:
        """Forget a pending value."""
        self.due = inf

    def feed(self, value: bool, now: float) -> bool:
        """Take a sample, and return True when the value has just changed."""
        if value == self.value:
            self.due = inf
            return False
        if not self.is_pending:
            self.due = now + self._hold_s
        if now < self.due:
            return False
        self.set(value)
        return True
