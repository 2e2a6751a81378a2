"""Who is logged in at the pages: sessions on the disk of the web process, revocable, ids hashed at rest."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IDLE_S = 2 * 3600.0
ABSOLUTE_S = 7 * 24 * 3600.0
SEEN_STEP_S = 60.0  # not every look at a page is worth a write to the card
_TABLE = """
CREATE TABLE IF NOT EXISTS session (
    id_hash TEXT PRIMARY KEY, user TEXT NOT NULL, password_mark TEXT NOT NULL,
    began_s REAL NOT NULL, seen_s REAL NOT NULL, candidate TEXT NOT NULL DEFAULT ''
)
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A login."""

    id_hash: str
    user: str
    password_mark: str


def mark_of(password_hash: str) -> str:
    """Make the mark that ends all sessions of a user whose password changes."""
    return hashlib.sha256(password_hash.encode()).hexdigest()


class Sessions:
    """All logins, in one SQLite file."""

    def __init__(self, path: Path, utc_s: Callable[[], float]) -> None:
        self._utc_s = utc_s
        try:
            self._db = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # the disk, not the file
                raise
            _put_aside(path)
            self._db = _open(path)

    def begin(self, user: str, password_hash: str) -> str:
        """Log a user in; gives the secret for the cookie."""
        secret = secrets.token_urlsafe(32)
        now = self._utc_s()
        self._sweep(now)
        self._db.execute(
            "INSERT INTO session (id_hash, user, password_mark, began_s, seen_s) VALUES (?, ?, ?, ?, ?)",
            (_hash(secret), user, mark_of(password_hash), now, now),
        )
        return secret

    def find(self, secret: str) -> Session | None:
        """Give the session of a cookie and note that it is in use."""
        now = self._utc_s()
        row = self._db.execute(
            "SELECT id_hash, user, password_mark, seen_s FROM session"
            " WHERE id_hash = ? AND seen_s > ? AND began_s > ?",
            (_hash(secret), now - IDLE_S, now - ABSOLUTE_S),
        ).fetchone()
        if row is None:
            return None
        if now - row[3] > SEEN_STEP_S:
            self._db.execute("UPDATE session SET seen_s = ? WHERE id_hash = ?", (now, row[0]))
        return Session(*row[:3])

    def end(self, session: Session) -> None:
        """Log out."""
        self._db.execute("DELETE FROM session WHERE id_hash = ?", (session.id_hash,))

    def candidate(self, session: Session) -> str:
        """Give the configuration session that this login edits; empty if there is none."""
        row = self._db.execute(
            "SELECT candidate FROM session WHERE id_hash = ?", (session.id_hash,)
        ).fetchone()
        return str(row[0]) if row else ""

    def keep_candidate(self, session: Session, candidate: str) -> None:
        """Remember the configuration session that this login edits; empty to forget."""
        self._db.execute("UPDATE session SET candidate = ? WHERE id_hash = ?", (candidate, session.id_hash))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _sweep(self, now: float) -> None:
        self._db.execute(
            "DELETE FROM session WHERE seen_s <= ? OR began_s <= ?", (now - IDLE_S, now - ABSOLUTE_S)
        )


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    path.chmod(0o600)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost the newest login, nothing else
    db.execute(_TABLE)
    db.execute("SELECT count(*) FROM session")
    return db


def _put_aside(path: Path) -> None:
    """Keep a damaged file for whoever looks into it; everybody logs in again."""
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    path.replace(path.with_name(path.name + ".bad"))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
