"""The `show` commands: pictures of the box as lines of text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from firmware.console.table import clock, table

Say: TypeAlias = Callable[..., str]
"""Gives a text by key in the reader's language."""


class Shows:
    """Writes snapshots for one reader."""

    def __init__(self, say: Say, language: str) -> None:
        self._say = say
        self._language = language

    def of(self, both: Mapping[str, str] | None) -> str:
        """Choose from {zh, en}."""
        return both[self._language] if both else ""

    def _table(self, heads: str, rows: list[list[str]]) -> list[str]:
        if not rows:
            return [self._say("say.none")]
        return table([self._say(f"table.{head}") for head in heads.split()], rows)

    def lines(self, picture: Mapping[str, Any]) -> list[str]:
        """Show outside lines."""
        return self._table(
            "port name number groups state caller reason",
            [
                [
                    line["port"], line["name"], line["number"], " ".join(line["groups"]),
                    "draining" if line["is_draining"] else line["state"], line["caller"] or "",
                    self.of(line["reason"]),
                ]
                for line in picture["lines"]
            ],
        )  # fmt: skip

    def phones(self, picture: Mapping[str, Any]) -> list[str]:
        """Show phones."""
        return self._table(
            "port number name state agent reason",
            [
                [
                    phone["port"],
                    phone["number"],
                    phone["name"],
                    phone["state"],
                    phone["agent"] or "",
                    self.of(phone["reason"]),
                ]
                for phone in picture["phones"]
            ],
        )

    def queues(self, picture: Mapping[str, Any]) -> list[str]:
        """Show queues, and under them who waits."""
        lines = self._table("queue name waiting ready offered answered abandoned", [
            [
                queue["name"], self.of(queue["title"]), str(len(queue["waiting"])),
                str(queue["agents_ready"]),
                *(str(queue["today"][key]) for key in ("offered", "answered", "abandoned")),
            ]
            for queue in picture["queues"]
        ])  # fmt: skip
        waiting = [
            [queue["name"], str(caller["position"]), caller["caller"] or "", clock(caller["waited_s"])]
            for queue in picture["queues"]
            for caller in queue["waiting"]
        ]
        return [*lines, "", *self._table("queue position caller since", waiting)] if waiting else lines

    def agents(self, picture: Mapping[str, Any]) -> list[str]:
        """Show agents."""
        return self._table(
            "number name state since phone",
            [
                [
                    agent["number"], self.of(agent["name"]), agent["state"], clock(agent["since_s"]),
                    agent["phone"] or "",
                ]
                for agent in picture["agents"]
            ],
        )  # fmt: skip

    def calls(self, picture: Mapping[str, Any]) -> list[str]:
        """Show calls in progress."""
        lines = self._table("direction caller number state since line queue agent party sound call", [
            [
                call["direction"], call["caller"] or "", call["called"] or "", call["state"],
                clock(call["duration_s"]), call["line"] or "", call["queue"] or "", call["agent"] or "",
                call["party"] or "", call["sound"]["trouble"] if call["sound"] else "", call["call"],
            ]
            for call in picture["calls"]
        ])  # fmt: skip
        bad = [
            [
                call["line"] or "",
                call["sound"]["trouble"],
                clock(call["sound"]["since_s"]),
                self.of(call["sound"]["advice"]),
            ]
            for call in picture["calls"]
            if call["sound"]
        ]
        return [*lines, "", *self._table("line sound since advice", bad)] if bad else lines

    def alarms(self, picture: Mapping[str, Any]) -> list[str]:
        """Show alarms."""
        alarms = picture["box"]["alarms"]
        if not alarms:
            return [self._say("say.no_alarms")]
        return self._table("when alarm", [[alarm["since_utc"], self.of(alarm["text"])] for alarm in alarms])

    def version(self, picture: Mapping[str, Any]) -> list[str]:
        """Show the box itself."""
        box = picture["box"]
        is_set_up = self._say("say.yes" if box["setup_done"] else "say.no")
        facts = {
            "version": f"callbox {box['version']}",
            "box": box["id"],
            "address": box["address"],
            "up": clock(box["uptime_s"]),
            "revision": str(box["revision"]),
            "set_up": is_set_up,
        }
        return [f"{self._say('say.' + key)}: {value}" for key, value in facts.items()]

    def history(self, revisions: list[Mapping[str, Any]]) -> list[str]:
        """Show commits."""
        return self._table("revision when who comment", [
            [str(entry["revision"]), entry["committed_utc"], entry["actor"], entry["comment"]]
            for entry in revisions
        ])  # fmt: skip


def piped(lines: list[str], pipe: list[str]) -> tuple[list[str], bool] | None:
    """Apply what stands after `|`: the lines left, and whether to stop at each page; None if it is wrong."""
    if not pipe:
        return lines, True
    if pipe[0] == "no-more" and len(pipe) == 1:
        return lines, False
    if pipe[0] == "count" and len(pipe) == 1:
        return [str(len(lines))], True
    if pipe[0] == "include" and len(pipe) > 1:
        wanted = " ".join(pipe[1:]).lower()
        return [line for line in lines if wanted in line.lower()], True
    return None
