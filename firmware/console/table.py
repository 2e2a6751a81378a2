"""Tables as plain text, with Chinese characters two columns wide."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit.utils import get_cwidth


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Set rows in columns under their heads; the last column may be of any width."""
    cells = [heads, *rows]
    widths = [max(get_cwidth(row[column]) for row in cells) for column in range(len(heads))]
    lines = [_line(row, widths) for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - get_cwidth(cell)) for cell, width in zip(row, widths, strict=True)]
    return "  ".join(padded).rstrip()


def clock(seconds: float) -> str:
    """Write a duration: `0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
