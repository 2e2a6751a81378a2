"""Show people what differs: expected and seen side by side, the first difference marked."""

from __future__ import annotations

from collections.abc import Sequence

from tools.scenario.expect import Mark, Row
from tools.scenario.text import clock

_CONTEXT = 3
_WIDTH = 46
_MARKS = {
    Mark.SAME: " ",
    Mark.GAP: " ",
    Mark.MISSING: "-",
    Mark.UNEXPECTED: "+",
    Mark.TIME: "t",
}


def differences(rows: Sequence[Row]) -> str:
    """Give a table of the rows that differ and what stands around them; empty if nothing differs."""
    places = [place for place, row in enumerate(rows) if row.is_difference]
    if not places:
        return ""
    shown = sorted({near for place in places for near in _around(place, len(rows))})
    lines = [f"     {'expected':<{_WIDTH}} seen"]
    for place, before in zip(shown, [-1, *shown], strict=False):
        if place != before + 1:
            lines.append("     [...]")
        lines.append(_line(rows[place], is_first=place == places[0]))
    lines.append(
        "     - expected, not seen   + seen, not expected   t at another time   > the first difference"
    )
    return "\n".join(lines)


def _around(place: int, length: int) -> range:
    return range(max(0, place - _CONTEXT), min(length, place + _CONTEXT + 1))


def _line(row: Row, *, is_first: bool) -> str:
    expected = str(row.wanted) if row.wanted else ""
    seen = f"{clock(row.seen.at):<8} {row.seen.text}" if row.seen else ""
    where = f"   (line {row.wanted.line}: {row.note})" if row.note and row.wanted else ""
    if row.mark is Mark.MISSING and row.wanted:
        where = f"(line {row.wanted.line})"
    return f" {'>' if is_first else ' '} {_MARKS[row.mark]} {expected:<{_WIDTH}} {seen}{where}".rstrip()
