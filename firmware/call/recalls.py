"""Parties that were left on hold: the phone that held them rings, then they go where they can be helped."""

from __future__ import annotations

from firmware.call.context import Context
from firmware.call.incoming import Incoming
from firmware.call.queueing import Queueing
from firmware.call.types import Call, Direction
from firmware.lines.types import EndReason

RECALL_S = 30.0


class Recalls:
    """The calls for which a phone is rung back."""

    def __init__(self, context: Context, queueing: Queueing, incoming: Incoming) -> None:
        self._context = context
        self._queueing = queueing
        self._incoming = incoming
        self._ports: dict[str, str] = {}  # of the phone that rings, by call

    def recall(self, call: Call, port: str) -> None:
        """Ring the phone that had the call on hold; if it cannot be rung, go on at once."""
        context = self._context
        if not self._queueing.can_ring(port):
            self.send_back(call)
            return
        context.log("call.recalled", call, phone=context.lines.phone_number(port))
        self._ports[call.id] = port
        self._queueing.ring_back(call, port, RECALL_S, lambda: self.send_back(call))

    def send_back(self, call: Call) -> None:
        """Let a caller wait again, or begin again; a call of ours ends."""
        context = self._context
        self._ports.pop(call.id, None)
        if call.direction is not Direction.IN:
            self._queueing.finish(call, EndReason.NO_ANSWER)
            return
        context.quiet(call)
        is_known = any(queue.name == call.queue for queue in context.config.queues)
        context.log("call.returned", call, queue=call.queue if is_known else "")
        call.agent = ""
        if is_known:
            self._queueing.join(call, call.queue, joined_at=call.began_at)
        else:
            self._queueing.follow(context.acd.call_ended(call.id, context.now))
            self._incoming.to_entry(call)

    def talked(self, call: Call) -> None:
        """Somebody lifted the phone: the agent there has the call again."""
        port = self._ports.pop(call.id, None)
        if port is not None and self._context.acd.talking(call.id) is None:
            self._queueing.hand_over(call, self._context.lines.phone_number(port))

    def forget(self, call: Call) -> None:
        """The call is over."""
        self._ports.pop(call.id, None)
