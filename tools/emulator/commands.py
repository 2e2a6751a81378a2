"""What the control socket understands: one JSON object a line; `do` names the verb."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from cext.isdn.types import NumberType, Presentation
from tools.emulator.command import Answer, Command, Lab, PanelKey, Verb
from tools.emulator.keys import parse_keys
from tools.emulator.line import ExchangeLine
from tools.emulator.party import Party
from tools.emulator.phone import AnalogPhone
from tools.emulator.span.office import Request
from tools.emulator.span_commands import SpanCommand, describe

Slot = Annotated[int, Field(ge=1, le=8)]
Number = Annotated[str, Field(pattern=r"^[0-9]{0,20}$")]
Seconds = Annotated[float, Field(ge=0, le=86400)]
Keys = Annotated[
    tuple[tuple[float, str], ...],
    BeforeValidator(lambda value: parse_keys(value) if isinstance(value, str) else value),
]


class Call(Command):
    do: Literal["call"]
    line: str
    number: str = ""
    name: str = ""
    audio: Path | None = None
    audio_at_s: Seconds = 0.5
    keys: Keys = ()
    noise_dbm0: Annotated[float, Field(ge=-80, le=0)] | None = None
    level_db: Annotated[float, Field(ge=-60, le=30)] = 0.0
    record: Path | None = None
    hang_up_after_s: Seconds | None = None
    give_up_after_s: Seconds | None = None
    to: Number = ""
    type: str = Field(default="unknown", pattern=f"^({'|'.join(kind.name.lower() for kind in NumberType)})$")
    presentation: Presentation = Presentation.ALLOWED
    redirecting: Number = ""
    overlap_s: Seconds | None = None
    at_glare: bool = False

    def carry_out(self, lab: Lab) -> Answer:
        arguments = {name: value for name, value in _arguments(self).items() if name not in _ANNOUNCED}
        party = lab.world.call(**arguments, request=self._request())
        return {"call": lab.number(party), "line": party.line, "outcome": party.outcome}

    def _request(self) -> Request | None:
        kind = NumberType[self.type.upper()]
        request = Request(self.to, kind, self.presentation, self.redirecting, self.overlap_s)
        return None if request == Request() else request


class HangUp(Command):
    do: Literal["hangup"]
    line: str

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.hang_up(self.line)
        return {}


class Press(Command):
    do: Literal["press"]
    who: str
    digits: str

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.press(self.who, self.digits)
        return {}


class Say(Command):
    do: Literal["say"]
    who: str
    audio: Path

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.say(self.who, self.audio)
        return {}


class Mute(Command):
    do: Literal["mute"]
    who: str
    is_on: bool

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.mute(self.who, self.is_on)
        return {}


class Hand(Command):
    """Things a hand does to a phone."""

    do: Literal["lift", "hang", "flash", "ignore"]
    phone: str

    def carry_out(self, lab: Lab) -> Answer:
        getattr(lab.world, self.do)(self.phone)
        return {}


class Dial(Command):
    do: Literal["dial"]
    phone: str
    digits: str

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.dial(self.phone, self.digits)
        return {}


class AnswerPhone(Command):
    do: Literal["answer"]
    phone: str
    after_s: Seconds = 2.0
    audio: Path | None = None
    keys: Keys = ()
    hang_up_after_s: Seconds | None = None
    hangs_up_on_busy: bool = True

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.answer(**_arguments(self))
        return {}


class Record(Command):
    do: Literal["record"]
    phone: str
    path: Path

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.record(self.phone, self.path)
        return {}


class Wire(Command):
    """Things done to the pair of a line."""

    do: Literal["unplug", "plug", "polarity"]
    line: str

    def carry_out(self, lab: Lab) -> Answer:
        getattr(lab.world, self.do)(self.line)
        return {}


class PullCard(Command):
    do: Literal["pull"]
    slot: Slot

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.pull_card(self.slot)
        return {}


class InsertCard(Command):
    do: Literal["insert"]
    slot: Slot
    card: str

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.insert_card(self.slot, self.card)
        return {}


class Noise(Command):
    do: Literal["noise"]
    line: str
    dbm0: Annotated[float, Field(ge=-80, le=3)] = -20.0
    seconds: Annotated[float, Field(gt=0, le=600)] = 2.0

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.noise(self.line, self.dbm0, self.seconds)
        return {}


class SetSubscriber(Command):
    do: Literal["subscriber"]
    number: str
    answers_after_s: Seconds | None = 11.0
    busy: bool = False
    congested: bool = False
    cause: Annotated[int, Field(ge=0, le=127)] = 0
    announcement: Path | None = None
    audio: Path | None = None
    keys: Keys = ()
    hangs_up_after_s: Seconds | None = None
    record: Path | None = None

    def carry_out(self, lab: Lab) -> Answer:
        lab.world.subscriber(**_arguments(self))
        return {}


class PressPanel(Command):
    do: Literal["key"]
    key: PanelKey

    def carry_out(self, lab: Lab) -> Answer:
        if lab.front is None:
            raise ValueError("this emulator has no panel; start it with --panel-link")
        lab.front.press(self.key)
        return {"display": lab.front.display}


class State(Command):
    do: Literal["state"]

    def carry_out(self, lab: Lab) -> Answer:
        world = lab.world
        return {
            "now": round(world.now, 2),
            "lines": {name: _line(line) for name, line in world.lines.items()},
            "spans": {name: describe(end) for name, end in world.spans.items()},
            "phones": {name: _phone(phone) for name, phone in world.phones.items()},
            "display": lab.front.display if lab.front else None,
        }


class Wait(Verb):
    """Answered when the call has ended."""

    do: Literal["wait"]
    call: int


class Watch(Verb):
    """Answered with events until the connection ends."""

    do: Literal["watch"]


AnyCommand = Annotated[
    Call
    | HangUp
    | Press
    | Say
    | Mute
    | Hand
    | Dial
    | AnswerPhone
    | Record
    | Wire
    | PullCard
    | InsertCard
    | Noise
    | SetSubscriber
    | PressPanel
    | SpanCommand
    | State
    | Wait
    | Watch,
    Field(discriminator="do"),
]
_ANNOUNCED = ("to", "type", "presentation", "redirecting", "overlap_s")
_ADAPTER: TypeAdapter[Verb] = TypeAdapter(AnyCommand)


def parse_command(line: bytes) -> Verb:
    """Read one line of the control socket.

    raises  pydantic.ValidationError
    """
    return _ADAPTER.validate_json(line)


def describe_end(party: Party) -> Answer:
    """Say how a call ended."""
    talked_s = max(0.0, party.ended_at - party.answered_at)
    record = party.script.record
    return {
        "outcome": party.outcome,
        "talked_s": round(talked_s, 2),
        "record": str(record) if record else None,
    }


def _arguments(command: Command) -> Mapping[str, Any]:
    return {name: getattr(command, name) for name in type(command).model_fields if name != "do"}


def _line(line: ExchangeLine) -> Answer:
    return {
        "state": line.state,
        "number": line.options.number,
        "far_end": line.party.number if line.party else None,
        "box_off_hook": line.was_off_hook,
        "plugged": line.is_plugged,
    }


def _phone(phone: AnalogPhone) -> Answer:
    return {"state": phone.state, "answers": phone.habit is not None, "powered": phone.pair.is_powered}
