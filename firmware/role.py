"""What a person is to the box."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A user's role; `firmware/api/roles.py` says what each may do."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    INSTALLER = "installer"
    AGENT = "agent"
