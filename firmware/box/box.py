"""The box: what the hardware and the engine say goes in, what the machines decide is carried out.

    board.service, engine events, deadlines  ->  lines  ->  switchboard  ->  media, board, records

Everything happens in `step(now)` on one thread; nothing in it waits. The daemon calls it when the engine or
the board has something to say or a deadline has come; tests call it in virtual time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from firmware import __version__, countries
from firmware.acd.acd import Acd
from firmware.acd.types import Action as AcdAction
from firmware.box.alarms import Alarms
from firmware.box.analog import Analog
from firmware.box.capture import Captures
from firmware.box.clinic import Clinic
from firmware.box.hands import Hands
from firmware.box.journal import Journal
from firmware.box.parts import Parts
from firmware.box.recordings import Recordings
from firmware.box.span_clinic import SpanClinic
from firmware.box.spans import Spans
from firmware.box.today import Today
from firmware.call import types as call
from firmware.call.switchboard import Switchboard
from firmware.config import channels
from firmware.config.models import Config
from firmware.doctor import span_words, words
from firmware.hours import opening
from firmware.lines import reasons
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.media import types as heard
from firmware.media.media import Media
from firmware.records.rows import RecordingRow
from firmware.text import Language, Text
from hal import types as hal

RECONCILE_S = 30.0  # what a lost event could leave stuck is found by then
Item = line.Out | call.Action


class Timed(Protocol):
    """What wants to be woken at times of its own."""

    def deadline(self) -> float | None: ...

    def tick(self, now: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Listeners:
    """Those who are told what happens in a box.

    silent  the engine has stopped; who can starts it again
    """

    change: list[Callable[[], None]] = field(default_factory=list)
    silent: list[Callable[[], None]] = field(default_factory=list)
    dictated: list[Callable[[call.Dictated, RecordingRow], None]] = field(default_factory=list)


class Box:
    """One call-center box."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.listeners = Listeners()
        self.holidays = parts.holidays
        self.repairs: tuple[Text, ...] = ()  # what `start` found broken and mended
        self.started_utc = parts.clock.utc()
        self.started_at = parts.clock.now()
        self._items: deque[Item] = deque()
        self._is_running = False
        self._now = 0.0
        self._reconcile_at = 0.0
        self._has_changed = False
        self._furnish()

    def _furnish(self) -> None:
        """Put the rooms together, each from those before it."""
        parts = self.parts
        self.alarms = Alarms(parts.clock)
        self.journal = Journal(parts.records, self.alarms, lambda: self._now)
        self.journal.on_log.append(self._logged)
        self.today = Today(parts.records, parts.clock)
        self.lines = Lines(self.config)
        self.switchboard = self._open_switchboard()
        self.media = self._open_media()
        alarm, log = self.journal.alarm, self.journal.log
        self.spool = parts.make_spool(finished=self._recorded, alarm=partial(alarm, "recording"))
        self.recordings = Recordings(self.media, self.spool, parts.records, self._dictated)
        self.hands = Hands(
            self.lines, self.media, self.recordings, parts.records, clock=parts.clock, ids=parts.ids
        )
        self.analog = Analog(self.lines, self.hands, run=self._run, log=log)
        self.spans = Spans(self.lines, self.hands, run=self._run, log=log, alarm=alarm)
        rooms = self.lines, self.media, self.hands, self.recordings
        self.clinic = Clinic(*rooms, executor=parts.executor, run=self._run, log=log)
        self.span_clinic = SpanClinic(self.spans, self.media, self.hands, run=self._run, log=log)
        self.captures = Captures(*rooms)
        self._lines_timed: tuple[Timed, ...] = (self.spans, self.analog)
        self._rooms_timed: tuple[Timed, ...] = (
            self.recordings, self.clinic, self.span_clinic, self.captures, parts.records,
        )  # fmt: skip

    def _open_switchboard(self) -> Switchboard:
        return Switchboard(
            self.config,
            self.parts.store.revision,
            self.lines,
            self.parts.ids,
            self._is_open,
            has_messages=self._has_messages,
        )

    def _open_media(self) -> Media:
        parts, country = self.parts, countries.load(self.config.site.country)
        return Media(
            parts.engine,
            parts.clips,
            echo_tail_ms=country.echo.tail_ms,
            complain=self.journal.prompt_missing,
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
        self._tell_repairs()
        self.started_at = now
        self.parts.records.revision = self.parts.store.revision
        self.journal.log("box.started", version=__version__)

    def _add(self, port: hal.Port) -> None:
        """Make a line, a phone or a span of a port."""
        if port.info.kind is hal.PortKind.SPAN:
            self.spans.add(cast(hal.SpanPort, port), self.parts.open_link)
        elif port.info.kind in (hal.PortKind.FXO, hal.PortKind.FXS):
            self.analog.add(port)

    def _tell_repairs(self) -> None:
        """Say what was broken on the disk and is mended."""
        mended = self.parts.repairs
        self.repairs = (*mended, *self.parts.records.repairs, *self.spool.recover())
        for text in self.repairs:
            self.journal.log("box.repaired", zh=text.zh, en=text.en)
        if mended:
            zh, en = (" ".join(getattr(text, name) for text in mended) for name in ("zh", "en"))
            self.journal.alarm("settings", Text(zh=zh, en=en))

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
            for tell in self.listeners.change:
                tell()

    def deadline(self) -> float:
        """When `step` must be called even if nothing happens."""
        rooms = (room.deadline() for room in (*self._lines_timed, *self._rooms_timed))
        times = self.parts.board.deadline(), self.switchboard.deadline(), self._reconcile_at, *rooms
        return min(at for at in times if at is not None)

    # ---- what people ask -----------------------------------------------------------------------

    def take_time(self) -> float:
        """Look at the clock between two steps: what a person asks now happens at the time it gives."""
        self._now = self.parts.clock.now()
        return self._now

    def hang_up(self, call_id: str) -> None:
        """End a call. raises KeyError if there is none."""
        self._run(self.switchboard.hang_up(call_id, self.take_time()))

    def change_agents(self, change: Callable[[Acd, float], list[AcdAction]]) -> None:
        """Log in, log out, pause; `change` is given the call distribution and the time."""
        self._run(self.switchboard.agent(change, self.take_time()))

    def dictate(self, prompt: str, language: Language, phone_number: str) -> str:
        """Record a prompt from a phone. gives the recording's id; raises ValueError if the phone is not
        free
        """
        recording, actions = self.switchboard.dictate(prompt, language, phone_number, self.take_time())
        self._run(actions)
        return recording

    def test_ring(self, phone_number: str) -> None:
        """Ring a phone for a few seconds. raises ValueError if it is not free"""
        self._run(self.switchboard.test_ring(phone_number, self.take_time()))

    def set_line_service(self, port: str, is_in_service: bool) -> None:
        """Take a line out of service until the next start, or back. raises KeyError for an unknown line"""
        place = self.spans if self.spans.knows(port) else self.analog
        place.set_service(port, is_in_service, self.take_time())

    def set_group_service(self, name: str, service: str) -> None:
        """Drain a group, take it out of service, or back, until the settings change.

        raises  KeyError for a group that is not in the settings
        """
        now = self.take_time()
        if not any(group.name == name for group in self.config.groups):
            raise KeyError(name)
        self.lines.set_group_service(name, service)
        self._set_up_lines(now)
        self.journal.log("group.service", group=name, service=service)

    def reconfigure(self) -> None:
        """Take the settings that were just committed; calls in progress go on."""
        config, now = self.config, self.take_time()
        self.parts.clips.configure(config)
        self._run(self.switchboard.reconfigure(config, self.parts.store.revision, now))
        self.parts.records.revision = self.parts.store.revision
        self.spool.min_free_mb = config.recording.min_free_mb
        self._load_tones()
        self._set_up_lines(now)
        self.hands.set_up_lines(now)
        self.journal.log("config.committed")

    def _load_tones(self) -> None:
        """Give the engine the tones that the lines of the settings need."""
        wanted = [self.lines.tones(trunk.port) for trunk in self.config.trunks]
        missing = sorted(set(self.media.load_tones(wanted)))
        self.journal.alarm("tones", reasons.no_room_for_tones(missing) if missing else None)

    def _set_up_lines(self, now: float) -> None:
        """Tell all outside lines what the settings and their groups want."""
        self.analog.configure(now)
        self.spans.configure(now)

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
        if self.spans.handle(event, self._now):
            self.span_clinic.hardware(event, self._now)
        else:
            self.analog.handle(event, self._now)
            self.clinic.hardware(event, self._now)

    def _heard(self, event: heard.MediaEvent) -> None:
        if isinstance(event, heard.BoardSilent):
            self._board_silent()
            return
        if isinstance(event, heard.FrameHeard):
            self.spans.frame(event, self._now)
            return
        port = self.lines.port(event.channel) or ""
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
        for room in self._lines_timed:
            room.tick(now)
        at = self.switchboard.deadline()
        if at is not None and at <= now:
            self._run(self.switchboard.tick(now))
        for room in self._rooms_timed:
            room.tick(now)
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
                self.journal.write(item)
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

    def _board_silent(self) -> None:
        self.journal.board(is_silent=True)
        for call_id in list(self.switchboard.calls):
            self._run(self.switchboard.hang_up(call_id, self._now, line.EndReason.PORT_FAILED))
        for tell in self.listeners.silent:
            tell()

    def _logged(self, now: float, log: call.Log) -> None:
        self._has_changed = True  # faces show the log

    def _recorded(self, row: RecordingRow) -> None:
        self.recordings.finished(row)

    def _dictated(self, dictated: call.Dictated, row: RecordingRow) -> None:
        for tell in self.listeners.dictated:
            tell(dictated, row)

    # ---- what the machines ask -----------------------------------------------------------------

    def _has_messages(self, box: str) -> bool:
        return bool(box and self.parts.records.messages(box, only_unheard=True, limit=1))

    def _is_open(self, name: str) -> bool:
        """The office is open by these hours."""
        hours = opening.named(name, self.config.hours)
        return opening.is_open(hours, self.parts.clock.utc(), self.zone, self.holidays).is_open
