"""The shape of the settings tree: what may stand at a path, and how to say so.

A path is a sequence of steps: `menus main keys 1`. Lists of named things are addressed by their key field,
lists of things without a name by position from 1, dictionaries by key.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, JsonValue, TypeAdapter
from pydantic.fields import FieldInfo

from firmware.config import models
from firmware.config.problem import refusal

HIDDEN = frozenset({"schema_version"})  # kept by the store, not by people


class Kind(Enum):
    """How a place of the tree is entered."""

    MODEL = auto()  # by field
    KEYED = auto()  # a list of named things: by key field
    PLACED = auto()  # a list of things without a name: by position from 1
    MAPPING = auto()  # by key
    LEAF = auto()  # not at all: a value, or a list of values


@dataclass(frozen=True)
class Shape:
    """What may stand at a place: a type with its limits, and the field it came from."""

    annotation: object
    field: FieldInfo | None = None

    @cached_property
    def _parts(self) -> tuple[object, tuple[object, ...], bool]:
        return _unwrap(self.annotation)

    @property
    def base(self) -> object:
        """Give the type without limits and without None."""
        return self._parts[0]

    @property
    def limits(self) -> tuple[object, ...]:
        """Give the limits: pydantic's metadata."""
        return self._parts[1]

    @property
    def may_be_none(self) -> bool:
        """Tell if None is allowed."""
        return self._parts[2]

    @property
    def model(self) -> type[BaseModel]:
        """Give the model of a MODEL."""
        return cast(type[BaseModel], self.base)

    @cached_property
    def item(self) -> Shape:
        """Give the shape of a list's or mapping's items."""
        arguments = get_args(self.base)
        return Shape(arguments[1] if get_origin(self.base) is dict else arguments[0])

    @cached_property
    def key(self) -> Shape:
        """Give the shape of a mapping's keys, or of the field that names a list's items."""
        if self.kind is Kind.MAPPING:
            return Shape(get_args(self.base)[0])
        return field_shape(self.item.model, self.key_field)

    @property
    def key_field(self) -> str:
        """Give the field that names the items of a KEYED list."""
        return key_field_of(self.item.model)

    @cached_property
    def kind(self) -> Kind:
        """Tell how this place is entered."""
        if is_model(self.base):
            return Kind.MODEL
        if get_origin(self.base) is dict:
            return Kind.MAPPING
        if get_origin(self.base) is tuple and is_model(self.item.base):
            return Kind.KEYED if key_field_of(self.item.model) else Kind.PLACED
        return Kind.LEAF

    @property
    def is_list_of_values(self) -> bool:
        """Tell if this is a leaf that holds several values."""
        return get_origin(self.base) is tuple and self.kind is Kind.LEAF

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Give pydantic's validator of this place."""
        return TypeAdapter(cast(Any, self.annotation))

    def fields(self) -> list[str]:
        """Give the field names of a MODEL that people set, in their order."""
        return [name for name in self.model.model_fields if name not in HIDDEN]

    def default(self) -> tuple[bool, JsonValue]:
        """Give (has a default, the default as JSON)."""
        if self.field is None or self.field.is_required():
            return False, None
        value = self.field.get_default(call_default_factory=True, validated_data={})
        return True, cast(JsonValue, self.adapter.dump_python(value, mode="json"))


def key_field_of(model: type[BaseModel]) -> str:
    """Give the field that names a model's things; empty if they have no names."""
    extra = model.model_config.get("json_schema_extra")
    return str(extra.get(models.KEY, "")) if isinstance(extra, dict) else ""


@lru_cache(maxsize=1024)
def field_shape(model: type[BaseModel], name: str) -> Shape:
    """Give the shape of a model's field. raises KeyError."""
    field = model.model_fields[name]
    annotation: object = field.annotation
    if field.metadata:
        annotation = Annotated[(annotation, *field.metadata)]
    return Shape(annotation, field)


ROOT = Shape(models.Config)


def step_into(shape: Shape, step: str, path: str) -> Shape:
    """Go one step down.

    path    of the step, for messages
    raises  ConfigError that names what is allowed instead
    """
    if shape.kind is Kind.MODEL:
        if step not in shape.fields():
            names = ", ".join(shape.fields())
            raise refusal(path, f"没有这一项,可用: {names}", f"unknown, allowed: {names}")
        return field_shape(shape.model, step)
    if shape.kind is Kind.LEAF:
        raise refusal(path, "上一级已经是值,不能再往下", "nothing below: the step before is a value")
    return shape.item


def shape_at(path: tuple[str, ...]) -> Shape:
    """Give the shape of a path; an empty path is the whole tree. raises ConfigError."""
    shape = ROOT
    for place, step in enumerate(path):
        shape = step_into(shape, step, ".".join(path[: place + 1]))
    return shape


def is_model(annotation: object) -> bool:
    """Tell if a type is a settings model."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def is_literal(annotation: object) -> bool:
    """Tell if a type lists its values."""
    return get_origin(annotation) is Literal


def _unwrap(annotation: object) -> tuple[object, tuple[object, ...], bool]:
    """Take Annotated and None off a type: (type, limits, None is allowed)."""
    limits: tuple[object, ...] = ()
    may_be_none = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            limits += tuple(m for limit in more for m in _flat(limit))
        elif origin in (Union, types.UnionType):
            may_be_none = True
            annotation = next(arm for arm in get_args(annotation) if arm is not types.NoneType)
        else:
            return annotation, limits, may_be_none


def _flat(limit: object) -> list[object]:
    return list(limit.metadata) if isinstance(limit, FieldInfo) else [limit]
