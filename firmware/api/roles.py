"""Who may do what: the one table of rights. The faces establish who a person is, the API holds the table."""

from __future__ import annotations

from enum import StrEnum

from firmware.api.core import Role


class Right(StrEnum):
    """One thing a role may be allowed to do."""

    SEE = "see"  # the live picture
    SERVE = "serve"  # log agents in and out, pause; the role `agent`: only oneself
    HANG_UP = "hang-up"
    LINES = "lines"  # take lines in and out of service, ring a phone to test it
    READ_SETTINGS = "read-settings"
    CHANGE_SETTINGS = "change-settings"
    PROMPTS = "prompts"  # upload and record the owner's prompts
    READ_RECORDS = "read-records"  # list calls and messages
    LISTEN = "listen"  # hear recordings and messages
    USERS = "users"
    AUDIT = "audit"


_INSTALLER = {
    Right.SEE,
    Right.SERVE,
    Right.HANG_UP,
    Right.LINES,
    Right.READ_SETTINGS,
    Right.CHANGE_SETTINGS,
    Right.PROMPTS,
}
_SUPERVISOR = {
    Right.SEE,
    Right.SERVE,
    Right.HANG_UP,
    Right.READ_SETTINGS,
    Right.PROMPTS,
    Right.READ_RECORDS,
    Right.LISTEN,
}

# The installer sees no caller's history and makes no users: that is the office's own business.
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.INSTALLER: frozenset(_INSTALLER),
    Role.AGENT: frozenset({Right.SEE, Right.SERVE}),
}


def may(role: Role, right: Right) -> bool:
    """Say whether a role has a right."""
    return right in RIGHTS[role]
