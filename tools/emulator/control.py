"""The control socket: JSON lines on a Unix stream socket, the lab's way into the running emulator."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from tools.emulator import sound
from tools.emulator.command import Answer, Command, Lab, Verb
from tools.emulator.commands import Wait, Watch, describe_end, parse_command
from tools.emulator.config import faults
from tools.emulator.event import WorldEvent

LONGEST_LINE = 65536
WATCH_BACKLOG = 10_000


class ControlServer:
    """Serve any number of lab programs."""

    def __init__(self, path: Path, lab: Lab) -> None:
        self.path = path
        self._lab = lab
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen.

        raises  OSError
        """
        self._server = await asyncio.start_unix_server(self._converse, self.path, limit=LONGEST_LINE)

    async def close(self) -> None:
        """End all conversations, and remove the socket."""
        if self._server is not None:
            self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        self.path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)
        try:
            while line := await reader.readline():
                await self._serve(line, reader, writer)
        except (ConnectionError, ValueError):  # gone, or a line longer than the limit
            pass
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def _serve(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            verb = parse_command(line)
            answer = await self._obey(verb)
        except ValidationError as error:
            _write(writer, {"ok": False, "error": "; ".join(faults(error))})
        except ValueError as error:
            _write(writer, {"ok": False, "error": str(error)})
        else:
            _write(writer, {"ok": True, **answer})
            if isinstance(verb, Watch):
                await self._stream(reader, writer)
        await writer.drain()

    async def _obey(self, verb: Verb) -> Answer:
        if isinstance(verb, Wait):
            return await self._wait(verb.call)
        if not isinstance(verb, Command):
            return {}  # to watch: the events follow
        if verb.sound_file is not None:  # a long file must not hold up the ticks
            await asyncio.to_thread(sound.load, verb.sound_file)
        return verb.carry_out(self._lab)

    async def _wait(self, number: int) -> Answer:
        party = self._lab.calls.get(number)
        if party is None:
            raise ValueError(f"call: got {number}: no such call, or one of long ago")
        if party.outcome is None:
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            party.on_end.append(lambda: None if ended.done() else ended.set_result(None))
            await ended
        return describe_end(party)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        events: asyncio.Queue[WorldEvent] = asyncio.Queue(WATCH_BACKLOG)
        end = self._lab.world.subscribe(lambda event: None if events.full() else events.put_nowait(event))
        gone = asyncio.ensure_future(reader.read())
        try:
            while not gone.done():
                coming = asyncio.ensure_future(events.get())
                await asyncio.wait({coming, gone}, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    _write(writer, {"event": asdict(coming.result())})
                    await writer.drain()
                else:
                    coming.cancel()
        finally:
            gone.cancel()
            end()


def _write(writer: asyncio.StreamWriter, answer: dict[str, object]) -> None:
    writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
