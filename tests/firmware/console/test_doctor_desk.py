"""The doctor's commands at the console and on the command line, against the API."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from firmware.api.app import make_app
from firmware.api.client import ApiClient, ApiError, Who
from firmware.console import line
from firmware.console.console import WORDS
from firmware.console.desk import Desk
from firmware.console.grammar import Misspelt, following, parse
from firmware.text import Language
from tests.firmware.api.memory_box import MemoryBox


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    return MemoryBox(tmp_path)


@pytest.fixture
async def desk(box: MemoryBox) -> Desk:
    api = ApiClient(httpx.ASGITransport(make_app(box, lambda: 0.0)))
    desk = Desk(api, Who("max", "installer"), WORDS, Language.EN)
    await desk.refresh()
    return desk


async def typed(desk: Desk, text: str) -> list[str]:
    parsed = parse(text, desk.root())
    assert parsed is not None and parsed.word.run is not None
    return await parsed.word.run(parsed.arguments)


async def test_test_line(desk: Desk, box: MemoryBox) -> None:
    lines = await typed(desk, "test line fxo1 tune digit 5")
    assert box.doctor.asked == [("test", "fxo1", "5", True)]
    assert any("battery" in row and "48 V" in row and "Good." in row for row in lines)
    desk.language = Language.ZH
    assert any("正常" in row and "好" in row for row in await typed(desk, "test line fxo1"))
    assert box.doctor.asked[-1] == ("test", "fxo1", "2", False)


async def test_an_e1_is_tested_and_looped(desk: Desk, box: MemoryBox) -> None:
    await typed(desk, "test line span1 remote")
    await typed(desk, "test line span1 force")
    lines = await typed(desk, "loop span1 remote 60 force")
    assert "60 s" in lines[0] and "loop span1 off" in lines[0]
    await typed(desk, "loop span1 remote")
    assert box.doctor.asked == [
        ("test", "span1", True, False), ("test", "span1", False, True), ("loop", "span1", 60.0, True),
        ("loop", "span1", 300.0, False),
    ]  # fmt: skip
    await typed(desk, "loop span1 off")
    assert "span1" not in box.doctor.reports
    for wrong in ("test line span1 tune", "loop span1", "loop span1 local", "loop span1 remote soon"):
        with pytest.raises(Misspelt):
            await typed(desk, wrong)


async def test_error_seconds_are_shown_with_bars(desk: Desk, box: MemoryBox) -> None:
    box.has_span()
    await desk.refresh()
    lines = await typed(desk, "show span span1 errors")
    assert lines[-1].split()[-2:] == ["2", "#" * 30]
    with pytest.raises(Misspelt):
        await typed(desk, "show span span1 mistakes")
    completed = [choice.word for choice in following("test line span1 ", desk.root())]
    assert completed == ["remote", "force"]
    assert [choice.word for choice in following("loop span1 ", desk.root())] == ["remote", "off"]


async def test_learn_proposes_and_store_keeps(desk: Desk, box: MemoryBox) -> None:
    lines = await typed(desk, "learn line fxo1 13800138000")
    assert "store line fxo1" in lines[-1] and "440: 250 250" in lines[-1]
    assert await typed(desk, "store line fxo1") == ["Committed as revision 2; new calls use it."]


async def test_capture_names_its_files(desk: Desk, box: MemoryBox) -> None:
    assert "/v1/captures/fxo1-1.wav" in await typed(desk, "capture line fxo1 5")
    assert box.doctor.asked == [("capture", "fxo1", 5.0)]
    with pytest.raises(Misspelt):
        await typed(desk, "capture line fxo1 soon")


async def test_what_is_wrong_is_told(desk: Desk) -> None:
    with pytest.raises(Misspelt):
        await typed(desk, "test line fxo1 loudly")
    with pytest.raises(Misspelt):
        await typed(desk, "test line")
    with pytest.raises(ApiError):
        await typed(desk, "test line fxo7")


async def test_completion_knows_the_lines(desk: Desk) -> None:
    assert [choice.word for choice in following("test line ", desk.root())] == ["fxo1", "fxo2"]
    assert [choice.word for choice in following("test line fxo1 ", desk.root())] == ["tune", "digit"]


@pytest.mark.parametrize(
    ("arguments", "asked", "status"),
    [
        (["test", "fxo1", "--tune", "--digit", "7"], ("test", "fxo1", "7", True), line.GOOD),
        (["test", "span1", "--remote", "--force"], ("test", "span1", True, True), line.GOOD),
        (["loop", "span1", "--seconds", "5"], ("loop", "span1", 5.0, False), line.GOOD),
        (["learn", "fxo1", "10086", "--store"], ("learn", "fxo1", "10086"), line.GOOD),
        (["capture", "fxo1", "--seconds", "4"], ("capture", "fxo1", 4.0), line.GOOD),
    ],
)
async def test_the_command_line(  # noqa: PLR0917  # fixtures and a row of the table
    box: MemoryBox, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], asked: tuple[object, ...], status: int,
) -> None:  # fmt: skip
    folder = tmp_path / "out"
    folder.mkdir()
    transport = httpx.ASGITransport(make_app(box, lambda: 0.0))
    monkeypatch.setattr(line.ApiClient, "on_socket", lambda _path: ApiClient(transport))
    if arguments[0] == "capture":
        arguments = [*arguments, "--out", str(folder)]
    assert await line.run(arguments) == status
    assert box.doctor.asked == [asked]
    if asked[0] == "learn":
        assert box.doctor.reports["fxo1"]["is_stored"]
    if asked[0] == "capture":
        assert sorted(path.name for path in folder.iterdir()) == ["fxo1-1.csv", "fxo1-1.wav"]
    assert capsys.readouterr().out


async def test_the_trace_is_fetched_to_a_file(
    box: MemoryBox, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = httpx.ASGITransport(make_app(box, lambda: 0.0))
    monkeypatch.setattr(line.ApiClient, "on_socket", lambda _path: ApiClient(transport))
    assert await line.run(["trace", "span1", "--out", str(tmp_path)]) == line.GOOD
    assert (tmp_path / "span1.pcap").read_bytes() == b"frames"
    assert str(tmp_path / "span1.pcap") in capsys.readouterr().out


async def test_a_refusal_is_said_and_is_a_failure(
    box: MemoryBox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = httpx.ASGITransport(make_app(box, lambda: 0.0))
    monkeypatch.setattr(line.ApiClient, "on_socket", lambda _path: ApiClient(transport))
    assert await line.run(["--language", "zh", "test", "fxo9"]) == line.FAILED
    assert "没有这条线路" in capsys.readouterr().err
