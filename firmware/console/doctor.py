"""The line doctor at the console and on the command line: begin, tell how far it is, write what was found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

from firmware.api.client import ApiClient, Who
from firmware.console.grammar import Choice, Choices, Misspelt, Word
from firmware.console.table import table
from firmware.text import Language

POLL_S = 0.5
LOOP_S = 300.0
Say = Callable[..., str]
Tell = Callable[[list[str]], None]


class DoctorDesk:
    """What one person asks of the doctor.

    lines  gives the lines as choices, for completion
    tell   writes lines while the work goes on
    """

    def __init__(
        self, api: ApiClient, who: Who, say: Say, language: Callable[[], Language], tell: Tell
    ) -> None:
        self._api = api
        self._who = who
        self._say = say
        self._language = language
        self._tell = tell

    def words(self, lines: Choices) -> tuple[Word, ...]:
        """Give the console's commands."""

        def choices(*more: Choice) -> Choices:
            return lambda words: lines([]) if not words else list(more) if len(words) == 1 else []

        tune, digit = Choice("tune", "help.tune"), Choice("digit", "help.digit")
        remote, force = Choice("remote", "help.remote"), Choice("force", "help.force")

        def tests(words: list[str]) -> list[Choice]:
            if not words:
                return lines([])
            wanted = [remote, force] if is_span(words[0]) else [tune, digit]
            return [choice for choice in wanted if choice.word not in words[1:]]

        any_number, any_time = Choice("", "help.learn_number"), Choice("", "help.capture_s")
        below = (
            ("test", Word("line", "help.test", run=self._test, choices=tests)),
            ("learn", Word("line", "help.learn", run=self._learn, choices=choices(any_number))),
            ("capture", Word("line", "help.capture", run=self._capture, choices=choices(any_time))),
            ("store", Word("line", "help.store", run=self._store, choices=choices())),
            ("stop", Word("line", "help.stop", run=self._stop, choices=choices())),
        )
        return tuple(Word(name, word.help, (word,)) for name, word in below)

    async def test(self, port: str, digit: str, is_tuning: bool) -> dict[str, Any]:
        """Test a line to the end. raises ApiError"""
        body = {"tune": is_tuning, "digit": digit} if digit else {"tune": is_tuning}
        return await self._follow(await self._api.post(f"/v1/lines/{port}/test", self._who, body))

    async def test_span(self, port: str, is_remote: bool, is_forced: bool) -> dict[str, Any]:
        """Test an E1 to the end. raises ApiError"""
        body = {"remote": is_remote, "force": is_forced}
        return await self._follow(await self._api.post(f"/v1/lines/{port}/test", self._who, body))

    async def begin_loop(self, port: str, seconds: float, is_forced: bool) -> dict[str, Any]:
        """Loop an E1 towards its far end. raises ApiError"""
        body = {"seconds": seconds, "force": is_forced}
        report: dict[str, Any] = await self._api.post(f"/v1/spans/{port}/loop", self._who, body)
        return report

    async def loop(self, port: str, seconds: float, is_forced: bool) -> dict[str, Any]:
        """Do that, and stay until the loop is open again. raises ApiError"""
        return await self._follow(await self.begin_loop(port, seconds, is_forced))

    async def learn(self, port: str, number: str) -> dict[str, Any]:
        """Learn a line's busy tone. raises ApiError"""
        return await self._follow(
            await self._api.post(f"/v1/lines/{port}/learn", self._who, {"number": number})
        )

    async def capture(self, port: str, seconds: float) -> dict[str, Any]:
        """Capture a line. raises ApiError"""
        return await self._follow(
            await self._api.post(f"/v1/lines/{port}/capture", self._who, {"seconds": seconds})
        )

    async def store(self, port: str) -> list[str]:
        """Put what was found into the settings. raises ApiError"""
        done = await self._api.post(f"/v1/lines/{port}/doctor/store", self._who)
        return [self._say("say.committed", revision=done["revision"])]

    async def stop(self, port: str) -> None:
        """End what runs. raises ApiError"""
        await self._api.delete(f"/v1/lines/{port}/doctor", self._who)

    def written(self, report: Mapping[str, Any]) -> list[str]:
        """Write a report as a table, and what can be done with it."""
        language = self._language().value
        rows = [
            [
                found["what"],
                self._say(f"say.{found['verdict']}"),
                found["value"][language],
                found["text"][language],
            ]
            for found in report["findings"]
        ]
        heads = [self._say(f"table.{head}") for head in ("what", "verdict", "value", "advice")]
        lines = table(heads, rows) if rows else []
        if report["state"] == "stopped":
            lines.append(report["step"][language])
        remedy = report["remedy"]
        if remedy is not None and not report["is_stored"]:
            lines.append(self._say("say.remedy", **remedy, port=report["port"]))
        return [*lines, *(f"/v1/captures/{name}" for name in report["files"])]

    async def _follow(self, report: dict[str, Any]) -> dict[str, Any]:
        """Tell every step, until the end."""
        told = ""
        while report["state"] == "running":
            step = report["step"][self._language().value]
            if step != told:
                told = step
                self._tell([f"{report['progress']:4.0%}  {step}"])
            await asyncio.sleep(POLL_S)
            report = await self._api.get(f"/v1/lines/{report['port']}/doctor", self._who)
        return report

    # ---- the console's commands

    async def _test(self, words: list[str]) -> list[str]:
        port, *rest = _port(words)
        if is_span(port):
            _allow(rest, "remote", "force")
            return self.written(await self.test_span(port, "remote" in rest, "force" in rest))
        digit = rest[rest.index("digit") + 1] if "digit" in rest[:-1] else ""
        _allow([word for word in rest if word != digit], "tune", "digit")
        return self.written(await self.test(port, digit, "tune" in rest))

    async def loop_words(self, words: list[str]) -> list[str]:
        """Carry out `loop span1 remote [SECONDS] [force]`, or `loop span1 off`."""
        if len(words) < 2:
            raise Misspelt("error.incomplete", allowed="span1 remote 300, span1 off")
        port, kind, *rest = words
        _allow([kind], "remote", "off")
        if kind == "off":
            await self.stop(port)
            return [self._say("say.done")]
        seconds = [word for word in rest if re.fullmatch(r"[0-9]{1,4}", word)][:1]
        _allow([word for word in rest if word not in seconds], "SECONDS", "force")
        length_s = float(seconds[0]) if seconds else LOOP_S
        await self.begin_loop(port, length_s, "force" in rest)
        return [self._say("say.looped", port=port, seconds=f"{length_s:.0f}")]

    async def _learn(self, words: list[str]) -> list[str]:
        port, *rest = _port(words)
        return self.written(await self.learn(port, rest[0] if rest else ""))

    async def _capture(self, words: list[str]) -> list[str]:
        port, *rest = _port(words)
        if rest and not re.fullmatch(r"[0-9]{1,3}", rest[0]):
            raise Misspelt("error.number", word=rest[0])
        return self.written(await self.capture(port, float(rest[0]) if rest else 30))

    async def _store(self, words: list[str]) -> list[str]:
        return await self.store(_port(words)[0])

    async def _stop(self, words: list[str]) -> list[str]:
        await self.stop(_port(words)[0])
        return [self._say("say.done")]


def is_span(port: str) -> bool:
    """Say whether this names an E1 or a channel of it."""
    return port.startswith("span")


def _allow(words: list[str], *allowed: str) -> None:
    wrong = [word for word in words if word not in allowed]
    if wrong:
        raise Misspelt("error.unknown", word=wrong[0], allowed=", ".join(allowed))


def _port(words: list[str]) -> list[str]:
    if not words:
        raise Misspelt("error.incomplete", allowed="fxo1, span1, ...")
    return words
