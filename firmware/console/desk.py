"""What a person at the console works with: the API, the candidate, the words of both modes."""

from __future__ import annotations

from typing import Any

from firmware.api.client import ApiClient, ApiError, Who
from firmware.catalogue import Catalogue
from firmware.console.doctor import DoctorDesk, Tell
from firmware.console.grammar import Choice, Choices, Misspelt, Run, Word
from firmware.console.schema import Settings
from firmware.console.shows import Shows
from firmware.console.spans import SpanShows
from firmware.text import Language

GROUP_STATES = ("in-service", "drain", "out-of-service")
SHOWS = ("lines", "phones", "queues", "agents", "calls", "alarms", "version")


def _tell_nobody(_lines: list[str]) -> None:
    """Nobody waits for news."""


class Desk:
    """One login. Commands come in as words, answers go out as lines."""

    def __init__(
        self, api: ApiClient, who: Who, words: Catalogue, language: Language, tell: Tell = _tell_nobody
    ) -> None:
        self._api = api
        self._words = words
        self.who = who
        self.language = language
        self.session = ""  # the API's configuration session; empty outside of configure mode
        self.page_rows: int | None = None
        self.is_over = False
        self._schema: dict[str, Any] = {}
        self._tree: dict[str, Any] = {}
        self._doctor = DoctorDesk(api, who, self.say, lambda: self.language, tell)
        self._picture: dict[str, Any] = {"lines": [], "phones": [], "agents": [], "calls": [], "spans": []}

    def say(self, key: str, **holes: object) -> str:
        """Give a text in the reader's language."""
        return self._words.say(self.language, key, **holes)

    def root(self) -> tuple[Word, ...]:
        """Give the commands of the mode."""
        return self._configure_words() if self.session else self._operational_words()

    async def refresh(self) -> None:
        """Fetch what completion needs: names that live in the box. raises ApiError"""
        self._picture = await self._api.get("/v1/state", self.who)
        if self.session:
            self._schema = self._schema or await self._api.get("/v1/config/schema", self.who)
            path = f"/v1/config/sessions/{self.session}"
            self._tree = (await self._api.get(path, self.who))["config"]

    @property
    def settings(self) -> Settings:
        """Give the candidate with its schema."""
        return Settings(self._schema, self._tree)

    async def pending(self) -> int:
        """Count the changes that are not committed; 0 outside of configure mode."""
        if not self.session:
            return 0
        found = await self._api.get(f"/v1/config/sessions/{self.session}/compare", self.who)
        return len(found["changes"])

    async def leave(self) -> None:
        """Drop the candidate of a line that was lost or left idle; the box may be away as well."""
        if self.session:
            session, self.session = self.session, ""
            try:
                await self._api.delete(f"/v1/config/sessions/{session}", self.who)
            except ApiError:
                return  # the box forgets candidates itself when it restarts

    def _operational_words(self) -> tuple[Word, ...]:
        shows = tuple(Word(name, f"help.show_{name}", run=self._shower(name)) for name in SHOWS)
        return (
            Word(
                "show",
                "help.show",
                (
                    *shows,
                    Word("spans", "help.show_spans", run=self._show_spans),
                    Word("span", "help.show_span", run=self._show_span, choices=self._show_span_choices),
                    Word("configuration", "help.show_configuration", run=self._show_configuration),
                    Word("history", "help.show_history", run=self._show_history),
                ),
            ),
            Word("configure", "help.configure", run=self._configure),
            Word("agent", "help.agent", run=self._agent, choices=self._agent_choices),
            Word("line", "help.line", run=self._line, choices=self._line_choices),
            Word("group", "help.group", run=self._group, choices=self._group_choices),
            Word("span", "help.span", run=self._span, choices=self._restart_choices),
            *self._doctor.words(self._line_names),
            Word("loop", "help.loop", run=self._doctor.loop_words, choices=self._loop_choices),
            Word("ring", "help.ring", run=self._ring, choices=self._ring_choices),
            Word("hang-up", "help.hang_up", run=self._hang_up, choices=self._call_choices),
            self._language_word(),
            self._terminal_word(),
            Word("exit", "help.exit", run=self._exit),
        )

    def _configure_words(self) -> tuple[Word, ...]:
        return (
            Word("set", "help.set", run=self._set, choices=self._set_choices),
            Word("delete", "help.delete", run=self._delete, choices=self._path_choices),
            Word("show", "help.candidate", run=self._show_candidate, choices=self._path_choices),
            Word("compare", "help.compare", run=self._compare),
            Word("check", "help.check", run=self._check),
            Word("commit", "help.commit", run=self._commit, choices=self._commit_choices),
            Word("rollback", "help.rollback", run=self._rollback, choices=_any("help.rollback")),
            Word("rebase", "help.rebase", run=self._rebase),
            Word("discard", "help.discard", run=self._discard),
            self._language_word(),
            self._terminal_word(),
            Word("exit", "help.exit", run=self._exit_configure),
        )

    def _language_word(self) -> Word:
        both = tuple(Word(language, "help.language", run=self._speaker(language)) for language in Language)
        return Word("language", "help.language", both)

    def _terminal_word(self) -> Word:
        length = Word("length", "help.length", run=self._length, choices=_any("help.length"))
        return Word("terminal", "help.terminal", (length,))

    # operational mode

    def _shower(self, name: str) -> Run:
        async def run(_words: list[str]) -> list[str]:
            picture = await self._api.get("/v1/state", self.who)
            lines: list[str] = getattr(Shows(self.say, self.language.value), name)(picture)
            return lines

        return run

    async def _show_configuration(self, _words: list[str]) -> list[str]:
        self._schema = self._schema or await self._api.get("/v1/config/schema", self.who)
        tree = (await self._api.get("/v1/config", self.who))["config"]
        return list(Settings(self._schema, tree).lines())

    async def _show_spans(self, _words: list[str]) -> list[str]:
        picture = await self._api.get("/v1/state", self.who)
        return SpanShows(self.say, self.language.value).spans(picture)

    async def _show_span(self, words: list[str]) -> list[str]:
        _need(words, 1, self._span_choices)
        if len(words) > 1 and words[1] != "errors":
            raise Misspelt("error.unknown", word=words[1], allowed="errors")
        spans = (await self._api.get("/v1/state", self.who))["spans"]
        history = await self._api.get(f"/v1/spans/{words[0]}/history", self.who)
        shows = SpanShows(self.say, self.language.value)
        if len(words) > 1:
            return shows.errors(history["quarters"])
        return next((shows.span(span, history["quarters"]) for span in spans if span["port"] == words[0]), [])

    async def _span(self, words: list[str]) -> list[str]:
        _need(words, 2, self._restart_choices)
        if words[1] != "restart":
            raise Misspelt("error.unknown", word=words[1], allowed="restart")
        await self._api.post(f"/v1/spans/{words[0]}/restart", self.who)
        return [self.say("say.done")]

    async def _group(self, words: list[str]) -> list[str]:
        _need(words, 2, self._group_choices)
        if words[1] not in GROUP_STATES:
            raise Misspelt("error.unknown", word=words[1], allowed=", ".join(GROUP_STATES))
        await self._api.put(f"/v1/groups/{words[0]}/service", self.who, {"service": words[1]})
        return [self.say("say.done")]

    async def _show_history(self, _words: list[str]) -> list[str]:
        found = await self._api.get("/v1/config/history", self.who)
        return Shows(self.say, self.language.value).history(found["revisions"])

    async def _configure(self, _words: list[str]) -> list[str]:
        self.session = (await self._api.post("/v1/config/sessions", self.who))["session"]
        await self.refresh()
        return []

    async def _agent(self, words: list[str]) -> list[str]:
        _need(words, 2, self._agent_choices)
        agent, action, *rest = words
        if action not in ("login", "logout", "pause", "ready"):
            raise Misspelt("error.unknown", word=action, allowed="login, logout, pause, ready")
        if action == "login":
            _need(words, 3, self._agent_choices)
        body = {"phone": rest[0]} if action == "login" else None
        await self._api.post(f"/v1/agents/{agent}/{action}", self.who, body)
        return [self.say("say.done")]

    async def _line(self, words: list[str]) -> list[str]:
        _need(words, 2, self._line_choices)
        if words[1] not in ("in-service", "out-of-service"):
            raise Misspelt("error.unknown", word=words[1], allowed="in-service, out-of-service")
        await self._api.put(
            f"/v1/lines/{words[0]}/service", self.who, {"in_service": words[1] == "in-service"}
        )
        return [self.say("say.done")]

    async def _ring(self, words: list[str]) -> list[str]:
        _need(words, 1, self._ring_choices)
        await self._api.post(f"/v1/phones/{words[0]}/ring", self.who)
        return [self.say("say.done")]

    async def _hang_up(self, words: list[str]) -> list[str]:
        _need(words, 1, self._call_choices)
        await self._api.post(f"/v1/calls/{words[0]}/hang-up", self.who)
        return [self.say("say.done")]

    async def _exit(self, _words: list[str]) -> list[str]:
        self.is_over = True
        return [self.say("login.bye")]

    # configure mode

    async def _set(self, words: list[str]) -> list[str]:
        steps, value = self.settings.walk(words)
        if not steps or not value:
            raise Misspelt("error.value")
        await self._to("set", {"path": ".".join(steps), "value": " ".join(value)})
        return []

    async def _delete(self, words: list[str]) -> list[str]:
        steps, rest = self.settings.walk(words)
        if not steps:
            raise Misspelt("error.value")
        await self._to("delete", {"path": ".".join([*steps, *rest])})
        return []

    async def _show_candidate(self, words: list[str]) -> list[str]:
        await self.refresh()
        return list(self.settings.lines(words))

    async def _compare(self, _words: list[str]) -> list[str]:
        found = await self._api.get(f"/v1/config/sessions/{self.session}/compare", self.who)
        lines = [line for change in found["changes"] for line in change["lines"]]
        return lines or [self.say("say.no_changes")]

    async def _check(self, _words: list[str]) -> list[str]:
        found = await self._api.get(f"/v1/config/sessions/{self.session}/check", self.who)
        lines = [f"{problem['path']}: {self._of(problem['text'])}" for problem in found["problems"]]
        return lines or [self.say("say.no_problems")]

    async def _commit(self, words: list[str]) -> list[str]:
        comment = " ".join(words[1:] if words[:1] == ["comment"] else words)
        try:
            done = await self._to("commit", {"comment": comment[:200]})
        except ApiError as error:
            if error.code == "stale-candidate":
                return [*error.lines(self.language), self.say("say.stale_hint")]
            raise
        return [self.say("say.committed", revision=done["revision"])]

    async def _rollback(self, words: list[str]) -> list[str]:
        _need(words, 1, _any("help.rollback"))
        if not words[0].isdecimal():
            raise Misspelt("error.number", word=words[0])
        await self._to("rollback", {"revision": int(words[0])})
        return [self.say("say.loaded", revision=words[0])]

    async def _rebase(self, _words: list[str]) -> list[str]:
        done = await self._to("rebase", {})
        return [self.say("say.rebased", n=len(done["overruled"]))]

    async def _discard(self, _words: list[str]) -> list[str]:
        await self.leave()
        return [self.say("say.discarded")]

    async def _exit_configure(self, _words: list[str]) -> list[str]:
        if await self.pending():
            return [self.say("error.pending")]
        await self.leave()
        return []

    async def _to(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._api.post(f"/v1/config/sessions/{self.session}/{action}", self.who, body)

    # both modes

    def _speaker(self, language: Language) -> Run:
        async def run(_words: list[str]) -> list[str]:
            self.language = language
            return []

        return run

    async def _length(self, words: list[str]) -> list[str]:
        _need(words, 1, _any("help.length"))
        if not words[0].isdecimal() or not (int(words[0]) == 0 or 5 <= int(words[0]) <= 200):
            raise Misspelt("error.number", word=words[0])
        self.page_rows = int(words[0])
        return []

    def _of(self, both: dict[str, str]) -> str:
        return both[self.language.value]

    # what may follow

    def _set_choices(self, words: list[str]) -> list[Choice]:
        return self.settings.next(words)

    def _path_choices(self, words: list[str]) -> list[Choice]:
        return [choice for choice in self.settings.next(words) if choice.word or not words]

    def _agent_choices(self, words: list[str]) -> list[Choice]:
        if not words:
            return [Choice(agent["number"], self._of(agent["name"])) for agent in self._picture["agents"]]
        if len(words) == 1:
            return [Choice(word, f"help.{word}") for word in ("login", "logout", "pause", "ready")]
        return self._ring_choices([]) if words[1:] == ["login"] else []

    def _line_names(self, _words: list[str]) -> list[Choice]:
        both = [*self._picture["lines"], *self._picture["spans"]]
        return [Choice(line["port"], line["name"]) for line in both]

    def _line_choices(self, words: list[str]) -> list[Choice]:
        if not words:
            return [Choice(line["port"], line["name"]) for line in self._picture["lines"]]
        both = ("in-service", "out-of-service")
        return [Choice(word, f"help.{word.replace('-', '_')}") for word in both] if len(words) == 1 else []

    def _span_choices(self, words: list[str]) -> list[Choice]:
        return [] if words else [Choice(span["port"], span["name"]) for span in self._picture["spans"]]

    def _show_span_choices(self, words: list[str]) -> list[Choice]:
        return [Choice("errors", "help.errors")] if len(words) == 1 else self._span_choices(words)

    def _loop_choices(self, words: list[str]) -> list[Choice]:
        if len(words) == 1:
            return [Choice("remote", "help.loop_remote"), Choice("off", "help.loop_off")]
        if words[1:2] == ["remote"]:
            return [Choice("", "help.loop_s"), Choice("force", "help.force")]
        return self._span_choices(words)

    def _restart_choices(self, words: list[str]) -> list[Choice]:
        return [Choice("restart", "help.restart")] if len(words) == 1 else self._span_choices(words)

    def _group_choices(self, words: list[str]) -> list[Choice]:
        if not words:
            names = {name for line in self._picture["lines"] for name in line["groups"]}
            return [Choice(name, "help.group") for name in sorted(names)] or [Choice("", "help.group")]
        return [
            Choice(state, f"help.{state.replace('-', '_')}")
            for state in GROUP_STATES[: 3 * (len(words) == 1)]
        ]

    def _ring_choices(self, words: list[str]) -> list[Choice]:
        if words:
            return []
        return [Choice(phone["number"], phone["name"]) for phone in self._picture["phones"]]

    def _call_choices(self, words: list[str]) -> list[Choice]:
        if words:
            return []
        return [Choice(call["call"], call["caller"] or "") for call in self._picture["calls"]]

    def _commit_choices(self, words: list[str]) -> list[Choice]:
        return [] if words else [Choice("comment", "help.comment"), Choice("", "help.enter")]


def _any(help_key: str) -> Choices:
    return lambda words: [] if words else [Choice("", help_key)]


def _need(words: list[str], count: int, choices: Choices) -> None:
    if len(words) < count:
        allowed = ", ".join(choice.word for choice in choices(words))
        raise Misspelt("error.incomplete", allowed=allowed or "...")
