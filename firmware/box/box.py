"""The box: what the hardware and the engine say goes in, what the machines decide is carried out.

    board.service, engine events, deadlines  ->  lines  ->  switchboard  ->  media, board, records

Everything happens in `step(now)` on one thread; nothing in it waits. The daemon calls it when the engine or
the board has something to say or a deadline has come; tests call it in virtual time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from firmware import __version__, countries
from firmware.acd.acd import Acd
from firmware.acd.types import Action as AcdAction
from firmware.box.alarms import Alarms
from firmware.box.capture import Captures
from firmware.box.clinic import Clinic
from firmware.box.hands import Hands
from firmware.box.recordings import Recordings
from firmware.box.span_clinic import SpanClinic
from firmware.box.spans import Spans
from firmware.box.today import Today
from firmware.call import types as call
from firmware.call.switchboard import Switchboard
from firmware.clock import Clock
from firmware.config import channels
from firmware.config.models import Config
from firmware.config.store import ConfigStore
from firmware.doctor import span_words, words
from firmware.executor import Executor
from firmware.hours import opening
from firmware.hours.table import HolidayTable
from firmware.ids import Ids
from firmware.lines import reasons, supervision
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.phone import PhoneLine
from firmware.lines.trunk import TrunkLine
from firmware.media import types as heard
from firmware.media.clips import Clips
from firmware.media.engine import Engine
from firmware.media.media import Media
from firmware.records.records import Records
from firmware.records.rows import RecordingRow
from firmware.records.spool import Spool
from firmware.spans.span import OpenLink
from firmware.text import Language, Text
from hal import types as hal

RECONCILE_S = 30.0  # what a lost event could leave stuck is found by then
Item = line.Out | call.Action


class MakeSpool(Protocol):
    """Makes the spool; finished recordings and disk trouble go to the box."""

    def __call__(
        self, *, finished: Callable[[RecordingRow], None], alarm: Callable[[Text | None], None]
    ) -> Spool: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a box is put together from."""

    box_id: str
    clock: Clock
    ids: Ids
    executor: Executor
    store: ConfigStore
    records: Records
    make_spool: MakeSpool
    board: hal.Board
    engine: Engine
    clips: Clips
    holidays: HolidayTable
    open_link: OpenLink
    repairs: tuple[Text, ...] = ()  # what was wrong with settings and secrets on the disk


class Box:
    """One call-center box."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.alarms = Alarms(parts.clock)
        self.started_utc = parts.clock.utc()
        self.started_at = parts.clock.now()
        self.lines = Lines(self.config)
        self.switchboard = Switchboard(
            self.config,
            parts.store.revision,
            self.lines,
            parts.ids,
            self._is_open,
            has_messages=self._has_messages,
        )
        self.media = self._open_media()
        self.spool = parts.make_spool(
            finished=self._recorded, alarm=lambda text: self.alarm("recording", text)
        )
        self.recordings = Recordings(self.media, self.spool, parts.records, self._dictated)
        self.hands = Hands(
            self.lines, self.media, self.recordings, parts.records, clock=parts.clock, ids=parts.ids
        )
        rooms = self.lines, self.media, self.hands, self.recordings
        self.clinic = Clinic(*rooms, executor=parts.executor, run=self._run, log=self.log)
        self.captures = Captures(*rooms)
        self.holidays = parts.holidays
        self.today = Today(parts.records, parts.clock)
        self.repairs: tuple[Text, ...] = ()  # what `start` found broken and mended
        self.on_log: list[Callable[[float, call.Log], None]] = []
        self.on_change: list[Callable[[], None]] = []
        self.on_silent: list[Callable[[], None]] = []  # the engine has stopped; who can starts it again
        self.on_dictated: list[Callable[[call.Dictated, RecordingRow], None]] = []
        self.spans = Spans(self.lines, self.hands, run=self._run, log=self.log, alarm=self.alarm)
        self.span_clinic = SpanClinic(self.spans, self.media, self.hands, run=self._run, log=self.log)
        self._analog: dict[str, TrunkLine] = {}
        self._items: deque[Item] = deque()
        self._dead_rings: set[str] = set()
        self._is_running = False
        self._now = 0.0
        self._reconcile_at = 0.0
        self._has_changed = False

    def _open_media(self) -> Media:
        parts, country = self.parts, countries.load(self.config.site.country)
        return Media(
            parts.engine, parts.clips, echo_tail_ms=country.echo.tail_ms, complain=self._prompt_missing
        )

    @property
    def config(self) -> Config:
        """The settings that are running."""
        return self.parts.store.committed

    @property
    def zone(self) -> ZoneInfo:
        """Where the office's days begin."""
        return ZoneInfo(self.config.site.timezone)

    # ---- life ----------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """Make a line of every port the board has; `parts.board` was started before."""
        self._now = now
        self.parts.clips.configure(self.config)
        for port in self.parts.board.ports.values():
            self._add(port)
        self._load_tones()
        self.hands.set_up_lines(now)
        self.spans.configure(now)
        self.repairs = (*self.parts.repairs, *self.parts.records.repairs, *self.spool.recover())
        for text in self.repairs:
            self.log("box.repaired", zh=text.zh, en=text.en)
        if self.parts.repairs:
            zh, en = (" ".join(getattr(text, name) for text in self.parts.repairs) for name in ("zh", "en"))
            self.alarm("settings", Text(zh=zh, en=en))
        self.started_at = now
        self.parts.records.revision = self.parts.store.revision
        self.log("box.started", version=__version__)

    def _add(self, port: hal.Port) -> None:
        """Make a line, a phone or a span of a port."""
        name, channel = port.info.name, port.info.timeslot
        match port.info.kind:
            case hal.PortKind.FXO:
                self.hands.fxo[name] = cast(hal.FxoPort, port)
                self._analog[name] = TrunkLine(name, channel, self._supervision(name))
                self.lines.trunks[name] = self._analog[name]
            case hal.PortKind.FXS:
                self.hands.fxs[name] = cast(hal.FxsPort, port)
                self.lines.phones[name] = PhoneLine(name, channel)
            case hal.PortKind.SPAN:
                self.spans.add(cast(hal.SpanPort, port), self.parts.open_link)

    def step(self, now: float, *, irq: bool = True) -> None:
        """Do all that is to be done now.

        irq  the board asks for service
        """
        self._now = now
        board_at = self.parts.board.deadline()
        if irq or (board_at is not None and board_at <= now):
            for event in self.parts.board.service(now):
                self._hardware(event)
        for told in self.media.events():
            self._heard(told)
        self._tick()
        if self._has_changed:
            self._has_changed = False
            for tell in self.on_change:
                tell()

    def deadline(self) -> float:
        """When `step` must be called even if nothing happens."""
        trunks = (trunk.deadline() for trunk in self._analog.values())
        phones = (handset.deadline() for handset in self.lines.phones.values())
        rest = (
            self.parts.board.deadline(),
            self.spans.deadline(),
            self.switchboard.deadline(),
            self.recordings.deadline(),
            self.parts.records.deadline(),
            self.clinic.deadline(),
            self.span_clinic.deadline(),
            self.captures.deadline(),
        )
        return min(at for at in (*trunks, *phones, *rest, self._reconcile_at) if at is not None)

    def hang_up(self, call_id: str) -> None:
        """End a call. raises KeyError if there is none."""
        self._now = self.parts.clock.now()
        self._run(self.switchboard.hang_up(call_id, self._now))

    def change_agents(self, change: Callable[[Acd, float], list[AcdAction]]) -> None:
        """Log in, log out, pause; `change` is given the call distribution and the time."""
        self._now = self.parts.clock.now()
        self._run(self.switchboard.agent(change, self._now))

    def dictate(self, prompt: str, language: Language, phone_number: str) -> str:
        """Record a prompt from a phone. gives the recording's id; raises ValueError if the phone is not
        free
        """
        self._now = self.parts.clock.now()
        recording, actions = self.switchboard.dictate(prompt, language, phone_number, self._now)
        self._run(actions)
        return recording

    def test_ring(self, phone_number: str) -> None:
        """Ring a phone for a few seconds. raises ValueError if it is not free"""
        self._now = self.parts.clock.now()
        self._run(self.switchboard.test_ring(phone_number, self._now))

    def set_line_service(self, port: str, is_in_service: bool) -> None:
        """Take a line out of service until the next start, or back. raises KeyError for an unknown line"""
        self._now = self.parts.clock.now()
        if self.spans.knows(port):
            self.spans.set_service(port, is_in_service, self._now)
            return
        trunk = self.lines.analog(port)
        service = supervision.Service.SWITCHED_OFF
        if is_in_service:
            service = supervision.Service(self.lines.group_service(port))
        self._run(trunk.configure(replace(self._supervision(port), service=service), self._now))

    def test_line(self, port: str, *, digit: str, tunes: bool) -> None:
        """Let the doctor test a line. raises KeyError for an unknown one, ValueError if it is not idle"""
        self._now = self.parts.clock.now()
        self.clinic.test(port, self._now, digit=digit, tunes=tunes)

    def learn_line(self, port: str, *, number: str) -> None:
        """Let the doctor learn a line's busy tone. raises KeyError, ValueError as `test_line`"""
        self._now = self.parts.clock.now()
        self.clinic.learn(port, self._now, number=number)

    def test_span(self, port: str, *, is_remote: bool, is_forced: bool) -> None:
        """Let the doctor test an E1. raises KeyError for an unknown one, HasCalls"""
        self._now = self.parts.clock.now()
        self.span_clinic.test(port, self._now, is_remote=is_remote, is_forced=is_forced)

    def loop_span(self, port: str, *, seconds: float, is_forced: bool) -> None:
        """Loop an E1 towards its far end, for so long. raises KeyError, HasCalls"""
        self._now = self.parts.clock.now()
        self.span_clinic.loop(port, self._now, seconds=seconds, is_forced=is_forced)

    def set_group_service(self, name: str, service: str) -> None:
        """Drain a group, take it out of service, or back, until the settings change.

        raises  KeyError for a group that is not in the settings
        """
        self._now = self.parts.clock.now()
        if not any(group.name == name for group in self.config.groups):
            raise KeyError(name)
        self.lines.set_group_service(name, service)
        self._set_up_lines()
        self.log("group.service", group=name, service=service)

    def restart_span(self, port: str) -> None:
        """Set the channels of a span that carry no call back to idle. raises KeyError"""
        self._now = self.parts.clock.now()
        self.spans.restart(port, self._now)

    def reconfigure(self) -> None:
        """Take the settings that were just committed; calls in progress go on."""
        self._now = self.parts.clock.now()
        config, now = self.config, self._now
        self.parts.clips.configure(config)
        self._run(self.switchboard.reconfigure(config, self.parts.store.revision, now))
        self.parts.records.revision = self.parts.store.revision
        self.spool.min_free_mb = config.recording.min_free_mb
        self._load_tones()
        self._set_up_lines()
        self.hands.set_up_lines(now)
        self.log("config.committed")

    def _load_tones(self) -> None:
        """Give the engine the tones that the lines of the settings need."""
        wanted = [self.lines.tones(trunk.port) for trunk in self.config.trunks]
        missing = sorted(set(self.media.load_tones(wanted)))
        self.alarm("tones", reasons.no_room_for_tones(missing) if missing else None)

    def _set_up_lines(self) -> None:
        """Tell all outside lines what the settings and their groups want."""
        for port, trunk in self._analog.items():
            self._run(trunk.configure(self._supervision(port), self._now))
        self.spans.configure(self._now)

    def end_calls(self, now: float) -> None:
        """End all calls in order; `is_clearing` until the far ends have agreed."""
        self._now = now
        for call_id in list(self.switchboard.calls):
            self._run(self.switchboard.hang_up(call_id, now, line.EndReason.SHUTDOWN))

    @property
    def is_clearing(self) -> bool:
        """A far end has not yet agreed to the end of a call."""
        return self.spans.is_busy

    def close(self, now: float) -> None:
        """End all calls in order and put everything on the disk."""
        self._now = now
        self.clinic.close(now)
        self.span_clinic.close(now)
        self.captures.close(now)
        self.end_calls(now)
        self.recordings.close(now)
        self.parts.records.close()

    # ---- in ------------------------------------------------------------------------------------

    def _hardware(self, event: hal.Event) -> None:
        trunk = self._analog.get(event.port)
        if trunk is not None:
            self._note_dead_ring(trunk, event)
            self._run(trunk.handle(event, self._now))
            self.clinic.hardware(event, self._now)
        elif self.spans.handle(event, self._now):
            self.span_clinic.hardware(event, self._now)
        elif event.port in self.lines.phones:
            self._run(self.lines.phones[event.port].handle(event))

    def _note_dead_ring(self, trunk: TrunkLine, event: hal.Event) -> None:
        """Say once that a line rings though it has no battery: such a call cannot be taken."""
        if isinstance(event, hal.LineFound):
            self._dead_rings.discard(event.port)
        is_dead = isinstance(event, hal.RingStarted) and trunk.reason == reasons.UNPLUGGED
        if is_dead and event.port not in self._dead_rings:
            self._dead_rings.add(event.port)
            self.log("line.rings-dead", port=event.port)

    def _heard(self, event: heard.MediaEvent) -> None:
        if isinstance(event, heard.BoardSilent):
            self._board_silent()
            return
        if isinstance(event, heard.FrameHeard):
            self.spans.frame(event, self._now)
            return
        port = self.lines.port(event.channel) or ""
        self._has_changed = self._has_changed or isinstance(event, heard.SILENT_NEWS)
        if isinstance(event, heard.MfHeard):
            self.spans.mf(port, event, self._now)
        trunk = self.lines.trunks.get(port)
        if self.clinic.heard(event, port, self._now):
            return
        if trunk is not None:
            is_for_line = isinstance(event, heard.DigitHeard) and trunk.takes_digits
            self._run(trunk.heard(event, self._now))
            if is_for_line:
                return
        elif port in self.lines.phones:
            self._run(self.lines.phones[port].heard(event))
        self._run(self.switchboard.handle(event, self._now))

    def _tick(self) -> None:
        now = self._now
        self.spans.tick(now)
        for trunk in self._analog.values():
            at = trunk.deadline()
            if at is not None and at <= now:
                self._run(trunk.tick(now))
        for handset in self.lines.phones.values():
            at = handset.deadline()
            if at is not None and at <= now:
                self._run(handset.tick(now))
        at = self.switchboard.deadline()
        if at is not None and at <= now:
            self._run(self.switchboard.tick(now))
        self.recordings.tick(now)
        self.clinic.tick(now)
        self.span_clinic.tick(now)
        self.captures.tick(now)
        self.parts.records.tick(now)
        if now >= self._reconcile_at:
            self._reconcile_at = now + RECONCILE_S
            self._run(self.switchboard.reconcile(now))

    # ---- out -----------------------------------------------------------------------------------

    def _run(self, items: list[line.Out] | list[call.Action]) -> None:
        """Carry out what the machines asked for, and what follows from it, in order."""
        self._items.extend(items)
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._items:
                self._carry_out(self._items.popleft())
        finally:
            self._is_running = False  # a fault in one item does not keep the others from being carried out

    def _carry_out(self, item: Item) -> None:
        now = self._now
        match item:
            case call.Log():
                self._log(item)
            case line.TrunkRecalled(port=port):
                self.clinic.stop(port, words.RECALLED, now)
                self.span_clinic.stop(channels.span_of(port), span_words.RECALLED, now)
            case call.Finished(call=ended):
                self.hands.file(item, now)
                self.today.count(ended, self.zone)
            case line.SpanTrouble() | line.SpanNoted():
                self._has_changed = True
                self.spans.said(item, now)
            case _ if isinstance(item, line.LineCommand):
                self.hands.command(item, now)
            case _ if isinstance(item, call.LineAction):
                self._items.extend(self.hands.ask_line(item, now))
            case _ if isinstance(item, call.MediaAction):
                self.hands.play(item, now, self.parts.store.revision)
            case _ if isinstance(item, call.RecordAction):
                self.hands.file(item, now)
            case _:
                self._has_changed = True
                self._items.extend(self.switchboard.handle(item, now))

    def log(self, kind: str, **data: str | int | float) -> None:
        """Write something that belongs to no call to the event log."""
        self._log(call.Log(kind, None, None, None, data))

    def _log(self, log: call.Log) -> None:
        self._has_changed = True
        data: Any = log.data
        self.parts.records.event(
            log.kind,
            self._now,
            contact=log.contact,
            call=log.call,
            leg=log.leg,
            revision=log.revision,
            language=log.language,
            **data,
        )
        for tell in self.on_log:
            tell(self._now, log)

    def alarm(self, code: str, text: Text | None) -> None:
        """Raise an alarm, or end it with None."""
        has_changed = self.alarms.clear(code) if text is None else self.alarms.raise_(code, text)
        if has_changed:
            self.log(
                "alarm.over" if text is None else "alarm.raised", code=code, text=text.en if text else ""
            )

    def _prompt_missing(self, message: str) -> None:
        text = Text(
            zh=f"提示音无法播放：{message}。请重新上传。",
            en=f"A prompt cannot be played: {message}. Upload it again.",
        )
        self.alarm("prompt", text)

    def _board_silent(self) -> None:
        text = Text(
            zh="板卡没有声音数据，所有通话已结束。设备会自动重试；几分钟后仍不恢复，请重新启动设备。",
            en="The board sends no sound; all calls were ended. The box keeps trying. "
            "If this lasts some minutes, restart it.",
        )
        self.alarm("board", text)
        for call_id in list(self.switchboard.calls):
            self._run(self.switchboard.hang_up(call_id, self._now, line.EndReason.PORT_FAILED))
        for tell in self.on_silent:
            tell()

    def sound_back(self) -> None:
        """End the alarm: the board sends sound again."""
        self.alarm("board", None)

    def fault(self, error: str) -> None:
        """Something of ours went wrong; calls go on."""
        text = Text(
            zh=f"程序内部错误：{error}。通话继续；请把日志发给我们。",
            en=f"Internal error: {error}. Calls go on; please send us the log.",
        )
        self.alarm("fault", text)

    def _recorded(self, row: RecordingRow) -> None:
        self.recordings.finished(row)

    def _dictated(self, dictated: call.Dictated, row: RecordingRow) -> None:
        for tell in self.on_dictated:
            tell(dictated, row)

    # ---- what the machines ask -----------------------------------------------------------------

    def _has_messages(self, box: str) -> bool:
        return bool(box and self.parts.records.messages(box, only_unheard=True, limit=1))

    def _is_open(self, name: str) -> bool:
        return self.hours(name, self.parts.clock.utc()).is_open

    def hours(self, name: str, utc: datetime) -> opening.Decision:
        """Say whether the office is open by these hours, and why."""
        return opening.is_open(opening.named(name, self.config.hours), utc, self.zone, self.holidays)

    def _supervision(self, port: str) -> supervision.Supervision:
        trunk = next((trunk for trunk in self.config.trunks if trunk.port == port), None)
        country = countries.load(self.config.site.country)
        return supervision.of(
            trunk,
            self.lines.group_service(port),
            dtmf_caller_id=country.caller_id.may_be_dtmf,
            flash_ms=country.flash_ms,
        )
