"""What must not leave the box: the set-up code, password hashes, hashes of API tokens.

One file, readable by the box alone, replaced as a whole at each change. It is in no export of the settings
and in no log. Passwords are hashed by the faces (argon2); tokens are random, so a plain SHA-256 of them
tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from firmware.api.core import Refused, Role, User
from firmware.durable import Disk, RealDisk, replace_file
from firmware.text import Text

MODE = 0o600
CODE_DIGITS = 8
TOKEN_OCTETS = 32

_WRONG_CODE = Text(
    zh="设置码不对。请核对标签、显示屏或控制台上的 8 位数字。",
    en="The set-up code is wrong. It is the 8 digits on the label, the display or the console.",
)
_IS_SET_UP = Text(zh="设备已完成设置，请登录。", en="The box is already set up. Log in.")
_DISK = Text(
    zh="磁盘拒绝写入，没有更改。请检查存储卡是否已满或损坏。",
    en="The disk refuses to write; nothing was changed. Check that it is neither full nor broken.",
)


@dataclass(frozen=True, slots=True)
class Token:
    """A key of other software for the API; the key itself is told once and not kept."""

    id: str
    name: str
    role: Role
    sha256: str


@dataclass(frozen=True, slots=True)
class _Content:
    box_id: str
    setup_code: str
    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()

    def __repr__(self) -> str:
        return "_Content(...)"  # never into a log


class SecretStore:
    """Keep the secrets in a file; the first start makes box id and set-up code.

    urandom  gives n random octets
    raises   OSError when the file can be neither read nor made
    """

    def __init__(
        self, path: Path, *, disk: Disk | None = None, urandom: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._path = path
        self._disk = disk or RealDisk()
        self._urandom = urandom
        self.repairs: list[Text] = []
        self._content = self._load()

    def __repr__(self) -> str:
        return f"SecretStore({str(self._path)!r})"

    @property
    def box_id(self) -> str:
        """Give the UUID of this box. No secret, but made at the same moment."""
        return self._content.box_id

    @property
    def setup_code(self) -> str:
        """Give the code that label, display and console show until the box is set up."""
        return self._content.setup_code

    def is_set_up(self) -> bool:
        """Say whether an owner has set a password."""
        return any(user.role is Role.OWNER for user in self._content.users)

    def is_setup_code(self, code: str) -> bool:
        """Compare in constant time; blanks and dashes do not count. False after set-up."""
        plain = "".join(code.split()).replace("-", "")
        is_right = hmac.compare_digest(plain.encode(), self._content.setup_code.encode())
        return is_right and not self.is_set_up()

    def set_up(self, code: str, user: User) -> None:
        """Make the first owner. raises Refused (`wrong-code`, `already-set-up`, `disk`)."""
        if self.is_set_up():
            raise Refused("already-set-up", _IS_SET_UP)
        if not self.is_setup_code(code):
            raise Refused("wrong-code", _WRONG_CODE, "code")
        self.set_user(replace(user, role=Role.OWNER))

    def users(self) -> Sequence[User]:
        """Give all users by name."""
        return sorted(self._content.users, key=lambda user: user.name)

    def user(self, name: str) -> User | None:
        """Give a user; None when there is none."""
        return next((user for user in self._content.users if user.name == name), None)

    def set_user(self, user: User) -> None:
        """Make a user or change one. raises Refused (`disk`)."""
        others = (other for other in self._content.users if other.name != user.name)
        self._store(replace(self._content, users=(*others, user)))

    def delete_user(self, name: str) -> None:
        """Delete a user; one that is not there is no error. raises Refused (`disk`)."""
        others = tuple(other for other in self._content.users if other.name != name)
        self._store(replace(self._content, users=others))

    def tokens(self) -> Sequence[Token]:
        """Give the tokens without their keys."""
        return self._content.tokens

    def add_token(self, name: str, role: Role) -> str:
        """Make a token and give its key, this once. raises Refused (`disk`)."""
        key = self._urandom(TOKEN_OCTETS).hex()
        token = Token(self._uuid(), name, role, _digest(key))
        self._store(replace(self._content, tokens=(*self._content.tokens, token)))
        return key

    def token(self, key: str) -> Token | None:
        """Give the token that a key belongs to; None for a wrong one. Takes as long for both."""
        digest = _digest(key)
        found = [token for token in self._content.tokens if hmac.compare_digest(token.sha256, digest)]
        return found[0] if found else None

    def revoke(self, token_id: str) -> None:
        """Delete a token; one that is not there is no error. raises Refused (`disk`)."""
        others = tuple(token for token in self._content.tokens if token.id != token_id)
        self._store(replace(self._content, tokens=others))

    def _load(self) -> _Content:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return self._begin()
        try:
            content = _read(data)
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._begin_again()
        os.chmod(self._path, MODE)  # a copy from a backup may be readable by others
        return content

    def _begin(self) -> _Content:
        content = _Content(self._uuid(), make_code(self._urandom))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._disk, self._path, _write(content), MODE)
        return content

    def _begin_again(self) -> _Content:
        """Keep a file that cannot be read, and make a new code, which only people at the box can see."""
        aside = self._path.with_name(self._path.name + ".bad")
        self._disk.rename(self._path, aside)
        self.repairs.append(
            Text(
                zh=f"密码文件损坏，已另存为 {aside.name}。请用设置码重新设置管理员密码。",
                en=f"The password file was damaged and is kept as {aside.name}. "
                "Set the owner's password again with the set-up code.",
            )
        )
        return self._begin()

    def _store(self, content: _Content) -> None:
        try:
            replace_file(self._disk, self._path, _write(content), MODE)
        except OSError as error:
            raise Refused("disk", _DISK) from error
        self._content = content

    def _uuid(self) -> str:
        return str(UUID(bytes=self._urandom(16), version=4))


def make_code(urandom: Callable[[int], bytes]) -> str:
    """Give a random set-up code: 7 digits and one that tells a mistyped code from a wrong one.

    source  ISO/IEC 7064 MOD 11,10
    """
    number = int.from_bytes(urandom(8), "big") % 10 ** (CODE_DIGITS - 1)
    digits = f"{number:0{CODE_DIGITS - 1}d}"
    return digits + check_digit(digits)


def is_code_plausible(code: str) -> bool:
    """Tell a code that may be one from a slip of the finger, for a face to say so at once."""
    plain = "".join(code.split()).replace("-", "")
    is_number = len(plain) == CODE_DIGITS and plain.isascii() and plain.isdigit()
    return is_number and check_digit(plain[:-1]) == plain[-1]


def check_digit(digits: str) -> str:
    """Give the digit that follows; it finds every single wrong digit.

    source  ISO/IEC 7064 MOD 11,10
    """
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _write(content: _Content) -> bytes:
    body: dict[str, Any] = asdict(content)
    seal = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return json.dumps({"sha256": seal, **body}, ensure_ascii=False, indent=1).encode() + b"\n"


def _read(data: bytes) -> _Content:
    """Read the file. raises ValueError, KeyError, TypeError, AttributeError for a damaged one."""
    body = json.loads(data)
    seal = body.pop("sha256")
    if seal != hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest():
        raise ValueError("the SHA-256 does not fit the content")
    users = tuple(User(user["name"], Role(user["role"]), user["password_hash"]) for user in body["users"])
    tokens = tuple(Token(one["id"], one["name"], Role(one["role"]), one["sha256"]) for one in body["tokens"])
    return _Content(str(body["box_id"]), str(body["setup_code"]), users, tokens)
