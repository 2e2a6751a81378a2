"""R2 register signals of the world, judged by libspandsp."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from tools.emulator import alaw, signals
from tools.emulator.span.mf import SIGNALS, MfEar, voice

SPANDSP_NAMES = "1234567890BCDEF"  # spandsp calls 10..15 0 and B..F; 11 is B


@pytest.fixture(scope="module")
def spandsp() -> ctypes.CDLL:
    library = ctypes.CDLL("libspandsp.so.2")
    for name in ("r2_mf_rx_init", "r2_mf_tx_init"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


def heard_by_spandsp(spandsp: ctypes.CDLL, octets: bytes, is_forward: bool) -> list[str]:
    receiver = ctypes.c_void_p(spandsp.r2_mf_rx_init(None, int(is_forward), None, None))
    found: list[str] = []
    samples = (alaw.decode(octets) * 32768).astype(np.int16)
    for at in range(0, len(samples) - 133, 133):
        spandsp.r2_mf_rx(receiver, samples[at : at + 133].ctypes.data_as(ctypes.c_void_p), 133)
        digit = spandsp.r2_mf_rx_get(receiver)
        name = chr(digit & 0xFF) if digit & 0xFF else ""
        if name and (not found or found[-1] != name):
            found.append(name)
    spandsp.r2_mf_rx_free(receiver)
    return found


def sent_by_spandsp(spandsp: ctypes.CDLL, name: str, is_forward: bool) -> bytes:
    sender = ctypes.c_void_p(spandsp.r2_mf_tx_init(None, int(is_forward)))
    spandsp.r2_mf_tx_put(sender, ctypes.c_char(name.encode()))
    samples = np.zeros(800, dtype=np.int16)
    spandsp.r2_mf_tx(sender, samples.ctypes.data_as(ctypes.c_void_p), 800)
    spandsp.r2_mf_tx_free(sender)
    return alaw.encode((samples / 32768).astype(np.float32))


def heard(octets: bytes, is_forward: bool) -> list[tuple[str, bool]]:
    ear = MfEar(is_forward)
    return [change for at in range(0, len(octets), 80) for change in ear.feed(octets[at : at + 80])]


@pytest.mark.parametrize("is_forward", [True, False])
@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal_both_ways(spandsp: ctypes.CDLL, signal: str, is_forward: bool) -> None:
    peer = SPANDSP_NAMES[SIGNALS.index(signal)]
    assert heard_by_spandsp(spandsp, voice(signal, is_forward) * 4, is_forward) == [peer]
    octets = alaw.SILENCE * 5 + sent_by_spandsp(spandsp, peer, is_forward) + alaw.SILENCE * 8
    assert heard(octets, is_forward) == [(signal, True), (signal, False)]


def test_the_ear_is_quick_and_hears_nothing_else() -> None:
    ear = MfEar(True)
    loop = voice("7", True)
    begins = [ear.feed(loop[at % 400 : at % 400 + 80]) for at in range(0, 800, 80)]
    assert [bool(changes) for changes in begins].index(True) <= 3
    for other in (signals.dtmf("159D", 0.1, 0.05), signals.tone((1500.0,), 0.5, -8.0)):
        octets = alaw.encode(other)
        assert heard(octets + bytes([0xD5]) * (-len(octets) % 80), True) == []
    noise = signals.noise(5.0, -20.0, np.random.default_rng(3))
    assert heard(alaw.encode(noise), False) == []


def test_what_is_no_signal_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed are 1, 2"):
        voice("F", True)
