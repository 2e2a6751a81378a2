"""Keys with times, as people write them: `1@6.5,2@9` = press 1 at 6.5 s and 2 at 9 s after the answer."""

from __future__ import annotations

import re

_FORM = re.compile(r"^([0-9*#A-D]{1,64})@([0-9]+(?:\.[0-9]+)?)$")


def parse_keys(text: str) -> tuple[tuple[float, str], ...]:
    """Read keys with times.

    raises  ValueError naming the wrong part
    """
    keys: list[tuple[float, str]] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _FORM.match(part)
        if match is None:
            raise ValueError(f"{part!r} is not KEYS@SECONDS, such as 1@6.5 (keys: 0-9, *, #, A-D)")
        keys.append((float(match[2]), match[1]))
    return tuple(keys)
