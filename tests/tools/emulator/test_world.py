"""The World as a whole: the same trace every time, cheap when nothing happens, clear refusals."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tools.emulator import signals
from tools.emulator.alaw import encode
from tools.emulator.event import WorldError
from tools.emulator.options import LineOptions
from tools.emulator.sound import SoundError, save


def script(run) -> tuple[list[tuple[float, str, str]], bytes]:
    world = run.world
    world.call("fxo1", "13800138000", keys=[(1.0, "2")], noise_dbm0=-50, hang_up_after_s=3.0)
    world.answer("fxs1", after_s=1.0)
    run.until(1.0)
    run.board.fxo[0].hook = True
    run.board.fxs[0].ringing_vrms = 60
    world.noise("fxo2", -20, 1.0)
    run.until(6.0, listen=0)
    return run.events(), bytes(run.sent[0])


def test_same_seed_and_script_same_trace_and_octets(make_run) -> None:
    first, again, other = (script(make_run(seed=seed)) for seed in (5, 5, 6))
    assert first == again
    assert first[0] == other[0] and first[1] != other[1]


def test_subscribers_of_events_see_what_the_trace_keeps(run) -> None:
    seen = []
    end = run.world.subscribe(seen.append)
    run.world.call("fxo1", "1001", give_up_after_s=1.0)
    run.until(2.0)
    assert seen == run.world.trace and len(seen) == 2
    end()
    run.world.polarity("fxo1")
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("verb", "args", "message"),
    [
        ("call", ("fxo1", "12a"), "number '12a': allowed are up to 20 digits"),
        ("call", ("fxs1", "12"), "no line 'fxs1': there are fxo1"),
        ("lift", ("fxo1",), "no phone 'fxo1': there are fxs1"),
        ("press", ("fxo1", "1"), "fxo1: nobody is talking, the line is idle"),
        ("press", ("fxo1", "x"), "keys 'x': allowed are"),
        ("plug", ("fxo1",), "fxo1: is plugged in already"),
        ("subscriber", ("",), "number '': allowed are 1 to 20 digits"),
        ("say", ("fxs1", b"\xd5"), "fxs1: is on its hook"),
    ],
)
def test_refusals_name_what_is_wrong(run, verb: str, args: tuple[object, ...], message: str) -> None:
    with pytest.raises(WorldError, match=message):
        getattr(run.world, verb)(*args)
    assert run.world.trace == []


def test_bad_sound_files_are_refused(run, tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("no sound")
    with pytest.raises(SoundError, match=r"notes\.wav: .*allowed: a WAV file, or raw 8 kHz"):
        run.world.call("fxo1", "1", audio=text)
    with pytest.raises(SoundError, match=r"none\.wav: No such file"):
        run.world.call("fxo1", "1", audio=tmp_path / "none.wav")
    assert run.world.trace == []


def test_unknown_lines_in_the_options_are_refused(make_run) -> None:
    with pytest.raises(WorldError, match="lines: no fxo7 on this board"):
        make_run(lines={"fxo7": LineOptions()})


def test_caller_records_what_it_hears(run, tmp_path: Path) -> None:
    path = tmp_path / "heard.al"
    run.world.call("fxo1", "1001", record=path)
    run.board.fxo[0].hook = True
    octets = encode(signals.tone((500,), 1.0, -10))
    run.until(0.01)
    run.until(1.01, speak={0: octets})
    run.board.fxo[0].hook = False
    run.until(2.0)
    assert path.read_bytes()[80:8080] == octets


def test_recordings_of_running_calls_are_written_at_the_end(run, tmp_path: Path) -> None:
    caller, phone = tmp_path / "caller.al", tmp_path / "phone.al"
    run.world.call("fxo1", "1001", record=caller)
    run.world.record("fxs1", phone)
    run.world.lift("fxs1")
    run.board.fxo[0].hook = True
    run.until(1.0)
    run.world.close()
    assert len(caller.read_bytes()) == len(phone.read_bytes()) == 8000


def test_say_and_press_by_handle_and_name(run) -> None:
    handle = run.world.call("fxo1", "1001")
    run.board.fxo[0].hook = True
    run.until(0.5)
    run.world.say(handle, encode(signals.tone((500,), 0.5, -10)))
    run.world.press("fxo1", "12")
    run.world.hang_up(handle)
    with pytest.raises(WorldError, match="the call of 1001 is over"):
        run.world.press(handle, "1")
    assert run.whats("fxo1")[-3:] == ["speaks", "key", "far-end-hung-up"]


def test_saved_wav_is_alaw_of_the_same_octets(tmp_path: Path) -> None:
    import soundfile  # noqa: PLC0415

    octets = bytes(range(256)) * 5
    save(tmp_path / "all.wav", octets)
    assert soundfile.info(tmp_path / "all.wav").subtype == "ALAW"
    from tools.emulator.sound import load  # noqa: PLC0415

    assert encode(load(tmp_path / "all.wav")) == octets


def test_other_rates_become_8_khz(tmp_path: Path) -> None:
    import soundfile  # noqa: PLC0415

    from tools.emulator.sound import load  # noqa: PLC0415

    at = np.arange(44100) / 44100
    soundfile.write(tmp_path / "cd.wav", np.column_stack([np.sin(2 * np.pi * 440 * at) / 2] * 2), 44100)
    samples = load(tmp_path / "cd.wav")
    assert len(samples) == 8000
    want = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) / 2
    assert np.abs(samples - want)[80:-80].max() < 0.01


def cost_us(run, ticks: int = 3000) -> float:
    best = float("inf")
    for _ in range(3):
        begin = time.thread_time()
        run.until(run.now + ticks / 100)
        best = min(best, (time.thread_time() - begin) / ticks * 1e6)
    return best


def test_an_idle_world_costs_next_to_nothing(run) -> None:
    # 4 us on a 2-core server; the limit leaves room for a busy machine
    assert cost_us(run) < 40


def test_a_busy_world_is_cheap(run) -> None:
    for index in range(4):
        run.world.call(f"fxo{index + 1}", "1001", noise_dbm0=-50, listen=True)
        run.board.fxo[index].hook = True
        run.world.lift(f"fxs{index + 1}")
    assert cost_us(run) < 100
