"""The pages of the front panel's 20x4 character display.

Pure: a snapshot in, four lines of exactly 20 ASCII characters out. The display has no Chinese glyphs; a box
whose language is Chinese shows pinyin labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from firmware.api.snapshot import Snapshot

WIDTH = 20
HEIGHT = 4
ALARM_TURN_S = 3.0  # with several alarms, each is shown this long
Lines = tuple[str, str, str, str]


class Key(StrEnum):
    """The panel's keys."""

    UP = "up"
    DOWN = "down"


class Page(IntEnum):
    """The pages, in the order of the `down` key."""

    ADDRESS = 0
    WORK = 1


@dataclass(frozen=True, slots=True)
class Labels:
    """The words on the display, at most 9 letters each so that a line holds them with their numbers."""

    setup_code: str
    settings: str
    up: str
    lines: str
    waiting: str
    agents: str
    all_well: str


ENGLISH = Labels("Set-up code", "Settings", "Up", "Lines", "Waiting", "Agents", "No alarms")
PINYIN = Labels("She zhi ma", "She zhi", "Yun xing", "Xian lu", "Deng dai", "Zuo xi", "Mei you gao jing")


def turn(page: Page, key: Key) -> Page:
    """Give the page after a key: `down` goes on, `up` goes back, round and round."""
    step = 1 if key is Key.DOWN else -1
    return Page((page + step) % len(Page))


def first(snapshot: Snapshot) -> Page:
    """Choose the page to begin with: the address until the box is set up, then the work."""
    return Page.WORK if snapshot["box"]["setup_done"] else Page.ADDRESS


def render(page: Page, snapshot: Snapshot, setup_code: str, now: float) -> Lines:
    """Write a page.

    setup_code  shown only while the box is not set up
    now         s, monotonic; turns several alarms on the last line
    gives       4 lines, each exactly 20 characters, 0x20..0x7E
    """
    labels = PINYIN if snapshot["box"]["language"] == "zh" else ENGLISH
    if page is Page.ADDRESS:
        return _fit(_address(snapshot, setup_code, labels))
    return _fit(_work(snapshot, labels, now))


def _address(snapshot: Snapshot, setup_code: str, labels: Labels) -> Sequence[str]:
    box = snapshot["box"]
    head = _spread("callbox", box["version"])
    # The scheme is left out: with it the longest IPv4 address and port would not fit.
    address = box["address"].removeprefix("http://").removeprefix("https://").rstrip("/")
    if not box["setup_done"]:
        return head, address, f"{labels.setup_code}:", setup_code
    settings = _spread(labels.settings, str(box["revision"]))
    return head, address, settings, _spread(labels.up, _uptime(box["uptime_s"]))


def _work(snapshot: Snapshot, labels: Labels, now: float) -> Sequence[str]:
    lines, agents = snapshot["lines"], snapshot["agents"]
    spans = snapshot["spans"]
    busy = sum(line["state"] in ("ringing", "in-use") for line in lines) + sum(span["busy"] for span in spans)
    count = len(lines) + sum(len(span["channels"]) for span in spans)
    logged_in = [agent for agent in agents if agent["state"] != "logged-out"]
    ready = sum(agent["state"] == "ready" for agent in logged_in)
    return (
        _spread(labels.lines, f"{busy}/{count}"),
        _spread(labels.waiting, _waiting(snapshot)),
        _spread(labels.agents, f"{ready}/{len(logged_in)}"),
        _alarm(snapshot, now) or labels.all_well,
    )


def _waiting(snapshot: Snapshot) -> str:
    """Write how many wait and, if any, the longest wait: `3 1:05`."""
    waits = [caller["waited_s"] for queue in snapshot["queues"] for caller in queue["waiting"]]
    if not waits:
        return "0"
    minutes, seconds = divmod(int(max(waits)), 60)
    return f"{len(waits)} {minutes}:{seconds:02d}"


def _alarm(snapshot: Snapshot, now: float) -> str:
    alarms = snapshot["box"]["alarms"]
    if not alarms:
        return ""
    return "! " + alarms[int(now // ALARM_TURN_S) % len(alarms)]["text"]["en"]


def _uptime(uptime_s: float) -> str:
    hours, minutes = divmod(int(uptime_s) // 60, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02d}:{minutes:02d}"


def _spread(left: str, right: str) -> str:
    return left + right.rjust(WIDTH - len(left))


def _fit(lines: Sequence[str]) -> Lines:
    one, two, three, four = (_ascii(line)[:WIDTH].ljust(WIDTH) for line in lines)
    return one, two, three, four


def _ascii(text: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in text)
