"""Countries as data: one TOML file each, and one with the tones of all others; checked when loaded."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from firmware.countries.country import Country, Dtmf
from firmware.countries.zone import ToneZone, of_country

_FILE = re.compile(r"[a-z]{2}\.toml")


@cache
def codes() -> tuple[str, ...]:
    """List the countries there are, such as `cn`."""
    names = (entry.name for entry in files("firmware.countries").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if _FILE.fullmatch(name)))


@cache
def load(code: str) -> Country:
    """Read a country's file.

    raises  ValueError for a country there is none of, with those there are
    """
    if code not in codes():
        raise ValueError(f"country: got {code!r}, allowed {', '.join(codes())}")
    text = files("firmware.countries").joinpath(f"{code}.toml").read_text(encoding="utf-8")
    return Country.model_validate(tomllib.loads(text))


@cache
def dtmf(name: str) -> Dtmf:
    """Read the limits of the digit receivers by an administration's name, such as `ntt`.

    raises  ValueError for a name there is none of, with those there are
    """
    text = files("firmware.countries").joinpath("dtmf.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    if name not in rows:
        raise ValueError(f"dtmf: got {name!r}, allowed {', '.join(rows)}")
    return Dtmf.model_validate(rows[name])


@cache
def zones() -> dict[str, ToneZone]:
    """Read the tones of all countries, by code."""
    text = files("firmware.countries").joinpath("tones.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text).items()
    others = {code: ToneZone.model_validate({"code": code, **row}) for code, row in rows}
    own = {code: of_country(load(code)) for code in codes()}
    return dict(sorted({**others, **own}.items()))


def zone(code: str) -> ToneZone:
    """Give the tones of a country.

    raises  ValueError for a zone there is none of, with those there are
    """
    if code not in zones():
        raise ValueError(f"tone zone: got {code!r}, allowed {', '.join(zones())}")
    return zones()[code]
