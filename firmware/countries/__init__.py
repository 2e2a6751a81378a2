"""Countries as data: one TOML file each, checked when it is loaded."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from firmware.countries.country import Country


@cache
def codes() -> tuple[str, ...]:
    """List the countries there are, such as `cn`."""
    names = (entry.name for entry in files("firmware.countries").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def load(code: str) -> Country:
    """Read a country's file.

    raises  ValueError for a country there is none of, with those there are
    """
    if code not in codes():
        raise ValueError(f"country: got {code!r}, allowed {', '.join(codes())}")
    text = files("firmware.countries").joinpath(f"{code}.toml").read_text(encoding="utf-8")
    return Country.model_validate(tomllib.loads(text))
