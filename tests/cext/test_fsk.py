"""Caller ID: receiver and sender against libspandsp, and in noise."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from tests.cext.ref import signal, spandsp
from tests.cext.ref.signal import Samples

SDMF = bytes([0x04, 18]) + b"112201341380013800"
_FIELDS = bytes([1, 8]) + b"11220134" + bytes([2, 11]) + b"13800138000" + bytes([7, 5]) + b"ALICE"
MDMF = bytes([0x80, len(_FIELDS)]) + _FIELDS
STANDARDS = {"bell202": spandsp.CLASS, "v23": spandsp.CLIP}


def hear(samples: Samples, step_oct: int = 8000) -> list[bytes]:
    """Return the messages heard."""
    detector = cext.Detector([], dtmf=False, progress=False)
    octets = signal.alaw(np.concatenate([signal.silence(50), samples, signal.silence(50)]))
    found = [e for at in range(0, len(octets), step_oct) for e in detector.feed(octets[at : at + step_oct])]
    return [event.data for event in found + detector.finish()]


def sent(message: bytes, standard: str, level_dbm0: float = -13.5) -> Samples:
    """What our own sender makes."""
    return signal.from_pcm16(cext.caller_id_samples(message, standard, level_dbm0))


@pytest.mark.parametrize("message", [SDMF, MDMF])
@pytest.mark.parametrize("standard", STANDARDS)
def test_we_hear_spandsp(message: bytes, standard: str) -> None:
    samples = signal.from_pcm16(spandsp.caller_id_tx(message, STANDARDS[standard]))
    assert hear(samples) == [message]


@pytest.mark.parametrize("message", [SDMF, MDMF])
@pytest.mark.parametrize("standard", STANDARDS)
def test_spandsp_hears_us(message: bytes, standard: str) -> None:
    samples = np.concatenate([signal.silence(100), sent(message, standard), signal.silence(200)])
    assert spandsp.caller_id_rx(signal.pcm16(samples), STANDARDS[standard]) == [message]


@pytest.mark.parametrize("level_dbm0", [-4.0, -13.5, -30.0, -37.0])
@pytest.mark.parametrize("standard", STANDARDS)
def test_levels(level_dbm0: float, standard: str) -> None:
    assert hear(sent(MDMF, standard, level_dbm0)) == [MDMF]


@pytest.mark.parametrize("standard", STANDARDS)
def test_99_percent_at_12_db_above_noise(standard: str) -> None:
    """White noise over 4 kHz."""
    rng = np.random.default_rng(3)
    clean = sent(MDMF, standard, -20)
    heard = [hear(clean + signal.noise(rng, len(clean), -32)) for _ in range(100)]
    assert heard.count([MDMF]) >= 99
    assert all(messages in ([MDMF], []) for messages in heard)


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("speed", [0.99, 1.01])
def test_a_sender_whose_clock_is_1_percent_off(standard: str, speed: float) -> None:
    """Moves frequencies and baud rate together: both are allowed 1 %."""
    clean = sent(MDMF, standard)
    at = np.arange(0, len(clean) - 1, speed)
    assert hear(np.interp(at, np.arange(len(clean)), clean)) == [MDMF]


@pytest.mark.parametrize("hum_dbm0", [-20.0, -14.0])
def test_hum_does_not_hurt(hum_dbm0: float) -> None:
    clean = sent(MDMF, "v23")
    assert hear(clean + signal.sine(50, len(clean) / 8, hum_dbm0)) == [MDMF]


@pytest.mark.parametrize("standard", STANDARDS)
def test_mark_only_without_channel_seizure(standard: str) -> None:
    """As sent off-hook: 80 bits of mark, then the message."""
    clean = sent(MDMF, standard)
    begin = int((300 + 100) / 1200 * 8000)
    assert hear(clean[begin:]) == [MDMF]


def test_a_twisted_line() -> None:
    """Space 6 dB below mark, as on a long pair."""
    clean = sent(MDMF, "bell202")
    spectrum = np.fft.rfft(clean)
    hz = np.fft.rfftfreq(len(clean), 1 / 8000)
    tilted = np.fft.irfft(spectrum * 10 ** (-6 / 20 * np.clip((hz - 1200) / 1000, 0, 2)), len(clean))
    assert hear(tilted) == [MDMF]


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("level_dbm0", [-13.5, -36.9])
def test_spandsps_generator_is_heard_down_to_minus_37_dbm0(standard: str, level_dbm0: float) -> None:
    samples = signal.from_pcm16(spandsp.caller_id_tx(MDMF, STANDARDS[standard]))
    own_dbm0 = 3.14 + 10 * np.log10(2 * np.mean(samples[2000:6000] ** 2))
    assert hear(samples * 10 ** ((level_dbm0 - own_dbm0) / 20)) == [MDMF]


@pytest.mark.parametrize("standard", STANDARDS)
def test_spandsps_generator_at_12_db_above_noise(standard: str) -> None:
    rng = np.random.default_rng(6)
    samples = signal.from_pcm16(spandsp.caller_id_tx(MDMF, STANDARDS[standard]))
    own_dbm0 = 3.14 + 10 * np.log10(2 * np.mean(samples[2000:6000] ** 2))
    heard = [hear(samples + signal.noise(rng, len(samples), own_dbm0 - 12)) for _ in range(100)]
    assert heard.count([MDMF]) >= 99


@pytest.mark.parametrize("standard", STANDARDS)
def test_noise_makes_no_false_message(standard: str) -> None:
    """5 to 8 dB: many bits are wrong, and the checksum alone lets one bad message in some hundred pass."""
    rng = np.random.default_rng(11)
    clean = sent(MDMF, standard, -20)
    for snr_db in (5, 6, 7, 8):
        for _ in range(60):
            assert hear(clean + signal.noise(rng, len(clean), -20 - snr_db)) in ([MDMF], [])


@pytest.mark.parametrize(
    "message",
    [
        bytes([0x04, 18]) + b"11x201341380013800",  # no digit in the date
        bytes([0x04, 5]) + b"11220",  # too short for one
        bytes([0x80, 6, 1, 4]) + b"1122",
        bytes([0x80, 5, 2, 3]) + b"1\xb23",  # parity bit
        bytes([0x80, 5, 2, 9]) + b"123",  # a parameter longer than the message
        bytes([0x03, 3]) + b"123",
    ],
)
def test_a_message_that_makes_no_sense_is_refused_in_spite_of_its_checksum(message: bytes) -> None:
    assert hear(sent(message, "v23")) == []


def test_a_damaged_message_is_not_given() -> None:
    clean = sent(MDMF, "bell202")
    octet_smp = 8000 * 10 // 1200
    message_at = int(480 / 1200 * 8000)
    for octet in (3, 10, 20):
        hurt = clean.copy()
        begin = message_at + octet * octet_smp
        hurt[begin : begin + octet_smp] = signal.sine(2200, 1000, -13.5)[:octet_smp]
        assert hear(hurt) == []


def test_two_messages_in_a_row() -> None:
    assert hear(np.concatenate([sent(SDMF, "v23"), signal.silence(300), sent(MDMF, "v23")])) == [SDMF, MDMF]


def test_speech_and_digits_are_no_message() -> None:
    assert hear(signal.speech(-14, length_s=112)) == []
    assert hear(signal.from_pcm16(spandsp.dtmf_tx("0123456789ABCD*#" * 4))) == []


@pytest.mark.parametrize("step_oct", [1, 50, 80, 333])
def test_the_way_samples_are_cut_does_not_matter(step_oct: int) -> None:
    assert hear(sent(MDMF, "v23"), step_oct) == [MDMF]


def test_the_event_says_when_and_how_loud() -> None:
    detector = cext.Detector([], dtmf=False, progress=False)
    (event,) = detector.feed(signal.alaw(np.concatenate([signal.silence(100), sent(SDMF, "bell202")])))
    assert event.kind is cext.EventKind.CALLER_ID
    assert abs(event.at_smp / 8 - (100 + 400)) < 5  # after 480 bits
    assert abs(event.level_dbm0 + 13.5) < 1.5
    assert abs(event.duration_ms - (len(SDMF) + 1) * 10 / 1.2) < 10


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(cext.CextError, match="allowed are bell202, v23"):
        cext.caller_id_samples(MDMF, "v22")
    with pytest.raises(cext.CextError, match=r"allowed are 1\.\.257"):
        cext.caller_id_samples(b"")
