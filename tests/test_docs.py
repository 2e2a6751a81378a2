"""What the records may hold is explained: reasons of an end, kinds of events; and what can be set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from firmware.config import models
from firmware.lines.types import EndReason

ROOT = Path(__file__).resolve().parent.parent
KIND = re.compile(r'(?:log|_log|event|SpanNoted|_noted)\(\s*(?:self\.port,\s*)?"([a-z]+\.[a-z-]+)"')


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_reason_of_an_end_is_explained() -> None:
    told = page("lines.md") + page("spans.md")
    assert [reason.value for reason in EndReason if f"`{reason.value}`" not in told] == []


def test_every_kind_of_event_is_listed() -> None:
    sources = "".join(path.read_text() for path in sorted((ROOT / "firmware").rglob("*.py")))
    kinds = set(KIND.findall(sources))
    assert len(kinds) > 40 and {"span.link", "span.stuck", "call.cause", "doctor.found"} <= kinds
    listed = page("data.md")
    assert sorted(kind for kind in kinds if f"`{kind}`" not in listed) == []


def settings() -> Iterator[tuple[str, str]]:
    """Give the settings of lines, groups, routes and E1s."""
    for model in (models.Trunk, models.Span, models.TrunkGroup, models.Route, models.DirectNumber):
        for name in model.model_fields:
            yield model.__name__, name


def test_every_setting_of_lines_is_in_a_page() -> None:
    told = "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))
    assert [
        one for one in settings() if not re.search(rf"`[^`\n]*\b{one[1]}\b|set .*\b{one[1]}\b", told)
    ] == []
