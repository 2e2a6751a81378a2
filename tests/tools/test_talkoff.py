"""Counting false digits in files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cext.ref import signal
from tools import talkoff

SPEECH = (
    "/usr/share/pocketsphinx/test/data/cards",
    "/usr/share/pocketsphinx/test/data/librivox",
    "/usr/share/codec2/wav",
)


def write(path: Path, samples: signal.Samples, rate_hz: int = 8000) -> Path:
    """Make a WAV file of 16 bits."""
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    return path


def test_a_digit_is_a_hit_and_hours_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = np.random.default_rng(1).normal(0, 0.001, 36 * 800)
    quiet[8000:8800] += signal.digit("7", 100)
    write(tmp_path / "one.wav", quiet)
    write(tmp_path / "none.wav", np.random.default_rng(2).normal(0, 0.1, 8000))
    assert talkoff.main([str(tmp_path), "--peer", "--list"]) == 0
    text = capsys.readouterr().out
    assert "1 hits" in text
    assert "libspandsp     1 hits" in text
    assert "0.001 h" in text
    assert re.search(r" (0\.99|1\.00)\d s  7 ", text)
    assert "2 files" in text


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFFnonsense")
    write(tmp_path / "silent.wav", np.zeros(800))
    assert talkoff.main([str(tmp_path)]) == 1
    assert "not readable: 2" in capsys.readouterr().out
    assert talkoff.main([str(tmp_path / "nowhere.wav")]) == 1
    assert "no such file or folder" in capsys.readouterr().err


def test_no_digit_in_the_recorded_speech_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """Talk-off over what the set-up installs (Debian: pocketsphinx-testdata, codec2-examples), two speeds."""
    assert talkoff.main([*SPEECH, "--speeds", "1.1"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if " hits " in line]
    assert len(rows) == 2
    assert all(" 0 hits " in row for row in rows)
