"""The JSON Schema of the settings, for completion, forms and documentation.

`key` in a definition is the field that names such a thing in a list and in paths
(`firmware.config.models.KEY`); without it, things are counted from 1.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from firmware.config.models import Config


@cache
def settings_schema() -> dict[str, Any]:
    """Give the schema of the whole tree. Do not change it."""
    return Config.model_json_schema()
