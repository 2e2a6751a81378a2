"""Draw the convergence of echo cancellers as an SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WIDTH_PX, HEIGHT_PX = 860, 420
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 64, 20, 46, 52
SPAN_S = 24.0
TOP_DBM0, BOTTOM_DBM0 = -20.0, -65.0
COLOURS = {"ours": "#1b7f3b", "oslec": "#a33a2a", "speexdsp": "#1f4e79"}
NAMES = {"ours": "callbox", "oslec": "OSLEC", "speexdsp": "speexdsp"}
TITLE = "Residual echo, G.168 hybrids D.2-D.9, ERL 10 dB, -10 dBm0, A-law, 128 taps"

Point = tuple[float, float]  # s, dBm0


def _x(at_s: float) -> float:
    return LEFT_PX + at_s / SPAN_S * (WIDTH_PX - LEFT_PX - RIGHT_PX)


def _y(dbm0: float) -> float:
    part = (TOP_DBM0 - max(dbm0, BOTTOM_DBM0)) / (TOP_DBM0 - BOTTOM_DBM0)
    return TOP_PX + part * (HEIGHT_PX - TOP_PX - BOTTOM_PX)


def _text(x: float, y: float, text: str, anchor: str = "middle", fill: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{text}</text>'


def _line(a: Point, b: Point, style: str) -> str:
    return f'<line x1="{_x(a[0]):.1f}" y1="{_y(a[1]):.1f}" x2="{_x(b[0]):.1f}" y2="{_y(b[1]):.1f}" {style}/>'


def _grid() -> list[str]:
    parts = []
    for dbm0 in range(int(TOP_DBM0), int(BOTTOM_DBM0) - 1, -5):
        parts.append(_line((0, dbm0), (SPAN_S, dbm0), 'stroke="#ddd"'))
        parts.append(_text(LEFT_PX - 8, _y(dbm0) + 4, f"{dbm0}", "end"))
    for at_s in range(0, int(SPAN_S) + 1, 2):
        parts.append(_text(_x(at_s), HEIGHT_PX - BOTTOM_PX + 18, f"{at_s}"))
    parts.append(_text(_x(SPAN_S / 2), HEIGHT_PX - 12, "s"))
    parts.append(_text(18, TOP_PX - 10, "dBm0", "start"))
    return parts


def _pieces(points: Sequence[Point]) -> list[list[Point]]:
    """Part the curve where nothing was measured."""
    pieces: list[list[Point]] = []
    for point in points:
        if not pieces or point[0] - pieces[-1][-1][0] > 1.0:
            pieces.append([])
        pieces[-1].append(point)
    return pieces


def _curve(name: str, points: Sequence[Point], place: int) -> list[str]:
    style = f'fill="none" stroke="{COLOURS[name]}" stroke-width="1.6"'
    lines = [
        '<polyline points="' + " ".join(f"{_x(at):.1f},{_y(dbm0):.1f}" for at, dbm0 in piece) + f'" {style}/>'
        for piece in _pieces(points)
    ]
    return [*lines, _text(_x(6.2 + 3.4 * place), TOP_PX + 20, NAMES[name], "start", COLOURS[name])]


def draw(curves: Mapping[str, Sequence[Point]], *, floor_dbm0: float, talk_s: tuple[float, float]) -> str:
    """Return the drawing.

    curves      by name of the canceller
    floor_dbm0  the noise of A-law, under which no canceller comes
    talk_s      begin and length of the double talk
    """
    begin, length = talk_s
    size = f'width="{WIDTH_PX}" height="{HEIGHT_PX}" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}"'
    shade = (
        f'<rect x="{_x(begin):.1f}" y="{TOP_PX}" width="{_x(length) - _x(0):.1f}" '
        f'height="{HEIGHT_PX - TOP_PX - BOTTOM_PX}" fill="#eee"/>'
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH_PX}" height="{HEIGHT_PX}" fill="#fff"/>',
        _text(WIDTH_PX / 2, 20, TITLE),
        shade,
        _text(_x(begin + length / 2), TOP_PX + 40, "double talk"),
        *_grid(),
        _line((0, floor_dbm0), (SPAN_S, floor_dbm0), 'stroke="#777" stroke-dasharray="4 4"'),
        _text(_x(SPAN_S) - 4, _y(floor_dbm0) + 14, "noise of A-law", "end", "#777"),
    ]
    for place, (name, points) in enumerate(curves.items()):
        parts += _curve(name, points, place)
    return "\n".join([*parts, "</svg>"]) + "\n"
