"""The DTMF sender against libspandsp's receiver and against Q.23."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from tests.cext.ref import signal, spandsp

ALL = "0123456789ABCD*#"


@pytest.mark.parametrize("level_dbm0", [-3.0, -9.0, -20.0])
@pytest.mark.parametrize("timing_ms", [(50, 50), (100, 100), (70, 60)])
def test_spandsp_hears_what_we_send(level_dbm0: float, timing_ms: tuple[int, int]) -> None:
    pcm16 = cext.dtmf_samples(ALL, *timing_ms, level_dbm0)
    assert spandsp.dtmf_rx(pcm16) == ALL
    assert len(pcm16) == 2 * 8 * sum(timing_ms) * len(ALL)


@pytest.mark.parametrize("key", ALL)
def test_frequencies_and_levels(key: str) -> None:
    """Q.23: within 1.5 %; ours are exact to a Hz, each tone at the level asked for."""
    samples = signal.from_pcm16(cext.dtmf_samples(key, 1000, 20, -9.0))[:8000]
    spectrum = np.abs(np.fft.rfft(samples)) / 4000
    index = signal.KEYPAD.index(key)
    strongest = sorted(int(hz) for hz in np.argsort(spectrum)[-2:])
    assert strongest == [signal.LOW_HZ[index // 4], signal.HIGH_HZ[index % 4]]
    assert np.allclose(spectrum[strongest], signal.amplitude(-9.0), rtol=0.01)
    spectrum[strongest] = 0
    assert spectrum.max() < signal.amplitude(-9.0) / 1000  # 60 dB down


def test_a_comma_is_a_second_of_silence() -> None:
    samples = signal.from_pcm16(cext.dtmf_samples("1,2", 100, 50, -9.0))
    assert len(samples) == 8 * (150 + 1000 + 150)
    assert not samples[8 * 100 : 8 * 1150].any()
    assert spandsp.dtmf_rx(signal.pcm16(samples)) == "12"


@pytest.mark.parametrize("digits", ["", "E", "1 2", "1" * 65, "１"])
def test_what_is_no_digit_is_refused(digits: str) -> None:
    with pytest.raises(cext.CextError, match="allowed"):
        cext.dtmf_samples(digits)
