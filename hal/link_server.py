"""The emulator's end of the link: serves an emulated board to drivers in another process.

One descriptor stands for the listener and all connections, so a loop needs one reader:
`loop.add_reader(server.fileno(), server.handle)`. After each TDM block, call `look`: time may have moved
the interrupt line.
"""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path
from typing import Protocol

from hal.bus import HalError, SpiDevice
from hal.link import MESSAGE_MAX, Kind, Message, decode, encode, error_payload

REQUESTS_MAX = 64  # served per connection before the others get their turn


class ServedBoard(Protocol):
    """What is served; `hal.sim.board.SimBoard` is one."""

    @property
    def spi(self) -> SpiDevice: ...

    @property
    def irq_is_asserted(self) -> bool: ...


class _Client:
    """One connection, and the level it was told last for each line it watches."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.told: dict[int, bool | None] = {}


class LinkServer:
    """Serves one board on a Unix socket."""

    def __init__(self, path: Path, board: ServedBoard) -> None:
        """Listen; a socket file left behind by a dead emulator is replaced.

        raises  OSError if the address cannot be used or somebody answers there
        """
        self._path = path
        self._board = board
        self._clients: dict[int, _Client] = {}
        _remove_stale(path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        self._listener.listen()
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)

    def fileno(self) -> int:
        """Readable when `handle` has something to do."""
        return self._epoll.fileno()

    def handle(self) -> None:
        """Serve what has arrived. Never waits."""
        for fd, _ in self._epoll.poll(0):
            if fd == self._listener.fileno():
                self._accept()
            else:
                self._serve(self._clients[fd])

    def look(self) -> None:
        """Tell the watchers if the interrupt line changed."""
        for client in list(self._clients.values()):
            self._tell(client)

    def close(self) -> None:
        """Hang up on all, and remove the socket file."""
        for client in list(self._clients.values()):
            self._drop(client)
        self._epoll.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            link, _ = self._listener.accept()
        except OSError:  # the caller has already gone
            return
        link.setblocking(False)
        self._clients[link.fileno()] = _Client(link)
        self._epoll.register(link, select.EPOLLIN)

    def _serve(self, client: _Client) -> None:
        for _ in range(REQUESTS_MAX):
            try:
                packet = client.link.recv(MESSAGE_MAX)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            try:
                if not packet:
                    self._drop(client)
                    return
                self._obey(client, decode(packet))
            except (HalError, OSError):  # it speaks another language, or does not read its answers
                self._drop(client)
                return

    def _obey(self, client: _Client, message: Message) -> None:
        if message.kind is Kind.SPI:
            answer = self._transact(message)
            self.look()
            client.link.send(encode(answer))
        elif message.kind is Kind.WATCH:
            client.told[message.line] = None
            self._tell(client)

    def _transact(self, message: Message) -> Message:
        try:
            return Message(Kind.SPI_ANSWER, message.line, self._board.spi.transaction(message.payload))
        except (HalError, ValueError) as error:  # ValueError: a TDM block that is none
            if isinstance(error, HalError):
                return Message(Kind.ERROR, message.line, error_payload(error))
            return Message(Kind.ERROR, message.line, f"protocol\n{error}".encode())

    def _tell(self, client: _Client) -> None:
        level = self._board.irq_is_asserted
        for line, told in client.told.items():
            if told is not level:
                try:
                    client.link.send(encode(Message(Kind.LEVEL, line, bytes((level,)))))
                except OSError:  # full or gone: told again at the next look, or dropped when read
                    continue
                client.told[line] = level

    def _drop(self, client: _Client) -> None:
        fd = client.link.fileno()
        if self._clients.pop(fd, None) is not None:
            self._epoll.unregister(fd)
            client.link.close()


def _remove_stale(path: Path) -> None:
    """Remove a socket file that nobody serves any more."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            os.unlink(path)
