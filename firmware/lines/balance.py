"""How a line's balance is written in the settings: impedance, colon, eight taps."""

from __future__ import annotations

from hal.types import Balance


def read(text: str) -> Balance | None:
    """Read a setting that the models have checked; None for an empty one: the country's."""
    if not text:
        return None
    impedance, _, taps = text.partition(":")
    return Balance(int(impedance), tuple(int(tap) for tap in taps.split()))


def write(balance: Balance) -> str:
    """Write a balance as it stands in the settings."""
    return f"{balance.impedance}: {' '.join(str(tap) for tap in balance.hybrid)}"
