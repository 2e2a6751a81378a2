"""Voice, silence, levels, answer by voice, machine.

On recorded speech (Debian: pocketsphinx-testdata, codec2-examples), tones and noise. The rules A21 to A23 are
those of call centres: too quiet a caller, a silent one, sound that is lost.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cext
from cext import CextError, EventKind, LevelReport
from tests.cext.ref import p56, signal, speexdsp
from tests.cext.ref.board import Line
from tests.cext.ref.signal import Samples
from tools import speech

RNG = np.random.default_rng(3)
NAMES = sorted(speech.CLIPS)
LINE_NOISE_DBM0 = -62.0


def said(name: str, level_dbm0: float = -18.0) -> Samples:
    """Recorded speech of a mean level."""
    return signal_at(np.asarray(speech.human(name), dtype=np.float64), level_dbm0)


def signal_at(sound: Samples, level_dbm0: float) -> Samples:
    """Bring a sound to a mean level."""
    return sound * (signal.amplitude(level_dbm0) / np.sqrt(2) / np.sqrt(np.mean(sound**2)))


def on_a_line(*parts: Samples, noise_dbm0: float = LINE_NOISE_DBM0) -> Samples:
    """Put sounds one after the other on a line with noise."""
    sound = np.concatenate(parts)
    return sound + signal.noise(RNG, len(sound), noise_dbm0)


def coded(samples: Samples) -> bytes:
    """Through A-law, as 16 bit."""
    return cext.alaw_decode(signal.alaw(samples))


def hear(samples: Samples, **watch: bool | int) -> tuple[list[cext.Event], LevelReport]:
    """What the listener tells."""
    listener = cext.Listener(**{"voice": False, **watch})  # type: ignore[arg-type]
    return listener.feed_pcm16(coded(samples)), listener.level()


def kinds(events: list[cext.Event]) -> list[EventKind]:
    """Their kinds."""
    return [event.kind for event in events]


def ringback(seconds: float, hz: tuple[float, ...] = (450.0,), level_dbm0: float = -10.0) -> Samples:
    """1 s on, 4 s off."""
    at = np.arange(int(seconds * 8000)) / 8000
    return sum(signal.sine(f, seconds * 1000, level_dbm0, i) for i, f in enumerate(hz)) * (at % 5 < 1)


# voice


@pytest.mark.parametrize("name", NAMES)
def test_every_clip_is_one_or_two_voices(name: str) -> None:
    events, level = hear(on_a_line(signal.silence(1000), said(name), signal.silence(1000)), voice=True)
    seconds = len(said(name)) / 8000
    begins = [event for event in events if event.kind is EventKind.VOICE_BEGIN]
    assert 1 <= len(begins) <= 2
    assert 0.6 * seconds < level.voice_s < seconds + 0.5
    ends = [event for event in events if event.kind is EventKind.VOICE_END]
    assert len(ends) == len(begins)
    assert abs(ends[-1].at_smp / 8000 - (1 + seconds)) < 0.8


def test_speexdsp_hears_the_voices_at_the_same_places() -> None:
    """Frames of 20 ms in which both agree; its activity is a guess of its authors too, so not all do."""
    sound = on_a_line(*(part for name in NAMES for part in (signal.silence(1500), said(name))))
    events, _ = hear(sound, voice=True)
    edges = [event.at_smp for event in events]
    ours = np.zeros(len(sound) // 160, dtype=bool)
    for begin, end in zip(edges[::2], [*edges[1::2], len(sound)], strict=False):
        ours[begin // 160 : end // 160] = True
    theirs = speexdsp.voice(coded(sound))
    assert np.mean(ours == theirs[: len(ours)]) > 0.85


@pytest.mark.parametrize("level_dbm0", [-70, -60, -50, -40, -30, -20])
def test_noise_is_no_voice(level_dbm0: float) -> None:
    events, level = hear(signal.noise(RNG, 80000, level_dbm0), voice=True, answer=True)
    assert events == []
    assert level.voice_dbm0 == -96
    assert abs(level.noise_dbm0 - max(level_dbm0, -65)) < 1.5  # A-law cannot say less than -66


def test_noise_that_rises_by_20_db_is_no_voice() -> None:
    sound = np.concatenate([signal.noise(RNG, 40000, -60), signal.noise(RNG, 40000, -40)])
    assert hear(sound, voice=True, answer=True)[0] == []


@pytest.mark.parametrize(
    "hz", [(450,), (425,), (400, 450), (440, 480), (350, 440), (480, 620), (950,), (2100,)]
)
@pytest.mark.parametrize("level_dbm0", [-10.0, -20.0, -30.0])
@pytest.mark.parametrize("snr_db", [25.0, 40.0])
def test_exchange_tones_are_no_voice(hz: tuple[float, ...], level_dbm0: float, snr_db: float) -> None:
    """Ringback, busy, dial tone, howler, fax answer, with the noise of the line."""
    sound = on_a_line(ringback(11, hz, level_dbm0), noise_dbm0=level_dbm0 - snr_db)
    assert hear(sound, voice=True, answer=True)[0] == []


@pytest.mark.parametrize("snr_db", [10.0, 15.0, 20.0])
def test_exchange_tones_in_much_noise_are_no_answer(snr_db: float) -> None:
    """They may be taken for a voice for some 0.4 s, but not for an answer."""
    events, _ = hear(on_a_line(ringback(21), noise_dbm0=-10 - snr_db), voice=True, answer=True)
    assert EventKind.ANSWERED not in kinds(events)
    assert all(event.duration_ms <= 450 for event in events)


def test_hum_and_dc_are_no_voice_and_hide_none() -> None:
    hum = sum(signal.sine(50 * n, 9000, -24 - 4 * n) for n in range(1, 8)) + 0.05
    voice = np.concatenate([signal.silence(5000), said("austen-2"), signal.silence(4000)])[: len(hum)]
    events, _ = hear(hum + voice, voice=True)
    assert kinds(events) == [EventKind.VOICE_BEGIN, EventKind.VOICE_END]
    assert abs(events[0].at_smp / 8000 - 5) < 0.4


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_any_chopping_gives_the_same_events(cuts: list[int]) -> None:
    octets = coded(on_a_line(ringback(3), said("austen-2"), signal.silence(900)))
    watch = {"voice": True, "silence_ms": 600, "answer": True, "machine": True}
    whole = cext.Listener(**watch)  # type: ignore[arg-type]
    expected = whole.feed_pcm16(octets)
    listener, events, at = cext.Listener(**watch), [], 0  # type: ignore[arg-type]
    for cut in cuts * (len(octets) // (2 * sum(cuts)) + 1):
        events += listener.feed_pcm16(octets[at : at + 2 * cut])
        at += 2 * cut
    assert len(expected) >= 5
    assert events == expected
    assert listener.level() == whole.level()


# levels


@pytest.mark.parametrize("name", ["austen-1", "cards-5", "man", "woman", "radio"])
@pytest.mark.parametrize("level_dbm0", [-12.0, -20.0, -32.0])
def test_p56_active_speech_level(name: str, level_dbm0: float) -> None:
    """Within 2 dB of ITU-T P.56 method B."""
    sound = on_a_line(said(name, level_dbm0), signal.silence(3000), said(name, level_dbm0))
    _, level = hear(sound)
    assert abs(level.voice_dbm0 - p56.active_level_dbm0(sound)) < 2
    assert -1 < level.noise_dbm0 - LINE_NOISE_DBM0 < 8  # the recordings have noise of their own


def test_peak_and_clipped_samples() -> None:
    sound = signal.sine(500, 100, -10)
    sound[400:405] = [0.5, 1.0, -1.0, 0.9, 1.0]
    _, level = hear(sound)
    assert level.clipped == 3
    assert abs(level.peak_dbm0 - 3.0) < 0.1
    assert level.total_s == 0.1


def test_ringback_before_the_answer_is_neither_voice_nor_noise() -> None:
    _, level = hear(on_a_line(ringback(30), noise_dbm0=-55))
    assert level.voice_s == 0
    assert abs(level.noise_dbm0 + 55) < 2


# rules of call centres


def test_rule_a22_a_silent_caller_is_told_after_5_s_and_at_the_first_word() -> None:
    sound = on_a_line(said("woman"), signal.silence(7000), said("man"))
    events, _ = hear(sound, silence_ms=5000)
    assert kinds(events) == [EventKind.SILENCE_BEGIN, EventKind.SILENCE_END]
    begin, end = events
    spoken = len(said("woman")) / 8000
    assert abs(begin.at_smp / 8000 - spoken) < 0.6
    assert abs(end.at_smp / 8000 - spoken - 7) < 0.4
    assert abs(end.duration_ms - 7000) < 700


def test_rule_a22_noise_and_tones_break_no_silence() -> None:
    events, _ = hear(on_a_line(ringback(12), noise_dbm0=-45), silence_ms=5000)
    assert kinds(events) == [EventKind.SILENCE_BEGIN]
    assert events[0].at_smp == 0


def test_silence_of_both_is_broken_by_the_other_direction() -> None:
    quiet = coded(on_a_line(signal.silence(4000)))
    listener = cext.Listener(voice=False, silence_ms=6000, both=True)
    assert listener.feed_pcm16(quiet) == []
    assert listener.feed_pcm16(quiet[:1600], is_other_voice=True) == []
    assert listener.feed_pcm16(quiet) == []
    assert kinds(listener.feed_pcm16(quiet)) == [EventKind.SILENCE_BEGIN]


def test_rule_a23_sound_that_is_lost_is_told_after_3_s() -> None:
    talk = on_a_line(said("austen-2"), signal.silence(2000), said("austen-3"), noise_dbm0=-58)
    events, _ = hear(np.concatenate([talk, np.zeros(4 * 8000), talk]), voice=True)
    told = [event for event in events if event.kind in (EventKind.AUDIO_LOST, EventKind.AUDIO_BACK)]
    assert kinds(told) == [EventKind.AUDIO_LOST, EventKind.AUDIO_BACK]
    assert abs(told[0].at_smp - len(talk)) < 800
    assert abs(told[1].duration_ms - 4000) < 100


def test_rule_a23_a_line_without_noise_of_its_own_tells_nothing() -> None:
    clean = said("austen-2")
    clean[np.abs(clean) < 0.003] = 0.0
    sound = np.concatenate([clean, np.zeros(16000), clean, np.zeros(40000)])
    assert EventKind.AUDIO_LOST not in kinds(hear(sound, voice=True)[0])


def test_rule_a23_pauses_of_nothing_are_a_lines_habit() -> None:
    """Packets without sound in pauses: between words nothing comes, however long."""
    word = said("austen-2")[:8000]
    word[-4000:] = signal.noise(RNG, 4000, -58)  # a tail of noise, of which there comes to be a lot
    sound = np.concatenate([np.concatenate([word, np.zeros(8000)])] * 12 + [np.zeros(48000)])
    assert EventKind.AUDIO_LOST not in kinds(hear(sound, voice=True)[0])


def test_rule_a23_a_phone_that_cuts_its_own_pauses_is_told_once() -> None:
    """At first its pauses have noise, then the caller's phone sends nothing whenever the caller listens."""
    word = said("austen-2")
    begin = on_a_line(word, signal.silence(3000), noise_dbm0=-55)
    sound = np.concatenate([begin, *[np.zeros(40000), on_a_line(word, noise_dbm0=-55)] * 5])
    assert kinds(hear(sound, voice=True)[0]).count(EventKind.AUDIO_LOST) == 1


def test_rule_a23_sound_that_is_lost_again_after_a_while_is_told_again() -> None:
    talk = on_a_line(said("austen-2"), signal.silence(20_000), noise_dbm0=-55)
    sound = np.concatenate([talk, np.zeros(64000)] * 2)
    assert kinds(hear(sound, voice=True)[0]).count(EventKind.AUDIO_LOST) == 2


@pytest.mark.parametrize(("noise_dbm0", "is_told"), [(-52.0, True), (-60.0, False)])
def test_rule_a23_an_analog_line_keeps_the_last_bit_of_the_box(noise_dbm0: float, is_told: bool) -> None:
    """Of the noise -66 dBm0 is left, the least of A-law; told if that is a difference."""
    before = on_a_line(said("austen-2"), signal.silence(2000), noise_dbm0=noise_dbm0)
    cut = signal.noise(RNG, 40000, -75)
    told = kinds(hear(np.concatenate([before, cut, before]), voice=True)[0])
    assert (EventKind.AUDIO_LOST in told) is is_told


def test_rule_a22_a_caller_who_says_nothing_is_told_after_10_s_and_after_words_30_s() -> None:
    word = on_a_line(said("austen-2"))
    quiet = on_a_line(signal.silence(35_000))
    events, _ = hear(np.concatenate([quiet, word, quiet, word]), sound=True)
    told = [event for event in events if event.kind in (EventKind.MUTE_BEGIN, EventKind.MUTE_END)]
    assert kinds(told) == [EventKind.MUTE_BEGIN, EventKind.MUTE_END] * 2
    assert (told[0].at_smp, told[0].duration_ms, told[2].duration_ms) == (0, 10_000, 30_000)
    assert abs(told[1].at_smp / 8000 - 35) < 0.5


@pytest.mark.parametrize(
    ("level_dbm0", "is_told"), [(-42.0, True), (-40.0, True), (-30.0, False), (-20.0, False)]
)
def test_rule_a21_a_caller_who_is_too_quiet_is_told(level_dbm0: float, is_told: bool) -> None:
    events, _ = hear(on_a_line(said("austen-1", level_dbm0), noise_dbm0=-66), voice=True)
    assert (EventKind.LEVEL_LOW in kinds(events)) is is_told


def test_rule_a21_it_is_told_when_the_caller_speaks_up() -> None:
    sound = on_a_line(said("austen-1", -42), said("austen-1", -20), noise_dbm0=-66)
    told = [e for e in kinds(hear(sound, voice=True)[0]) if e in (EventKind.LEVEL_LOW, EventKind.LEVEL_GOOD)]
    assert told == [EventKind.LEVEL_LOW, EventKind.LEVEL_GOOD]


# answer by voice


@pytest.mark.parametrize("name", NAMES)
def test_a_voice_after_ringback_is_an_answer(name: str) -> None:
    sound = on_a_line(ringback(8.0), said(name), signal.silence(500))
    (event,), _ = hear(sound, answer=True)
    assert event.kind is EventKind.ANSWERED
    assert 7.95 < event.at_smp / 8000 < 9.2


def test_an_answer_in_the_middle_of_ringback_counts_once_the_tone_is_gone() -> None:
    sound = on_a_line(ringback(5.4), said("operator"))
    (event,), _ = hear(sound, answer=True)
    assert 5.39 < event.at_smp / 8000 < 6.6


def test_a_short_hello_is_enough_but_a_click_or_a_cough_is_not() -> None:
    word = said("cards-1")[:6400]
    clicks = np.zeros(8000)
    clicks[::1600] = 0.5
    assert kinds(hear(on_a_line(ringback(6), word, signal.silence(900)), answer=True)[0]) == [
        EventKind.ANSWERED
    ]
    assert hear(on_a_line(ringback(6), clicks), answer=True)[0] == []
    assert hear(on_a_line(ringback(6), said("radio")[8000:9200], signal.silence(900)), answer=True)[0] == []


# person or machine


def decision(*parts: Samples) -> cext.Event:
    """What is decided about a greeting."""
    (event,), _ = hear(on_a_line(*parts, signal.silence(9000)), machine=True)
    return event


@pytest.mark.parametrize("waits_s", [0.0, 0.4])
def test_who_answers_by_voice_is_judged_from_the_first_word(waits_s: float) -> None:
    """The word that was the answer is over when somebody asks who it was."""
    line = Line(1)
    line.engine.open(0, dtmf=False)
    line.engine.watch_answer(0, True)
    sound = on_a_line(ringback(6), said("cards-1")[:6400], signal.silence(2000))
    octets, asked_at = signal.alaw(sound), None
    for at in range(0, len(octets), 80):
        line.run(1, {0: octets[at : at + 80]})
        if asked_at is None and EventKind.ANSWERED in line.kinds():
            asked_at = at
        if asked_at is not None and at == asked_at + waits_s * 8000:
            line.engine.watch_machine(0, True)
    assert line.kinds() == [EventKind.ANSWERED, EventKind.PERSON]


def test_what_is_so_already_is_told_when_a_watch_begins_and_once_more_when_it_begins_anew() -> None:
    line = Line(1)
    line.engine.open(0, dtmf=False)
    lost = signal.alaw(signal.noise(np.random.default_rng(5), 16000, -55)) + b"\xd5" * 40000
    line.run(700, {0: lost})
    assert line.kinds() == []
    for _ in range(2):
        line.engine.watch_sound(0, True)
        line.run(3, {0: b"\xd5" * 240})
    assert line.kinds() == [EventKind.AUDIO_LOST] * 2


@pytest.mark.parametrize("name", ["cards-1", "big-dog"])
def test_a_short_greeting_is_a_persons(name: str) -> None:
    greeting = said(name)[: int(1.6 * 8000)]
    event = decision(signal.silence(600), greeting)
    assert (event.kind, event.reason) == (EventKind.PERSON, "short-greeting")
    assert abs(event.duration_ms / 1000 - (0.6 + len(greeting) / 8000 + 0.8)) < 0.5


def test_a_noise_of_the_line_at_the_answer_is_no_person() -> None:
    scrap = said("cards-1")[4000:4280]  # 35 ms of a voice: the wires were reversed, or the cable was touched
    event = decision(signal.silence(300), scrap, signal.silence(1500))
    assert (event.kind, event.reason) == (EventKind.UNSURE, "nobody-speaks")
    event = decision(signal.silence(300), scrap, signal.silence(1500), said("cards-1")[: int(1.6 * 8000)])
    assert (event.kind, event.reason) == (EventKind.PERSON, "short-greeting")


@pytest.mark.parametrize("name", ["austen-1", "austen-3", "austen-4", "kristoff", "woman", "operator"])
def test_a_long_greeting_is_a_machines(name: str) -> None:
    event = decision(signal.silence(600), said(name))
    assert (event.kind, event.reason) == (EventKind.MACHINE, "long-greeting")
    assert event.duration_ms < 5500


def test_a_beep_after_a_voice_is_a_machines() -> None:
    event = decision(signal.silence(600), said("cards-1"), signal.silence(300), signal.sine(1000, 400, -14))
    assert (event.kind, event.reason) == (EventKind.MACHINE, "beep")


def test_silence_leaves_it_open() -> None:
    event = decision(signal.silence(100))
    assert (event.kind, event.reason, event.duration_ms) == (EventKind.UNSURE, "nobody-speaks", 4000)


# hostile input


@pytest.mark.parametrize(
    "octets", [b"\x00", b"\xff", b"\x2a", b"\xaa", b"\x2a\xaa", b"\x2a" * 8 + b"\xaa" * 8, b"\xd5"]
)
def test_constant_and_square_octets_do_no_harm(octets: bytes) -> None:
    listener = cext.Listener(silence_ms=1000, answer=True, machine=True)
    listener.feed_pcm16(cext.alaw_decode(octets * (80000 // len(octets))))
    events = listener.feed_pcm16(
        coded(on_a_line(signal.silence(1500), said("austen-2"), signal.silence(900)))
    )
    assert EventKind.VOICE_BEGIN in kinds(events)
    assert np.isfinite(listener.level().voice_dbm0)


def test_half_a_sample_and_wrong_times_are_refused() -> None:
    with pytest.raises(CextError, match="even number"):
        cext.Listener().feed_pcm16(b"123")
    with pytest.raises(CextError, match="silence_ms -1"):
        cext.Listener(silence_ms=-1)


# in the engine


def test_events_and_levels_of_the_engine() -> None:
    line = Line(2)
    line.engine.open(1, dtmf=False)
    line.engine.watch_voice(1, True)
    line.engine.watch_silence(1, 1500)
    line.engine.watch_answer(1, True)
    line.engine.watch_machine(1, True)
    octets = signal.alaw(on_a_line(signal.silence(500), said("cards-1"), signal.silence(3000)))
    line.run(len(octets) // 80, {1: octets})
    assert set(line.kinds()) >= {
        EventKind.VOICE_BEGIN,
        EventKind.VOICE_END,
        EventKind.ANSWERED,
        EventKind.PERSON,
    }
    assert {event.channel for event in line.events} == {1}
    assert all(0 <= event.at_smp <= 80 * (len(octets) // 80) for event in line.events)
    level = line.engine.level(1)
    assert level.total_s == len(octets) // 80 / 100
    line.engine.close(1)
    line.tick()
    assert line.engine.level(1) == level  # until the channel is opened again
    line.engine.open(1)
    line.tick()
    assert line.engine.level(1).total_s == 0.01


@pytest.mark.parametrize("voices", [False, True])
def test_rule_a23_lost_sound_is_told_without_the_voices(voices: bool) -> None:
    """Noise of -55 dBm0 for 2 s, exactly nothing for 4 s, noise; having watched voices changes nothing."""
    line = Line(1)
    line.engine.open(0, dtmf=False)
    line.engine.watch_sound(0, True)
    if voices:
        line.engine.watch_voice(0, True)
        line.engine.watch_voice(0, False)
    noise = signal.alaw(signal.noise(np.random.default_rng(5), 16000, -55))
    octets = noise + b"\xd5" * 32000 + noise
    line.run(len(octets) // 80, {0: octets})
    assert line.kinds() == [EventKind.AUDIO_LOST, EventKind.AUDIO_BACK]


def test_what_is_played_to_the_line_breaks_the_silence_of_both() -> None:
    line = Line(1)
    line.engine.open(0, dtmf=False)
    line.engine.watch_silence(0, 2000, both=True)
    line.engine.play(0, signal.alaw(said("austen-2")), 0)
    line.run(150)
    line.run(int(len(said("austen-2")) / 80) + 150)
    silences = [event for event in line.events if event.kind is EventKind.SILENCE_BEGIN]
    assert len(silences) == 1
    assert silences[0].at_smp > 0.7 * len(said("austen-2"))


def test_watches_can_be_switched_off() -> None:
    line = Line(1)
    line.engine.open(0, dtmf=False)
    line.engine.watch_silence(0, 500)
    line.engine.watch_silence(0, 500, False)
    line.engine.watch_answer(0, True)
    line.engine.watch_answer(0, False)
    octets = signal.alaw(on_a_line(said("austen-2"), signal.silence(1000)))
    line.run(len(octets) // 80, {0: octets})
    assert line.events == []


def test_commands_for_listening_are_checked() -> None:
    engine = cext.Engine(2, ())
    with pytest.raises(CextError, match="channel 0: not open"):
        engine.watch_silence(0, 1000)
    engine.open(0)
    with pytest.raises(CextError, match="after_ms 0"):
        engine.watch_silence(0, 0)
    with pytest.raises(CextError, match="mains_hz 55: allowed are 50 and 60"):
        engine.clean(0, True, 55)
    with pytest.raises(CextError, match="channel 2"):
        engine.level(2)


def test_the_events_are_in_order() -> None:
    events, _ = hear(on_a_line(ringback(6), said("operator"), signal.silence(2000)), voice=True, answer=True)
    assert all(a.at_smp <= b.at_smp + 5600 for a, b in pairwise(events))
