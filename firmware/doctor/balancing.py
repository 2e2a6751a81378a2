"""Find the hybrid's taps that leave the least echo, from what was measured.

Nobody has to know how the chip's hybrid is built: with all taps at zero the echo is measured at each
frequency, then again with one tap set. The difference is what a tap does; the other taps do the same a sample
later each. The best taps are then a least-squares problem of 8 unknowns.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware.doctor.sound import COMB_HZ, delayed, loss_db

TAPS = 8
UNIT = 64  # a tap of 1.0
LIMIT = 127
PROBE_TAP = 16
STABLE = 1e-4  # keeps taps small that do nothing

Response = Sequence[complex]


def effect(before: Response, probed: Response) -> list[complex]:
    """Give what a first tap of 1.0 does, from the echo without taps and with `PROBE_TAP`."""
    return [(after - old) * UNIT / PROBE_TAP for old, after in zip(before, probed, strict=True)]


def best_taps(echo: Response, tap: Response) -> tuple[int, ...]:
    """Give the taps that leave the least of an echo.

    echo  without taps, by frequency
    tap   what a first tap of 1.0 adds to it
    """
    columns = [
        [delayed(factor, hz, place) for factor, hz in zip(tap, COMB_HZ, strict=True)] for place in range(TAPS)
    ]
    matrix = [[_dot(one, other) + (STABLE if one is other else 0.0) for other in columns] for one in columns]
    wanted = [-_dot(column, echo) for column in columns]
    taps = [max(-LIMIT, min(LIMIT, round(UNIT * value))) for value in _solved(matrix, wanted)]
    return _refined(taps, echo, columns)


def predicted(echo: Response, tap: Response, taps: Sequence[int]) -> list[complex]:
    """Give the echo that these taps leave."""
    left = list(echo)
    for place, value in enumerate(taps):
        for at, hz in enumerate(COMB_HZ):
            left[at] += delayed(tap[at], hz, place) * value / UNIT
    return left


def best_loss(echo: Response, tap: Response) -> tuple[tuple[int, ...], float]:
    """Give the best taps, and the echo return loss to be expected of them."""
    taps = best_taps(echo, tap)
    return taps, loss_db(predicted(echo, tap, taps))


def _refined(taps: list[int], echo: Response, columns: Sequence[Response]) -> tuple[int, ...]:
    """Make up for the rounding, a step of one tap at a time."""
    best = _left_db(taps, echo, columns)
    is_better = True
    while is_better:
        is_better = False
        for place in range(TAPS):
            for step in (-1, 1):
                tried = [*taps[:place], taps[place] + step, *taps[place + 1 :]]
                loss = _left_db(tried, echo, columns)
                if abs(tried[place]) <= LIMIT and loss > best + 0.01:
                    taps, best, is_better = tried, loss, True
    return tuple(taps)


def _left_db(taps: Sequence[int], echo: Response, columns: Sequence[Response]) -> float:
    left = [
        factor + sum(column[at] * tap for column, tap in zip(columns, taps, strict=True)) / UNIT
        for at, factor in enumerate(echo)
    ]
    return loss_db(left)


def _dot(one: Response, other: Response) -> float:
    return sum((a.conjugate() * b).real for a, b in zip(one, other, strict=True))


def _solved(matrix: list[list[float]], wanted: list[float]) -> list[float]:
    """Solve by elimination with pivots; the matrix is positive definite."""
    rows = [[*row, value] for row, value in zip(matrix, wanted, strict=True)]
    n = len(rows)
    for at in range(n):
        pivot = max(range(at, n), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for row in range(at + 1, n):
            factor = rows[row][at] / rows[at][at]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[at], strict=True)]
    found = [0.0] * n
    for at in reversed(range(n)):
        rest = sum(rows[at][k] * found[k] for k in range(at + 1, n))
        found[at] = (rows[at][n] - rest) / rows[at][at]
    return found
