"""G.711 against the standard's tables, all inputs."""

from __future__ import annotations

import math

import numpy as np

import cext
from cext._dsp import ffi, lib
from tests.cext.ref import g711, spandsp

ALL_SAMPLES = list(range(-32768, 32768))
ALL_PCM16 = np.arange(-32768, 32768, dtype="<i2").tobytes()
ALL_CODES = bytes(range(256))


def test_alaw_encodes_all_65536_inputs_as_the_standard_says() -> None:
    assert cext.alaw_encode(ALL_PCM16) == bytes(map(g711.alaw_code, ALL_SAMPLES))


def test_ulaw_encodes_all_65536_inputs_as_the_standard_says() -> None:
    assert cext.ulaw_encode(ALL_PCM16) == bytes(map(g711.ulaw_code, ALL_SAMPLES))


def test_alaw_decodes_all_codes() -> None:
    assert np.frombuffer(cext.alaw_decode(ALL_CODES), "<i2").tolist() == list(
        map(g711.alaw_value, range(256))
    )


def test_alaw_becomes_the_same_floats_at_every_place_of_a_vector() -> None:
    """All codes, each at all 16 places; then every length, at its end nothing but what was there."""
    codes = bytes((ALL_CODES * 2)[i % 256 + i // 256] for i in range(16 * 256))
    for octets in (codes, *(codes[100 : 100 + n] for n in range(50))):
        out = np.full(len(octets) + 1, 7.0, np.float32)
        lib.alaw_to_floats(octets, ffi.from_buffer("float[]", out.data), len(octets))
        assert (out[:-1] * 32768).tolist() == list(map(g711.alaw_value, octets))
        assert out[-1] == 7.0


def test_ulaw_decodes_all_codes() -> None:
    assert np.frombuffer(cext.ulaw_decode(ALL_CODES), "<i2").tolist() == list(
        map(g711.ulaw_value, range(256))
    )


def test_every_code_comes_back_but_the_negative_zero_of_ulaw() -> None:
    assert cext.alaw_encode(cext.alaw_decode(ALL_CODES)) == ALL_CODES
    back = cext.ulaw_encode(cext.ulaw_decode(ALL_CODES))
    assert [code for code in range(256) if back[code] != code] == [0x7F]


def test_the_reference_is_the_one_peers_agree_with() -> None:
    """spandsp is exact for A-law, and differs for u-law only where a sample equals a decision value."""
    assert spandsp.encode(ALL_PCM16, spandsp.ALAW) == cext.alaw_encode(ALL_PCM16)
    theirs, ours = spandsp.encode(ALL_PCM16, spandsp.ULAW), cext.ulaw_encode(ALL_PCM16)
    different = [sample for sample, a, b in zip(ALL_SAMPLES, theirs, ours, strict=True) if a != b]
    assert all(-sample in g711.U_DECISIONS for sample in different)
    assert spandsp.decode(ALL_CODES, spandsp.ALAW) == cext.alaw_decode(ALL_CODES)
    assert spandsp.decode(ALL_CODES, spandsp.ULAW) == cext.ulaw_decode(ALL_CODES)


def test_the_digital_milliwatt_is_0_dbm0() -> None:
    """G.711 tables 5 and 6: these octets, repeated, are a sine of 1 kHz at 0 dBm0."""
    for octets, decode, overload_db in (
        ("34 21 21 34 b4 a1 a1 b4", cext.alaw_decode, 3.14),
        ("1e 0b 0b 1e 9e 8b 8b 9e", cext.ulaw_decode, 3.17),
    ):
        pcm = np.frombuffer(decode(bytes.fromhex(octets)), "<i2") / (32768 if overload_db == 3.14 else 32636)
        level_db = 10 * math.log10(2 * float(np.mean(pcm**2)))
        assert abs(level_db + overload_db) < 0.03


def test_silence() -> None:
    assert cext.alaw_encode(b"\0\0") == b"\xd5"
    assert cext.ulaw_encode(b"\0\0") == b"\xff"
