"""A serial line or a terminal as the console uses it: prompts, plain lines, pages.

Works on any file descriptor. What was learnt on real lines: no CPR (junk on simple terminals), no bracketed
paste and no alternate screen; a size of 0x0 means "unknown"; bytes that are no UTF-8 must neither kill nor be
stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.completion import Completer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import DummyHistory, InMemoryHistory
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyBindings, KeyBindingsBase, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle

ROWS, COLUMNS = 24, 80
PROBE_S = 0.3
_REPORT = re.compile(rb"\x1b\[(\d{1,4});(\d{1,4})R")


class Interrupted(Exception):
    """Ctrl-C at a prompt. Not KeyboardInterrupt: that would end the loop of the whole process."""


class LineOutput(Vt100_Output):
    """A terminal of unknown make."""

    def enable_bracketed_paste(self) -> None:
        """Leave it off: 200 pasted lines must run one by one."""

    def disable_bracketed_paste(self) -> None:
        """It was never on."""


class LineParser(Vt100Parser):
    """Reads keys; a paste mark, from noise or from a terminal, must not make the console deaf."""

    def _call_handler(
        self, key: str | Keys | tuple[Keys, ...], insert_text: str
    ) -> None:  # the only place where the marks can be told from keys
        if key is not Keys.BracketedPaste:
            super()._call_handler(key, insert_text)


class Terminal:
    """One terminal on a file descriptor (both directions)."""

    def __init__(self, fd: int, term: str = "vt100") -> None:
        self._fd = fd
        self._read: TextIO = os.fdopen(os.dup(fd), "r", encoding="utf-8", errors="replace")
        self._write: TextIO = os.fdopen(os.dup(fd), "w", encoding="utf-8", errors="replace")
        self.size = Size(ROWS, COLUMNS)
        self.page_rows: int | None = None  # None: as the terminal has; 0: no pages
        self.input = Vt100Input(self._read)
        self.input.vt100_parser = LineParser(self.input.vt100_parser.feed_key_callback)
        self.output = LineOutput(self._write, lambda: self.size, term=term, enable_cpr=False)

    def close(self) -> None:
        """Give the descriptors back."""
        for file in (self._read, self._write):
            with contextlib.suppress(OSError):
                file.close()

    def prompt_session(
        self, completer: Completer | None = None, bindings: KeyBindingsBase | None = None
    ) -> PromptSession[str]:
        """Make a line editor, with history if it completes commands: a login must not remember passwords."""
        return PromptSession(
            input=self.input,
            output=self.output,
            completer=completer,
            key_bindings=bindings,
            history=InMemoryHistory() if completer else DummyHistory(),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            enable_history_search=True,
            enable_suspend=False,
            enable_open_in_editor=False,
            mouse_support=False,
            interrupt_exception=Interrupted,
            include_default_pygments_style=False,
        )

    def write(self, lines: Sequence[str]) -> None:
        """Write lines at once.

        raises  OSError when the line is lost
        """
        self._write.write("".join(f"{clean(line)}\r\n" for line in lines))
        self._write.flush()

    async def page(self, lines: Sequence[str], more: str) -> None:
        """Write lines, stopping after each screen."""
        rows = self.size.rows if self.page_rows is None else self.page_rows
        step = rows - 1 if rows else len(lines)
        at = 0
        while at < len(lines):
            self.write(lines[at : at + step])
            at += step
            if at < len(lines):
                key = await self._ask_more(more)
                if key == "quit":
                    return
                step = 1 if key == "line" else rows - 1

    async def _ask_more(self, more: str) -> str:
        bindings = KeyBindings()

        def leave(result: str) -> Callable[[KeyPressEvent], None]:
            return lambda event: event.app.exit(result=result)

        bindings.add(" ")(leave("page"))
        bindings.add(Keys.Enter)(leave("line"))
        for key in ("q", "Q", Keys.ControlC, Keys.ControlD):
            bindings.add(key)(leave("quit"))
        bar = Window(FormattedTextControl(FormattedText([("", more)])), height=1)
        asking: Application[str] = Application(
            Layout(bar), key_bindings=bindings, input=self.input, output=self.output, erase_when_done=True
        )
        return await asking.run_async()

    async def find_size(self) -> None:
        """Learn the size: from the kernel, else by asking the terminal, else 24x80.

        source  cursor to 999;999, then DSR 6 (ECMA-48 section 8.3.35); answer clamped to 5-200 x 40-300
        """
        with contextlib.suppress(OSError):
            columns, rows = os.get_terminal_size(self._fd)
            if columns and rows:
                self.size = Size(rows, columns)
                return
        answer = await self._probe()
        found = _REPORT.search(answer)
        if found:
            rows, columns = int(found[1]), int(found[2])
            self.size = Size(min(max(rows, 5), 200), min(max(columns, 40), 300))

    async def _probe(self) -> bytes:
        loop, done, got = asyncio.get_running_loop(), asyncio.Event(), bytearray()

        def readable() -> None:
            with contextlib.suppress(OSError):
                got.extend(os.read(self._fd, 64))
            if _REPORT.search(got):
                done.set()

        with _raw(self._fd):
            os.write(self._fd, b"\x1b7\x1b[999;999H\x1b[6n\x1b8")
            loop.add_reader(self._fd, readable)
            try:
                async with asyncio.timeout(PROBE_S):
                    await done.wait()
            except TimeoutError:
                pass
            finally:
                loop.remove_reader(self._fd)
        return bytes(got)


@contextlib.contextmanager
def _raw(fd: int) -> Iterator[None]:
    before = termios.tcgetattr(fd)
    tty.setraw(fd, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)


def clean(text: str) -> str:
    """Take out what would disturb a terminal or cannot be stored: control characters and broken UTF-8."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char for char in text if char >= " " and char != "\x7f")
