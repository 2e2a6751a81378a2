"""Carries out what the machines ask for: the one place where a decision becomes voltage, sound or a row."""

from __future__ import annotations

from firmware.box import filing
from firmware.box.recordings import Recordings
from firmware.call import types as call
from firmware.clock import Clock
from firmware.ids import Ids
from firmware.lines import phone
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.media.media import Media
from firmware.records.records import Records
from hal import types as hal


class Hands:
    """Everything a machine's wish can reach."""

    def __init__(
        self, lines: Lines, media: Media, recordings: Recordings, records: Records, *, clock: Clock, ids: Ids
    ) -> None:
        self._lines = lines
        self._media = media
        self._recordings = recordings
        self._records = records
        self._clock = clock
        self._ids = ids
        self.fxo: dict[str, hal.FxoPort] = {}
        self.fxs: dict[str, hal.FxsPort] = {}

    def command(self, item: line.LineCommand, now: float) -> None:
        """Do what a line or phone asks of its port and its channel."""
        match item:
            case line.Seize() | line.Release() | line.Ring() | line.StopRing():
                self._command_port(item, now)
            case line.Monitor() | line.Listen() | line.SendDigits():
                self._command_channel(item, now)

    def file(self, item: call.RecordAction, now: float) -> None:
        """Put a finished call or a message into the records."""
        match item:
            case call.Finished(call=ended):
                filing.file(self._records, self._clock, ended)
            case call.MessageLeft():
                filing.file_message(self._records, self._ids, self._clock, item, now)
            case call.Dictated():
                self._recordings.dictated(item)

    def play(self, item: call.MediaAction, now: float, revision: int) -> None:
        """Do what a call asks of the engine."""
        match item:
            case call.Record():
                self._recordings.begin(item, now, revision)
            case call.StopRecord():
                self._recordings.end(item)
            case _:
                self._media.do(item, now)

    def ask_line(self, action: call.LineAction, now: float) -> list[line.Out]:
        """Pass on what a call asks of a line or phone; gives what that asks in turn."""
        match action:
            case call.AnswerTrunk(port=port):
                return self._lines.trunks[port].answer(now)
            case call.CallTrunk(port=port, number=number):
                return self._lines.trunks[port].call(number, now)
            case call.HangUpTrunk(port=port):
                return self._lines.trunks[port].hang_up(now)
            case call.RingPhone(port=port, is_internal=is_internal):
                return self._lines.phones[port].ring(
                    phone.INTERNAL_CADENCE_MS if is_internal else phone.CALL_CADENCE_MS
                )
            case call.StopRingPhone(port=port):
                return self._lines.phones[port].stop_ring()

    def _command_port(
        self, command: line.Seize | line.Release | line.Ring | line.StopRing, now: float
    ) -> None:
        match command:
            case line.Seize(port=port):
                self.fxo[port].seize(now)
            case line.Release(port=port):
                self.fxo[port].release(now)
            case line.Ring(port=port, cadence_ms=cadence_ms):
                self.fxs[port].ring(cadence_ms, now)
            case line.StopRing(port=port):
                self.fxs[port].stop_ring(now)

    def _command_channel(self, command: line.Monitor | line.Listen | line.SendDigits, now: float) -> None:
        channel = self._lines.channel(command.port)
        match command:
            case line.Monitor(port=port, is_on=is_on):
                self.fxo[port].monitor(is_on, now)
                self._media.monitor(channel, is_on)
            case line.Listen(is_on=is_on):
                self._media.listen(channel, is_on)
            case line.SendDigits(digits=digits):
                self._media.dial(channel, digits)
