"""Comfort noise: ITU-T G.711 Appendix II, RFC 3389."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from cext import CextError
from tests.cext.ref import signal


def level_dbov(pcm16: bytes) -> float:
    """Mean square against that of a full-scale square wave."""
    return float(10 * np.log10(np.mean(signal.from_pcm16(pcm16) ** 2)))


def coloured(rng: np.random.Generator, dbov: float, pole: float) -> bytes:
    """Noise of one real pole, made with numpy."""
    white = rng.normal(0, 1, 24000)
    y = np.zeros_like(white)
    for i in range(1, len(white)):
        y[i] = white[i] + pole * y[i - 1]
    return signal.pcm16(y * 10 ** (dbov / 20) / np.std(y))


@pytest.mark.parametrize("dbov", [20, 30, 40, 50, 60, 70])
def test_rfc_3389_3_1_level_of_the_generator_within_2_db(dbov: int) -> None:
    assert level_dbov(cext.noise_samples(bytes([dbov]), 3000)[4000:]) == pytest.approx(-dbov, abs=2)


@pytest.mark.parametrize(
    "codes", [(27,), (227,), (27, 180), (60, 160, 100, 140, 127, 90, 127, 130, 127, 127)]
)
@pytest.mark.parametrize("dbov", [30, 50])
def test_rfc_3389_3_2_level_does_not_depend_on_the_spectrum(dbov: int, codes: tuple[int, ...]) -> None:
    made = cext.noise_samples(bytes([dbov, *codes]), 3000)[4000:]
    assert level_dbov(made) == pytest.approx(-dbov, abs=2)


@pytest.mark.parametrize("pole", [-0.8, 0.0, 0.6, 0.9])
@pytest.mark.parametrize("dbov", [25.0, 40.0, 58.0])
def test_level_of_the_analyser_within_2_db_and_the_first_coefficient(dbov: float, pole: float) -> None:
    """k1 = -r1/r0 of the noise, here -pole; RFC 3389 3.2: k = 258 (N - 127) / 32768."""
    payload = cext.noise_payload(coloured(np.random.default_rng(1), -dbov, pole))
    assert len(payload) == 11
    assert payload[0] == pytest.approx(dbov, abs=2)
    assert 258 * (payload[1] - 127) / 32768 == pytest.approx(-pole, abs=0.12)


@pytest.mark.parametrize("pole", [-0.7, 0.5, 0.9])
def test_there_and_back_level_within_2_db_and_spectrum_within_3_db(pole: float) -> None:
    original = coloured(np.random.default_rng(2), -45, pole)
    made = cext.noise_samples(cext.noise_payload(original), 3000, seed=9)[4000:]
    assert level_dbov(made) == pytest.approx(-45, abs=2)
    for low, high in ((200, 1000), (1000, 2000), (2000, 3600)):
        assert in_band(made, low, high) == pytest.approx(in_band(original, low, high), abs=3)


def in_band(pcm16: bytes, low_hz: int, high_hz: int) -> float:
    """Power of a band, dB."""
    samples = signal.from_pcm16(pcm16)
    spectrum = np.abs(np.fft.rfft(samples)) ** 2 / len(samples) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / 8000)
    return float(10 * np.log10(2 * spectrum[(hz >= low_hz) & (hz < high_hz)].sum()))


def test_reserved_and_hostile_coefficients_stay_stable() -> None:
    """255 is reserved; ten coefficients at either end, and more than ten: bounded."""
    for codes in ([255] * 10, [254] * 10, [0] * 10, [0, 254] * 5, list(range(200))):
        made = signal.from_pcm16(cext.noise_samples(bytes([40, *codes]), 2000))
        assert np.max(np.abs(made)) < 0.5


def test_silence_has_the_lowest_level_and_nothing_gives_nothing() -> None:
    assert cext.noise_payload(bytes(16000))[0] == 127
    assert not any(cext.noise_samples(b"", 100))
    with pytest.raises(CextError, match="3 octets"):
        cext.noise_payload(b"abc")
