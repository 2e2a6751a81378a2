"""Read caller-ID messages as they come from the FSK receiver (checksum already checked there).

source  Telcordia GR-30 / ETSI EN 300 659-3: message type, length, then SDMF text or MDMF parameters
"""

from __future__ import annotations

from dataclasses import dataclass

SDMF_CALL = 0x04
MDMF_CALL = 0x80
PARAM_NUMBER = 0x02
PARAM_NAME = 0x07
SDMF_DATE_LEN = 8
MAX_DIGITS = 20
NUMBER_CHARS = frozenset("0123456789+*#")


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
