"""The factory's office in virtual time, for system tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware.config.factory import factory_config
from firmware.config.models import Config
from tools.trace import TraceEvent
from tools.virtual import Surroundings, VirtualBox

PORTS = tuple(f"{kind}{n}" for kind in ("fxo", "fxs") for n in (1, 2, 3, 4))
MOBILE = "13800138000"


def office(folder: Path, config: Config | None = None, **options: Any) -> VirtualBox:
    """Start a box with the factory's settings; all ports are up."""
    box = VirtualBox(config or always_open(), folder, Surroundings(**options))
    box.run_until(1.5)
    return box


def always_open() -> Config:
    """The factory's settings without closing times."""
    config = factory_config(PORTS)
    return config.model_copy(
        update={"trunks": tuple(t.model_copy(update={"hours": "always"}) for t in config.trunks)}
    )


def login(box: VirtualBox, phone: str, agent: str) -> None:
    """Log an agent in by the phone's code."""
    box.world.lift(phone)
    box.run_until(box.now + 1)
    box.world.dial(phone, f"*11{agent}#")
    box.run_until(box.now + 3)
    box.world.hang(phone)
    box.run_until(box.now + 1.5)


def seen(box: VirtualBox, what: str) -> list[TraceEvent]:
    """The events of one kind."""
    return [event for event in box.trace if event.what == what]


def wait_for(box: VirtualBox, what: str, limit_s: float = 60.0) -> TraceEvent:
    """Let time pass until something happens; it fails the test when it does not."""
    count = len(seen(box, what))
    until = box.now + limit_s
    while len(seen(box, what)) == count:
        assert box.now < until, f"no {what} within {limit_s} s; last: {[e.what for e in box.trace[-5:]]}"
        box.step()
    return seen(box, what)[-1]
