"""Where a circuit is in a call, and what belongs together."""

from __future__ import annotations

from enum import Enum, auto

from firmware.spans.r2.types import CircuitState


class Phase(Enum):
    """The states of `R2Channel`."""

    REST = auto()  # no call; `state` says what the channel is good for
    SEIZING = auto()
    GLARE = auto()
    TELLING = auto()
    RINGING = auto()
    TALKING = auto()
    BACK_DOUBT = auto()  # clear-back, or a unit of charge, or the handset is put aside
    CLEARING = auto()  # we send idle and wait for the far end to do so
    ASKING = auto()
    OFFERED = auto()
    GRANTING = auto()  # the verdict sounds
    ACCEPTED = auto()
    TALKED_TO = auto()
    CHARGING = auto()  # a unit of charge is being sent
    LEAVING = auto()  # the called end has refused or hung up, and waits for clear-forward
    BACK_FIRST = auto()
    GUARD = auto()


OUTGOING = frozenset({Phase.TELLING, Phase.RINGING, Phase.TALKING, Phase.BACK_DOUBT})
OFFER = frozenset({Phase.ASKING, Phase.OFFERED, Phase.GRANTING})
ANSWERED = frozenset({Phase.TALKED_TO, Phase.CHARGING})
INCOMING = OFFER | ANSWERED | {Phase.ACCEPTED, Phase.LEAVING}
BLOCKED = frozenset({CircuitState.DOWN, CircuitState.OWN_BLOCK, CircuitState.FAR_BLOCK, CircuitState.FAULTY})
