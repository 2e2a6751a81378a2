"""Passwords: hashed and verified by the faces, so that the call program never sees one.

source  OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, t = 2, p = 1
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH = 10
MAX_LENGTH = 200

# One at a time: each takes 19 MiB and a core, and a crowd at the door must not starve the calls.
_one_at_a_time = asyncio.Semaphore(1)


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # noqa: PLC0415 - kept out of the start-up path

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hash_password(password: str) -> str:
    """Hash a password (about 60 ms, in a thread)."""
    async with _one_at_a_time:
        return await asyncio.to_thread(lambda: _hasher().hash(password))


async def verify(password: str, password_hash: str | None) -> bool:
    """Check a password; with no hash (no such user) it takes as long and fails."""
    async with _one_at_a_time:
        return await asyncio.to_thread(_verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

    hasher = _hasher()
    if password_hash is None:
        hasher.hash(password)
        return False
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
