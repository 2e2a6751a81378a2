"""Numbers as lists of prompts: counts, digits read one by one, places in a queue."""

from __future__ import annotations

from firmware.text import Language

LARGEST = 9999
_ZERO, _TWO_OF, _HUNDRED, _THOUSAND = "num-0", "num-two-of", "num-hundred", "num-thousand"
_DIGITS = {**{str(digit): f"digit-{digit}" for digit in range(10)}, "*": "digit-star", "#": "digit-hash"}


def number(value: int, language: Language, is_count: bool = False) -> tuple[str, ...]:
    """Say a whole number.

    value     0 to 9999
    is_count  a measure word follows: a lone 2 is 两, not 二
    raises    ValueError outside the range
    """
    if not 0 <= value <= LARGEST:
        raise ValueError(f"number: got {value}, allowed 0 to {LARGEST}")
    if language is Language.EN:
        return _english(value)
    return (_TWO_OF,) if value == 2 and is_count else _chinese(value)


def digits(text: str) -> tuple[str, ...]:
    """Say a number digit by digit, such as an agent's number; in Chinese a one is 幺.

    text    0-9, * and #
    raises  ValueError for anything else
    """
    wrong = sorted(set(text) - set(_DIGITS))
    if wrong:
        raise ValueError(f"digits: got {''.join(wrong)!r}, allowed 0-9 * #")
    return tuple(_DIGITS[key] for key in text)


def position(place: int, language: Language) -> tuple[str, ...]:
    """Say a place in a queue: Chinese counts those ahead, English gives the place.

    place   1 = next
    raises  ValueError below 1 or above 9999
    """
    if not 1 <= place <= LARGEST:
        raise ValueError(f"place: got {place}, allowed 1 to {LARGEST}")
    if place == 1:
        return ("you-are-next",)
    said = place - 1 if language is Language.ZH else place
    return ("position-before", *number(said, language, is_count=True), "position-after")


def _english(value: int) -> tuple[str, ...]:
    thousands, below_thousand = divmod(value, 1000)
    hundreds, rest = divmod(below_thousand, 100)
    words: tuple[str, ...] = (f"num-{thousands}", _THOUSAND) if thousands else ()
    words += (f"num-{hundreds}", _HUNDRED) if hundreds else ()
    return words + (_below_hundred(rest) if rest or not words else ())


def _chinese(value: int) -> tuple[str, ...]:
    """Put 零 once for any gap of zeros inside; 十 alone opens a number, after a higher place it is 一十."""
    thousands, below_thousand = divmod(value, 1000)
    hundreds, rest = divmod(below_thousand, 100)
    words: tuple[str, ...] = ()
    if thousands:
        words += (_TWO_OF if thousands == 2 else f"num-{thousands}", _THOUSAND)
    if hundreds:
        words += (f"num-{hundreds}", _HUNDRED)
    if words and not rest:
        return words
    is_gap = bool(words) and (rest < 10 or not hundreds)
    words += (_ZERO,) if is_gap else ()
    words += ("num-1",) if words and 10 <= rest < 20 else ()
    return words + _below_hundred(rest)


def _below_hundred(value: int) -> tuple[str, ...]:
    if value <= 20:
        return (f"num-{value}",)
    tens, units = divmod(value, 10)
    return (f"num-{tens * 10}", f"num-{units}") if units else (f"num-{tens * 10}",)
