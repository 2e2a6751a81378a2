"""A session's own copy of the settings, edited until it is committed or thrown away."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from pydantic import JsonValue

from firmware.config import tree as trees
from firmware.config.problem import ConfigError
from firmware.config.tree import Difference, Path
from firmware.config.validation import Tree, doubles


@dataclass(slots=True)
class Candidate:
    """What a session edits.

    base      revision it was begun from
    original  tree of that revision
    tree      as edited; it may be incomplete until the commit
    """

    actor: str
    base: int
    original: Tree
    tree: Tree

    @classmethod
    def of(cls, actor: str, base: int, committed: Tree) -> Candidate:
        """Begin from a committed tree."""
        return cls(actor, base, deepcopy(committed), deepcopy(committed))

    def put(self, path: Path, value: JsonValue) -> None:
        """Set a value. raises ConfigError; nothing is changed then."""
        edited = deepcopy(self.tree)
        trees.put(edited, path, value)
        known = doubles(self.tree)
        new = [problem for problem in doubles(edited) if problem not in known]
        if new:
            raise ConfigError(new)
        self.tree = edited

    def remove(self, path: Path) -> None:
        """Take away a value or a thing. raises ConfigError; nothing is changed then."""
        edited = deepcopy(self.tree)
        trees.remove(edited, path)
        self.tree = edited

    def get(self, path: Path) -> JsonValue:
        """Give what stands at a path. raises ConfigError."""
        return deepcopy(trees.get(self.tree, path))

    def changes(self) -> list[Difference]:
        """Compare with the revision it was begun from."""
        return trees.differences(self.original, self.tree)

    def rebase(self, base: int, committed: Tree) -> list[Difference]:
        """Move to a newer revision and keep this session's changes.

        gives  what others changed at the same places, and is now overruled
        """
        mine = self.changes()
        overruled = overlap(mine, trees.differences(self.original, committed))
        merged = deepcopy(committed)
        gone = set(trees.named(self.original)) - set(trees.named(self.tree))
        for path in gone:
            _take_away(merged, path)
        for change in mine:
            if not any(change.path[: len(path)] == path for path in gone):
                _apply(merged, change)
        self.base, self.original, self.tree = base, deepcopy(committed), merged
        return overruled


def overlap(mine: list[Difference], theirs: list[Difference]) -> list[Difference]:
    """Give their changes at places that I changed too."""
    places = {change.path for change in mine}
    return [change for change in theirs if change.path in places]


def _apply(tree: Tree, change: Difference) -> None:
    """Make one change in a tree in which its surroundings may be gone."""
    if change.new is not None:
        trees.put(tree, change.path, change.new)
    else:
        _take_away(tree, change.path)


def _take_away(tree: Tree, path: Path) -> None:
    try:
        trees.remove(tree, path)
    except ConfigError:
        return  # somebody else took it away already
