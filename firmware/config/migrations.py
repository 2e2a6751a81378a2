"""Bring a settings tree of an older firmware to today's schema.

MIGRATIONS maps a version to the function that makes version + 1 out of it. Each gets a tree of plain
values, may change it, and gives the new one. They are never edited after a release: boxes in the field pass
through all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.config.models import SCHEMA_VERSION
from firmware.config.storage import Corrupt
from firmware.config.validation import Tree
from firmware.text import Text

Migration = Callable[[Tree], Tree]

MIGRATIONS: dict[int, Migration] = {}


def migrate(
    tree: Tree, migrations: Mapping[int, Migration] | None = None, target: int = SCHEMA_VERSION
) -> Tree:
    """Bring a tree to the target version, step by step.

    raises  Corrupt when the tree has no version, is newer than this firmware, or a step is missing
    """
    steps = MIGRATIONS if migrations is None else migrations
    version = tree.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Corrupt(Text(zh="缺少 schema_version", en="schema_version is missing"))
    if version > target:
        raise Corrupt(
            Text(
                zh=f"由更新的固件写成(版本 {version},本固件 {target})",
                en=f"written by newer firmware (schema {version}, this one knows {target})",
            )
        )
    for number in range(version, target):
        if number not in steps:
            raise Corrupt(Text(zh=f"无法从版本 {number} 升级", en=f"no migration from schema {number}"))
        tree = {**steps[number](tree), "schema_version": number + 1}
    return tree
