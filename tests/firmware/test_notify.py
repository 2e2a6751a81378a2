"""The service manager hears what it needs."""

import socket
from pathlib import Path

from firmware.notify import Notifier


def test_ready_alive_and_stopping_reach_the_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "9000000"})
        notifier.ready()
        notifier.alive()
        notifier.stopping()
        assert [manager.recv(64) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
    assert notifier.watchdog_s == 3.0


def test_an_abstract_socket_is_found() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("")  # the kernel chooses a name that nobody has
        Notifier({"NOTIFY_SOCKET": "@" + manager.getsockname()[1:].decode()}).ready()
        assert manager.recv(64) == b"READY=1"


def test_without_a_manager_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).alive()
    assert Notifier({}).watchdog_s is None
