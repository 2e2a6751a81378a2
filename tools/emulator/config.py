"""The emulator's configuration file: cards in the slots, lines of the exchange, numbers to dial."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.emulator.exchange import THREE_RINGS_S
from tools.emulator.keys import parse_keys
from tools.emulator.options import LineOptions
from tools.emulator.span.options import SpanOptions
from tools.emulator.world import World

Card = Literal["fxo4", "fxs4", "fxo2fxs2", "e1", "e1x2", ""]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class ConfigError(ValueError):
    """A configuration file that cannot be used; one line per fault, with the field and what is allowed."""


class SubscriberOptions(BaseModel):
    """Someone the box can dial."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers_after_s: float = Field(default=THREE_RINGS_S, ge=0, le=3600, description="more than 60 = never")
    busy: bool = False
    congested: bool = Field(default=False, description="no way to this number: congestion tone")
    cause: int = Field(default=0, ge=0, le=127, description="refused with this cause of Q.850")
    announcement: Path | None = Field(default=None, description="said before the refusal, on a span")
    audio: Path | None = Field(default=None, description="what is said; relative to the configuration file")
    keys: str = Field(default="", pattern=r"^[0-9*#A-D@.,\s]*$", description="such as 1@6.5,2@9")
    hangs_up_after_s: float | None = Field(default=None, ge=0, le=86400)
    record: Path | None = None


class EmulatorConfig(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots: tuple[Card, ...] = Field(default=("fxo4", "fxs4"), min_length=1, max_length=8)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    lines: dict[str, LineOptions] = Field(default_factory=dict, description="by port name: fxo1, fxo2, ...")
    spans: dict[str, SpanOptions] = Field(default_factory=dict, description="by port name: span1, span2, ...")
    subscribers: dict[Number, SubscriberOptions] = Field(default_factory=dict)


def load_config(path: Path | None) -> EmulatorConfig:
    """Read the file; none = the defaults.

    raises  ConfigError
    """
    if path is None:
        return EmulatorConfig()
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
        return EmulatorConfig.model_validate(tree)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults(error))) from error


def faults(error: ValidationError) -> list[str]:
    """Say each fault as `field: got X: what is allowed`."""
    return [
        f"{'.'.join(str(part) for part in fault['loc'])}: got {fault['input']!r}: {fault['msg']}"
        for fault in error.errors(include_url=False)
    ]


def add_subscribers(world: World, config: EmulatorConfig, folder: Path) -> None:
    """Tell the exchange who can be dialled.

    raises  ValueError (also SoundError) naming the number
    """
    for number, wanted in config.subscribers.items():
        world.subscriber(
            number,
            answers_after_s=wanted.answers_after_s,
            busy=wanted.busy,
            congested=wanted.congested,
            cause=wanted.cause,
            announcement=folder / wanted.announcement if wanted.announcement else None,
            audio=folder / wanted.audio if wanted.audio else None,
            keys=parse_keys(wanted.keys),
            hangs_up_after_s=wanted.hangs_up_after_s,
            record=folder / wanted.record if wanted.record else None,
        )
