from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.config.allowed import PATTERNS, allowed
from firmware.config.shape import ROOT, Kind, Shape, field_shape, shape_at


def every(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Give every place of the tree below a shape."""
    for name in shape.fields():
        below = field_shape(shape.model, name)
        yield (*path, name), below
        if below.kind is Kind.MAPPING:
            yield (*path, name, "*"), below.item
        inner = below if below.kind is Kind.MODEL else None
        if below.kind in (Kind.KEYED, Kind.PLACED):
            inner = below.item
        if inner is not None:
            yield from every(inner, (*path, name))


@pytest.mark.parametrize("place", list(every(ROOT)), ids=lambda place: ".".join(place[0]))
def test_every_setting_says_what_it_may_be(place: tuple[tuple[str, ...], Shape]) -> None:
    _, shape = place
    words = allowed(shape)
    assert "None" not in words.en  # an integer without limits
    assert "^" not in words.en  # a pattern without words


def test_every_pattern_in_words_is_one_of_the_models() -> None:
    used = {getattr(limit, "pattern", None) for _, shape in every(ROOT) for limit in _limits(shape)}
    assert set(PATTERNS) <= used


def _limits(shape: Shape) -> list[object]:
    limits = list(shape.limits)
    if shape.kind is Kind.MAPPING:
        limits += shape.key.limits
    if shape.is_list_of_values:
        limits += shape.item.limits
    return limits


@pytest.mark.parametrize(
    ("path", "en"),
    [
        ("queues.x.wrap_up_s", "a whole number from 0 to 600"),
        ("site.language", "zh, en"),
        ("site.country", "cn, us"),
        ("hours.x.exceptions.2026-01-01.opens", "a time of day from 00:00 to 24:00, such as 09:30, or none"),
        ("agents.1.queues", "a list, each 1 to 32 letters, digits, - or _"),
        ("codes.login", "* and two digits, such as *11"),
        ("prompts.x.files", "zh, en, each with text"),
    ],
)
def test_in_words(path: str, en: str) -> None:
    assert allowed(shape_at(tuple(path.split(".")))).en == en
