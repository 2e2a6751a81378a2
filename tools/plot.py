"""Draw curves as an SVG: two axes, a grid, a few lines, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH_PX, HEIGHT_PX = 860, 380
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 64, 20, 60, 52
COLOURS = ("#1b7f3b", "#a33a2a", "#1f4e79", "#b8860b")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """What is drawn along one side, from `low` to `high`, with a mark at each step."""

    name: str
    low: float
    high: float
    step: float

    def marks(self) -> list[float]:
        """Return the values that are written at the side."""
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]

    def part(self, value: float) -> float:
        """Return where a value lies between both ends, 0..1."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing to be: title, axes, and bands of the x axis that are shaded with a word in them."""

    title: str
    x: Axis
    y: Axis
    bands: tuple[tuple[float, float, str], ...] = ()

    def across(self, value: float) -> float:
        """Return the pixel of an x."""
        return LEFT_PX + self.x.part(value) * (WIDTH_PX - LEFT_PX - RIGHT_PX)

    def down(self, value: float) -> float:
        """Return the pixel of a y."""
        return HEIGHT_PX - BOTTOM_PX - self.y.part(value) * (HEIGHT_PX - TOP_PX - BOTTOM_PX)

    def draw(self, curves: Mapping[str, Sequence[Point]]) -> str:
        """Return the drawing of the curves, by name."""
        size = f'width="{WIDTH_PX}" height="{HEIGHT_PX}" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH_PX}" height="{HEIGHT_PX}" fill="#fff"/>',
            _text(WIDTH_PX / 2, 20, self.title),
            *self._shades(),
            *self._grid(),
        ]
        for place, (name, points) in enumerate(curves.items()):
            parts += self._curve(name, points, place)
        return "\n".join([*parts, "</svg>"]) + "\n"

    def _shades(self) -> list[str]:
        parts = []
        for begin, end, name in self.bands:
            left, right = self.across(begin), self.across(end)
            parts.append(
                f'<rect x="{left:.1f}" y="{TOP_PX}" width="{right - left:.1f}" '
                f'height="{HEIGHT_PX - TOP_PX - BOTTOM_PX}" fill="#eef3ee"/>'
            )
            parts.append(_text((left + right) / 2, HEIGHT_PX - BOTTOM_PX - 8, name, fill="#777"))
        return parts

    def _grid(self) -> list[str]:
        parts = []
        for value in self.y.marks():
            y = self.down(value)
            parts.append(f'<path d="M{LEFT_PX} {y:.1f}H{WIDTH_PX - RIGHT_PX}" stroke="#ddd"/>')
            parts.append(_text(LEFT_PX - 8, y + 4, f"{value:g}", "end"))
        for value in self.x.marks():
            parts.append(_text(self.across(value), HEIGHT_PX - BOTTOM_PX + 18, f"{value:g}"))
        parts.append(_text(WIDTH_PX / 2, HEIGHT_PX - 12, self.x.name))
        parts.append(_text(18, TOP_PX - 10, self.y.name, "start"))
        return parts

    def _curve(self, name: str, points: Sequence[Point], place: int) -> list[str]:
        colour = COLOURS[place % len(COLOURS)]
        line = " ".join(f"{self.across(x):.1f},{self.down(y):.1f}" for x, y in points)
        return [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
            _text(LEFT_PX + 180 + 190 * place, TOP_PX - 18, name, "start", colour),
        ]


def _text(x: float, y: float, text: str, anchor: str = "middle", fill: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{text}</text>'
