"""The link to the emulator: SPI transactions and GPIO levels over a SOCK_SEQPACKET Unix socket.

A message is kind u8, line u8, length u16 (big-endian), payload. The server answers an `SPI` message with
`SPI_ANSWER` or `ERROR`; to a connection that sent `WATCH` it sends the line's level at once and at every
change. A level that a transaction changes is sent before that transaction's answer, so it is never seen too
late. TDM blocks have a socket of their own, PATH.tdm, one block per message; the media engine opens it.
"""

from __future__ import annotations

import select
import socket
import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from hal.bus import HalError, HalErrorKind

IRQ_LINE = 0
PAYLOAD_MAX = 65535
MESSAGE_MAX = 4 + PAYLOAD_MAX
ANSWER_S = 10.0  # an emulator that ended is known at once; one that is only slow shall cost no port
_HEAD = struct.Struct(">BBH")


class Kind(IntEnum):
    """What a message is."""

    SPI = 1
    SPI_ANSWER = 2
    WATCH = 3
    LEVEL = 4
    ERROR = 5


@dataclass(frozen=True, slots=True)
class Message:
    """One packet of the link."""

    kind: Kind
    line: int
    payload: bytes = b""


def encode(message: Message) -> bytes:
    """Return the packet for a message."""
    return _HEAD.pack(message.kind, message.line, len(message.payload)) + message.payload


def decode(packet: bytes) -> Message:
    """Read a packet.

    raises  HalError PROTOCOL
    """
    if len(packet) < _HEAD.size:
        raise HalError(HalErrorKind.PROTOCOL, f"link packet of {len(packet)} octets")
    kind, line, length = _HEAD.unpack_from(packet)
    if length != len(packet) - _HEAD.size:
        raise HalError(HalErrorKind.PROTOCOL, f"link packet says {length} octets, has {len(packet) - 4}")
    if kind not in Kind.__members__.values():
        raise HalError(HalErrorKind.PROTOCOL, f"link packet of unknown kind {kind}")
    return Message(Kind(kind), line, packet[_HEAD.size :])


def connect(path: Path) -> socket.socket:
    """Open a connection to the emulator.

    raises  HalError ABSENT
    """
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        link.connect(str(path))
    except OSError as error:
        link.close()
        raise HalError(HalErrorKind.ABSENT, f"nobody listens on {path}: {error.strerror}") from error
    return link


class UnixSpi:
    """SPI over the link; implements `hal.bus.SpiDevice`. Connects again by itself after the link broke."""

    def __init__(self, path: Path, answer_s: float = ANSWER_S) -> None:
        """Connect.

        raises  HalError ABSENT
        """
        self._path = path
        self._answer_s = answer_s
        self._link: socket.socket | None = self._connect()

    def _connect(self) -> socket.socket:
        link = connect(self._path)
        link.settimeout(self._answer_s)
        return link

    def transaction(self, data: bytes) -> bytes:
        """Exchange octets with the emulated board."""
        if self._link is None:
            self._link = self._connect()
        try:
            self._link.sendall(encode(Message(Kind.SPI, 0, data)))
            packet = self._link.recv(MESSAGE_MAX)
        except TimeoutError as error:
            self.close()  # a late answer must not be taken for the next one's
            raise HalError(HalErrorKind.TIMEOUT, f"no answer within {self._answer_s} s") from error
        except OSError as error:
            self.close()
            raise HalError(HalErrorKind.BUS, f"link: {error.strerror}") from error
        return self._payload(packet)

    def _payload(self, packet: bytes) -> bytes:
        if not packet:
            self.close()
            raise HalError(HalErrorKind.BUS, "the emulator closed the link")
        message = decode(packet)
        if message.kind is Kind.ERROR:
            raise _error(message.payload)
        if message.kind is not Kind.SPI_ANSWER:
            raise HalError(HalErrorKind.PROTOCOL, f"{message.kind.name} instead of an SPI answer")
        return message.payload

    def close(self) -> None:
        """Hang up."""
        if self._link is not None:
            self._link.close()
            self._link = None


class UnixGpio:
    """One input line over the link; implements `hal.bus.GpioInput`.

    `fd` is an epoll descriptor around the connection, so it stays the same when the link breaks and comes
    back.
    """

    has_edges = True

    def __init__(self, path: Path, line: int = IRQ_LINE) -> None:
        """Connect and ask for the line.

        raises  HalError ABSENT
        """
        self._path = path
        self._line = line
        self._epoll = select.epoll()
        self._is_high = False
        self._link: socket.socket | None = None
        self._open()

    @property
    def fd(self) -> int:
        """Becomes readable when the line changed."""
        return self._epoll.fileno()

    def _open(self) -> None:
        self._link = connect(self._path)
        self._link.setblocking(False)
        self._epoll.register(self._link, select.EPOLLIN)
        self._link.send(encode(Message(Kind.WATCH, self._line)))

    def read(self) -> bool:
        """Return the level that was heard last; False while the link is down."""
        try:
            if self._link is None:
                self._open()
            while self._take():
                pass
        except (HalError, OSError):
            self._drop()
        return self._is_high

    def _take(self) -> bool:
        """Take one message, and return False when there is none."""
        assert self._link is not None
        try:
            packet = self._link.recv(MESSAGE_MAX)
        except BlockingIOError:
            return False
        if not packet:
            raise HalError(HalErrorKind.BUS, "the emulator closed the link")
        message = decode(packet)
        if message.kind is Kind.LEVEL and message.line == self._line:
            self._is_high = message.payload == b"\x01"
        return True

    def _drop(self) -> None:
        self._is_high = False
        if self._link is not None:
            self._epoll.unregister(self._link)
            self._link.close()
            self._link = None

    def close(self) -> None:
        """Hang up."""
        self._drop()
        self._epoll.close()


def error_payload(error: HalError) -> bytes:
    """Return what an ERROR message carries."""
    return f"{error.kind}\n{error.detail}".encode()


def _error(payload: bytes) -> HalError:
    kind, _, detail = payload.decode("utf-8", "replace").partition("\n")
    try:
        return HalError(HalErrorKind(kind), detail)
    except ValueError:
        return HalError(HalErrorKind.PROTOCOL, f"link error of unknown kind {kind!r}")
