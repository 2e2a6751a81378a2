"""Slow G.711, written from the decision values of the standard alone.

Tables 1a and 1b of ITU-T G.711 (A-law, overload at 4096) and 2a and 2b (u-law, overload at 8159) give the
decision values x_n; the value given back is the middle of the interval. Where the standard is silent, a
sample that equals a decision value belongs to the interval above it (towards +infinity), as in the reference
software of ITU-T G.191.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

# (number of intervals, size of each), from zero upwards
A_SEGMENTS = ((32, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128))
U_SEGMENTS = ((1, 1), (15, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128), (16, 256))
A_SCALE, U_SCALE = 8, 4  # from the units of the tables to 16 bits


def decisions(segments: tuple[tuple[int, int], ...], scale: int) -> list[int]:
    """Return the lower ends of the intervals from zero upwards, and the overload value, in 16-bit units."""
    values = [0]
    for count, size in segments:
        for _ in range(count):
            values.append(values[-1] + size * scale)
    return values


A_DECISIONS = decisions(A_SEGMENTS, A_SCALE)
U_DECISIONS = decisions(U_SEGMENTS, U_SCALE)


def interval(values: list[int], sample: int) -> int:
    """Return the number of the interval, counted from zero, that holds the magnitude of a sample."""
    number = bisect_right(values, sample) - 1 if sample >= 0 else bisect_left(values, -sample) - 1
    return min(number, 127)


def alaw_code(sample: int) -> int:
    """Table 1, column 6: sign bit set for positive, then the number of the interval, even bits inverted."""
    return ((0x80 if sample >= 0 else 0) | interval(A_DECISIONS, sample)) ^ 0x55


def ulaw_code(sample: int) -> int:
    """Table 2, column 6: sign bit set for positive, all other bits inverted."""
    return (0x80 if sample >= 0 else 0) | (0x7F - interval(U_DECISIONS, sample))


def alaw_value(code: int) -> int:
    """Table 1, column 8."""
    bits = code ^ 0x55
    number = bits & 0x7F
    middle = (A_DECISIONS[number] + A_DECISIONS[number + 1]) // 2
    return middle if bits & 0x80 else -middle


def ulaw_value(code: int) -> int:
    """Table 2, column 8; the first interval gives zero."""
    number = 0x7F - (code & 0x7F)
    middle = 0 if number == 0 else (U_DECISIONS[number] + U_DECISIONS[number + 1]) // 2
    return middle if code & 0x80 else -middle
