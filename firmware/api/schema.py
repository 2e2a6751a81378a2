"""The JSON Schema of the settings, for completion, forms and documentation.

`x-key` in a definition is the field that names such a thing in a list and in paths; without it, things are
counted from 1.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from firmware.config.models import Config
from firmware.config.shape import KEY_FIELD


@cache
def settings_schema() -> dict[str, Any]:
    """Give the schema of the whole tree. Do not change it."""
    schema = Config.model_json_schema()
    for model, field in KEY_FIELD.items():
        schema["$defs"][model.__name__]["x-key"] = field
    return schema
