"""What must be so when nobody calls: nothing seized, nothing open, nobody stuck, no alarm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from firmware.acd.types import AgentState
from firmware.lines.types import LineState, PhoneState
from firmware.spans.bearer import Stage
from firmware.spans.pri import PriSignalling
from tools.emulator.line import LineState as FarLineState
from tools.emulator.span.channel import ChannelState
from tools.emulator.span.isdn import IsdnExchange
from tools.virtual import VirtualBox

AT_EASE = frozenset({AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT})


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something is not as it must be; `line` names whose events tell why."""

    line: str
    text: str
    at: float = inf

    def __str__(self) -> str:
        return f"{self.line or 'box'}: {self.text}"


def complaints(box: VirtualBox) -> list[Complaint]:
    """Give all that is not idle."""
    parts = (_calls, _lines, _phones, _agents, _sound, _signalling, _exchange, _alarms)
    return [complaint for part in parts for complaint in part(box)]


def _calls(box: VirtualBox) -> Iterator[Complaint]:
    for call in box.box.switchboard.calls.values():
        ports = " ".join(leg.port for leg in call.legs if leg.ended_at is None)
        yield Complaint(
            call.line, f"call of {call.caller or 'nobody'} to {call.called} is {call.state.value} on {ports}"
        )
    board = box.box.switchboard
    for name, left in (
        ("menus", board._incoming._sessions),
        ("timers of callers", board._incoming._timers),
        ("attempts to dial", board._outgoing._attempts),
        ("offers to phones", board._queueing._offers),
        ("phones rung", board._queueing._direct),
        ("prompts in queues", board._queueing._spoken),
        ("prompts", board._context._plays),
        ("phones in use", board._phones._sessions),
    ):
        if left:
            yield Complaint("", f"{len(left)} {name} are left over: {list(left)[:5]}")


def _lines(box: VirtualBox) -> Iterator[Complaint]:
    for span in box.box.spans.all.values():
        for bearer in span.used().values():
            if bearer.stage is not Stage.IDLE or bearer.is_open or bearer.call_id:
                why = bearer.reason.en if bearer.reason else ""
                yield Complaint(
                    bearer.port,
                    f"channel is {bearer.stage.name}, call {bearer.call_id}, open {bearer.is_open} {why}",
                )
    for name, trunk in box.box.lines.trunks.items():
        if trunk.state is not LineState.IDLE:
            yield Complaint(name, f"line is {trunk.state.value}")


def _phones(box: VirtualBox) -> Iterator[Complaint]:
    for name, phone in box.box.lines.phones.items():
        if phone.state is not PhoneState.ON_HOOK:
            yield Complaint(name, f"phone is {phone.state.value}")


def _agents(box: VirtualBox) -> Iterator[Complaint]:
    acd = box.box.switchboard.acd
    for agent in acd.agents():
        if agent.state not in AT_EASE:
            yield Complaint("", f"agent {agent.agent} is {agent.state.value}")
    for queue in box.box.config.queues:
        if waiting := acd.waiting(queue.name):
            yield Complaint("", f"{len(waiting)} wait in the queue {queue.name}: {waiting}")


def _sound(box: VirtualBox) -> Iterator[Complaint]:
    engine, media, recordings = box.box.parts.engine, box.box.media, box.box.recordings
    for name, left in (
        ("channels open", engine._open),
        ("channels open for the box", media._open),
        ("seats in mixers", engine._seats),
        ("channels recorded", media.recorded_channels),
        ("recordings running", recordings._running),
    ):
        if left:
            places = [box.box.lines.port(one) if isinstance(one, int) else one for one in left]
            yield Complaint(str(places[0]), f"{len(left)} {name}: {places[:9]}")
    mixers = len(box.box.switchboard._context._mixers)
    if mixers != 64:
        yield Complaint("", f"{64 - mixers} mixers are taken")


def _signalling(box: VirtualBox) -> Iterator[Complaint]:
    for span in box.box.spans.all.values():
        signalling = span.signalling
        if isinstance(signalling, PriSignalling):
            if not signalling.is_up:
                yield Complaint(span.port, "the data link is down")
            left = [signalling._calls, signalling._offers, signalling._in_band, signalling._yielded]
            calls = getattr(signalling.link, "calls", {})
            if any(left) or calls:
                yield Complaint(span.port, f"calls are left in the signalling: {left}, in the link: {calls}")
        elif signalling is not None:
            for timeslot, circuit in getattr(signalling, "_circuits", {}).items():
                if not circuit.is_free:
                    yield Complaint(f"{span.port}-{timeslot}", f"circuit is {circuit.state}")


def _exchange(box: VirtualBox) -> Iterator[Complaint]:
    for span, end in box.world.spans.items():
        for channel in end.channels.values():
            if channel.state is not ChannelState.IDLE or channel.leg is not None:
                yield Complaint(channel.name, f"the exchange's channel is {channel.state.value}")
        signalling = end.signalling
        if isinstance(signalling, IsdnExchange):
            calls = getattr(signalling._link, "calls", {})
            if signalling._legs or calls:
                yield Complaint(span, f"the exchange has calls left: {list(signalling._legs)}, link {calls}")
        else:
            for slot, circuit in getattr(signalling, "_circuits", {}).items():
                if not circuit.machine.is_free:
                    yield Complaint(f"{span}-{slot}", f"the exchange's circuit is {circuit.machine.state}")
    for line in box.world.lines.values():
        if line.state is not FarLineState.IDLE:
            yield Complaint(line.name, f"the exchange's line is {line.state.value}")


def _alarms(box: VirtualBox) -> Iterator[Complaint]:
    for alarm in box.box.alarms.all():
        yield Complaint(alarm.code, f"alarm {alarm.code}: {alarm.text.en}")
