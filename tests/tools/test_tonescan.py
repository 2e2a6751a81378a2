"""The tone scanner on files of every coding, and on files that are none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import cext
from tests.cext.ref import signal, spandsp
from tests.cext.ref.signal import Samples
from tools import tonescan

DIGITS = "159D*0#"


def scan(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    """Run with --json; return the objects."""
    assert tonescan.main([*map(str, arguments), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def digits_of(found: list[dict[str, Any]]) -> str:
    """Return the digits."""
    return "".join(item["digit"] for item in found if item["type"] == "dtmf")


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Digits of spandsp at -15 dBm0, after 250 ms."""
    digits = signal.from_pcm16(spandsp.dtmf_tx(DIGITS, level_dbm0=-15, on_ms=80, off_ms=60))
    return np.concatenate([signal.silence(250), digits, signal.silence(200)])


def upsampled(samples: Samples, rate_hz: int) -> Samples:
    """Bring 8 kHz samples to another rate through the spectrum (exact for what is below 4 kHz)."""
    count = len(samples) * rate_hz // 8000
    spectrum = np.fft.rfft(samples)
    wide = np.zeros(count // 2 + 1, complex)
    keep = min(len(spectrum), len(wide))
    wide[:keep] = spectrum[:keep]
    return np.fft.irfft(wide, count) * (count / len(samples))


def test_one_object_a_line_with_the_promised_keys(
    samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "digits.wav"
    soundfile.write(path, samples, 8000, subtype="PCM_16")
    found = scan(capsys, path)
    assert digits_of(found) == DIGITS
    for i, item in enumerate(found):
        assert list(item) == ["file", "channel", "time", "type", "digit", "duration_ms", "level_dbm0"]
        assert (item["file"], item["channel"], item["type"]) == (str(path), 0, "dtmf")
        assert abs(item["time"] - (0.25 + 0.14 * i)) < 0.004
        assert abs(item["duration_ms"] - 80) < 5
        assert abs(item["level_dbm0"] + 15) < 0.7


@pytest.mark.parametrize("coding", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "ALAW", "ULAW"])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_wav_says_its_own_coding_and_rate(
    coding: str, rate_hz: int, samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "digits.wav"
    soundfile.write(path, upsampled(samples, rate_hz), rate_hz, subtype=coding)
    found = scan(capsys, path)
    assert digits_of(found) == DIGITS
    assert all(abs(item["level_dbm0"] + 15) < 0.8 for item in found)


def test_every_channel_is_heard_by_itself(
    samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = signal.from_pcm16(cext.tone_samples(cext.ToneSpec("busy", (450.0,), (350, 350)), 4000))
    both = np.zeros((len(busy), 2))
    both[: len(samples), 0] = samples
    both[:, 1] = busy
    path = tmp_path / "call.wav"
    soundfile.write(path, both, 8000, subtype="ALAW")
    found = scan(capsys, path)
    assert digits_of(found) == DIGITS
    assert [(i["channel"], i["type"], i["tone"]) for i in found[len(DIGITS) :]] == [(1, "tone", "busy")]
    assert abs(found[-1]["duration_ms"] - 3850) < 60


@pytest.mark.parametrize("law", ["alaw", "ulaw", "pcm"])
def test_raw_files(law: str, samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pcm16 = signal.pcm16(samples)
    octets = {"alaw": cext.alaw_encode, "ulaw": cext.ulaw_encode, "pcm": lambda pcm: pcm}[law](pcm16)
    path = tmp_path / f"digits.{law}"
    path.write_bytes(octets)
    found = scan(capsys, path, "--law", law)
    assert digits_of(found) == DIGITS
    assert all(abs(item["level_dbm0"] + 15) < 0.7 for item in found)
    assert (scan(capsys, path) == found) == (law == "alaw")


def test_a_tone_that_the_file_cuts_off_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dial = signal.sine(450, 3000, -10)
    path = tmp_path / "dial.raw"
    path.write_bytes(signal.alaw(dial))
    (found,) = scan(capsys, path)
    assert (found["type"], found["tone"]) == ("tone", "dial")
    assert abs(found["duration_ms"] - 3000) < 60
    path.write_bytes(signal.alaw(signal.digit("6", 90)))
    (found,) = scan(capsys, path)
    assert (found["digit"], found["time"]) == ("6", pytest.approx(0, abs=0.004))
    assert found["duration_ms"] == pytest.approx(90, abs=5)


def test_caller_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = bytes([0x04, 18]) + b"112201341380013800"
    path = tmp_path / "ring.raw"
    path.write_bytes(cext.alaw_encode(spandsp.caller_id_tx(message, spandsp.CLIP)))
    (found,) = scan(capsys, path)
    assert (found["type"], found["data"]) == ("caller-id", message.hex())


def test_speech_has_no_tones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "voice.wav"
    soundfile.write(path, signal.speech(-15, length_s=60), 8000, subtype="PCM_16")
    assert scan(capsys, path) == []


def test_the_table_is_for_people(
    samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, quiet = tmp_path / "digits.wav", tmp_path / "quiet.raw"
    soundfile.write(path, samples, 8000, subtype="PCM_16")
    quiet.write_bytes(b"\xd5" * 8000)
    assert tonescan.main([str(path), str(quiet)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(path)
    assert len(lines) == 1 + len(DIGITS) + 2
    assert "dtmf" in lines[1]
    assert lines[-2:] == [str(quiet), "    nothing heard"]


def test_a_broken_file_is_named_and_the_others_are_scanned(
    samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = tmp_path / "good.wav"
    soundfile.write(good, samples, 8000, subtype="PCM_16")
    broken, empty, odd, slow = (
        tmp_path / name for name in ("broken.wav", "empty.raw", "odd.pcm", "slow.wav")
    )
    broken.write_bytes(b"RIFF1234WAVEjunk")
    empty.write_bytes(b"")
    odd.write_bytes(b"123")
    soundfile.write(slow, np.zeros(100), 1000, subtype="PCM_16")
    files = [broken, empty, tmp_path / "missing.wav", tmp_path, odd, slow, good]
    assert tonescan.main([*map(str, files), "--json", "--law", "pcm"]) == 1
    out = capsys.readouterr()
    assert digits_of([json.loads(line) for line in out.out.splitlines()]) == DIGITS
    complaints = out.err.splitlines()
    assert len(complaints) == len(files) - 1
    for path, complaint in zip(files[:-1], complaints, strict=True):
        assert complaint.startswith(f"tonescan: {path}: ")
    assert "even number" in complaints[4]
    assert "1000 Hz" in complaints[5]


def test_learn_prints_a_line_for_the_zones_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = cext.ToneSpec("strange", (385.0,), (300, 600), -15.0)
    path = tmp_path / "strange.al"
    path.write_bytes(cext.alaw_encode(cext.tone_samples(spec, 6000)) + b"\xd5" * 800)
    assert tonescan.main(["--learn", str(path)]) == 0
    said = capsys.readouterr().out
    assert re.search(r'"385: (29[5-9]|30[0-5]) (59[5-9]|60[0-5])"', said)
    path.write_bytes(b"\xd5" * 80000)
    assert tonescan.main(["--learn", str(path)]) == 0
    assert "no tone" in capsys.readouterr().out
