"""People in the office: agents who answer (or do not), others who dial out, in, and to the police."""

from __future__ import annotations

import random
from functools import partial

from firmware.api.core import AgentLogin, AgentLogout, AgentPause, AgentReady, Command, Refused
from tools.emulator.event import WorldError
from tools.emulator.phone import PhoneState
from tools.emulator.timers import Timers
from tools.soak.office import AGENTS, PHONES, Office
from tools.virtual import VirtualBox

EMERGENCY = ("110", "119", "120")
KEY_S = 0.06
DOWN_S = 1.0  # a handset that is lifted sooner was a hook flash, and gives the call away
CAUSES = (1, 3, 18, 19, 20, 21, 22, 27, 28, 34, 38, 41, 42, 47, 127)  # of an exchange that refuses a call


class Desks:
    """Hands and habits at all phones."""

    def __init__(self, box: VirtualBox, office: Office, rng: random.Random, timers: Timers) -> None:
        self.count = 0  # calls that were dialled to the end
        self.is_working = False
        self._box = box
        self._rng = rng
        self._timers = timers
        self._agents = office.phones[:AGENTS]
        self._diallers = office.phones[AGENTS:]
        self._numbers = 0
        for number in EMERGENCY:
            box.world.subscriber(number, answers_after_s=1.0, hangs_up_after_s=3.0)

    def work(self) -> None:
        """Begin."""
        self.is_working = True
        now = self._box.world.now
        for phone in self._agents:
            self._timers.set(now + self._rng.uniform(0, 2), partial(self._think, phone))
        for phone in self._diallers:
            self._timers.set(now + self._rng.uniform(0, 4), partial(self._turn, phone))

    def rest(self) -> None:
        """Let agents answer a last time, and nobody begin anything."""
        self.is_working = False
        for place, phone in enumerate(self._agents):
            self._box.world.answer(phone, after_s=0.5, hang_up_after_s=2.0)
            self._tell(AgentLogin(str(1001 + place), str(801 + place)))

    def lay_down(self) -> None:
        """Put every handset back and answer no more."""
        for name, phone in self._box.world.phones.items():
            self._box.world.ignore(name)
            if phone.state is PhoneState.OFF_HOOK:
                self._hang(name, self._box.world.now)

    # ---- agents --------------------------------------------------------------------------------

    def _think(self, phone: str, now: float) -> None:
        """Change a habit, or the agent's state."""
        if not self.is_working:
            return
        rng, world = self._rng, self._box.world
        if rng.random() < 0.15:
            world.ignore(phone)
        else:
            on_busy = rng.random() < 0.9
            world.answer(
                phone,
                after_s=rng.uniform(0.05, 3),
                hang_up_after_s=rng.uniform(0.5, 7),
                hangs_up_on_busy=on_busy,
            )
        if rng.random() < 0.2:
            self._change_agent(self._agents.index(phone))
        self._timers.set(now + rng.uniform(2, 10), partial(self._think, phone))

    def _change_agent(self, place: int) -> None:
        agent, own = str(1001 + place), str(801 + place)
        command = self._rng.choice(
            (
                AgentPause(agent),
                AgentReady(agent),
                AgentLogout(agent),
                AgentLogin(agent, own),
                AgentLogin(agent, own),
            )
        )
        self._tell(command)

    def _tell(self, command: Command) -> None:
        try:
            self._box.command(command)
        except Refused:
            pass  # the agent is not logged in, or has no pause

    # ---- those who dial ------------------------------------------------------------------------

    def _turn(self, phone: str, now: float) -> None:
        """Lift the handset, for whatever comes of it; somebody may be calling."""
        if not self.is_working:
            return
        phone_there = self._box.world.phones[phone]
        state = phone_there.state
        if now < phone_there.hung_up_at + DOWN_S:
            self._timers.set(phone_there.hung_up_at + DOWN_S, partial(self._turn, phone))
            return
        if state is PhoneState.OFF_HOOK:
            self._hang(phone, now)
        else:
            was_ringing = state is PhoneState.RINGING
            self._box.world.lift(phone)
            if was_ringing:
                self._timers.set(now + self._rng.uniform(0.1, 5), partial(self._hang, phone))
            else:
                self._timers.set(now + self._rng.uniform(0.4, 0.9), partial(self._dial, phone))
        self._timers.set(now + self._rng.uniform(8, 14), partial(self._turn, phone))

    def _dial(self, phone: str, now: float) -> None:
        digits, lasts_s = self._wish(phone)
        try:
            self._box.world.dial(phone, digits, on_s=KEY_S, off_s=KEY_S)
        except WorldError:
            return  # was hung up meanwhile
        dialled_at = now + len(digits) * 2 * KEY_S
        is_impatient = self._rng.random() < 0.15
        if is_impatient:
            self._timers.set(now + self._rng.uniform(0, dialled_at - now), partial(self._hang, phone))
            return
        self.count += 1
        self._timers.set(dialled_at + lasts_s, partial(self._hang, phone))

    def _wish(self, phone: str) -> tuple[str, float]:
        """Give what is dialled, and how long after the last digit the phone is hung up."""
        rng = self._rng
        lasts_s = rng.choice((0.05, 0.5, 1.5, 3.0, 5.0, 6.5)) * rng.uniform(0.8, 1.2)
        match rng.choices(("out", "inside", "emergency", "code"), (82, 12, 2, 4))[0]:
            case "inside":
                return str(801 + rng.randrange(PHONES)), lasts_s
            case "emergency":
                return rng.choice(EMERGENCY), lasts_s
            case "code":
                return rng.choice(("*12", "*13", "*14", "*119999#", "55")), lasts_s
        return "9" + self._subscriber(), lasts_s

    def _subscriber(self) -> str:
        """Make somebody to be called, who answers in some way."""
        rng, world = self._rng, self._box.world
        self._numbers += 1
        number = f"139{self._numbers:08d}"
        kind = rng.choices(("answers", "never", "busy", "refused"), (60, 12, 10, 18))[0]
        world.subscriber(
            number,
            answers_after_s=rng.uniform(0.01, 3) if kind == "answers" else None,
            busy=kind == "busy",
            cause=rng.choice(CAUSES) if kind == "refused" else 0,
            hangs_up_after_s=rng.uniform(0.01, 6) if rng.random() < 0.6 else None,
        )
        self._timers.set(world.now + 60, partial(self._forget, number))
        return number

    def _forget(self, number: str, _now: float) -> None:
        self._box.world.exchange_office.subscribers.pop(number, None)

    def _hang(self, phone: str, _now: float) -> None:
        if self._box.world.phones[phone].state is PhoneState.OFF_HOOK:
            self._box.world.hang(phone)
