"""The control socket's commands about spans."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.emulator.command import Answer, Command, Lab
from tools.emulator.span.far_end import FarEnd

Count = Annotated[int, Field(ge=0, le=65535)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Cable(Command):
    """The cable of a span."""

    do: Literal["cut", "mend"]
    span: str

    def carry_out(self, lab: Lab) -> Answer:
        getattr(lab.world.spans, self.do)(self.span)
        return {}


class Framing(Command):
    """What the far end sends on a span."""

    do: Literal["ais", "rai", "frames", "multiframes"]
    span: str
    is_on: bool

    def carry_out(self, lab: Lab) -> Answer:
        getattr(lab.world.spans, self.do)(self.span, self.is_on)
        return {}


class Errors(Command):
    do: Literal["errors"]
    span: str
    code: Count = 0
    crc: Count = 0
    frame: Count = 0
    far: Count = 0

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.spans.errors(self.span, code=self.code, crc=self.crc, frame=self.frame, far=self.far)
        return {}


class Slip(Command):
    do: Literal["slip"]
    span: str
    times: Annotated[int, Field(ge=1, le=1000)] = 1

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.spans.slip(self.span, self.times)
        return {}


class DataLink(Command):
    do: Literal["dlink"]
    span: str
    is_up: bool

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.spans.dlink(self.span, self.is_up)
        return {}


class Frames(Command):
    """What happens to frames of the D-channel."""

    do: Literal["loss", "corruption"]
    span: str
    percent: Percent

    def carry_out(self, lab: Lab) -> Answer:
        getattr(lab.world.spans, self.do)(self.span, self.percent)
        return {}


class Restart(Command):
    do: Literal["restart"]
    line: str

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.spans.restart(self.line)
        return {}


class Block(Command):
    do: Literal["block"]
    line: str
    is_on: bool

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.spans.service(self.line, not self.is_on)
        return {}


class Clear(Command):
    """The exchange ends a call."""

    do: Literal["clear"]
    line: str
    cause: Annotated[int, Field(ge=1, le=127)]

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.clear(self.line, self.cause)
        return {}


SpanCommand = Cable | Framing | Errors | Slip | DataLink | Frames | Restart | Block | Clear


def describe(end: FarEnd) -> Answer:
    """Say how a span is, and which of its channels are in use."""
    framing = end.framing
    faults = {
        "cut": framing.is_cut,
        "ais": framing.sends_ais,
        "rai": framing.sends_rai,
        "no frames": not framing.has_frames,
    }
    busy = {channel.name: channel for channel in end.channels.values() if not channel.is_free}
    return {
        "signalling": end.options.signalling,
        "faults": [name for name, is_there in faults.items() if is_there],
        "hears_box": framing.hears_box,
        "calls": len(end.calls),
        "channels": {
            name: {"state": channel.state, "far_end": channel.party.number if channel.party else None}
            for name, channel in busy.items()
        },
    }
