"""From a tree of plain values to `Config`, or to all that is wrong with it at once."""

from __future__ import annotations

from collections import Counter

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from firmware.config.allowed import allowed
from firmware.config.models import Config
from firmware.config.problem import Problem
from firmware.config.shape import ROOT, Kind, Shape, field_shape
from firmware.text import Text

Tree = dict[str, JsonValue]


def validate(tree: Tree) -> tuple[Config | None, list[Problem]]:
    """Read a tree.

    gives  (config, []) or (None, problems); problems in the order of the tree
    """
    twice = doubles(tree)
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        return None, [translate(detail, ROOT, tree) for detail in found] + twice
    return (None, twice) if twice else (config, [])


def translate(detail: ErrorDetails, shape: Shape, value: JsonValue, prefix: tuple[str, ...] = ()) -> Problem:
    """Put pydantic's error into our words.

    shape, value  of the place that was checked; `prefix` is the path to it
    """
    steps, shape, whole = _walk(detail["loc"], shape, value)
    path = ".".join((*prefix, *steps))
    if detail["type"] == "extra_forbidden":
        names = ", ".join(whole.fields())
        return Problem(path, Text(zh=f"没有这一项,可用: {names}", en=f"unknown, allowed: {names}"))
    words = allowed(shape)
    if detail["type"] == "missing":
        return Problem(path, Text(zh=f"缺少,可用: {words.zh}", en=f"missing, allowed: {words.en}"))
    return Problem(path, got_text(detail["input"], words))


def got_text(got: object, words: Text) -> Text:
    """Say what was given and what is allowed."""
    shown = repr(got) if len(repr(got)) <= 60 else repr(got)[:57] + "..."
    return Text(zh=f"收到 {shown},可用: {words.zh}", en=f"got {shown}, allowed: {words.en}")


def _walk(location: tuple[int | str, ...], shape: Shape, value: JsonValue) -> tuple[list[str], Shape, Shape]:
    """Follow pydantic's location: (steps in our way of addressing, shape there, shape above)."""
    steps: list[str] = []
    above = shape
    for step in location:
        if step == "[key]":  # a mapping's key is wrong; pydantic puts this after the key itself
            return steps, above.key, above
        steps.append(_name(shape, value, step))
        above, shape, value = shape, _down(shape, step), _value_below(value, step)
    return steps, shape, above


def _down(shape: Shape, step: int | str) -> Shape:
    if shape.kind is Kind.MODEL:
        known = isinstance(step, str) and step in shape.model.model_fields
        return field_shape(shape.model, str(step)) if known else shape
    return shape.item if shape.kind is not Kind.LEAF or shape.is_list_of_values else shape


def _name(shape: Shape, value: JsonValue, step: int | str) -> str:
    if not isinstance(step, int):
        return step
    if shape.kind is Kind.KEYED:
        named = _value_below(value, step)
        key = named.get(shape.key_field) if isinstance(named, dict) else None
        if isinstance(key, str):
            return key
    return str(step + 1)


def _value_below(value: JsonValue, step: int | str) -> JsonValue:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def doubles(tree: Tree, shape: Shape = ROOT, prefix: str = "") -> list[Problem]:
    """Find lists in which two things have the same name: a path would mean both."""
    problems: list[Problem] = []
    for name in shape.fields():
        below = field_shape(shape.model, name)
        value = tree.get(name)
        if below.kind is Kind.MODEL and isinstance(value, dict):
            problems += doubles(value, below, f"{prefix}{name}.")
        if below.kind is Kind.KEYED and isinstance(value, list):
            items = [item for item in value if isinstance(item, dict)]
            keys = Counter(str(item.get(below.key_field)) for item in items)
            problems += [_double(f"{prefix}{name}", key, below) for key, n in keys.items() if n > 1]
            for item in items:
                problems += doubles(item, below.item, f"{prefix}{name}.{item.get(below.key_field)}.")
    return problems


def _double(path: str, key: str, shape: Shape) -> Problem:
    field = shape.key_field
    return Problem(
        f"{path}.{key}",
        Text(zh=f"{field} {key} 重复,只能有一个", en=f"got {field} {key} twice, allowed: once"),
    )
