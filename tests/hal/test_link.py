"""The emulator link: codec, a server that bears bad clients, clients that bear a dead server."""

from __future__ import annotations

import select
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE_S

from hal.bus import HalError, HalErrorKind
from hal.link import Kind, Message, UnixGpio, UnixSpi, connect, decode, encode
from hal.link_server import LinkServer
from hal.sim.board import SimBoard
from hal.sim.faults import FaultKind

ID_REQUEST = bytes.fromhex("01000004b2f0") + bytes(9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board"


@pytest.fixture
def sim() -> SimBoard:
    return SimBoard(("fxs4",), lambda: 7.0)


def answer_one(server: LinkServer) -> threading.Thread:
    """Serve in a thread what comes first: the connection, then one message."""

    def serve() -> None:
        for _ in range(2):
            select.select([server], [], [], PATIENCE_S)
            server.handle()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@given(st.sampled_from(Kind), st.integers(0, 255), st.binary(max_size=300))
def test_round_trip(kind: Kind, line: int, payload: bytes) -> None:
    message = Message(kind, line, payload)
    assert decode(encode(message)) == message


@given(st.binary(max_size=40))
def test_garbage_is_a_protocol_error_or_a_message(packet: bytes) -> None:
    try:
        assert encode(decode(packet)) == packet
    except HalError as error:
        assert error.kind is HalErrorKind.PROTOCOL


def test_a_transaction(path: Path, sim: SimBoard) -> None:
    server = LinkServer(path, sim)
    thread = answer_one(server)
    spi = UnixSpi(path, PATIENCE_S)
    assert b"CCBR" in spi.transaction(ID_REQUEST)
    thread.join()
    spi.close()
    server.close()
    assert not path.exists()


def test_an_error_of_the_board_keeps_its_kind(path: Path, sim: SimBoard) -> None:
    server = LinkServer(path, sim)
    sim.spi.fail(1, FaultKind.TIMEOUT)
    thread = answer_one(server)
    with pytest.raises(HalError, match="injected") as caught:
        UnixSpi(path, PATIENCE_S).transaction(ID_REQUEST)
    assert caught.value.kind is HalErrorKind.TIMEOUT
    thread.join()
    server.close()


def test_a_block_that_is_none_is_an_error_not_a_crash(path: Path, sim: SimBoard) -> None:
    server = LinkServer(path, sim)
    thread = answer_one(server)
    with pytest.raises(HalError, match="TDM block"):
        UnixSpi(path, PATIENCE_S).transaction(b"\x05\x00")
    thread.join()
    server.close()


def test_nobody_listens(path: Path) -> None:
    for body in (UnixSpi, UnixGpio):
        with pytest.raises(HalError) as caught:
            body(path)
        assert caught.value.kind is HalErrorKind.ABSENT


def test_a_server_that_does_not_answer_is_a_timeout(path: Path, sim: SimBoard) -> None:
    server = LinkServer(path, sim)
    spi = UnixSpi(path, answer_s=0.01)
    with pytest.raises(HalError) as caught:
        spi.transaction(ID_REQUEST)
    assert caught.value.kind is HalErrorKind.TIMEOUT
    server.close()


def test_clients_come_back_after_the_server_was_restarted(path: Path, sim: SimBoard) -> None:
    server = LinkServer(path, sim)
    spi, gpio = UnixSpi(path, PATIENCE_S), UnixGpio(path)
    fd = gpio.fd
    server.handle()
    server.close()
    with pytest.raises(HalError):
        spi.transaction(ID_REQUEST)
    assert gpio.read() is False
    assert not select.select([fd], [], [], 0)[0]  # a dead link must not wake the loop for ever
    server = LinkServer(path, sim)
    thread = answer_one(server)
    assert b"CCBR" in spi.transaction(ID_REQUEST)
    thread.join()
    gpio.read()
    server.handle()
    server.handle()
    assert select.select([fd], [], [], 0)[0] and gpio.fd == fd
    for body in (spi, gpio, server):
        body.close()


def test_a_stale_socket_is_replaced_but_a_living_one_is_not(path: Path, sim: SimBoard) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    dead.bind(str(path))
    dead.close()
    server = LinkServer(path, sim)
    with pytest.raises(OSError, match="in use"):
        LinkServer(path, sim)
    server.close()


@pytest.mark.parametrize("packet", [b"x", bytes((99, 0, 0, 0)), bytes((1, 0, 0, 9)), bytes((4, 0, 0, 0))])
def test_a_client_with_another_language_does_not_hurt_the_others(
    path: Path, sim: SimBoard, packet: bytes
) -> None:
    server = LinkServer(path, sim)
    bad = connect(path)
    bad.send(packet)
    server.handle()
    server.handle()
    thread = answer_one(server)
    assert b"CCBR" in UnixSpi(path, PATIENCE_S).transaction(ID_REQUEST)
    thread.join()
    bad.close()
    server.handle()
    server.close()


def test_a_watcher_that_does_not_read_blocks_nobody(path: Path, sim: SimBoard) -> None:
    server = LinkServer(path, sim)
    gpio = UnixGpio(path)
    server.handle()
    server.handle()
    for _ in range(2000):
        sim._gateware.latched ^= 1
        sim._gateware._regs[0x14] = 1
        server.look()
    assert gpio.read() in (True, False)
    server.look()
    assert gpio.read() is sim.irq_is_asserted
    gpio.close()
    server.close()
