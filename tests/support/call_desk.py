"""A small office for tests of the call machine: two lines, three phones, two agents; lines answer at once."""

from __future__ import annotations

from collections.abc import Callable

from firmware.call import types as call
from firmware.call.switchboard import Switchboard
from firmware.config.models import Agent, Config, Menu, Phone, Queue, Trunk
from firmware.ids import SeededIds
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.phone import PhoneLine
from firmware.lines.trunk import TrunkLine
from firmware.media import actions
from firmware.media.types import AnswerHeard, DialEnded, DigitHeard, PlayEnded, ToneHeard
from firmware.text import Text
from hal import types as hal

CONFIG = Config(
    trunks=(Trunk(port="fxo1", number="65510000"), Trunk(port="fxo2")),
    phones=tuple(Phone(port=f"fxs{n}", number=f"80{n}") for n in (1, 2, 3)),
    agents=tuple(Agent(number=f"100{n}", name=Text(zh="坐席", en="Agent"), queues=("info",)) for n in (1, 2)),
    queues=(Queue(name="info", title=Text(zh="咨询", en="Information"), announce_every_s=0),),
    menus=(
        Menu(
            name="main",
            title=Text(zh="总菜单", en="Main"),
            keys={"1": "queue:info", "2": "phone:803", "3": "message:info"},
        ),
    ),
)


class Desk:
    """The call machine with lines and phones around it; remembers what was asked for."""

    def __init__(
        self,
        config: Config = CONFIG,
        *,
        is_open: bool = True,
        has_messages: Callable[[str], bool] = lambda box: False,
    ) -> None:
        self.lines = Lines(config)
        self.trunks = {f"fxo{n}": TrunkLine(f"fxo{n}", n - 1) for n in (1, 2)}
        self.lines.trunks.update(self.trunks)
        for n in (1, 2, 3):
            self.lines.phones[f"fxs{n}"] = PhoneLine(f"fxs{n}", n + 3)
        self.board = Switchboard(
            config, 1, self.lines, SeededIds(1), lambda hours: is_open, has_messages=has_messages
        )
        self.now = 0.0
        self.done: list[call.Action] = []
        self.plays: dict[int, int] = {}  # what each channel plays now
        for name in (*self.lines.trunks, *self.lines.phones):
            self.hardware(hal.PortUp(name, 0.0))

    def hardware(self, event: hal.Event) -> None:
        trunk = self.trunks.get(event.port)
        self._run(trunk.handle(event, self.now) if trunk else self.lines.phones[event.port].handle(event))

    def media(self, event: ToneHeard | DialEnded) -> None:
        """Something was heard on a line."""
        trunk = self.lines.trunks[self.lines.port(event.channel) or ""]
        self._run(trunk.heard(event, self.now))

    def answer_heard(self, port: str) -> None:
        """Somebody says hello on a line that was dialled on."""
        self._run(self.lines.trunks[port].heard(AnswerHeard(self.lines.channel(port)), self.now))

    def _run(self, items: list[line.Out] | list[call.Action]) -> None:
        work: list[object] = list(items)
        while work:
            item = work.pop(0)
            work += self._carry_out(item)

    def _carry_out(self, item: object) -> list[object]:
        if isinstance(item, line.LineEvent):
            return list(self.board.handle(item, self.now))
        if isinstance(item, line.Seize):
            return list(self.trunks[item.port].handle(hal.LineReady(item.port, self.now), self.now))
        if isinstance(item, call.Action):
            self.done.append(item)
        match item:
            case call.AnswerTrunk(port=port):
                return list(self.lines.trunks[port].answer(self.now))
            case call.HangUpTrunk(port=port):
                return list(self.lines.trunks[port].hang_up(self.now))
            case call.CallTrunk(port=port, number=number):
                return list(self.lines.trunks[port].call(number, self.now))
            case call.RingPhone(port=port):
                return list(self.lines.phones[port].ring((1000, 4000)))
            case call.StopRingPhone(port=port):
                return list(self.lines.phones[port].stop_ring())
            case call.PhoneLeftOff(port=port):
                return list(self.lines.phones[port].left_off())
            case actions.Play(channel=channel, play_id=play_id):
                self.plays[channel] = play_id
        return []

    # ---- what people do ------------------------------------------------------------------------

    def ring(self, port: str = "fxo1") -> None:
        """A call comes in and is answered (no caller ID: at the second ring)."""
        for event in (hal.RingStarted, hal.RingStopped, hal.RingStarted):
            self.hardware(event(port, self.now))

    def key(self, port: str, keys: str) -> None:
        for key in keys:
            self._run(self.board.handle(DigitHeard(self.lines.channel(port), key, -10.0), self.now))

    def played(self, port: str) -> None:
        """What the port hears now has come to its end."""
        self._run(
            self.board.handle(
                PlayEnded(self.lines.channel(port), self.plays[self.lines.channel(port)]), self.now
            )
        )

    def lift(self, port: str) -> None:
        self.hardware(hal.OffHook(port, self.now))

    def flash(self, port: str) -> None:
        self.hardware(hal.HookFlash(port, self.now))

    def put_down(self, port: str) -> None:
        self.hardware(hal.OnHook(port, self.now))

    def login(self, port: str, agent: str) -> None:
        """By the phone's code."""
        self.lift(port)
        self.key(port, f"*11{agent}#")
        self.put_down(port)

    def caller_hangs_up(self, port: str = "fxo1") -> None:
        self.hardware(hal.LoopDropped(port, self.now))

    def agent(self, do: str, agent: str) -> None:
        """`pause`, `ready` or `logout`, as at the web desk."""
        self._run(self.board.agent(lambda acd, now: getattr(acd, do)(agent, now), self.now))

    def end_all(self) -> None:
        """As the operator does, one call after the other."""
        while self.board.calls:
            self._run(self.board.hang_up(next(iter(self.board.calls)), self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass; all deadlines are kept in their order."""
        until = self.now + seconds
        while True:
            trunks = [trunk.deadline() for trunk in self.trunks.values()]
            due = [at for at in (self.board.deadline(), *trunks) if at is not None and at <= until]
            if not due:
                break
            self.now = max(self.now, min(due))
            for trunk in self.trunks.values():
                self._run(trunk.tick(self.now))
            self._run(self.board.tick(self.now))
        self.now = until

    # ---- what was seen -------------------------------------------------------------------------

    def logs(self) -> list[str]:
        return [item.kind for item in self.done if isinstance(item, call.Log)]

    def log(self, kind: str) -> call.Log:
        return [item for item in self.done if isinstance(item, call.Log) and item.kind == kind][-1]

    def finished(self) -> list[call.Call]:
        return [item.call for item in self.done if isinstance(item, call.Finished)]

    def only_call(self) -> call.Call:
        (found,) = self.board.calls.values()
        return found
