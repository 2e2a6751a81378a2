"""The exchange's end of a line: exact times of rings, tones, answers and ends."""

from __future__ import annotations

import numpy as np
import pytest

from tools.emulator import signals
from tools.emulator.alaw import SILENCE, decode, encode, level_dbm0
from tools.emulator.event import WorldError
from tools.emulator.options import LineOptions
from tools.emulator.party import Outcome


def pitch_hz(octets: bytes) -> float:
    samples = decode(octets)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def test_ring_cadence_and_caller_id_times(run) -> None:
    run.world.call("fxo1", "13800138000")
    pair = run.board.fxo[0]
    assert pair.ring == (90.0, 25.0)
    run.until(0.99)
    assert pair.ring[0] == 90.0
    run.until(1.0)
    assert pair.ring[0] == 0.0
    run.until(1.49)
    assert pair.to_box == SILENCE
    run.until(1.5)
    assert pair.to_box != SILENCE
    assert run.events("fxo1") == [(0.0, "ringing", "13800138000"), (1.5, "caller-id", "13800138000")]
    run.until(5.0)
    assert pair.ring[0] == 90.0 and pair.to_box == SILENCE
    run.until(6.0)
    assert pair.ring[0] == 0.0


def test_answer_stops_ringing_and_caller_speaks(run) -> None:
    audio = encode(signals.tone((1000,), 1.0, -10))
    handle = run.world.call("fxo2", "13800138000", audio=audio, audio_at_s=0.5, listen=True)
    run.until(2.0)
    pair = run.board.fxo[1]
    pair.hook = True
    run.until(2.01)
    assert pair.ring[0] == 0 and handle.answered_at == 2.01
    run.until(4.01, listen=1, speak={1: encode(signals.tone((440,), 3.0, -20))})
    sent = bytes(run.sent[1])
    # the tick of the answer carried the first block; the audio begins half a second after it
    assert sent[: 49 * 80] == SILENCE * 49
    assert sent[49 * 80 : 149 * 80] == audio
    assert sent[149 * 80 :] == SILENCE * 51
    assert abs(pitch_hz(handle.heard[800:]) - 440) < 3
    assert abs(level_dbm0(decode(handle.heard[800:])) + 20) < 0.2


def test_keys_are_pressed_at_their_times(run) -> None:
    run.world.call("fxo1", "1001", keys=[(1.0, "1"), (2.5, "23")])
    run.until(1.0)
    run.board.fxo[0].hook = True
    run.until(5.0)
    assert run.events("fxo1")[-2:] == [(2.01, "key", "1"), (3.51, "key", "23")]


def test_far_end_hangs_up_then_busy_tone_until_released(run) -> None:
    handle = run.world.call("fxo1", "1001", hang_up_after_s=3.0)
    run.board.fxo[0].hook = True
    run.until(3.01)
    assert handle.outcome is Outcome.HUNG_UP
    run.until(3.0 + 7.01, listen=0)
    tone = decode(bytes(run.sent[0])).reshape(-1, 80)
    loud = np.abs(tone).max(axis=1) > 0.01
    assert loud.tolist() == [(i + 1) % 70 < 35 for i in range(700)]
    assert abs(pitch_hz(bytes(run.sent[0][34 * 80 * 2 + 80 : 34 * 80 * 2 + 2880])) - 450) < 5
    run.board.fxo[0].hook = False
    run.until(10.3)
    assert run.events("fxo1")[-2:] == [(3.01, "far-end-hung-up", "busy-tone"), (10.22, "released", "")]
    assert run.board.fxo[0].to_box == SILENCE


def test_box_releases_first(run) -> None:
    handle = run.world.call("fxo1", "1001")
    run.board.fxo[0].hook = True
    run.until(1.0)
    run.board.fxo[0].hook = False
    run.until(1.2)
    assert handle.outcome is None
    run.until(1.21)
    assert handle.outcome is Outcome.RELEASED and handle.ended_at == pytest.approx(1.21)


def test_short_break_of_the_loop_is_no_release(run) -> None:
    handle = run.world.call("fxo1", "1001")
    run.board.fxo[0].hook = True
    run.until(1.0)
    run.board.fxo[0].hook = False
    run.until(1.15)
    run.board.fxo[0].hook = True
    run.until(3.0)
    assert handle.outcome is None


@pytest.mark.parametrize("when", [0.5, 1.2, 1.8, 5.5])
def test_caller_gives_up(run, when: float) -> None:
    handle = run.world.call("fxo1", "1001", give_up_after_s=when)
    run.until(12.0)
    assert handle.outcome is Outcome.GAVE_UP
    assert run.board.fxo[0].ring[0] == 0 and run.board.fxo[0].to_box == SILENCE
    assert run.events("fxo1")[-1][:2] == (when, "gave-up")


def test_exchange_ends_a_call_nobody_answers(run) -> None:
    handle = run.world.call("fxo1", "1001")
    run.until(61)
    assert handle.outcome is Outcome.NO_ANSWER and handle.ended_at == 60.0


def test_second_caller_gets_busy(run) -> None:
    run.world.call("fxo1", "1001")
    second = run.world.call("fxo1", "1002")
    assert second.outcome is Outcome.BUSY
    third = run.world.call("any", "1003")
    assert third.line == "fxo2"


@pytest.mark.parametrize("signs", [(), ("polarity",), ("break",), ("busy-tone", "polarity")])
def test_hang_up_signals(make_run, signs: tuple[str, ...]) -> None:
    run = make_run(lines={"fxo1": LineOptions(hang_up_signals=signs)})
    run.world.call("fxo1", "1001", hang_up_after_s=1.0)
    pair = run.board.fxo[0]
    pair.hook = True
    run.until(1.01)
    assert pair.volts == (0 if "break" in signs else -48 if "polarity" in signs else 48)
    assert (pair.to_box != SILENCE) is ("busy-tone" in signs)
    run.until(1.7)
    assert pair.volts == (-48 if "polarity" in signs else 48)
    assert "released" not in run.whats("fxo1")
    pair.hook = False
    run.until(2.0)
    assert pair.volts == 48 and run.whats("fxo1")[-2 if "polarity" in signs else -1] == "released"


def dial(run, digits: str, answers: float = 30.0) -> None:
    """Lift at 0 s, dial after a second of dial tone."""
    run.board.fxo[0].hook = True
    run.until(1.31, listen=0)
    assert abs(pitch_hz(bytes(run.sent[0][-8000:])) - 450) < 5
    tones = encode(signals.dtmf(digits, 0.07, 0.07, -9))
    run.until(1.31 + len(tones) / 8000, speak={0: tones})


def test_outgoing_call_to_a_known_number(run) -> None:
    audio = encode(signals.tone((700,), 0.5, -12))
    run.world.subscriber("62580001", answers_after_s=7.0, audio=audio, hangs_up_after_s=4.0)
    dial(run, "62580001")
    assert "dialled" in run.whats("fxo1")
    dialled_at = next(at for at, what, _ in run.events("fxo1") if what == "dialled")
    run.until(20.0)
    times = {what: round(at - dialled_at, 3) for at, what, _ in run.events("fxo1")}
    assert times["ringback"] == 0.8
    assert times["far-end-answered"] == 7.8
    assert times["far-end-hung-up"] == 11.8
    assert [detail for _, what, detail in run.events("fxo1") if what == "dialled"] == ["62580001"]


def test_every_digit_is_decoded(run) -> None:
    dial(run, "0123456789*#")
    run.until(10.0)
    assert [detail for _, what, detail in run.events("fxo1") if what == "dialled"] == ["0123456789*#"]


def test_speech_and_tones_are_no_digits(run) -> None:
    from tools.emulator.sound import murmur  # noqa: PLC0415

    run.board.fxo[0].hook = True
    run.until(1.0)
    run.until(11.0, speak={0: encode(murmur(10.0, np.random.default_rng(3)))})
    assert "dialled" not in run.whats("fxo1")


def test_mobile_number_is_complete_with_its_last_digit(run) -> None:
    dial(run, "13800138000")
    assert run.events("fxo1")[-1][1:] == ("dialled", "13800138000")


def test_unknown_number_is_answered_after_three_rings(run) -> None:
    dial(run, "5551")
    run.until(40.0)
    times = {what: at for at, what, _ in run.events("fxo1")}
    assert times["far-end-answered"] - times["ringback"] == pytest.approx(11.0)


@pytest.mark.parametrize(("kind", "period"), [("busy", 70), ("congested", 140)])
def test_refused_numbers(run, kind: str, period: int) -> None:
    what = {"busy": "busy-tone", "congested": "congestion"}[kind]
    run.world.subscriber("110", **{kind: True})
    dial(run, "110")
    run.until(4.0)
    assert run.whats("fxo1")[-1] == what
    run.sent.clear()
    run.until(11.0, listen=0)
    loud = np.abs(decode(bytes(run.sent[0])).reshape(-1, 80)).max(axis=1) > 0.01
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    assert set(np.diff(edges)) == {period // 2}


def test_no_digits_gives_busy_then_parks_the_line(run) -> None:
    run.board.fxo[0].hook = True
    run.until(80.0)
    assert [(at, what) for at, what, _ in run.events("fxo1")] == [
        (0.01, "seized"),
        (0.31, "dial-tone"),
        (15.31, "busy-tone"),
        (75.31, "parked"),
    ]


def test_answer_reversal(make_run) -> None:
    run = make_run(lines={"fxo1": LineOptions(answer_reversal=True)})
    run.world.subscriber("110", answers_after_s=2.0)
    dial(run, "110")
    run.until(3.0)
    assert run.board.fxo[0].volts == 48
    run.until(6.0)
    assert run.board.fxo[0].volts == -48
    run.board.fxo[0].hook = False
    run.until(7.0)
    assert run.board.fxo[0].volts == 48


def test_unplugged_in_a_call_ends_it(run) -> None:
    handle = run.world.call("fxo1", "1001")
    run.board.fxo[0].hook = True
    run.until(1.0)
    run.world.unplug("fxo1")
    run.until(2.0)
    assert handle.outcome is Outcome.RELEASED and handle.ended_at == pytest.approx(1.21)
    with pytest.raises(WorldError, match="unplugged already"):
        run.world.unplug("fxo1")
    run.world.plug("fxo1")
    run.until(3.0)
    assert run.whats("fxo1")[-2:] == ["seized", "dial-tone"]


def test_garbage_on_an_idle_and_on_a_talking_line(run) -> None:
    run.world.noise("fxo1", -15, 0.5)
    run.until(0.5, listen=0)
    assert abs(level_dbm0(decode(bytes(run.sent[0]))) + 15) < 3
    run.until(0.6)
    assert run.board.fxo[0].to_box == SILENCE
    run.world.call("fxo1", "1001")
    run.board.fxo[0].hook = True
    run.world.noise("fxo1", -15, 1.0)
    run.until(1.6)
    run.sent.clear()
    run.until(2.0, listen=0)
    assert bytes(run.sent[0]) == SILENCE * 40


def test_garbage_outlives_a_change_of_state(run) -> None:
    run.world.call("fxo1", "1001")
    run.world.noise("fxo1", -15, 2.0)
    run.until(1.0)
    run.board.fxo[0].hook = True
    run.until(1.9, listen=0)
    assert level_dbm0(decode(bytes(run.sent[0]))) > -20
    run.until(2.1)
    assert run.board.fxo[0].to_box == SILENCE


def test_echo(make_run) -> None:
    run = make_run(lines={"fxo1": LineOptions(echo_db=12.0)})
    run.world.call("fxo1", "1001")
    run.board.fxo[0].hook = True
    run.until(0.1)
    run.until(1.1, listen=0, speak={0: encode(signals.tone((500,), 1.0, -10))})
    assert abs(level_dbm0(decode(bytes(run.sent[0][160:]))) + 22) < 0.3


def test_line_noise_of_the_caller_runs_under_voice_and_keys(run) -> None:
    run.world.call("fxo1", "1001", noise_dbm0=-45, keys=[(1.0, "5")])
    run.board.fxo[0].hook = True
    run.until(0.01)
    run.until(1.0, listen=0)
    assert abs(level_dbm0(decode(bytes(run.sent[0]))) + 45) < 1


def test_nobody_to_hang_up(run) -> None:
    with pytest.raises(WorldError, match="fxo1: nobody to hang up, the line is idle"):
        run.world.hang_up("fxo1")
    with pytest.raises(WorldError, match="no line 'fxo9': there are fxo1, fxo2, fxo3, fxo4"):
        run.world.hang_up("fxo9")


def test_unplugged_while_ringing_rings_on_when_plugged(run) -> None:
    handle = run.world.call("fxo1", "1001")
    run.until(0.2)
    run.world.unplug("fxo1")
    run.until(5.5)
    assert run.board.fxo[0].ring[0] == 0
    run.world.plug("fxo1")
    assert run.board.fxo[0].ring[0] == 90
    run.world.unplug("fxo1")
    run.until(7.0)
    run.world.plug("fxo1")
    assert run.board.fxo[0].ring[0] == 0
    run.until(10.0)
    assert run.board.fxo[0].ring[0] == 90 and handle.outcome is None


def test_answer_at_the_moment_a_burst_begins(run) -> None:
    run.world.call("fxo1", "1001")
    run.until(4.99)
    run.board.fxo[0].hook = True
    run.until(5.0)
    assert run.board.fxo[0].ring[0] == 0 and run.whats("fxo1")[-1] == "answered"
