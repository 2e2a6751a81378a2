"""The console's conversation: login, prompt, command, answer, until somebody leaves or the line is lost."""

from __future__ import annotations

import asyncio
import contextlib
import textwrap
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from firmware import __version__
from firmware.api.client import ApiClient, ApiError, Who
from firmware.catalogue import Catalogue
from firmware.console.desk import Desk
from firmware.console.grammar import Choice, Misspelt, following, parse
from firmware.console.login import SETUP_USER, Login
from firmware.console.shows import piped
from firmware.console.terminal import Interrupted, Terminal, clean
from firmware.text import Language

IDLE_S = 600.0
DOWN_PAUSE_S = 2.0
WORDS = Catalogue(Path(__file__).with_name("texts.toml"))


class Words(Completer):
    """Completes with what may follow."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Ask the box for its names first; without an answer the ones known last must do."""
        with contextlib.suppress(ApiError):
            await self._desk.refresh()
        for completion in self.get_completions(document, complete_event):
            yield completion

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Give the words that begin as the last one typed."""
        before, part = _cut(document.text_before_cursor)
        for choice in following(before, self._desk.root()):
            if choice.word and choice.word.startswith(part):
                yield Completion(choice.word + " ", -len(part), display=choice.word)


class Console:
    """One terminal, one person after the other."""

    def __init__(
        self,
        api: ApiClient,
        terminal: Terminal,
        language: Language = Language.EN,
        idle_s: float = IDLE_S,
        login_pause_s: float = 1.0,
    ) -> None:
        self._api = api
        self._terminal = terminal
        self._language = language
        self.idle_s = idle_s  # may be changed; counts from the next prompt
        self._login = Login(api, terminal, self._say, login_pause_s)

    def _say(self, key: str, **holes: object) -> str:
        return WORDS.say(self._language, key, **holes)

    async def run(self) -> None:
        """Serve one person, from login to logout.

        raises  EOFError when the line is lost or closed at the login
        """
        who = await self._let_in()
        if who is None:
            return
        await self._terminal.find_size()
        desk = Desk(self._api, who, WORDS, self._language, self._terminal.write)
        try:
            await self._greet(desk)
            await self._work(desk)
        finally:
            await desk.leave()

    async def _let_in(self) -> Who | None:
        """Ask who is there; while the box does not answer, say so and try again."""
        self._terminal.write(["", self._say("login.banner", version=__version__)])
        while True:
            try:
                async with asyncio.timeout(self.idle_s):
                    return await self._login.ask()
            except TimeoutError:
                return None
            except ApiError as error:
                self._terminal.write(["", error.text.in_(self._language)])
                await asyncio.sleep(DOWN_PAUSE_S)

    async def _greet(self, desk: Desk) -> None:
        lines = [self._say("login.hello", name=desk.who.name, role=desk.who.role)]
        try:
            await desk.refresh()
            picture = await self._api.get("/v1/state", desk.who)
            if desk.who == SETUP_USER:
                lines += self._say("login.next_steps", address=picture["box"]["address"]).split("\n")
        except ApiError as error:
            lines.append(error.text.in_(self._language))
        self._terminal.write(lines)

    async def _work(self, desk: Desk) -> None:
        ask = self._terminal.prompt_session(Words(desk), self._bindings(desk))
        while not desk.is_over:
            line = await self._ask(ask, desk)
            if line is None:
                return
            self._terminal.page_rows = desk.page_rows
            try:
                async with asyncio.timeout(self.idle_s):
                    await self._carry_out(clean(line), desk)
            except TimeoutError:
                self._terminal.write(["", desk.say("login.idle")])
                return

    async def _ask(self, ask: PromptSession[str], desk: Desk) -> str | None:
        """Read a line; None when nobody has typed for long or the person leaves."""
        try:
            async with asyncio.timeout(self.idle_s):
                return await ask.prompt_async(await self._prompt(desk))
        except Interrupted:
            return ""
        except TimeoutError:
            self._terminal.write(["", desk.say("login.idle")])
            return None
        except EOFError:
            return None

    async def _prompt(self, desk: Desk) -> str:
        if not desk.session:
            return "callbox> "
        try:
            return "callbox*# " if await desk.pending() else "callbox# "
        except ApiError:
            return "callbox?# "

    async def _carry_out(self, line: str, desk: Desk) -> None:
        try:
            parsed = parse(line, desk.root())
            if parsed is None or parsed.word.run is None:
                return
            lines = await parsed.word.run(parsed.arguments)
            shown = piped(lines, parsed.pipe)
            if shown is None:
                raise Misspelt("error.pipe")
        except Misspelt as wrong:
            shown = [desk.say(wrong.key, **wrong.holes)], True
        except ApiError as error:
            shown = error.lines(desk.language), True
            if error.code == "unknown-session":
                desk.session = ""
        lines, is_paged = shown
        if is_paged:
            await self._terminal.page(lines, desk.say("say.more"))
        else:
            self._terminal.write(lines)

    def _bindings(self, desk: Desk) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add("?")
        async def _help(event: KeyPressEvent) -> None:
            """Help at once, without Enter; inside quotes it is a letter."""
            typed = event.current_buffer.document.text_before_cursor
            if typed.count('"') % 2 or typed.count("'") % 2:
                event.current_buffer.insert_text("?")
                return
            with contextlib.suppress(ApiError):
                await desk.refresh()
            lines = self._help_lines(typed, desk)
            await run_in_terminal(lambda: self._terminal.write(lines))

        return bindings

    def _help_lines(self, typed: str, desk: Desk) -> list[str]:
        before, part = _cut(typed)
        choices = following(before, desk.root())
        found = [choice for choice in choices if not choice.word or choice.word.startswith(part)]
        prompt = "callbox# " if desk.session else "callbox> "
        lines = [f"{prompt}{typed}?"]
        for choice in found:
            line = f"  {choice.word or '...':<18} {_meaning(choice, desk)}"
            lines += textwrap.wrap(line, self._terminal.size.columns - 1, subsequent_indent=" " * 21)
        return lines


def _cut(text: str) -> tuple[str, str]:
    """Cut a line into its whole words and the beginning of the last one."""
    before, space, part = text.rpartition(" ")
    return before + space, part


def _meaning(choice: Choice, desk: Desk) -> str:
    return desk.say(choice.help) if WORDS.has(choice.help) else choice.help
