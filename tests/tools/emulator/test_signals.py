"""What the world sends, judged by a peer (libspandsp) and by the standards' numbers."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from datetime import datetime

import numpy as np
import pytest

from tools.emulator import alaw, signals
from tools.emulator.digits import DigitReceiver
from tools.emulator.sound import murmur

WHEN = datetime(2026, 1, 5, 9, 41)


@pytest.fixture(scope="module")
def spandsp() -> ctypes.CDLL:
    library = ctypes.CDLL("libspandsp.so.2")
    for name in ("adsi_rx_init", "dtmf_rx_init", "dtmf_tx_init"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


def pcm(octets: bytes) -> np.ndarray:
    return (alaw.decode(octets) * 32768).astype(np.int16)


def received_messages(spandsp: ctypes.CDLL, octets: bytes) -> list[bytes]:
    """Hear caller ID with spandsp's Bell 202 receiver (ADSI_STANDARD_CLASS = 1)."""
    messages: list[bytes] = []
    take = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int)(
        lambda _user, data, count: messages.append(bytes(data[:count]))
    )
    receiver = ctypes.c_void_p(spandsp.adsi_rx_init(None, 1, take, None))
    samples = pcm(octets + alaw.SILENCE * 20)
    spandsp.adsi_rx(receiver, samples.ctypes.data_as(ctypes.c_void_p), len(samples))
    spandsp.adsi_rx_free(receiver)
    return messages


@pytest.mark.parametrize(("number", "name"), [("13800138000", ""), ("62580001", "MUSEUM"), ("", "")])
def test_caller_id_is_read_by_a_peer(spandsp: ctypes.CDLL, number: str, name: str) -> None:
    octets = signals.caller_id(number, name, WHEN)
    assert len(octets) / 8000 < 1.5  # it must end well before the second ring
    [message] = received_messages(spandsp, octets)
    sent = signals.caller_id_message(number, name, WHEN)
    assert message == sent[: len(message)] and len(message) >= len(sent) - 1  # the checksum is not passed on
    assert b"01050941" in message and number.encode() in message and name.encode() in message


def test_caller_id_message_by_hand() -> None:
    by_hand = bytes.fromhex("80 0e 01 08 3031303530393431 02 02 3132 6e")
    assert signals.caller_id_message("12", "", WHEN) == by_hand
    assert signals.caller_id_message("", "", WHEN)[12:15] == b"\x04\x01P"


def test_the_keys_are_heard_by_a_peer(spandsp: ctypes.CDLL) -> None:
    receiver = ctypes.c_void_p(spandsp.dtmf_rx_init(None, None, None))
    samples = pcm(alaw.encode(signals.dtmf("0123456789*#ABCD", 0.06, 0.06, -20)))
    spandsp.dtmf_rx(receiver, samples.ctypes.data_as(ctypes.c_void_p), len(samples))
    digits = ctypes.create_string_buffer(64)
    spandsp.dtmf_rx_get(receiver, digits, 63)
    spandsp.dtmf_rx_free(receiver)
    assert digits.value == b"0123456789*#ABCD"


def heard(receive: Callable[[bytes], str], octets: bytes) -> str:
    octets += alaw.SILENCE * 5
    return "".join(receive(octets[at : at + 80]) for at in range(0, len(octets) // 80 * 80, 80))


@pytest.mark.parametrize("level_dbm0", [-3, -10, -25])
def test_the_exchange_hears_a_peer(spandsp: ctypes.CDLL, level_dbm0: int) -> None:
    sender = ctypes.c_void_p(spandsp.dtmf_tx_init(None, None, None))
    spandsp.dtmf_tx_set_level(sender, level_dbm0, 0)
    spandsp.dtmf_tx_set_timing(sender, 50, 50)
    spandsp.dtmf_tx_put(sender, b"0123456789*#ABCD1122", -1)
    samples = np.zeros(8000 * 3, dtype=np.int16)
    spandsp.dtmf_tx(sender, samples.ctypes.data_as(ctypes.c_void_p), len(samples))
    spandsp.dtmf_tx_free(sender)
    octets = alaw.encode(samples.astype(np.float32) / 32768)
    assert heard(DigitReceiver().feed, octets) == "0123456789*#ABCD1122"


@pytest.mark.parametrize("offset", range(0, 80, 13))
def test_the_exchange_hears_fast_digits_at_any_phase(offset: int) -> None:
    octets = b"\xd5" * offset + alaw.encode(signals.dtmf("1590", 0.05, 0.05))
    assert heard(DigitReceiver().feed, octets) == "1590"


def test_the_exchange_hears_no_digits_in_other_sounds() -> None:
    rng = np.random.default_rng(4)
    for samples in (
        murmur(20, rng),
        signals.noise(10, -10, rng),
        signals.crackle(10, -10, rng),
        signals.tone((450,), 3, -10),
        signals.tone((697,), 1, -10),
        signals.tone((697, 770, 1209), 1, -10),
        signals.dtmf("5", 0.1, 0.1, -45),
    ):
        assert heard(DigitReceiver().feed, alaw.encode(samples)) == ""


def test_alaw_against_the_recommendation() -> None:
    # ITU-T G.711 table 1a: the values of the first, the second and the last code, both signs
    decoded = alaw.decode(bytes([0xD5, 0x55, 0xD4, 0xAA, 0x2A]))
    assert (decoded * 4096).tolist() == [1.0, -1.0, 3.0, 4032.0, -4032.0]
    loud = np.array([0, -1 / 32768, 1, -1, 5, -5], dtype=np.float32)
    assert alaw.encode(loud) == bytes.fromhex("d5 55 aa 2a aa 2a")
    every = bytes(range(256))
    assert alaw.encode(alaw.decode(every)) == every


def test_levels() -> None:
    assert abs(alaw.level_dbm0(signals.tone((1000,), 1, -10)) + 10) < 0.01
    assert abs(alaw.level_dbm0(alaw.decode(alaw.encode(signals.tone((1000,), 1, 0))))) < 0.1
    assert abs(alaw.level_dbm0(signals.noise(2, -30, np.random.default_rng(1))) + 30) < 0.2


def test_bad_digits_and_cadences_are_refused() -> None:
    with pytest.raises(ValueError, match="digit 'x': allowed are"):
        signals.dtmf("1x")
    with pytest.raises(ValueError, match="multiple of 10 ms"):
        signals.cadence(450, (0.333,), -10)
