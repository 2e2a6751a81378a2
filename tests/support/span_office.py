"""A box on one E1 with an exchange at the far end, in virtual time, and their books side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware.config.factory import factory_config
from firmware.config.models import Config, DirectNumber, Span
from firmware.lines.types import EndReason
from firmware.spans import causes
from firmware.spans.bearer import Stage
from tools.emulator.span.channel import ChannelState
from tools.emulator.span.options import SpanOptions
from tools.virtual import Surroundings, VirtualBox

MOBILE = "13800138000"
READY_S = 6.0  # the link is up, all channels are set back
PHONES_PER_CARD = 4


def config(*, phones: int = 4, numbers: tuple[DirectNumber, ...] = (), **span: object) -> Config:
    made = factory_config(("span1", *(f"fxs{place}" for place in range(1, phones + 1))))
    settings = {"port": "span1", "number": "65510000", **span}
    return made.model_copy(update={"spans": (Span.model_validate(settings),), "numbers": numbers})


def office(folder: Path, settings: Config | None = None, *, seed: int = 0, **options: object) -> VirtualBox:
    """Start a box with an E1 card in slot 1 and as many phones as the settings have."""
    settings = settings or config()
    cards = -(-len(settings.phones) // PHONES_PER_CARD)
    spans = {"span1": SpanOptions.model_validate(options)}
    around = Surroundings(slots=("e1", *("fxs4",) * cards), spans=spans, seed=seed)
    box = VirtualBox(settings, folder, around)
    box.run_until(READY_S)
    return box


def stages(box: VirtualBox) -> dict[int, Stage]:
    return {slot: bearer.stage for slot, bearer in box.box.spans.all["span1"].used().items()}


def seized(box: VirtualBox) -> list[str]:
    """Everything that is not at rest, at either end."""
    end = box.world.spans.end("span1")
    ours = [f"box {slot}: {stage}" for slot, stage in stages(box).items() if stage is not Stage.IDLE]
    theirs = [
        f"exchange {slot}: {it.state}"
        for slot, it in end.channels.items()
        if it.state is not ChannelState.IDLE
    ]
    return [*ours, *theirs, *(f"call {call}" for call in box.box.switchboard.calls)]


def disagreements(box: VirtualBox) -> Iterator[str]:
    """Compare each record of the box with what the exchange saw: line, numbers, answer, and why it ended.

    Every caller must have a number of its own.
    """
    seen = {call.caller: call for call in box.world.spans.end("span1").calls if call.is_to_box}
    rows = {row.caller: row for row in box.box.parts.records.calls(limit=10_000) if row.direction == "in"}
    for caller, row in rows.items():
        call = seen.get(caller)
        if call is None:
            yield f"the exchange knows nothing of {caller}"
        elif row.port != f"span1-{call.channel}":
            yield f"{caller}: {row.port} in the record, channel {call.channel} at the exchange"
        elif row.end_reason not in _fitting(call.cause, call.is_ended_by_box):
            yield f"{caller}: {row.end_reason} in the record, cause {call.cause} at the exchange"
    for caller, call in seen.items():
        if caller not in rows and call.answered_at is not None:
            yield f"{caller}: the exchange saw an answer, the box has no record"


def _fitting(cause: int, is_ended_by_box: bool) -> set[str]:
    """Give what the record may say if the exchange has this cause in its book."""
    if not is_ended_by_box:
        return {causes.reason(cause).value, EndReason.CALLER_GONE.value}
    told = {reason.value for reason in EndReason if causes.told(reason) == cause}
    is_reset = cause == 41  # ended by RESTART, which tells no reason
    return told | ({EndReason.LINK_LOST.value} if is_reset else set())
