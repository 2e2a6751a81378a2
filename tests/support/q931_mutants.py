"""A hostile far end: LAPD frames and Q.931 messages that are nearly right, or not at all."""

from __future__ import annotations

from random import Random

ELEMENTS = (
    0x04, 0x08, 0x14, 0x18, 0x1C, 0x1E, 0x27, 0x28, 0x2C, 0x4C, 0x4D, 0x6C, 0x6D, 0x70, 0x71, 0x74,
    0x76, 0x79, 0x7E, 0x7D, 0x01, 0x0F, 0x20, 0x29, 0x34, 0x37, 0x90, 0x96, 0x98, 0x9E, 0xA0, 0xA1,
    0xD1,
)  # fmt: skip
MESSAGES = (
    0x01, 0x02, 0x03, 0x05, 0x07, 0x0D, 0x0F, 0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2D, 0x2E, 0x30,
    0x31, 0x33, 0x37, 0x45, 0x46, 0x4D, 0x4E, 0x5A, 0x60, 0x62, 0x64, 0x6E, 0x75, 0x79, 0x7B, 0x7D,
    0x00,
)  # fmt: skip


def mutate(frame: bytes, chance: Random) -> bytes:
    """Give a frame that is wrong somewhere; a numbered one mostly keeps its numbers, so that it is taken."""
    if len(frame) <= 4 or frame[2] & 1:
        return _scramble(frame, chance) if chance.random() < 0.3 else frame
    if chance.random() < 0.05:
        return _scramble(frame, chance)
    message = bytearray(frame[4:])
    for _ in range(chance.randrange(1, 4)):
        chance.choice(_MUTATIONS)(message, chance)
    return frame[:4] + bytes(message[:260])


def noise(chance: Random) -> bytes:
    """Give octets with a head that looks like one of ours."""
    head = bytes([chance.choice((0x00, 0x02, 0xFC, 0x01)), chance.choice((0x01, 0x01, 0xFF, 0x03))])
    return head + chance.randbytes(chance.randrange(0, 40))


def random_element(chance: Random) -> bytes:
    """Give an information element with a content of any length, its length mostly right."""
    octet = chance.choice(ELEMENTS)
    if octet & 0x80:
        return bytes([octet])
    content = chance.randbytes(chance.choice((0, 1, 1, 2, 3, 4, 8, 20, 80, 130)))
    if octet == 0x1C and chance.random() < 0.8:
        content = random_facility(chance)
    length = len(content) if chance.random() < 0.85 else chance.randrange(256)
    return bytes([octet, length]) + content


def random_facility(chance: Random) -> bytes:
    """Give a supplementary service component (ITU-T Q.932, X.229), its nested values of any kind."""
    operation = chance.choice((*range(0, 48), *range(84, 130), -1))
    invoke = b"\x02\x01" + chance.randbytes(1) + b"\x02\x01" + (operation & 0xFF).to_bytes(1, "big")
    body = _encoded(chance.choice((0xA1, 0xA2, 0xA3, 0xA4)), invoke + _values(chance, 4), chance)
    return bytes([chance.choice((0x91, 0x91, 0x9F, 0x11))]) + body


def _values(chance: Random, depth: int) -> bytes:
    octets = b""
    for _ in range(chance.randrange(0, 4)):
        tag = chance.choice(
            (0x01, 0x02, 0x04, 0x05, 0x06, 0x0A, 0x12, 0x18, 0x30, 0x31, 0x40, 0x80, 0x81, 0x82)
        )
        tag |= chance.choice((0, 0, 0x20, 0xA0, 0x80))
        deeper = tag & 0x20 and depth
        octets += _encoded(
            tag, _values(chance, depth - 1) if deeper else chance.randbytes(chance.randrange(6)), chance
        )
    return octets


def _encoded(tag: int, content: bytes, chance: Random) -> bytes:
    length = len(content) if chance.random() < 0.95 else chance.randrange(256)
    return bytes([tag, length & 0xFF]) + content


def random_message(chance: Random) -> bytes:
    """Give a message of any type, for any call."""
    reference = chance.choice((0, 1, 2, 3, 0x8000, 0x8001, 0x8002, chance.randrange(0x10000)))
    head = b"\x08\x02" + reference.to_bytes(2, "big") + bytes([chance.choice(MESSAGES)])
    return head + b"".join(random_element(chance) for _ in range(chance.randrange(0, 8)))


def _scramble(frame: bytes, chance: Random) -> bytes:
    octets = bytearray(frame)
    _flip(octets, chance)
    return bytes(octets[: chance.randrange(1, len(octets) + 1)])


def _flip(octets: bytearray, chance: Random) -> None:
    if octets:
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)


def _overwrite(octets: bytearray, chance: Random) -> None:
    if octets:
        octets[chance.randrange(len(octets))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _cut(octets: bytearray, chance: Random) -> None:
    del octets[chance.randrange(len(octets) + 1) :]


def _remove(octets: bytearray, chance: Random) -> None:
    if octets:
        del octets[chance.randrange(len(octets))]


def _insert(octets: bytearray, chance: Random) -> None:
    place = chance.randrange(len(octets) + 1)
    octets[place:place] = random_element(chance)


def _append(octets: bytearray, chance: Random) -> None:
    octets += random_element(chance)


def _retype(octets: bytearray, chance: Random) -> None:
    if len(octets) > 4:
        octets[4] = chance.choice(MESSAGES)


def _readdress(octets: bytearray, chance: Random) -> None:
    if len(octets) > 4:
        octets[2:4] = chance.choice((0, 1, 2, 0x8000, 0x8001, chance.randrange(0x10000))).to_bytes(2, "big")


def _replace(octets: bytearray, chance: Random) -> None:
    octets[:] = random_message(chance)


_MUTATIONS = (_flip, _overwrite, _cut, _remove, _insert, _append, _append, _retype, _readdress, _replace)
