"""What changed from one live picture to the next: a box with 120 channels need not send all of them.

A change is `{"passed_s": ..., "parts": {...}}`. Durations grow by `passed_s` without being told; of a list
just the items that changed are there, and the order if that changed. Who makes and who takes changes keep the
same picture, for both come by it with `merged`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEYS = {
    **{"lines": "port", "spans": "port", "phones": "port"},
    **{"queues": "name", "agents": "number", "calls": "call"},
}
AGES = frozenset({"waited_s", "since_s", "duration_s", "uptime_s"})
AGE_OFF_S = 0.3  # ages are rounded to a tenth
SLACK = {"seconds": 60}  # of the counters' time
Picture = dict[str, Any]
NO_CHANGE: Picture = {"passed_s": 0.0, "parts": {}}


def change(shown: Picture, new: Picture) -> Picture:
    """Give what leads from one picture to the next."""
    passed_s = round(new["box"]["uptime_s"] - shown["box"]["uptime_s"], 1)
    aged = _aged(shown, passed_s)
    parts: Picture = {} if _is_same(aged["box"], new["box"]) else {"box": new["box"]}
    for name, key in KEYS.items():
        had = {item[key]: item for item in aged[name]}
        items = [item for item in new[name] if not _is_same(had.get(item[key]), item)]
        order = [item[key] for item in new[name]]
        if order != list(had):
            parts[name] = {"items": items, "order": order}
        elif items:
            parts[name] = {"items": items}
    return {"passed_s": passed_s, "parts": parts}


def merged(shown: Picture, changes: Mapping[str, Any]) -> Picture:
    """Give the picture after a change."""
    picture: Picture = _aged(shown, changes["passed_s"])
    for name, part in _aged(changes["parts"], 0.0).items():
        if name == "box":
            picture["box"] = part
            continue
        key = KEYS[name]
        items = {item[key]: item for item in [*picture[name], *part["items"]]}
        picture[name] = [items[which] for which in part.get("order", items)]
    return picture


def _aged(value: Any, passed_s: float) -> Any:
    if isinstance(value, dict):
        return {
            key: round(inner + passed_s, 1) if key in AGES else _aged(inner, passed_s)
            for key, inner in value.items()
        }
    return [_aged(inner, passed_s) for inner in value] if isinstance(value, list) else value


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same_field(key, one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _is_same_field(key: str, one: Any, other: Any) -> bool:
    if key in AGES:
        return bool(abs(one - other) <= AGE_OFF_S)
    if key in SLACK:
        return bool(abs(one - other) <= SLACK[key])
    return _is_same(one, other)
