"""The engine as the call machine uses it: actions in, media events out. The only room that knows `cext`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cext
from firmware import countries
from firmware.media import actions
from firmware.media import types as heard
from firmware.media.clips import ClipError, Clips
from firmware.media.engine import tone_specs
from firmware.media.learned import specs_with
from firmware.text import Language

SILENCE_SMP = 800  # played in place of a prompt that has no sound, so that the call goes on


class Media:
    """Channels, prompts, bridges and recordings on one engine."""

    def __init__(
        self, engine: cext.Engine, clips: Clips, *, echo_tail_ms: int, complain: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._echo_tail_ms = echo_tail_ms
        self._clips = clips
        self._complain = complain
        self._next_recording = 0
        self.recorded_channels: dict[int, int] = {}  # channel to the number of what records it
        self._open: set[int] = set()
        self._eared: set[int] = set()  # channels that are open for a capture only
        self._lists: set[str] = set()  # of tones, by name, that the engine has beside the country's

    # ---- what the call machine asks ------------------------------------------------------------

    def do(self, action: actions.SoundAction, now: float) -> None:
        """Carry out one action."""
        engine = self._engine
        match action:
            case actions.Open(channel=channel):
                engine.open(channel, dtmf=True, progress=False)
                self._opened(channel)
                engine.echo(channel, self._echo_tail_ms)
            case actions.Close(channel=channel):
                self._close(channel)
            case actions.Play():
                self._play(action)
            case actions.Music(channel=channel, name=name):
                self._music(channel, name, now)
            case actions.StopPlay(channel=channel):
                engine.stop_play(channel)
            case actions.Tone(channel=channel, name=name):
                engine.tone(channel, name)
            case actions.Join(channel=channel, mixer=mixer):
                engine.join(channel, mixer)
            case actions.Leave(channel=channel):
                engine.leave(channel)

    def overhear(self, channel: int, is_on: bool) -> None:
        """Keep a channel open that nobody uses, so that it can be recorded; or no more."""
        if is_on and channel not in self._open:
            self._engine.open(channel, dtmf=False, progress=False)
            self._open.add(channel)
            self._eared.add(channel)
        elif not is_on and channel in self._eared:
            self._close(channel)

    def _opened(self, channel: int) -> None:
        self._open.add(channel)
        self._eared.discard(channel)

    def _close(self, channel: int) -> None:
        self._engine.close(channel)
        self._open.discard(channel)
        self._eared.discard(channel)
        self.recorded_channels.pop(channel, None)

    def record_number(self) -> int:
        """Give the next recording its number in the recorded octets."""
        self._next_recording += 1
        return self._next_recording

    def record(self, channel: int, number: int) -> None:
        """Record both directions of a channel."""
        self._engine.record(channel, number)
        self.recorded_channels[channel] = number

    def stop_record(self, channel: int) -> None:
        """End a recording; its last octets are marked."""
        self._engine.stop_record(channel)
        self.recorded_channels.pop(channel, None)

    def _play(self, action: actions.Play) -> None:
        clips = [self._clip(name, action.language) for name in action.prompts] or [_silence()]
        for clip in clips[:-1]:
            self._engine.play(action.channel, clip, 0)
        self._engine.play(action.channel, clips[-1], action.play_id)

    def _clip(self, name: str, language: Language) -> bytes:
        try:
            return self._clips.get(name, language) or _silence()
        except ClipError as error:
            self._complain(str(error))
            return _silence()

    def _music(self, channel: int, name: str, now: float) -> None:
        """Join the one endless piece where it is now, so that music does not begin anew after each
        announcement.
        """
        music = self._clip(name, Language.ZH)
        start = int(now * cext.SAMPLE_RATE_HZ) % len(music)
        self._engine.play(channel, music[start:], 0)
        self._engine.play(channel, music, 0, loop=True)

    # ---- what the lines ask --------------------------------------------------------------------

    def listen(
        self,
        channel: int,
        is_on: bool,
        zone: str = "",
        busy_tone: str = "",
        *,
        tones: bool = True,
        echo: bool = True,
    ) -> None:
        """Start an outside line's channel with its detectors, or end it.

        zone       whose tones its exchange sends, "" = the country's
        busy_tone  a further one that was learned; then `zone` must be named
        """
        if is_on:
            tone_list = self._tone_list(zone, busy_tone)
            self._engine.open(channel, dtmf=True, progress=tones, zone=tone_list)
            self._opened(channel)
            if echo:
                self._engine.echo(channel, self._echo_tail_ms)
        else:
            self._close(channel)

    def load_tones(self, wanted: Iterable[tuple[str, str]]) -> list[str]:
        """Give the engine the tones that lines need; it keeps them until it is made anew.

        wanted  zone and learned busy tone of each line, as `listen` takes them
        gives   what there was no room for: those lines have the tones of their zone, or the country's
        """
        missing = []
        for zone, busy_tone in wanted:
            name = f"{zone} {busy_tone}".strip()
            if name and name not in self._lists and not self._load(name, zone, busy_tone):
                missing.append(name)
        return missing

    def _load(self, name: str, zone: str, busy_tone: str) -> bool:
        tones = countries.zone(zone)
        try:
            self._engine.add_zone(
                name, tuple(specs_with(tones, busy_tone) if busy_tone else tone_specs(tones))
            )
        except cext.CextError:
            return False
        self._lists.add(name)
        return True

    def _tone_list(self, zone: str, busy_tone: str = "") -> str:
        """Choose the best list there is."""
        names = (f"{zone} {busy_tone}".strip(), zone)
        return next((name for name in names if name in self._lists), "")

    def examine(self, channel: int, is_on: bool, zone: str = "") -> None:
        """Open a channel for the line doctor: tones are told, the sound is left as it comes; or close it."""
        if is_on:
            self._engine.open(channel, dtmf=False, progress=True, zone=self._tone_list(zone))
            self._opened(channel)
            self._engine.echo(channel, 0)
        else:
            self._close(channel)

    def repeat(self, channel: int, alaw: bytes) -> None:
        """Send a piece of sound again and again; an empty one ends that."""
        self._engine.stop_play(channel)
        if alaw:
            self._engine.play(channel, alaw, 0, loop=True)

    @staticmethod
    def learn(alaw: bytes) -> heard.LearnedTone | None:
        """Say what tone there is in a piece of sound."""
        tone = cext.learn_tone(alaw)
        if tone is None:
            return None
        return heard.LearnedTone(
            tone.freqs_hz, tone.cadence_ms, tone.level_dbm0, tone.periods, tone.confidence
        )

    def monitor(self, channel: int, is_on: bool, *, dtmf: bool = False) -> None:
        """Listen for caller ID, as digits too where the exchange may send it so."""
        self._engine.caller_id(channel, is_on, dtmf=dtmf)

    def watch(self, channel: int, silence_s: int, *, answer: bool) -> None:
        """Tell when nobody speaks for so long, and, after dialling, when somebody answers."""
        self._engine.watch_silence(channel, silence_s * 1000, both=True)
        self._engine.watch_answer(channel, answer)

    def watch_voice(self, channel: int, is_on: bool) -> None:
        """Tell when a voice begins, or no more."""
        self._engine.watch_voice(channel, is_on)

    def levels(self, channel: int) -> heard.Levels:
        """Give what was heard of the call on a channel, until the next one begins there."""
        level = self._engine.level(channel)
        return heard.Levels(level.voice_dbm0, level.noise_dbm0, level.peak_dbm0, level.clipped, level.voice_s)

    # ---- what a supervisor asks ----------------------------------------------------------------

    def listen_in(self, channel: int, mixer: int) -> None:
        """Let a channel hear a talk, unheard; from whispering, or having joined, back to that."""
        self._engine.join(channel, mixer, "monitor")

    def whisper(self, channel: int, mixer: int, to: int) -> None:
        """Let a channel hear a talk and be heard by one of its parties alone."""
        self._engine.join(channel, mixer, "whisper", to)

    def barge(self, channel: int, mixer: int) -> None:
        """Let a channel join a talk."""
        self._engine.join(channel, mixer)

    def improve(self, channel: int, *, agc: bool, hum_hz: int | None) -> None:
        """Level the voice and take out mains hum of 50 or 60 Hz in what others hear of a channel."""
        self._engine.agc(channel, agc)
        self._engine.clean(channel, hum_hz is not None, hum_hz or 50)

    def dial(self, channel: int, digits: str, on_ms: int = 100) -> None:
        """Send DTMF digits."""
        self._engine.dial(channel, digits, 0, on_ms=on_ms)

    def send_caller_id(self, channel: int, message: bytes, standard: str) -> None:
        """Send caller ID to a phone; `CallerIdSent` follows."""
        self._engine.send_caller_id(channel, message, standard)

    def stop_caller_id(self, channel: int) -> None:
        """Cut it."""
        self._engine.stop_caller_id(channel)

    # ---- what a span asks ----------------------------------------------------------------------

    def d_channel(self, channel: int, is_on: bool) -> None:
        """Send and hear frames on a timeslot, or no more; on again drops what waits."""
        self._engine.d_channel(channel, is_on)

    def send_frame(self, channel: int, frame: bytes) -> bool:
        """Send a frame; False when so many wait that it is dropped: the link layer sends it again."""
        try:
            self._engine.send_frame(channel, frame)
        except cext.CextError as error:
            self._complain(str(error))
            return False
        return True

    def frame_counts(self, channel: int) -> heard.FrameCounts | None:
        """Give the counters of a D-channel, None where there is none."""
        try:
            stats = self._engine.frame_stats(channel)
        except cext.CextError:
            return None
        bad = stats.bad_fcs + stats.aborted + stats.too_long + stats.too_short + stats.misaligned
        return heard.FrameCounts(stats.good, bad, stats.sent)

    def hear_mf(self, channel: int, direction: str) -> None:
        """Tell register signals of R2 that come in: of a direction, forward or backward, or no more ("")."""
        self._engine.hear_mf(channel, direction)

    def send_mf(self, channel: int, signal: str, *, is_forward: bool) -> None:
        """Send a register signal of R2 until told otherwise; "" sends no more."""
        self._engine.send_mf(channel, signal, is_forward=is_forward)

    def bert(self, channel: int, is_on: bool) -> None:
        """Send and check a pseudo-random pattern on a timeslot, or no more."""
        self._engine.bert(channel, is_on)

    def bit_errors(self, channel: int) -> heard.BitErrors:
        """Give the counters of a bit error test."""
        stats = self._engine.bert_stats(channel)
        return heard.BitErrors(stats.bits, stats.errors, stats.is_synced, stats.sync_losses)

    # ---- what was heard ------------------------------------------------------------------------

    def events(self) -> Iterable[heard.MediaEvent]:
        """Give what the engine noticed since the last time, oldest first."""
        for event in self._engine.events():
            told = _translate(event)
            if told is not None:
                yield told

    def recorded(self) -> bytes:
        """Give the recorded octets that have gathered."""
        return self._engine.read_recording()


def _silence() -> bytes:
    return b"\xd5" * SILENCE_SMP


def _translate(event: cext.Event) -> heard.MediaEvent | None:
    return _translate_signalling(event) or _translate_sound(event)


def _translate_signalling(event: cext.Event) -> heard.MediaEvent | None:
    """Tell what belongs to the signalling of a span."""
    kind = cext.EventKind
    match event.kind:
        case kind.FRAME:
            return heard.FrameHeard(event.channel, event.data)
        case kind.MF_BEGIN | kind.MF_END:
            return heard.MfHeard(event.channel, event.digit, event.kind is kind.MF_BEGIN)
    return None


def _translate_sound(event: cext.Event) -> heard.MediaEvent | None:
    kind = cext.EventKind
    match event.kind:
        case kind.DIGIT_BEGIN:
            return heard.DigitHeard(event.channel, event.digit, event.level_dbm0)
        case kind.TONE_BEGIN:
            return heard.ToneHeard(event.channel, event.tone)
        case kind.TONE_END:
            return heard.ToneGone(event.channel, event.tone)
        case kind.CALLER_ID:
            return heard.CallerIdHeard(event.channel, event.data)
        case kind.CALLER_ID_SENT:
            return heard.CallerIdSent(event.channel)
        case kind.PLAYED if event.id:
            return heard.PlayEnded(event.channel, event.id)
        case kind.DIALED:
            return heard.DialEnded(event.channel)
        case kind.ANSWERED:
            return heard.AnswerHeard(event.channel)
        case kind.VOICE_BEGIN:
            return heard.VoiceHeard(event.channel)
        case kind.SILENCE_BEGIN:
            return heard.SilenceHeard(event.channel)
        case kind.BOARD_GONE:
            return heard.BoardSilent()
    return None
