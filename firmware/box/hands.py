"""Carries out what the machines ask for: the one place where a decision becomes voltage, sound or a row."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from firmware import countries
from firmware.box import filing
from firmware.box.recordings import Recordings
from firmware.box.wire import Wire
from firmware.call import types as call
from firmware.clock import Clock
from firmware.config import channels
from firmware.config.models import Span
from firmware.countries.country import Country
from firmware.ids import Ids
from firmware.lines import balance, caller_id
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.phone import PhoneLine
from firmware.media.media import Media
from firmware.media.types import Levels
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
        self.spans: dict[str, hal.SpanPort] = {}
        self.wire = Wire(clock)
        self.d_channels: dict[str, int] = {}  # of the engine, by span

    def command(self, item: line.LineCommand, now: float) -> None:
        """Do what a line or phone asks of its port and its channel."""
        match item:
            case (
                line.Seize()
                | line.Release()
                | line.Flash()
                | line.SendPulses()
                | line.Ring()
                | line.StopRing()
            ):
                self._command_port(item, now)
            case line.SendCallerId() | line.StopCallerId():
                self._show_caller(item)
            case line.Monitor() | line.Listen() | line.Watch() | line.WatchVoice() | line.SendDigits():
                self._command_channel(item, now)
            case _:
                self._command_span(item, now)

    def file(self, item: call.RecordAction, now: float) -> None:
        """Put a finished call or a message into the records."""
        match item:
            case call.Finished(call=ended):
                filing.file(self._records, self._clock, ended, lambda leg: self._levels(ended, leg))
                self._note_levels(ended, now)
            case call.MessageLeft():
                filing.file_message(self._records, self._ids, self._clock, item, now)
            case call.Dictated():
                self._recordings.dictated(item)

    def _levels(self, ended: call.Call, leg: call.Leg) -> Levels | None:
        """Give what was heard of an outside line, if it could be heard and is still this call's: a leg that
        ended sooner may have left its channel to another call.
        """
        if leg.is_phone or leg.answered_at is None or leg.ended_at != ended.ended_at:
            return None
        return self._media.levels(leg.channel)

    def _note_levels(self, ended: call.Call, now: float) -> None:
        """Note how loud the far end of the outside line was, once it could be heard."""
        heard = ((leg, self._levels(ended, leg)) for leg in ended.legs)
        leg, levels = next(((leg, levels) for leg, levels in heard if levels is not None), (None, None))
        if leg is None or levels is None:
            return
        self._records.event(
            "call.levels",
            now,
            contact=ended.contact,
            call=ended.id,
            leg=leg.id,
            revision=ended.revision,
            language=ended.language,
            voice_dbm0=round(levels.voice_dbm0, 1),
            noise_dbm0=round(levels.noise_dbm0, 1),
            peak_dbm0=round(levels.peak_dbm0, 1),
            clipped=levels.clipped,
            voice_s=round(levels.voice_s, 2),
        )

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
            case call.CallTrunk(port=port, number=number, caller=caller):
                return self._lines.trunks[port].call(number, now, caller)
            case call.HangUpTrunk(port=port, reason=reason):
                return self._lines.trunks[port].hang_up(now, reason)
            case call.FlashTrunk(port=port):
                return self._lines.analog(port).flash()
            case call.RingPhone(port=port):
                return self._ring(action, self._lines.phones[port], now)
            case call.StopRingPhone(port=port):
                return self._lines.phones[port].stop_ring()
            case call.PhoneLeftOff(port=port):
                return self._lines.phones[port].left_off()
            case call.ReversePhone(port=port, is_reversed=is_reversed):
                self.fxs[port].reverse(is_reversed, now)
                return []

    def set_up_lines(self, now: float) -> None:
        """Tell the ports of the lines their country and gains."""
        config = self._lines.config
        settings = {trunk.port: trunk for trunk in config.trunks}
        for port, fxo in self.fxo.items():
            trunk = settings.get(port)
            gains_db = (trunk.rx_gain_db, trunk.tx_gain_db) if trunk else (0, 0)
            matched = balance.read(trunk.balance) if trunk else None
            fxo.set_up(hal.LineSetup(config.site.country.upper(), *gains_db, matched), now)

    def set_up_span(self, port: str, own: Span | None, now: float) -> None:
        """Tell a span its framing, wires and place in the order of clocks."""
        self.spans[port].set_up(span_setup(own), now)

    def _command_span(
        self,
        command: line.DChannel | line.SendFrame | line.SendCas | line.HearMf | line.SendMf,
        now: float,
    ) -> None:
        match command:
            case line.DChannel(port=port, is_on=is_on):
                self._media.d_channel(self.d_channels[port], is_on)
            case line.SendFrame(port=port, frame=frame):
                if self._media.send_frame(self.d_channels[port], frame):
                    self.wire.frame(port, frame, now, is_sent=True)
            case line.SendCas(port=port, timeslot=timeslot, abcd=abcd):
                self.spans[port].set_cas(timeslot, abcd, now)
                self.wire.cas(port, timeslot, abcd, now, is_sent=True)
            case line.HearMf(port=port, bank=bank):
                self._media.hear_mf(self._lines.channel(port), bank)
            case line.SendMf(port=port, signal=signal, is_forward=is_forward):
                self._media.send_mf(self._lines.channel(port), signal, is_forward=is_forward)
                self.wire.mf(channels.span_of(port), channels.timeslot_of(port), signal, now, is_sent=True)

    def _command_port(
        self,
        command: line.Seize | line.Release | line.Flash | line.SendPulses | line.Ring | line.StopRing,
        now: float,
    ) -> None:
        match command:
            case line.Seize(port=port, is_outgoing=is_outgoing):
                self.fxo[port].seize(now, is_outgoing=is_outgoing)
            case line.SendPulses(port=port, digits=digits):
                self.fxo[port].pulse_dial(digits, now)
            case line.Flash(port=port, flash_ms=flash_ms):
                self.fxo[port].flash(flash_ms, now)
            case line.Release(port=port):
                self.fxo[port].release(now)
            case line.Ring(port=port, cadence_ms=cadence_ms):
                self.fxs[port].ring(cadence_ms, now)
            case line.StopRing(port=port):
                self.fxs[port].stop_ring(now)

    def _command_channel(
        self,
        command: line.Monitor | line.Listen | line.Watch | line.WatchVoice | line.SendDigits,
        now: float,
    ) -> None:
        channel = self._lines.channel(command.port)
        match command:
            case line.Monitor(port=port, is_on=is_on):
                self.fxo[port].monitor(is_on, now)
                self._media.monitor(channel, is_on, dtmf=self._country().caller_id.may_be_dtmf)
            case line.Listen(port=port, is_on=is_on, tones=tones, echo=echo, agc=agc, hum_hz=hum_hz):
                self._media.listen(channel, is_on, *self._lines.tones(port), tones=tones, echo=echo)
                if is_on:
                    self._media.improve(channel, agc=agc, hum_hz=hum_hz)
            case line.Watch(silence_s=silence_s, answer=answer):
                self._media.watch(channel, silence_s, answer=answer)
            case line.WatchVoice(is_on=is_on):
                self._media.watch_voice(channel, is_on)
            case line.SendDigits(digits=digits, on_ms=on_ms):
                self._media.dial(channel, digits, on_ms)

    def _ring(self, action: call.RingPhone, line_of: PhoneLine, now: float) -> list[line.Out]:
        rings = countries.load(self._lines.config.site.country).ringing
        cadence_ms = rings.inside_ms if action.is_internal else rings.outside_ms
        return line_of.ring(cadence_ms, now=now, caller=action.caller, name=action.name)

    def _show_caller(self, command: line.SendCallerId | line.StopCallerId) -> None:
        channel = self._lines.channel(command.port)
        match command:
            case line.SendCallerId(caller=caller, name=name):
                when = self._clock.utc().astimezone(ZoneInfo(self._lines.config.site.timezone))
                message = caller_id.compose(caller_id.CallerId(caller, name), when)
                self._media.send_caller_id(channel, message, self._country().caller_id.standard)
            case line.StopCallerId():
                self._media.stop_caller_id(channel)

    def _country(self) -> Country:
        return countries.load(self._lines.config.site.country)


def span_setup(own: Span | None) -> hal.SpanSetup:
    """Give how the settings want a span."""
    if own is None:
        return hal.SpanSetup(clock_rank=0)
    return hal.SpanSetup(own.crc4, own.impedance_ohm, own.signalling == "r2", own.clock_rank)
