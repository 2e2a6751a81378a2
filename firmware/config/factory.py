"""The settings a box is delivered with: it takes calls at once on every line there is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from firmware import countries
from firmware.config.models import Agent, Config, Hours, Menu, Opening, Phone, Queue, Site, Span, Trunk
from firmware.text import Language, Text

FIRST_PHONE, FIRST_AGENT = 801, 1001
QUEUES = ("info", "complaints")


def factory_config(ports: Iterable[str], country: str = "cn") -> Config:
    """Make the settings for a board.

    ports    names such as `fxo1`, `fxs4`, in any order
    country  of `firmware/countries`
    raises   ValueError for a country there is none of (pydantic's for a port that is none)
    """
    own = countries.load(country)
    ports = list(ports)
    lines, sockets = _sorted(ports, "fxo"), _sorted(ports, "fxs")
    return Config(
        site=Site.model_validate(
            {"country": own.code, "timezone": own.timezone, "language": own.language},
        ),
        trunks=tuple(Trunk(port=port) for port in lines),
        spans=tuple(
            Span(port=port, clock_rank=min(place, 4)) for place, port in enumerate(_sorted(ports, "span"), 1)
        ),
        phones=tuple(Phone(port=port, number=str(FIRST_PHONE + place)) for place, port in enumerate(sockets)),
        agents=tuple(_agent(str(FIRST_AGENT + place)) for place in range(len(sockets))),
        queues=(
            Queue(name="info", title=Text(zh="咨询", en="Information")),
            Queue(name="complaints", title=Text(zh="投诉", en="Complaints")),
        ),
        menus=(_main_menu(),),
        hours=(_office_hours(),),
    )


def _sorted(ports: Iterable[str], kind: str) -> list[str]:
    mine = [port for port in ports if port.startswith(kind)]
    return sorted(mine, key=lambda port: int(re.sub(r"[^0-9]", "", port) or 0))


def _agent(number: str) -> Agent:
    return Agent(number=number, name=Text(zh=f"坐席{number}", en=f"Agent {number}"), queues=QUEUES)


def _main_menu() -> Menu:
    """Make the menu the standard greeting describes; 8 is said in English only, 9 in Chinese only."""
    keys = {"1": "queue:info", "2": "queue:complaints", "0": "queue:info"}
    languages = {"8": f"language:{Language.ZH.value}", "9": f"language:{Language.EN.value}"}
    return Menu(name="main", title=Text(zh="主菜单", en="Main menu"), keys={**keys, **languages})


def _office_hours() -> Hours:
    """Make hours to choose; the lines come with `always`, for a new box must answer on a Sunday too."""
    weekdays = Opening(days=("mon", "tue", "wed", "thu", "fri"), opens="09:00", closes="17:30")
    return Hours(name="office", openings=(weekdays,))
