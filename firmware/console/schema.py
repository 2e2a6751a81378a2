"""The settings' JSON Schema as a tree to walk: what may follow a path, and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware.console.grammar import Choice, Misspelt, pick

_HIDDEN = frozenset({"schema_version"})
_TARGETS = frozenset({"entry", "closed_entry", "overflow", "give_up", "keys"})


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the settings: its schema, and the value there if there is one."""

    schema: Mapping[str, Any]
    value: Any
    name: str  # the last step; for what a value may be


class Settings:
    """A schema with a tree of values."""

    def __init__(self, schema: Mapping[str, Any], tree: Mapping[str, Any]) -> None:
        self._schema = schema
        self.tree = tree

    def walk(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Follow a path as far as it goes, full or shortened.

        words   steps one by one, or joined with dots
        gives   the steps in full, and the words left: a value
        raises  Misspelt for a step that is not there
        """
        place = self._root()
        steps: list[str] = []
        words = _undotted(words)
        for at, typed in enumerate(words):
            if not self._is_entered(place):
                return steps, list(words[at:])
            step = self._step(place, typed, steps)
            place = self._below(place, step)
            steps.append(step)
        return steps, []

    def next(self, words: Sequence[str]) -> list[Choice]:
        """Give what may follow a path: steps, or values at its end."""
        place = self._root()
        for typed in _undotted(words):
            if not self._is_entered(place):
                return []
            try:
                step = self._step(place, typed, [])
            except Misspelt:
                return []
            place = self._below(place, step)
        if self._is_entered(place):
            return self._steps(place)
        return self._values(place)

    def lines(self, words: Sequence[str] = ()) -> Iterator[str]:
        """Write what stands below a path as `set` commands."""
        place = self._root()
        steps: list[str] = []
        for word in _undotted(words):
            step = self._step(place, word, steps)
            place = self._below(place, step)
            steps.append(step)
        yield from self._lines(place, steps)

    def _root(self) -> Place:
        return Place(self._schema, self.tree, "")

    def _lines(self, place: Place, steps: list[str]) -> Iterator[str]:
        if place.value is None:
            return
        if not self._is_entered(place):
            yield f"set {' '.join(steps)} {typed(place.value)}"
            return
        for step in self._present(place):
            yield from self._lines(self._below(place, step), [*steps, step])

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in schema:
            found = self._schema["$defs"][schema["$ref"].rpartition("/")[2]]
            return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
        arms = [arm for arm in schema.get("anyOf", ()) if arm.get("type") != "null"]
        return {**self._resolved(arms[0]), **_without_arms(schema)} if arms else schema

    def _is_entered(self, place: Place) -> bool:
        schema = self._resolved(place.schema)
        return schema.get("type") == "object" or self._is_list_of_things(schema)

    def _is_list_of_things(self, schema: Mapping[str, Any]) -> bool:
        return schema.get("type") == "array" and "properties" in self._resolved(schema.get("items", {}))

    def _key_field(self, schema: Mapping[str, Any]) -> str:
        """Give the field that names a list's things; empty if they are counted from 1."""
        return str(self._resolved(schema["items"]).get("key", ""))  # `firmware.config.models.KEY`

    def _below(self, place: Place, step: str) -> Place:
        schema = self._resolved(place.schema)
        if "properties" in schema:
            value = place.value.get(step) if isinstance(place.value, dict) else None
            return Place(schema["properties"][step], value, step)
        if schema.get("type") == "object":
            patterns = schema.get("patternProperties", {})
            below: Mapping[str, Any] = schema.get("additionalProperties") or next(iter(patterns.values()))
            value = place.value.get(step) if isinstance(place.value, dict) else None
            return Place(below, value, place.name)
        return Place(schema["items"], self._item(schema, place.value, step), step)

    def _item(self, schema: Mapping[str, Any], items: Any, step: str) -> Any:
        key_field = self._key_field(schema)
        for at, item in enumerate(items or (), 1):
            if (str(item.get(key_field)) if key_field else str(at)) == step:
                return item
        return None

    def _present(self, place: Place) -> list[str]:
        """List the steps below a place that have a value."""
        schema = self._resolved(place.schema)
        if schema.get("type") == "object":
            return [key for key in place.value or {} if key not in _HIDDEN]
        key_field = self._key_field(schema)
        return [
            str(item.get(key_field)) if key_field else str(at) for at, item in enumerate(place.value or (), 1)
        ]

    def _step(self, place: Place, typed_step: str, steps: Sequence[str]) -> str:
        schema = self._resolved(place.schema)
        if "properties" in schema:
            names = [name for name in schema["properties"] if name not in _HIDDEN]
            try:
                return pick(typed_step, names)
            except Misspelt as error:
                if error.key == "error.ambiguous":
                    raise
                path = ".".join([*steps, typed_step])
                raise Misspelt("error.path", path=path, allowed=", ".join(names)) from error
        # names of things are not shortened: `set queues inf ...` must be able to make a new one
        return typed_step

    def _steps(self, place: Place) -> list[Choice]:
        schema = self._resolved(place.schema)
        if "properties" in schema:
            return [
                Choice(name, self._meaning(below))
                for name, below in schema["properties"].items()
                if name not in _HIDDEN
            ]
        names = schema.get("propertyNames")
        allowed = self._resolved(names).get("enum", []) if names else []
        known = list(dict.fromkeys([*self._present(place), *allowed]))
        return [*(Choice(name, "") for name in known), *([] if allowed else [Choice("", "help.name")])]

    def _values(self, place: Place) -> list[Choice]:
        schema = self._resolved(place.schema)
        if schema.get("type") == "boolean":
            return [Choice("yes", ""), Choice("no", "")]
        words = list(schema.get("enum", ()))
        if place.name in _TARGETS:
            words = self._targets()
        if schema.get("type") == "array":
            items = self._resolved(schema.get("items", {}))
            words = self._named_by(place.name) or list(items.get("enum", ()))
        return [*(Choice(str(word), "") for word in words), Choice("", self._meaning(place.schema))]

    def _targets(self) -> list[str]:
        return [
            *(f"menu:{menu['name']}" for menu in self.tree.get("menus", ())),
            *(f"queue:{queue['name']}" for queue in self.tree.get("queues", ())),
            *(f"phone:{phone['number']}" for phone in self.tree.get("phones", ())),
            *(f"message:{queue['name']}" for queue in self.tree.get("queues", ())),
            *(f"announce:{prompt['name']}" for prompt in self.tree.get("prompts", ())),
            "language:zh", "language:en", "repeat", "hangup",
        ]  # fmt: skip

    def _named_by(self, name: str) -> list[str]:
        return [thing["name"] for thing in self.tree.get(name, ()) if isinstance(thing, dict)]

    def _meaning(self, schema: Mapping[str, Any]) -> str:
        """Say what a field is, its limits and its default."""
        found = self._resolved(schema)
        parts = [str(found.get("description", "")).strip()]
        if "minimum" in found or "maximum" in found:
            parts.append(f"{found.get('minimum', '')}..{found.get('maximum', '')}")
        if "enum" in found:
            parts.append("|".join(str(word) for word in found["enum"]))
        if isinstance(found.get("default"), (str, int, float, bool)) and found["default"] != "":
            parts.append(f"[{typed(found['default'])}]")
        return " ".join(part for part in parts if part)


def typed(value: Any) -> str:
    """Write a value as a person types it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return '"' + " ".join(str(item) for item in value) + '"'
    text = str(value)
    if '"' in text:
        return f"'{text}'"
    return f'"{text}"' if not text or any(char in text for char in " |'") else text


def _undotted(words: Sequence[str]) -> list[str]:
    """Take `menus.main.keys.1` apart; only the first word may be a dotted path."""
    if not words:
        return []
    return [*(part for part in words[0].split(".") if part), *words[1:]]


def _without_arms(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "anyOf"}
