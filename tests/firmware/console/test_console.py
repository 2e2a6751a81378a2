"""The console through a pty: what a person types, and what stands on the screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pyte
import pytest
from patience import PATIENCE_S

from firmware.api.app import make_app
from firmware.api.client import ApiClient
from firmware.api.core import AgentPause, RestartSpan, Role, SetGroupService, User
from firmware.console.console import Console
from firmware.console.terminal import Terminal
from firmware.password import hash_password
from tests.firmware.api.memory_box import CODE, MemoryBox, span

PASSWORD = "four words make it"


class Person:
    """Somebody at the other end of the line, with a screen of 80x24."""

    def __init__(self, console: Console, line: int) -> None:
        self._line = line
        self.seat = console
        self.screen = pyte.HistoryScreen(80, 24, history=2000)
        self._stream = pyte.ByteStream(self.screen)
        self._news = asyncio.Event()
        self.raw = b""
        asyncio.get_running_loop().add_reader(line, self._read)
        self.console = asyncio.create_task(console.run())

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            data = os.read(self._line, 65536)
            self.raw += data
            self._stream.feed(data)
        self._news.set()

    def type(self, text: str | bytes) -> None:
        os.write(self._line, text if isinstance(text, bytes) else text.encode())

    @property
    def lines(self) -> list[str]:
        """All that was ever on the screen, scrolled away or not."""
        above = ["".join(row[x].data for x in range(80)).rstrip() for row in self.screen.history.top]
        return above + [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    async def sees(self, wanted: str, times: int = 1) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.text.count(wanted) < times:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{wanted!r} is not on the screen:\n{self.text}") from None

    @property
    def row(self) -> int:
        """Where the cursor is, counted from the first line ever."""
        return len(self.screen.history.top) + self.screen.cursor.y

    async def at_prompt(self, prompt: str, below: int = -1) -> None:
        """Wait until the cursor stands behind a prompt, further down than `below`."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.row <= below or self.lines[self.row] != prompt.rstrip():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no prompt {prompt!r}:\n{self.text}") from None

    async def at_row(self, row: int) -> None:
        """Wait until `--More--` stands at a row."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.row != row or "--More--" not in self.lines[row]:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"row {self.row} is not {row}:\n{self.text}") from None

    async def does(self, command: str, then: str = "callbox> ") -> str:
        """Type a command; give what stands between it and the next prompt."""
        begin = self.row
        self.type(command + "\r")
        await self.at_prompt(then, begin)
        return "\n".join(self.lines[begin + 1 : self.row])


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    return MemoryBox(tmp_path)


@pytest.fixture
def api(box: MemoryBox) -> ApiClient:
    return ApiClient(httpx.ASGITransport(make_app(box, lambda: 0.0)))


async def _sit_down(api: ApiClient) -> AsyncIterator[Person]:
    outside, inside = pty.openpty()
    termios.tcsetwinsize(outside, (24, 80))
    terminal = Terminal(inside)
    person = Person(Console(api, terminal, idle_s=10 * PATIENCE_S, login_pause_s=0.0), outside)
    yield person
    person.console.cancel()
    await asyncio.wait([person.console])
    asyncio.get_running_loop().remove_reader(outside)
    terminal.close()
    os.close(inside)
    with contextlib.suppress(OSError):
        os.close(outside)


@pytest.fixture
async def stranger(api: ApiClient) -> AsyncIterator[Person]:
    async for person in _sit_down(api):
        yield person


@pytest.fixture
async def person(box: MemoryBox, api: ApiClient) -> AsyncIterator[Person]:
    box.secrets.set_user(User("ada", Role.OWNER, await hash_password(PASSWORD)))
    async for person in _sit_down(api):
        await person.sees("user:")
        person.type("ada\r")
        await person.sees("password:")
        person.type(PASSWORD + "\r")
        await person.at_prompt("callbox> ")
        yield person


async def test_before_set_up_the_code_logs_in_and_says_what_next(stranger: Person) -> None:
    await stranger.sees("set-up code:")
    stranger.type("WRONG\r")
    await stranger.sees("Wrong. Try again.")
    stranger.type(CODE.lower() + "\r")
    await stranger.at_prompt("callbox> ")
    await stranger.sees("http://127.0.0.1:8080")
    await stranger.does("configure", "callbox# ")


async def test_the_password_is_not_shown(person: Person) -> None:
    assert "four" not in person.text
    assert "Hello ada (owner)" in person.text


async def test_up_at_the_login_does_not_bring_a_password_back(box: MemoryBox, stranger: Person) -> None:
    await stranger.sees("set-up code:")
    box.secrets.set_user(User("ada", Role.OWNER, await hash_password(PASSWORD)))
    stranger.type("x\r")
    await stranger.sees("user:")
    stranger.type("ada\r")
    await stranger.sees("password:")
    stranger.type("my secret\r")
    await stranger.sees("user:", 2)
    stranger.type("\x1b[A\x1b[A\r")
    await stranger.sees("password:", 2)
    assert "my secret" not in stranger.text


async def test_a_wrong_password_and_an_unknown_user_look_the_same(box: MemoryBox, stranger: Person) -> None:
    await stranger.sees("set-up code:")
    box.secrets.set_user(User("ada", Role.OWNER, await hash_password(PASSWORD)))
    stranger.type("x\r")
    for number, name in enumerate(["ada", "nobody"], 1):
        await stranger.sees("user:", number)
        stranger.type(f"{name}\r")
        await stranger.sees("password:", number)
        stranger.type("not this one\r")
        await stranger.sees("Wrong. Try again.", number + 1)


async def test_show_lines_and_queues(person: Person, box: MemoryBox) -> None:
    box.call_arrives()
    assert "fxo1  Front  62345678  outside  in-use  13800138000" in await person.does("show lines")
    shown = await person.does("sh qu")
    assert "info   Information  1        1      12       10        2" in shown
    assert "info   1      13800138000  0:07" in shown


@pytest.mark.parametrize(
    "what", ["phones", "agents", "calls", "alarms", "version", "configuration", "history"]
)
async def test_every_show_answers(person: Person, box: MemoryBox, what: str) -> None:
    box.call_arrives()
    expected = {
        "phones": "801", "agents": "Li Lei", "calls": "13800138000", "alarms": "No alarms",
        "version": "callbox 0.1.0", "configuration": "set menus main keys 1 queue:info", "history": "factory",
    }  # fmt: skip
    await person.does("terminal length 0")
    assert expected[what] in await person.does(f"show {what}")


async def test_the_calls_say_what_is_wrong_with_their_sound_and_what_to_do(
    person: Person, box: MemoryBox
) -> None:
    box.call_arrives()
    assert "what to do" not in await person.does("show calls")
    box.live["calls"][0]["party"] = "person"
    box.live["calls"][0]["sound"] = {
        "trouble": "quiet", "since_s": 65.0, "advice": {"zh": "大声", "en": "Ask them to speak up"},
    }  # fmt: skip
    shown = await person.does("show calls")
    assert "person" in shown and "what to do" in shown
    assert "quiet  1:05  Ask them to speak up" in shown


async def test_a_setting_is_changed_compared_and_committed(person: Person, box: MemoryBox) -> None:
    await person.does("configure", "callbox# ")
    await person.does("set menus main keys 3 hangup", "callbox*# ")
    assert "+ menus.main.keys.3 = hangup" in await person.does("compare", "callbox*# ")
    assert "revision 2" in await person.does("commit comment one more key", "callbox# ")
    await person.does("exit")
    assert "one more key" in await person.does("show history")
    assert box.settings.running()["menus"][0]["keys"]["3"] == "hangup"  # type: ignore[index,call-overload]


async def test_rollback_loads_an_old_revision(person: Person, box: MemoryBox) -> None:
    await person.does("configure", "callbox# ")
    await person.does("set site.timezone Asia/Urumqi", "callbox*# ")
    await person.does("commit", "callbox# ")
    await person.does("rollback 1", "callbox*# ")
    assert "+ site.timezone = Asia/Shanghai" in await person.does("compare", "callbox*# ")
    await person.does("commit", "callbox# ")
    assert box.settings.running()["site"]["timezone"] == "Asia/Shanghai"  # type: ignore[index,call-overload]


async def test_an_impossible_value_says_what_is_allowed(person: Person) -> None:
    await person.does("configure", "callbox# ")
    assert "from 5 to 120" in await person.does("set queues info offer_s 999", "callbox# ")
    assert "Allowed: site, trunks" in await person.does("set colour blue", "callbox# ")


async def test_exit_does_not_lose_changes(person: Person, box: MemoryBox) -> None:
    await person.does("configure", "callbox# ")
    await person.does("delete menus main keys 9", "callbox*# ")
    assert "uncommitted" in await person.does("exit", "callbox*# ")
    await person.does("discard")
    assert "9" in box.settings.running()["menus"][0]["keys"]  # type: ignore[index,call-overload,operator]


async def test_tab_completes_words_and_names(person: Person) -> None:
    person.type("sho\tag\t")
    await person.at_prompt("callbox> show agents")
    person.type("\r")
    await person.sees("Han Meimei")
    await person.does("configure", "callbox# ")
    person.type("set qu\tin\toff\t")
    await person.at_prompt("callbox# set queues info offer_s")


async def test_a_question_mark_helps_without_enter(person: Person) -> None:
    person.type("show ?")
    await person.sees("queues and who waits")
    await person.at_prompt("callbox> show")
    person.type("version\r")
    await person.sees("callbox 0.1.0")
    await person.does("configure", "callbox# ")
    person.type("set queues info offer_s ?")
    await person.sees("how long one agent's phone rings")
    await person.sees("5..120 [20]")


async def test_ambiguous_and_unknown_words_are_explained(person: Person) -> None:
    assert "line, learn, loop, language" in await person.does("l")
    assert "Unknown: fly" in await person.does("fly")
    assert "Incomplete" in await person.does("show")
    assert "quote" in await person.does('show "lines')


async def test_pipes(person: Person) -> None:
    shown = await person.does("show configuration | include keys")
    assert shown.count("set menus main keys") == 3
    assert await person.does("show lines | count") == "4"
    await person.does("show configuration | no-more")
    assert "--More--" not in person.text


async def test_long_answers_stop_at_each_page(person: Person) -> None:
    person.type("show configuration\r")
    await person.sees("--More--")
    page = person.row
    person.type("\r")
    await person.at_row(page + 1)
    person.type(" ")
    await person.at_row(page + 24)
    person.type("q")
    await person.at_prompt("callbox> ")


async def test_ctrl_c_drops_the_line_and_nothing_else(person: Person) -> None:
    begin = person.row
    person.type("show li\x03")
    await person.at_prompt("callbox> ", begin)
    assert "callbox 0.1.0" in await person.does("show version")


async def test_chinese(person: Person, box: MemoryBox) -> None:
    await person.does("language zh")
    assert "李雷" in (await person.does("show agents")).replace("李 雷", "李雷")
    await person.does("configure", "callbox# ")
    await person.does('set queues info title zh "门票 咨询"', "callbox*# ")
    await person.does("commit", "callbox# ")
    assert box.settings.running()["queues"][0]["title"]["zh"] == "门票 咨询"  # type: ignore[index,call-overload]


async def test_garbage_does_not_kill_it(person: Person) -> None:
    begin = person.row
    person.type(bytes(range(0x80, 0x100)) + b"\x00\x01\x02\xff\xfe\x1b[200~\x1b]0;x\x07" + b"\x03")
    await person.at_prompt("callbox> ", begin)
    begin = person.row
    person.type(b"show \xff\xfe\xc3( lines\r")
    await person.at_prompt("callbox> ", begin)
    assert "Unknown" in person.text
    assert "callbox 0.1.0" in await person.does("show version")


async def test_two_hundred_pasted_lines_all_run(person: Person, box: MemoryBox) -> None:
    await person.does("configure", "callbox# ")
    both = "set queues q{n} title en Queue{n}\rset queues q{n} title zh 队{n}\r"
    pasted = "".join(both.format(n=n) for n in range(100))
    for at in range(0, len(pasted), 512):
        person.type(pasted[at : at + 512])
        await asyncio.sleep(0)
    person.type("commit\r")
    async with asyncio.timeout(PATIENCE_S):
        while "revision 2" not in person.text:
            person._news.clear()
            await person._news.wait()
    assert len(box.settings.running()["queues"]) == 101  # type: ignore[arg-type]


async def test_an_idle_console_logs_out_and_drops_the_candidate(box: MemoryBox, api: ApiClient) -> None:
    async for someone in _sit_down(api):
        await someone.sees("set-up code:")
        someone.type(CODE + "\r")
        await someone.at_prompt("callbox> ")
        await someone.does("configure", "callbox# ")
        assert box.settings._store._candidates
        someone.seat.idle_s = 0.01
        someone.type("\r")  # the new time counts from the next prompt
        await someone.sees("Nothing typed for long")
        await someone.console
        assert not box.settings._store._candidates


async def test_a_lost_line_drops_the_candidate(person: Person, box: MemoryBox) -> None:
    await person.does("configure", "callbox# ")
    assert box.settings._store._candidates
    asyncio.get_running_loop().remove_reader(person._line)
    os.close(person._line)
    with contextlib.suppress(EOFError, OSError):
        async with asyncio.timeout(PATIENCE_S):
            await person.console
    assert not box.settings._store._candidates


async def test_agents_are_paused_from_here(person: Person, box: MemoryBox) -> None:
    assert "Done." in await person.does("agent 1001 pause")
    command, actor = box.commands[0]
    assert (command, actor.name, actor.role) == (AgentPause("1001"), "ada", Role.OWNER)


async def test_a_box_that_is_away_is_said_and_survived(box: MemoryBox, person: Person) -> None:
    await person.does("configure", "callbox# ")
    for session in list(box.settings._store._candidates):
        box.settings.discard(session)
    assert "settings session has ended" in await person.does("compare", "callbox> ")


async def test_spans(person: Person, box: MemoryBox) -> None:
    box.live["spans"] = [span()]
    await person.does("terminal length 0")
    assert "span1  City  pri         up (clock)  1/3" in await person.does("show spans")
    shown = await person.does("show span span1")
    assert "1-2      idle" in shown and "3        in-use  13800138000" in shown
    assert "Frames of the D-channel: 502 good, 3 bad, 498 sent" in shown
    assert "Done." in await person.does("span span1 restart")
    assert "Done." in await person.does("group city drain")
    assert "in-service, drain" in await person.does("group city away")
    asked = [command for command, _ in box.commands]
    assert asked == [RestartSpan("span1"), SetGroupService("city", "drain")]


def test_without_a_terminal_it_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firmware.console", "--api", str(tmp_path / "api.sock")]
    done = subprocess.run(
        command, input=b"show version\n", capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 1
    assert b"no terminal" in done.stderr and b"--port" in done.stderr
