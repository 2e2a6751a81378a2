"""Frames between host and front panel: COBS, CRC-16/CCITT-FALSE.

The panel's microcontroller freezes this same file, so it keeps to what MicroPython has: no imports, no
dataclasses, no generators, and memory that is bounded. docs/panel.md says what the frames mean.

A frame is type u8, seq u8, length u16, payload, CRC u16 over all before; both numbers little-endian. It is
COBS-encoded and ends with a zero octet.
"""

HELLO = 1
HEARTBEAT = 2
KEY = 3
LCD = 4
RELAY = 5
STATUS = 6
ACK = 7

VERSION = 1
PAYLOAD_MAX = 64
_FRAME_MAX = 4 + PAYLOAD_MAX + 2
_ENCODED_MAX = _FRAME_MAX + 1  # COBS adds one octet below 254

KEYS = ("up", "down", "ok", "back")  # key codes 1, 2, 3, 4
KEY_UP, KEY_DOWN, KEY_REPEAT = 0, 1, 2

STATES = ("boot", "run", "bypass", "reset")


def crc16(data: bytes) -> int:
    """Return the CRC-16/CCITT-FALSE of some octets (check value 29B1)."""
    crc = 0xFFFF
    for octet in data:
        crc = (crc >> 8 | crc << 8) & 0xFFFF
        crc ^= octet
        crc ^= (crc & 0xFF) >> 4
        crc ^= crc << 12 & 0xFFFF
        crc ^= (crc & 0xFF) << 5
    return crc


def cobs_encode(data: bytes) -> bytes:
    """Encode octets so that none of them is zero; without the closing zero. Up to 253 octets."""
    out = bytearray(1)
    mark = 0
    for octet in data:
        if octet:
            out.append(octet)
        else:
            out[mark] = len(out) - mark
            mark = len(out)
            out.append(0)
    out[mark] = len(out) - mark
    return bytes(out)


def cobs_decode(data: bytes) -> bytes:
    """Decode what stood before a zero octet; empty if it is not COBS."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        end = at + code
        if code in (0, 255) or end > len(data):
            return b""
        out.extend(data[at + 1 : end])
        at = end
        if at < len(data):
            out.append(0)
    return bytes(out)


def encode(kind: int, seq: int, payload: bytes = b"") -> bytes:
    """Return the octets of a frame, zero octet included."""
    if len(payload) > PAYLOAD_MAX:
        raise ValueError("payload too long")
    body = bytes((kind, seq, len(payload) & 0xFF, len(payload) >> 8)) + payload
    crc = crc16(body)
    return cobs_encode(body + bytes((crc & 0xFF, crc >> 8))) + b"\0"


def parse(body: bytes) -> "tuple[int, int, bytes] | None":
    """Check a decoded frame, and return kind, seq and payload; None if it is damaged."""
    if len(body) < 6 or len(body) > _FRAME_MAX:
        return None
    if crc16(body[:-2]) != body[-2] | body[-1] << 8:
        return None
    if body[2] | body[3] << 8 != len(body) - 6:
        return None
    return body[0], body[1], body[4:-2]


class Decoder:
    """Find frames in a stream of octets; garbage costs at most the frame it hits."""

    def __init__(self) -> None:
        self.errors = 0  # damaged or overlong frames so far
        self._buffer = bytearray()
        self._is_skipping = False

    def feed(self, data: bytes) -> "list[tuple[int, int, bytes]]":
        """Take octets, and return the frames that they completed: (kind, seq, payload)."""
        frames = []
        for octet in data:
            if octet:
                self._collect(octet)
            else:
                frame = self._finish()
                if frame is not None:
                    frames.append(frame)
        return frames

    def _collect(self, octet: int) -> None:
        if self._is_skipping:
            return
        if len(self._buffer) >= _ENCODED_MAX:
            self._is_skipping = True
            self._buffer = bytearray()
        else:
            self._buffer.append(octet)

    def _finish(self) -> "tuple[int, int, bytes] | None":
        buffer = bytes(self._buffer)
        was_skipping = self._is_skipping
        self._buffer = bytearray()
        self._is_skipping = False
        if not buffer and not was_skipping:
            return None  # two zeros in a row are no frame and no error
        frame = None if was_skipping else parse(cobs_decode(buffer))
        if frame is None:
            self.errors += 1
        return frame
