"""Serve the API on a Unix socket inside the daemon's loop.

Who may connect is decided twice: by the socket's file permission (0660), and by the uid of the peer
(SO_PEERCRED), which no face can forge.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from firmware.api.app import make_app
from firmware.api.core import Core
from firmware.api.stream import Streams

_UCRED = struct.Struct("3i")  # pid, uid, gid
_DENIED = (
    b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
_DENIED_BODY = (
    '{"error":{"code":"not-allowed","field":"uid","text":{"zh":"此系统用户不能使用接口。请在启动时允许它。",'
    '"en":"This system user may not use the API. Allow it when the daemon is started."}}}'
).encode()


class SocketInUse(Exception):
    """Another daemon answers on this socket."""


def uids_of(names: Iterable[str]) -> frozenset[int]:
    """Look up system users; names that this machine does not have are left out."""
    found = set()
    for name in names:
        with contextlib.suppress(KeyError):
            found.add(pwd.getpwnam(name).pw_uid)
    return frozenset(found)


def peer_uid(peer: socket.socket) -> int:
    """Ask the kernel who is at the other end of a Unix socket."""
    uid: int = _UCRED.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))[1]
    return uid


def _protocol(allowed: frozenset[int]) -> type[asyncio.Protocol]:
    class PeerChecked(HttpToolsProtocol):
        """Serves only peers whose uid is allowed."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if peer_uid(transport.get_extra_info("socket")) not in allowed:
                transport.write(_DENIED % (len(_DENIED_BODY), _DENIED_BODY))
                transport.close()

    return PeerChecked


class ApiServer(uvicorn.Server):
    """A uvicorn server that leaves the signals to the daemon and ends its streams when it stops."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; a stream would hold it up until the time limit."""
        self._streams.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install nothing."""
        yield


def listen(path: Path) -> socket.socket:
    """Bind the socket, replacing a dead one.

    raises  SocketInUse if somebody answers there
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
            raise SocketInUse(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old_mask = os.umask(0o117)
    try:
        bound.bind(str(path))
    finally:
        os.umask(old_mask)
    bound.listen(64)
    return bound


def serve(
    core: Core, path: Path, clock: Callable[[], float], allowed_uids: frozenset[int] = frozenset()
) -> tuple[ApiServer, asyncio.Task[None]]:
    """Start the API on the running loop.

    allowed_uids    besides our own uid and root
    gives           the server (set `should_exit` to stop it) and its task
    raises          SocketInUse
    """
    allowed = allowed_uids | {os.getuid(), 0}
    app = make_app(core, clock)
    config = uvicorn.Config(
        app,
        http=_protocol(allowed),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = ApiServer(config, app.state.streams)
    bound = listen(path)
    return server, asyncio.create_task(server.serve(sockets=[bound]), name="api")
