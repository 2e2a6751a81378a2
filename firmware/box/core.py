"""The box as the API sees it: the live picture, commands with their audit, and the stores behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from firmware.acd.acd import Acd
from firmware.acd.types import Action
from firmware.api import core as api
from firmware.api.core import Actor, Command, JsonObject, Refused
from firmware.api.records import StoreRecords
from firmware.api.settings import StoreSettings
from firmware.api.snapshot import QualityPart, Snapshot
from firmware.box import span_snapshot
from firmware.box.box import Box
from firmware.box.doctor import BoxDoctor
from firmware.box.prompts import BUSY, BoxPrompts
from firmware.box.refusals import NO_AGENT, NO_CALL, NO_GROUP, NO_LINE, NO_PHONE, NO_SPAN, refusing
from firmware.box.snapshot import picture
from firmware.config.models import Config
from firmware.secrets import SecretStore


class BoxCore:
    """Implements `firmware.api.core.Core`.

    address  of the web page, as people type it
    """

    def __init__(self, box: Box, secrets: SecretStore, folder: Path, address: str) -> None:
        self.box = box
        now = box.parts.clock.now
        self.settings: api.Settings = StoreSettings(box.parts.store, now)
        self.secrets = secrets
        self.records: api.Records = StoreRecords(box.parts.records, folder, now)
        self.prompts: api.Prompts = BoxPrompts(box, folder)
        self.doctor: api.Doctor = BoxDoctor(box, folder, self._wake)
        self.address = address
        self.on_command: Callable[[], None] = _nothing
        box.parts.store.on_commit(self._committed)

    def _wake(self) -> None:
        self.on_command()  # the shell sets it later

    def snapshot(self) -> Snapshot:
        """Give the live picture."""
        return picture(self.box, self.box.parts.clock.now(), self.address, self.secrets.is_set_up())

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Tell of every change."""
        self.box.listeners.change.append(callback)
        return lambda: self.box.listeners.change.remove(callback)

    def command(self, command: Command, actor: Actor) -> None:
        """Carry out a command; what came of it stands in the audit."""
        name = type(command).__name__
        args: JsonObject = {field: getattr(command, field) for field in command.__slots__}
        try:
            self._carry_out(command)
        except Refused as error:
            self._audit(actor, name, args, error.code)
            raise
        self._audit(actor, name, args, "done")
        self.on_command()

    def audit(self, actor: Actor, action: str, detail: JsonObject) -> None:
        """Note what a face did."""
        self._audit(actor, action, detail, "done")

    def _audit(self, actor: Actor, action: str, detail: JsonObject, result: str) -> None:
        now = self.box.parts.clock.now()
        args = cast("dict[str, JsonValue]", dict(detail))
        self.box.parts.records.audit(actor.name, actor.role.value, action, args, result, now)

    def _carry_out(self, command: Command) -> None:
        match command:
            case api.AgentLogin(agent=agent, phone=phone):
                self._need_phone(phone)
                self._agent(agent, lambda acd, now: acd.login(agent, phone, now))
            case api.AgentLogout(agent=agent):
                self._agent(agent, lambda acd, now: acd.logout(agent, now))
            case api.AgentPause(agent=agent):
                self._agent(agent, lambda acd, now: acd.pause(agent, now))
            case api.AgentReady(agent=agent):
                self._agent(agent, lambda acd, now: acd.ready(agent, now))
            case api.HangUp(call=call):
                self._hang_up(call)
            case api.SetLineService(port=port, is_in_service=is_in_service):
                self._line_service(port, is_in_service)
            case api.SetGroupService(group=group, service=service):
                self._group_service(group, service)
            case api.RestartSpan(port=port):
                self._restart_span(port)
            case api.RingPhone(phone=phone):
                self._ring(phone)

    def _agent(self, agent: str, change: Callable[[Acd, float], list[Action]]) -> None:
        if not self.box.switchboard.acd.knows_agent(agent):
            raise Refused("unknown-agent", NO_AGENT, "agent")
        self.box.change_agents(change)

    def _need_phone(self, phone: str) -> None:
        if not any(known.number == phone for known in self.box.config.phones):
            raise Refused("unknown-phone", NO_PHONE, "phone")

    def _hang_up(self, call: str) -> None:
        with refusing(KeyError, "unknown-call", NO_CALL, "call"):
            self.box.hang_up(call)

    def _line_service(self, port: str, is_in_service: bool) -> None:
        with refusing(KeyError, "unknown-line", NO_LINE, "port"):
            self.box.set_line_service(port, is_in_service)

    def _group_service(self, group: str, service: str) -> None:
        with refusing(KeyError, "unknown-group", NO_GROUP, "group"):
            self.box.set_group_service(group, service)

    def _restart_span(self, port: str) -> None:
        with refusing(KeyError, "unknown-span", NO_SPAN, "port"):
            self.box.spans.restart(port, self.box.take_time())

    def span_history(self, port: str) -> list[QualityPart]:
        """Give the error seconds of a span by quarters of an hour."""
        with refusing(KeyError, "unknown-span", NO_SPAN, "port"):
            return span_snapshot.history(self.box, port)

    def _ring(self, phone: str) -> None:
        self._need_phone(phone)
        with refusing(ValueError, "phone-busy", BUSY, "phone"):
            self.box.test_ring(phone)

    def _committed(self, config: Config, revision: int) -> None:
        self.box.reconfigure()
        self.on_command()


def _nothing() -> None:
    """Nobody wants to know."""
