"""Read the config section: the scene (board, start, seed), and changes to the factory's configuration."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from firmware.config.models import Config
from tools.emulator.options import LineOptions
from tools.emulator.span.options import SpanOptions
from tools.scenario.text import Problem, Section

# what tells two entries of a list apart
IDENTITY = {
    "trunks": "port",
    "groups": "name",
    "routes": "name",
    "phones": "port",
    "spans": "port",
    "numbers": "number",
    "agents": "number",
    "queues": "name",
    "menus": "name",
    "hours": "name",
    "prompts": "name",
}
Factory = Callable[[Iterable[str]], Config]
_SCENE = ("board", "start", "seed", "until", "keys_by", "ladder", "lines", "exchange", "clear")
_CARDS = ("fxo4", "fxs4")
_ALL_CARDS = (*_CARDS, "fxo2fxs2", "e1", "e1x2")
_SPANS_OF = {"e1": 1, "e1x2": 2}
_START = datetime(2026, 3, 10, 10, 0)  # a Tuesday morning in a week without holidays


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when a scenario plays.

    slots      cards, slot 1 first
    start_utc  the wall clock at second 0
    seed       of everything random
    until_s    when to stop; None = 10 s after the last step
    keys_by    who makes callers' keys: the emulator's `world`, or `spandsp`
    ladder     number of the call that is drawn; 0 = the one with the longest story
    lines      what the exchange does differently on a line
    spans      the far end of each span
    """

    config: Config
    slots: tuple[str, ...] = _CARDS
    start_utc: datetime = _START
    seed: int = 0
    until_s: float | None = None
    keys_by: str = "world"
    ladder: int = 0
    lines: Mapping[str, LineOptions] = field(default_factory=dict)
    spans: Mapping[str, SpanOptions] = field(default_factory=dict)


class SettingsError(ValueError):
    """The config section is wrong; the message names the key and what is allowed."""


def read(section: Section | None, factory: Factory) -> tuple[Scene | None, list[Problem]]:
    """Read the section; without one everything is as the factory made it.

    factory  gives the configuration for a board with these ports
    gives    the scene, or None and what is wrong
    """
    first = section.first if section else 1
    try:
        return _scene(tomllib.loads("\n".join(section.raw) if section else ""), factory), []
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(first, f"config: not TOML: {error} (counted from the line below `--- config`)")]
    except ValidationError as error:
        return None, [
            Problem(first, f"config: {_field(e['loc'])}: {e['msg']}, got {e['input']!r}")
            for e in error.errors()
        ]
    except SettingsError as error:
        return None, [Problem(first, f"config: {error}")]


def merged(base: Config, changes: Mapping[str, Any], clear: tuple[str, ...] = ()) -> Config:
    """Lay changes over a configuration.

    Lists are matched entry by entry (a queue by its name, a trunk by its port): fields that are given
    replace the old ones, new entries are added. Lists named in `clear` begin empty.
    raises  pydantic.ValidationError
    """
    tree = base.model_dump(mode="json")
    for name in clear:
        tree[name] = []
    for name, given in changes.items():
        if name in IDENTITY and isinstance(given, list):
            tree[name] = _entries(tree[name], given, IDENTITY[name])
        elif isinstance(given, dict) and isinstance(tree.get(name), dict):
            tree[name] = tree[name] | given
        else:
            tree[name] = given
    return Config.model_validate(tree)


def _entries(old: list[Any], given: list[Any], key: str) -> list[Any]:
    by_key = {entry[key]: entry for entry in old}
    for entry in given:
        if not isinstance(entry, dict) or key not in entry:
            raise SettingsError(f"got {entry!r}, allowed: an entry with `{key}`")
        by_key[entry[key]] = by_key.get(entry[key], {}) | entry
    return list(by_key.values())


def _scene(tree: dict[str, Any], factory: Factory) -> Scene:
    scene = {name: tree.pop(name) for name in _SCENE if name in tree}
    clear = tuple(scene.get("clear", ()))
    if not set(clear) <= set(IDENTITY):
        raise SettingsError(f"clear: got {list(clear)}, allowed: {', '.join(IDENTITY)}")
    slots = _slots(scene.get("board", list(_CARDS)))
    config = merged(factory(ports(slots)), tree, clear)
    return Scene(
        config=config,
        slots=slots,
        start_utc=_start(scene.get("start", _START), config),
        seed=_whole("seed", scene.get("seed", 0)),
        until_s=_until(scene.get("until")),
        keys_by=_choice("keys_by", scene.get("keys_by", "world"), ("world", "spandsp")),
        ladder=_whole("ladder", scene.get("ladder", 0)),
        lines=_lines(scene.get("lines", {})),
        spans=_spans(scene.get("exchange", {}), config),
    )


def ports(slots: Iterable[str]) -> list[str]:
    """Name the ports of these cards: kind and running number in slot order."""
    counts: Counter[str] = Counter()
    names = []
    for card in slots:
        for kind, count in _ports_of(card):
            names += [f"{kind}{counts[kind] + place}" for place in range(1, count + 1)]
            counts[kind] += count
    return names


def _ports_of(card: str) -> list[tuple[str, int]]:
    if card in _SPANS_OF:
        return [("span", _SPANS_OF[card])]
    return [(kind, int(count)) for kind, count in re.findall(r"(fx[os])([0-9])", card)]


def _spans(tables: object, config: Config) -> dict[str, SpanOptions]:
    """Read what is told of the far ends; what is not told fits the box's settings of the span."""
    if not isinstance(tables, dict):
        raise SettingsError(f"exchange: got {tables!r}, allowed: tables such as [exchange.span1]")
    fitting: dict[str, dict[str, object]] = {
        span.port: {
            "signalling": span.signalling,
            "side": "user" if span.side == "network" else "network",
            "crc4": span.crc4,
            "channels": span.channels,
            "number": span.number,
            "variant": span.r2_variant,
        }
        for span in config.spans
    }
    if unknown := set(tables) - set(fitting):
        there = ", ".join(fitting) or "none, the board has no spans"
        raise SettingsError(f"exchange: got {', '.join(sorted(unknown))}, allowed: {there}")
    return {name: SpanOptions.model_validate(own | tables.get(name, {})) for name, own in fitting.items()}


def _lines(tables: object) -> dict[str, LineOptions]:
    if not isinstance(tables, dict):
        raise SettingsError(f"lines: got {tables!r}, allowed: tables such as [lines.fxo1]")
    return {str(name): LineOptions.model_validate(table) for name, table in tables.items()}


def _slots(cards: object) -> tuple[str, ...]:
    allowed = (*_ALL_CARDS, "empty")
    if not isinstance(cards, list) or not cards or not set(cards) <= set(allowed):
        raise SettingsError(f"board: got {cards!r}, allowed: a list of {', '.join(allowed)}, slot 1 first")
    return tuple(str(card) for card in cards)


def _start(start: object, config: Config) -> datetime:
    if not isinstance(start, datetime):
        raise SettingsError(
            f"start: got {start!r}, allowed: 2026-03-10T10:00:00 (site's time) or ...T02:00:00Z"
        )
    local = start if start.tzinfo else start.replace(tzinfo=ZoneInfo(config.site.timezone))
    return local.astimezone(UTC)


def _whole(name: str, number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise SettingsError(f"{name}: got {number!r}, allowed: a whole number")
    return number


def _until(until: object) -> float | None:
    if until is None or (isinstance(until, int | float) and 0 < until <= 100_000):
        return None if until is None else float(until)
    raise SettingsError(f"until: got {until!r}, allowed: seconds, 1 to 100000")


def _choice(name: str, text: object, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise SettingsError(f"{name}: got {text!r}, allowed: {', '.join(allowed)}")
    return str(text)


def _field(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path)
