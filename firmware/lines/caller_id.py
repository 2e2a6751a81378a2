"""Read caller ID as it comes from the FSK receiver (checksum checked there) or as digits, and write it.

source  Telcordia GR-30 / ETSI EN 300 659-3: message type, length, then SDMF text or MDMF parameters;
        ETSI EN 300 659-1 annex: digits between a start and an end code
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

SDMF_CALL = 0x04
MDMF_CALL = 0x80
PARAM_TIME = 0x01
PARAM_NUMBER = 0x02
PARAM_NO_NUMBER = 0x04
PARAM_NAME = 0x07
SDMF_DATE_LEN = 8
MAX_DIGITS = 20
NUMBER_CHARS = frozenset("0123456789+*#")
WITHHELD = "P"
MAX_NAME_OCT = 50

# D or A, the number, C or #; B and digits in place of the number say why there is none.
_DIGITS = re.compile(r"[DA](?P<number>[0-9]{2,20})(B[0-9]*)?(?P<end>[C#])?|B[0-9]{1,4}[C#]")


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who calls; empty strings where the exchange withheld or did not know it."""

    number: str = ""
    name: str = ""


def parse(message: bytes) -> CallerId | None:
    """Read one message.

    message  type, length, content; the checksum was taken off
    gives    None for other kinds of message and for malformed ones
    """
    if len(message) < 2 or len(message) != message[1] + 2:
        return None
    body = message[2:]
    if message[0] == SDMF_CALL:
        return CallerId(number=_number(body[SDMF_DATE_LEN:]))
    if message[0] == MDMF_CALL:
        return _mdmf(body)
    return None


def parse_digits(digits: str, *, is_over: bool = False) -> CallerId | None:
    """Read caller ID sent as DTMF digits.

    is_over  no more digits come, so that the end code may be missing
    gives    None while it is not complete, and for what is no caller ID
    """
    starts = [digits.rfind(start) for start in "DA"] + [digits.rfind("B") if "D" not in digits else -1]
    found = _DIGITS.fullmatch(digits[max(*starts, 0) :])
    if found is None:
        return None
    number = found["number"] or ""
    return CallerId(number) if found["end"] or is_over or not number else None


def compose(caller: CallerId, when: datetime) -> bytes:
    """Write an MDMF message, without its checksum.

    when  local time
    """
    number = "".join(char for char in caller.number if char in NUMBER_CHARS)[:MAX_DIGITS]
    body = _parameter(PARAM_TIME, when.strftime("%m%d%H%M").encode())
    if number:
        body += _parameter(PARAM_NUMBER, number.encode())
    else:
        body += _parameter(PARAM_NO_NUMBER, WITHHELD.encode())
    if caller.name:
        body += _parameter(PARAM_NAME, _name_octets(caller.name))
    return bytes([MDMF_CALL, len(body)]) + body


def _parameter(kind: int, content: bytes) -> bytes:
    return bytes([kind, len(content)]) + content


def _name_octets(name: str) -> bytes:
    while len(name.encode("gb18030", "replace")) > MAX_NAME_OCT:
        name = name[:-1]
    return name.encode("gb18030", "replace")


def _mdmf(body: bytes) -> CallerId | None:
    number = name = ""
    while len(body) >= 2:
        kind, length = body[0], body[1]
        content, rest = body[2 : 2 + length], body[2 + length :]
        if len(content) != length:
            return None
        if kind == PARAM_NUMBER:
            number = _number(content)
        elif kind == PARAM_NAME:
            name = _name(content)
        body = rest
    return CallerId(number, name)


def _number(content: bytes) -> str:
    # 'P' (private) and 'O' (out of area) stand in the number's place: shown as no number.
    text = content.decode("ascii", "replace").strip()
    kept = "".join(char for char in text if char in NUMBER_CHARS)
    return kept[:MAX_DIGITS] if len(kept) == len(text) else ""


def _name(content: bytes) -> str:
    for coding in ("ascii", "gb18030"):
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        return "".join(char for char in text if char.isprintable()).strip()[:40]
    return ""
