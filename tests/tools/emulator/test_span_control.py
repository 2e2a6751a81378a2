"""The lab's verbs about spans, over the control socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from cext.isdn.types import Presentation, SetupReceived
from tests.support.box_span import SpanRig
from tools import lab
from tools.emulator.command import Lab
from tools.emulator.config import ConfigError, load_config
from tools.emulator.control import ControlServer

Shell = Callable[[str], Awaitable[tuple[int, str, str]]]


@pytest.fixture
def rig() -> SpanRig:
    rig = SpanRig(number="62580001")
    rig.until(2)
    return rig


@pytest_asyncio.fixture
async def shell(rig: SpanRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Shell]:
    server = ControlServer(tmp_path / "lab.sock", Lab(rig.world))
    await server.start()

    async def type_in(words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(lab.main, ["--control", str(server.path), *words.split()])
        out = capsys.readouterr()
        return code, out.out, out.err

    yield type_in
    await server.close()


async def test_every_verb_reaches_the_span(rig: SpanRig, shell: Shell) -> None:
    for words in (
        *("cut span1", "mend span1", "ais span1 on", "ais span1 off", "rai span1 on", "rai span1 off"),
        *("frames span1 off", "frames span1 on", "multiframes span1 off", "multiframes span1 on"),
        *("errors span1 --crc 5 --code 3", "slip span1 2", "loss span1 5", "corruption span1 1.5"),
        *("restart span1-3", "dlink span1 down", "dlink span1 up", "block span1-4 on", "block span1-4 off"),
    ):
        assert await shell(words) == (0, "", ""), words
    assert rig.whats("span1")[1:] == [
        *("cut", "mended", "ais on", "ais off", "rai on", "rai off"),
        *("frames off", "frames on", "multiframes off", "multiframes on"),
        *("errors code 3 crc 5 frame 0 far 0", "slip 2", "loss 5 %", "corruption 1.5 %"),
        *("dlink down", "dlink up"),
    ]
    assert rig.whats("span1-3") == ["restart"]
    assert rig.whats("span1-4") == ["service off", "service on"]


async def test_a_call_with_all_that_can_be_told_and_its_end(rig: SpanRig, shell: Shell) -> None:
    words = (
        "call span1-5 --from 138 --to 62580002 --presentation restricted --type national --redirecting 119"
    )
    assert (await shell(words))[1] == "call 1: span1-5 rings\n"
    rig.until(3)
    (setup,) = rig.of(SetupReceived)
    assert isinstance(setup, SetupReceived) and setup.caller.presentation is Presentation.RESTRICTED
    assert (await shell("state"))[1] == (
        "span1  pri, hears frames, 0 calls over\n  span1-5   offered with 138\nno display: the box has not"
        " written on it yet\n"
    )
    assert (await shell("clear span1-5 41"))[0] == 0
    rig.until(8)
    assert rig.world.spans["span1"].calls[0].cause == 41
    assert (await shell("call span1 --from 1 --glare"))[1] == "call 2: span1 waits for the box\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("cut span2", "no span 'span2': there are span1"),
        ("mend span1", "whole already"),
        ("clear span1-5 16", "nobody to hang up, the channel is idle"),
        ("call span1-16 --from 1", "span1-1 to span1-31, not 16"),
        ("press span1 1", "span1: is a whole span; name a channel"),
        ("call span1 --from 1 --type europe", "type"),
    ],
)
async def test_what_cannot_be_done_is_refused(shell: Shell, words: str, message: str) -> None:
    code, out, err = await shell(words)
    assert (code, out) == (1, "") and message in err


def test_spans_in_the_configuration_file(tmp_path: Path) -> None:
    example = load_config(Path("tools/emulator/e1.toml"))
    assert example.slots == ("e1", "fxs4") and example.spans["span1"].number == "62580001"
    assert example.subscribers["13900139001"].cause == 1
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[spans.span1]\nsignalling = "ss7"\nloss = 200')
    with pytest.raises(ConfigError) as refusal:
        load_config(wrong)
    assert "spans.span1.signalling: got 'ss7'" in str(refusal.value)
    assert "spans.span1.loss: got 200" in str(refusal.value)
