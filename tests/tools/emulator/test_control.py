"""The control socket and the lab program, over a Unix socket; the world is ticked by the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from patience import PATIENCE_S

from tools import lab
from tools.emulator import sound
from tools.emulator.command import Lab
from tools.emulator.control import ControlServer


class Panel:
    """A panel that remembers."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    @property
    def display(self) -> tuple[str, ...]:
        return ("callbox", "1 waiting")

    def press(self, key: str) -> None:
        self.keys.append(key)


@pytest_asyncio.fixture
async def server(run, tmp_path: Path) -> AsyncIterator[ControlServer]:
    server = ControlServer(tmp_path / "lab.sock", Lab(run.world, Panel()))
    await server.start()
    yield server
    await server.close()
    assert not server.path.exists()


@pytest.fixture
def shell(server: ControlServer, capsys) -> Callable[..., object]:
    async def type_in(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(lab.main, ["--control", str(server.path), *words])
        out = capsys.readouterr()
        return code, out.out, out.err

    return type_in


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not what():
            await asyncio.sleep(0)


async def test_call_wait_and_record(run, server, shell, tmp_path: Path) -> None:
    voice = tmp_path / "hello.wav"
    sound.save(voice, sound.alaw.encode(sound.murmur(1.0, np.random.default_rng(1))))
    record = tmp_path / "heard.wav"
    words = f"call fxo1 --from 13800138000 --audio {voice} --keys 1@0.5 --record {record} --for 2 --wait"
    call = asyncio.create_task(shell(*words.split()))
    await until(lambda: run.world.trace)
    run.board.fxo[0].hook = True
    run.until(1.0)
    await until(lambda: run.world.lines["fxo1"].party.on_end)  # the lab has asked to wait
    run.until(3.0)
    code, out, err = await call
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "call 1: fxo1 rings",
        f"call 1: hung-up after 2.0 s of talk, heard sound in {record}",
    ]
    assert len(sound.load(record)) == 16000
    assert run.whats("fxo1") == ["ringing", "answered", "key", "far-end-hung-up"]


async def test_phone_verbs(run, shell, tmp_path: Path) -> None:
    assert await shell("dial", "fxs1", "9") == (1, "", "lab: fxs1: is on its hook; `lift` it first\n")
    assert (await shell("record", "fxs1", str(tmp_path / "a.wav")))[0] == 0
    for words in ("lift fxs1", "dial fxs1 9", "flash fxs1", "hang fxs1", "answer fxs2 --after 1.5"):
        assert await shell(*words.split()) == (0, "", "")
    assert run.whats("fxs1") == ["lifted", "dialled", "flash", "hung-up"]
    assert run.world.phones["fxs2"].habit.answer_after_s == 1.5
    assert (tmp_path / "a.wav").exists()


async def test_line_verbs(run, shell) -> None:
    for words in ("unplug fxo2", "plug fxo2", "polarity fxo2", "noise fxo2 --dbm0=-30 --seconds 0.5"):
        assert await shell(*words.split()) == (0, "", "")
    assert run.whats("fxo2") == ["unplugged", "plugged", "polarity", "garbage"]
    code, _, err = await shell("hangup", "fxo2")
    assert code == 1 and "nobody to hang up" in err
    assert await shell("subscriber", "110", "--busy") == (0, "", "")
    assert run.world.exchange_office.find("110").busy


async def test_state_display_and_keys(run, server, shell) -> None:
    run.world.call("fxo3", "1001")
    _, out, _ = await shell("state")
    assert out.splitlines()[2:5] == ["fxo3   ringing with 1001", "fxo4   idle", "fxs1   on-hook"]
    _, out, _ = await shell("display")
    assert out.splitlines() == ["+---------+", "|callbox  |", "|1 waiting|", "+---------+"]
    assert (await shell("key", "down"))[0] == 0


async def test_busy_line_and_missing_emulator(run, shell, tmp_path: Path, capsys) -> None:
    run.world.call("fxo1", "1001")
    assert await shell("call", "fxo1") == (1, "", "lab: fxo1 is in use: the caller hears busy tone\n")
    assert lab.main(["--control", str(tmp_path / "no.sock"), "state"]) == 1
    assert "start it with `make run` first" in capsys.readouterr().err


async def test_watch_streams_events(run, server) -> None:
    reader, writer = await asyncio.open_unix_connection(server.path)
    writer.write(b'{"do": "watch"}\n')
    assert json.loads(await reader.readline()) == {"ok": True}
    run.world.call("fxo1", "1001", give_up_after_s=0.5)
    run.until(1.0)
    events = [json.loads(await reader.readline())["event"] for _ in range(2)]
    assert [event["what"] for event in events] == ["ringing", "gave-up"]
    assert events[1] == {"at": 0.5, "who": "fxo1", "what": "gave-up", "detail": "after 0 rings"}
    writer.close()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"hello\n", "Invalid JSON"),
        (b'{"do": "jump"}\n', "'jump'"),
        (b'{"do": "call", "line": "fxo1", "colour": 1}\n', "call.colour: got 1: Extra inputs"),
        (b'{"do": "call"}\n', "call.line"),
        (b'{"do": "call", "line": "fxo1", "keys": "1at2"}\n', "is not KEYS@SECONDS, such as 1@6.5"),
        (b'{"do": "call", "line": "fxo1", "audio": "/nowhere.wav"}\n', "audio /nowhere.wav: No such file"),
        (b'{"do": "wait", "call": 77}\n', "call: got 77: no such call"),
        (b'{"do": "key", "key": "left"}\n', "'up', 'down', 'ok' or 'back'"),
    ],
)
async def test_bad_commands_are_refused_by_name(run, server, line: bytes, error: str) -> None:
    reader, writer = await asyncio.open_unix_connection(server.path)
    writer.write(line)
    answer = json.loads(await reader.readline())
    assert answer["ok"] is False and error in answer["error"]
    writer.write(b'{"do": "state"}\n')
    assert json.loads(await reader.readline())["ok"] is True
    writer.close()
    assert run.world.trace == []


async def test_an_endless_line_ends_the_conversation_only(server) -> None:
    reader, writer = await asyncio.open_unix_connection(server.path)
    writer.write(b"x" * 200_000)
    assert await reader.read() == b""
    writer.close()
    reader, writer = await asyncio.open_unix_connection(server.path)
    writer.write(b'{"do": "state"}\n')
    assert json.loads(await reader.readline())["ok"] is True
    writer.close()
