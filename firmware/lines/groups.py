"""Which line of a group an outgoing call takes. Pure: the settings and the state of the lines go in.

ordinary call   a free line of the groups in order, if the group is in service, has not reached its limit
                of calls, and keeps its spare lines
emergency call  any free line; if there is none, the line whose call can best be interrupted
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf

from firmware.config import channels
from firmware.config.models import OUTSIDE, Config, Span, Trunk, TrunkGroup
from firmware.text import Text

_TITLE = Text(zh="外线", en="Outside lines")


class Harm(IntEnum):
    """What would be lost if an emergency call took this line; the least goes first.

    An outgoing call comes before any incoming one: an exchange lets go of a line at once when the one who
    dialled hangs up, but may hold it for a minute when only the one who was called does.
    """

    DIALLING = 1  # somebody of ours dials or hears ringback
    OUTGOING_TALK = 2
    MENU = 3  # a caller hears a menu or leaves a message
    WAITING = 4  # a caller waits in a queue, or hears an agent being rung
    TALK = 5  # a caller talks to somebody
    NEVER = 9  # an emergency call, or a line that cannot be taken: it rings, or is out of service


@dataclass(frozen=True, slots=True)
class LineView:
    """What the choice knows of a line.

    is_free    a call can be placed now
    is_resting it works, but is switched off or its group is: only an emergency call may take it
    is_out     it carries an outgoing call
    calls      outgoing calls it has carried
    harm       see `Harm`
    since_s    when its call began
    """

    is_free: bool
    is_resting: bool = False
    is_out: bool = False
    calls: int = 0
    harm: Harm = Harm.NEVER
    since_s: float = 0.0


Views = Mapping[str, LineView]


def groups_of(config: Config) -> dict[str, TrunkGroup]:
    """Give all groups by name, with the built-in `outside`; a span stands as its channels."""
    settings: list[Trunk | Span] = [*config.trunks, *config.spans]
    lines = [line.port for line in settings if line.outgoing]
    built_in = TrunkGroup.model_construct(name=OUTSIDE, title=_TITLE, members=tuple(lines))
    found = {OUTSIDE: built_in, **{group.name: group for group in config.groups}}
    return {
        name: group.model_copy(update={"members": _lines(group, config)}) for name, group in found.items()
    }


def _lines(group: TrunkGroup, config: Config) -> tuple[str, ...]:
    """Give the lines of a group one by one; the channels of a span are tried in the span's own order."""
    spans = {span.port: span for span in config.spans}
    found: list[str] = []
    for member in group.members:
        span = spans.get(member)
        if span is None:
            found.append(member)
            continue
        own = [channels.line(member, timeslot) for timeslot in channels.parse(span.channels)]
        # a descending group is read from its end
        is_turned = (span.hunting == "descending") is not (group.order == "descending")
        found += reversed(own) if is_turned else own
    return tuple(found)


def for_call(
    groups: Iterable[TrunkGroup], views: Views, *, tried: frozenset[str] = frozenset()
) -> str | None:
    """Choose a line for an ordinary call.

    groups  in the order they are to be tried
    tried   lines that have just proved useless
    """
    return next((port for group in groups for port in _open_lines(group, views) if port not in tried), None)


def for_emergency(
    groups: Sequence[TrunkGroup], views: Views, *, tried: frozenset[str] = frozenset()
) -> str | None:
    """Choose a line for an emergency call: free ones of the groups, then any other, then one that is taken.

    gives  a line that is free or that must be freed first; None if no line works at all
    """
    members = [port for group in groups for port in _ordered(group, views)]
    ports = [port for port in dict.fromkeys([*members, *views]) if port not in tried]
    free = [port for port in ports if views[port].is_free]
    resting = [port for port in ports if views[port].is_resting]
    return next(iter([*free, *resting]), None) or least_harm(views, tried)


def least_harm(views: Views, tried: frozenset[str] = frozenset()) -> str | None:
    """Choose the line whose call can best be interrupted: by `Harm`, then the call that began last."""
    takable = [port for port, view in views.items() if view.harm is not Harm.NEVER and port not in tried]
    return min(takable, key=lambda port: (views[port].harm, -views[port].since_s), default=None)


def _open_lines(group: TrunkGroup, views: Views) -> list[str]:
    members = [views[port] for port in group.members if port in views]
    n_free = sum(view.is_free for view in members)
    n_out = sum(view.is_out for view in members)
    is_full = n_out >= (group.max_calls or inf)
    if group.service != "in-service" or is_full or n_free <= group.spare_for_emergency:
        return []
    return [port for port in _ordered(group, views) if views[port].is_free]


def _ordered(group: TrunkGroup, views: Views) -> list[str]:
    members = [port for port in group.members if port in views]
    if group.order == "descending":
        members.reverse()  # incoming calls find the first lines free
    if group.order == "least-used":
        members.sort(key=lambda port: views[port].calls)
    return members


def service_of(port: str, groups: Iterable[TrunkGroup]) -> str:
    """Give the state a line has by its groups: the most restricted of them."""
    names = {port, channels.span_of(port)}
    found = {group.service for group in groups if names & set(group.members)}
    return next((state for state in ("out-of-service", "drain") if state in found), "in-service")
