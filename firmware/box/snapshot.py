"""The live picture of the box for all its faces."""

from __future__ import annotations

from collections.abc import Mapping

from firmware import __version__
from firmware.acd.types import AgentState
from firmware.api import snapshot as shape
from firmware.box import span_snapshot
from firmware.box.box import Box
from firmware.call.sound import ADVICE, Trouble
from firmware.call.types import Call, CallState
from firmware.config import channels
from firmware.text import Text

CONSULTING = "consulting"  # a talk for which another party is on hold


def picture(box: Box, now: float, address: str, setup_done: bool) -> shape.Snapshot:
    """Draw the picture of this moment.

    address  where the web page is, as people type it
    """
    calls = {leg.port: call for call in box.switchboard.calls.values() for leg in call.here}
    return {
        "box": _box(box, now, address, setup_done),
        "lines": [_line(box, port, calls) for port in box.lines.trunks if not channels.span_of(port)],
        "spans": span_snapshot.spans(box, calls, now),
        "phones": [_phone(box, port) for port in box.lines.phones],
        "queues": [_queue(box, name, now) for name in [queue.name for queue in box.config.queues]],
        "agents": [_agent(box, agent.number, now) for agent in box.config.agents],
        "calls": [_call(box, call, now) for call in box.switchboard.calls.values()],
    }


def _text(text: Text | None) -> shape.TextJson | None:
    return None if text is None else {"zh": text.zh, "en": text.en}


def _both(text: Text) -> shape.TextJson:
    return {"zh": text.zh, "en": text.en}


def _box(box: Box, now: float, address: str, setup_done: bool) -> shape.BoxPart:
    return {
        "id": box.parts.box_id,
        "version": __version__,
        "language": box.config.site.language.value,
        "started_utc": box.started_utc.isoformat(),
        "uptime_s": round((box.parts.clock.utc() - box.started_utc).total_seconds(), 1),
        "revision": box.parts.store.revision,
        "address": address,
        "setup_done": setup_done,
        "alarms": [
            {"code": alarm.code, "text": _both(alarm.text), "since_utc": alarm.since_utc.isoformat()}
            for alarm in box.alarms.all()
        ],
    }


def _line(box: Box, port: str, calls: Mapping[str, Call]) -> shape.LinePart:
    trunk = box.lines.trunks[port]
    settings = next((trunk for trunk in box.config.trunks if trunk.port == port), None)
    call = calls.get(port)
    return {
        "port": port,
        "name": settings.name if settings else "",
        "number": settings.number if settings else "",
        "state": trunk.state.value,
        "groups": [name for name, group in box.lines.groups().items() if port in group.members],
        "is_draining": trunk.is_draining,
        "reason": _text(trunk.reason),
        "caller": (call.caller or None) if call else None,
        "call": call.id if call else None,
    }


def _phone(box: Box, port: str) -> shape.PhonePart:
    number = box.lines.phone_number(port)
    agents = box.switchboard.acd.agents()
    return {
        "port": port,
        "number": number,
        "name": next((phone.name for phone in box.config.phones if phone.port == port), ""),
        "state": box.lines.phones[port].state.value,
        "reason": _text(box.lines.phones[port].reason),
        "agent": next((view.agent for view in agents if number and view.phone == number), None),
    }


def _queue(box: Box, name: str, now: float) -> shape.QueuePart:
    acd = box.switchboard.acd
    queue = next(queue for queue in box.config.queues if queue.name == name)
    ready = sum(
        view.state is AgentState.READY and not view.is_phone_busy and name in agent.queues
        for view in acd.agents()
        for agent in box.config.agents
        if agent.number == view.agent
    )
    return {
        "name": name,
        "title": _both(queue.title),
        "waiting": [
            {
                "call": waiting.call,
                "caller": _caller(box, waiting.call),
                "position": position,
                "waited_s": round(now - waiting.joined_at, 1),
            }
            for position, waiting in enumerate(acd.waiting(name), 1)
        ],
        "agents_ready": ready,
        "today": box.today.counts(name, box.zone),
    }


def _caller(box: Box, call_id: str) -> str | None:
    call = box.switchboard.calls.get(call_id)
    return (call.caller or None) if call else None


def _agent(box: Box, number: str, now: float) -> shape.AgentPart:
    settings = next(agent for agent in box.config.agents if agent.number == number)
    view = next((view for view in box.switchboard.acd.agents() if view.agent == number), None)
    return {
        "number": number,
        "name": _both(settings.name),
        "state": view.state.value if view else AgentState.LOGGED_OUT.value,
        "phone": view.phone if view else None,
        "since_s": round(now - max(view.since, box.started_at), 1) if view else 0.0,
        "call": view.call if view else None,
    }


def _call(box: Box, call: Call, now: float) -> shape.CallPart:
    return {
        "call": call.id,
        "contact": call.contact,
        "direction": call.direction.value,
        "caller": call.caller or None,
        "called": call.called or None,
        "state": CONSULTING if call.consults_for and call.state is CallState.TALKING else call.state.value,
        "queue": call.queue or None,
        "agent": call.agent or None,
        "line": call.line or None,
        "party": next((leg.sound.answered_by for leg in call.here if leg.sound.answered_by), None),
        "sound": sound_of(call, now),
        "started_utc": box.parts.clock.utc_at(call.began_at).isoformat(),
        "duration_s": round(now - call.began_at, 1),
    }


def sound_of(call: Call, now: float) -> shape.SoundPart | None:
    """Give the worst that is wrong with a call's outside lines."""
    found = [leg.sound.trouble for leg in call.here if leg.sound.trouble is not None]
    if not found:
        return None
    trouble, at = min(found, key=lambda one: list(Trouble).index(one[0]))
    return {
        "trouble": trouble.value,
        "since_s": round(now - at, 1),
        "advice": _both(ADVICE[trouble]),
    }
