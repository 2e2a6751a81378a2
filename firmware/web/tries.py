"""A brake on guessing passwords: per address and per account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import MovingWindowRateLimiter

PER_ADDRESS = "20 per 5 minutes"
PER_ACCOUNT = "60 per 5 minutes"  # from all addresses: enough to stop guessing, too many to lock out


class Tries:
    """Counts tries in memory; made at the first try, because `limits` takes time to import."""

    def __init__(self) -> None:
        self._limiter: MovingWindowRateLimiter | None = None
        self._limits: tuple[RateLimitItem, RateLimitItem] | None = None

    def spend(self, address: str, account: str) -> bool:
        """Use a try; False when there were too many from this address or at this account."""
        if self._limiter is None or self._limits is None:
            from limits import parse  # noqa: PLC0415
            from limits.storage import MemoryStorage  # noqa: PLC0415
            from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

            self._limiter = MovingWindowRateLimiter(MemoryStorage())
            self._limits = parse(PER_ADDRESS), parse(PER_ACCOUNT)
        by_address, by_account = self._limits
        return self._limiter.hit(by_address, "address", address) and self._limiter.hit(
            by_account, "account", account
        )
