"""The emulator in real time: a board and its world as a process beside the firmware."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hal.link_server import LinkServer
from hal.sim.board import SimBoard
from tools.emulator import sound
from tools.emulator.command import Lab
from tools.emulator.config import EmulatorConfig, add_subscribers
from tools.emulator.control import ControlServer
from tools.emulator.front import FrontPanel
from tools.emulator.pace import Pacer
from tools.emulator.tdm import HEADER, TdmServer, muted
from tools.emulator.world import World


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the others find the emulator."""

    board: Path  # SPI and GPIO
    control: Path
    panel_link: Path | None = None

    @property
    def tdm(self) -> Path:
        """Where the engine finds its blocks."""
        return self.board.with_name(self.board.name + ".tdm")


class Emulator:
    """The process: sockets, the tick, the end.

    raises  OSError, WorldError, ValueError: a path that cannot be used, a configuration that does not fit
    """

    def __init__(
        self, config: EmulatorConfig, folder: Path, paths: Paths, *, show_panel: bool = False
    ) -> None:
        loop = asyncio.get_running_loop()
        for path in (paths.board, paths.control):
            path.parent.mkdir(parents=True, exist_ok=True)
        for path in (paths.control, paths.tdm):
            make_way(path)
        self.pacer = Pacer(self._tick, loop)
        self._board = SimBoard([card or None for card in config.slots], self.pacer.now)
        self.world = World(
            self._board,
            seed=config.seed,
            lines=config.lines,
            spans=config.spans,
            wall=lambda _now: datetime.now(),
            save=_save,
        )
        self.world.keeps_trace = False  # the process runs for days
        add_subscribers(self.world, config, folder)
        self.tdm = TdmServer(paths.tdm, loop)
        self._loop = loop
        self._link = LinkServer(paths.board, self._board)
        self._front = self._panel(paths.panel_link, show_panel) if paths.panel_link else None
        self._control = ControlServer(paths.control, Lab(self.world, self._front))
        self._last_block = b""

    async def start(self) -> None:
        """Open the sockets and let time begin."""
        self._loop.add_reader(self._link.fileno(), self._link.handle)
        self.tdm.start()
        if self._front is not None:
            self._front.start()
        await self._control.start()
        self.pacer.start()

    async def close(self) -> None:
        """Write the recordings that still run, and remove the sockets."""
        self.pacer.stop()
        await self._control.close()
        self.world.close()
        if self._front is not None:
            self._front.close()
        self.tdm.close()
        self._loop.remove_reader(self._link.fileno())
        self._link.close()

    def _panel(self, link: Path, show: bool) -> FrontPanel:
        def tell(what: str, detail: str) -> None:
            self.world.note("panel", what, detail)

        return FrontPanel(link, self._loop, self.pacer.now, tell, prints=show)

    def _tick(self, now: float) -> None:
        self.world.tick(now)
        block = self.tdm.receive()
        if block is not None and len(block) > HEADER + 2:
            self._last_block = block
            self.tdm.send(self.world.exchange(block))
        elif self._last_block:  # the box is silent, the board lives on
            self.world.exchange(muted(self._last_block))
        self._link.look()
        if self._front is not None:
            self._front.tick(now)


def make_way(path: Path) -> None:
    """Remove a socket that a dead emulator left.

    raises  OSError if somebody answers there, or if it is no socket
    """
    if not path.exists():
        return
    if not path.is_socket():
        raise FileExistsError(f"{path} is there and is no socket")
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        with socket.socket(socket.AF_UNIX, kind) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                continue
        raise OSError(f"{path} is in use: another emulator runs")
    os.unlink(path)


def _save(path: Path, octets: bytes) -> None:
    """Write a recording; in real time a full disk must not end the world."""
    try:
        sound.save(path, octets)
    except OSError as error:
        print(f"emulator: recording lost: {error}", file=sys.stderr, flush=True)
