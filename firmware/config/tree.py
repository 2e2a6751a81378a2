"""Edit a settings tree of plain values by path, and tell two trees apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue, ValidationError

from firmware.config.allowed import allowed
from firmware.config.problem import ConfigError, Problem, refusal
from firmware.config.shape import HIDDEN, ROOT, Kind, Shape, field_shape, key_field_of, shape_at, step_into
from firmware.config.validation import Tree, got_text, translate

Path = tuple[str, ...]


def steps_of(path: str | Sequence[str]) -> Path:
    """Read a path: `menus.main.keys.1`, or its steps one by one."""
    steps = path.split(".") if isinstance(path, str) else list(path)
    if not steps or not all(steps):
        raise refusal(
            ".".join(steps), "路径为空", "got an empty step, allowed: a path such as menus.main.keys.1"
        )
    return tuple(steps)


def get(tree: Tree, path: Path) -> JsonValue:
    """Give what stands at a path. raises ConfigError if the path is unknown or nothing is there."""
    value: JsonValue = tree
    shape = ROOT
    for place, step in enumerate(path):
        below = step_into(shape, step, ".".join(path[: place + 1]))
        value = _find(value, shape, step, path)
        shape = below
    return value


def put(tree: Tree, path: Path, value: JsonValue) -> None:
    """Set what stands at a path; named things and groups on the way are made.

    value   as JSON, or as a person types it (`20`, `yes`, `info complaints`)
    raises  ConfigError; the tree may then be half changed, so work on a copy
    """
    shape = shape_at(path)
    _check_keys(path)
    fitting = _fit(shape, _with_key(path, shape, value), path)
    holder: JsonValue = tree
    above = ROOT
    for place, step in enumerate(path[:-1]):
        below = step_into(above, step, step)
        holder = _enter(holder, above, step, below, path[: place + 1])
        above = below
    _assign(holder, above, path, fitting)


def remove(tree: Tree, path: Path) -> None:
    """Take away what stands at a path; a field goes back to its default.

    raises  ConfigError if the path is unknown or nothing is there
    """
    above = _above_or_list(path)
    holder = get(tree, path[:-1])
    if above.is_list_of_values and isinstance(holder, list):
        if path[-1] not in holder:
            raise _absent(path)
        holder.remove(path[-1])
        return
    get(tree, path)
    _drop(holder, above, path)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that differs; None stands for nothing there."""

    path: Path
    old: JsonValue
    new: JsonValue

    def lines(self) -> list[str]:
        """Give one or two lines for people, `-` before the old value and `+` before the new one."""
        name = ".".join(self.path)
        old = [] if self.old is None else [f"- {name} = {as_typed(self.old)}"]
        return old if self.new is None else [*old, f"+ {name} = {as_typed(self.new)}"]


def differences(old: Tree, new: Tree) -> list[Difference]:
    """Compare two trees setting by setting, in the order of the old tree and then of the new one."""
    before, after = dict(leaves(old)), dict(leaves(new))
    paths = [*before, *(path for path in after if path not in before)]
    return [
        Difference(path, before.get(path), after.get(path))
        for path in paths
        if before.get(path) != after.get(path)
    ]


def leaves(value: JsonValue, shape: Shape = ROOT, path: Path = ()) -> Iterator[tuple[Path, JsonValue]]:
    """Give every setting with its path; a list of things without names is one setting, None is no setting."""
    if value is None or (path and path[-1] in HIDDEN):
        return
    if shape.kind in (Kind.LEAF, Kind.PLACED):
        yield path, value
        return
    for step, below in _children(value, shape):
        inner = field_shape(shape.model, step) if shape.kind is Kind.MODEL else shape.item
        if not _is_name(shape, step):
            yield from leaves(below, inner, (*path, step))


def named(value: JsonValue, shape: Shape = ROOT, path: Path = ()) -> Iterator[Path]:
    """Give the path of every thing that has a name: `queues info`, `menus main keys 1`."""
    if shape.kind in (Kind.LEAF, Kind.PLACED):
        return
    for step, below in _children(value, shape):
        if shape.kind is Kind.MODEL:
            inner = field_shape(shape.model, step)
        else:
            inner = shape.item
            yield (*path, step)
        yield from named(below, inner, (*path, step))


def as_typed(value: JsonValue) -> str:
    """Write a value the way a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value and not re.search(r"[\s\"]", value):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "[" + " ".join(cast("list[str]", value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _children(value: JsonValue, shape: Shape) -> list[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        return [
            (step, below)
            for step, below in value.items()
            if shape.kind is not Kind.MODEL or step in shape.fields()
        ]
    if isinstance(value, list):
        return [(str(item.get(shape.key_field)), item) for item in value if isinstance(item, dict)]
    return []


def _is_name(shape: Shape, step: str) -> bool:
    """Tell the field that the path says already."""
    return shape.kind is Kind.MODEL and key_field_of(shape.model) == step


def _fit(shape: Shape, value: JsonValue, path: Path) -> JsonValue:
    """Check a value alone against its place and give it in its normal form."""
    if shape.is_list_of_values and isinstance(value, str):
        value = [word for word in re.split(r"[\s,\[\]]+", value) if word]
    try:
        checked = shape.adapter.validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise ConfigError([translate(detail, shape, value, path) for detail in found]) from error
    return cast(JsonValue, shape.adapter.dump_python(checked, mode="json"))


def _with_key(path: Path, shape: Shape, value: JsonValue) -> JsonValue:
    """Give a whole named thing its name from the path."""
    above = shape_at(path[:-1])
    if above.kind is Kind.KEYED and isinstance(value, dict):
        return {above.key_field: path[-1], **value}
    return value


def _check_keys(path: Path) -> None:
    """Refuse a name that the list or mapping does not allow, before anything is made under it."""
    for place, step in enumerate(path):
        above = shape_at(path[:place])
        if above.kind in (Kind.KEYED, Kind.MAPPING):
            try:
                above.key.adapter.validate_python(step)
            except ValidationError as error:
                where = ".".join(path[: place + 1])
                raise ConfigError([Problem(where, got_text(step, allowed(above.key)))]) from error


def _find(value: JsonValue, shape: Shape, step: str, path: Path) -> JsonValue:
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list):
        place = _place(value, shape, step)
        if place is not None:
            return value[place]
    raise _absent(path)


def _place(items: list[JsonValue], shape: Shape, step: str) -> int | None:
    if shape.kind is Kind.KEYED:
        for place, item in enumerate(items):
            if isinstance(item, dict) and item.get(shape.key_field) == step:
                return place
        return None
    return int(step) - 1 if step.isascii() and step.isdigit() and 1 <= int(step) <= len(items) else None


def _enter(holder: JsonValue, shape: Shape, step: str, below: Shape, path: Path) -> JsonValue:
    """Go one step down in the tree, making what is not there yet."""
    empty: JsonValue = {} if below.kind in (Kind.MODEL, Kind.MAPPING) else []
    if isinstance(holder, dict):
        if holder.get(step) is None:
            holder[step] = empty
        return holder[step]
    assert isinstance(holder, list)
    place = _place(holder, shape, step)
    if place is not None:
        return holder[place]
    _check_next(holder, shape, path)
    name: Tree = {shape.key_field: step} if shape.kind is Kind.KEYED else {}
    item = {**name, **_fresh(shape.item)}
    holder.append(item)
    return item


def _fresh(shape: Shape) -> Tree:
    """Make a group with its defaults; what has none stays away until somebody sets it."""
    defaults = {name: field_shape(shape.model, name).default() for name in shape.fields()}
    return {name: value for name, (has_one, value) in defaults.items() if has_one}


def _check_next(items: list[JsonValue], shape: Shape, path: Path) -> None:
    if shape.kind is Kind.PLACED and path[-1] != str(len(items) + 1):
        most = len(items) + 1
        where = ".".join(path)
        raise refusal(where, f"收到 {path[-1]},可用: 1 至 {most}", f"got {path[-1]}, allowed: 1 to {most}")


def _assign(holder: JsonValue, above: Shape, path: Path, value: JsonValue) -> None:
    if isinstance(holder, dict):
        holder[path[-1]] = value
        return
    assert isinstance(holder, list)
    place = _place(holder, above, path[-1])
    if place is not None:
        holder[place] = value
        return
    _check_next(holder, above, path)
    holder.append(value)


def _drop(holder: JsonValue, above: Shape, path: Path) -> None:
    if isinstance(holder, list):
        place = _place(holder, above, path[-1])
        assert place is not None
        del holder[place]
        return
    assert isinstance(holder, dict)
    has_default, default = (False, None)
    if above.kind is Kind.MODEL:
        has_default, default = field_shape(above.model, path[-1]).default()
    if has_default:
        holder[path[-1]] = default
    else:
        del holder[path[-1]]


def _above_or_list(path: Path) -> Shape:
    """Give the shape above the last step; values may be removed from a list of values one by one."""
    above = shape_at(path[:-1])
    if not above.is_list_of_values:
        shape_at(path)
    return above


def _absent(path: Path) -> ConfigError:
    return refusal(".".join(path), "这里没有内容", "nothing is there")
