"""Tone lists on their way into C, and the offline generators and codecs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cext._dsp import ffi, lib
from cext.levels import amplitude
from cext.types import SAMPLE_RATE_HZ, CextError, ToneSpec

DIGITS = "0123456789ABCD*#"
SMP_PER_MS = SAMPLE_RATE_HZ // 1000


def check_digits(digits: str, allowed: str = DIGITS + ",") -> bytes:
    """Return the digits in capitals as octets; raises CextError naming the first wrong one."""
    for digit in digits:
        if digit.upper() not in allowed:
            raise CextError(f"digit {digit!r} in {digits!r}: allowed are {allowed}")
    if not 1 <= len(digits) <= lib.DSP_DIAL_MAX:
        raise CextError(f"{len(digits)} digits: allowed are 1..{lib.DSP_DIAL_MAX}")
    return digits.upper().encode("ascii")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise CextError if `value` is outside low..high, or no number."""
    if not low <= value <= high or math.isnan(value):
        raise CextError(f"{name} {value}: allowed is {low}..{high}")


def check_message(message: bytes, standard: str) -> int:
    """Return the number of the standard; raises CextError for another, or a message that cannot be sent."""
    standards = {"bell202": lib.DSP_BELL202, "v23": lib.DSP_V23}
    if standard not in standards:
        raise CextError(f"standard {standard!r}: allowed are {', '.join(standards)}")
    if not 1 <= len(message) <= lib.DSP_MESSAGE_MAX:
        raise CextError(f"message of {len(message)} octets: allowed are 1..{lib.DSP_MESSAGE_MAX}")
    return int(standards[standard])


def _check_spec(spec: ToneSpec) -> None:
    if not 1 <= len(spec.freqs_hz) <= lib.DSP_TONE_FREQS:
        raise CextError(
            f"tone {spec.name}: {len(spec.freqs_hz)} frequencies, allowed are 1..{lib.DSP_TONE_FREQS}"
        )
    if len(spec.cadence_ms) > lib.DSP_TONE_STEPS or len(spec.cadence_ms) % 2:
        raise CextError(
            f"tone {spec.name}: cadence of {len(spec.cadence_ms)} steps, allowed are 0, 2, .. "
            f"{lib.DSP_TONE_STEPS}"
        )
    for hz in spec.freqs_hz:
        check_range(f"tone {spec.name}: frequency", hz, 200, 3600)
    for step_ms in spec.cadence_ms:
        check_range(f"tone {spec.name}: cadence step", step_ms, 1, 60000)
    check_range(f"tone {spec.name}: level_dbm0", spec.level_dbm0, -60, 3.14)
    check_range(f"tone {spec.name}: modulation_hz", spec.modulation_hz, 0, 150)
    check_range(f"tone {spec.name}: tolerance_percent", spec.tolerance_percent, 0.5, 10)
    check_range(f"tone {spec.name}: cadence_tolerance_percent", spec.cadence_tolerance_percent, 1, 20)
    check_range(f"tone {spec.name}: level_min_dbm0", spec.level_min_dbm0, -45, -10)


def tone_list(specs: Sequence[ToneSpec]) -> tuple[object, int]:
    """Return the specs as a C array and their number; raises CextError for a tone that makes no sense."""
    if len(specs) > lib.DSP_MAX_TONES:
        raise CextError(f"{len(specs)} tones: at most {lib.DSP_MAX_TONES}")
    array = ffi.new("struct tone_spec[]", max(len(specs), 1))
    for item, spec in zip(array, specs, strict=False):
        _check_spec(spec)
        item.n_freqs, item.n_steps = len(spec.freqs_hz), len(spec.cadence_ms)
        item.freqs_hz[0 : item.n_freqs] = sorted(spec.freqs_hz)
        item.steps_ms[0 : item.n_steps] = list(spec.cadence_ms)
        item.amplitude = amplitude(spec.level_dbm0)
        item.modulation_hz = spec.modulation_hz
        item.freq_tolerance = spec.tolerance_percent / 100
        item.slack_percent = spec.cadence_tolerance_percent
        item.power_min = amplitude(spec.level_min_dbm0) ** 2 / 2
    return array, len(specs)


def _recode(function: object, data: bytes, count: int, kind: str) -> bytes:
    out = ffi.new(f"{kind}[]", max(count, 1))
    function(data, out, count)  # type: ignore[operator]
    return bytes(ffi.buffer(out))[: count * ffi.sizeof(kind)]


def _pcm16(data: bytes) -> object:
    if len(data) % 2:
        raise CextError(f"{len(data)} octets: 16-bit samples need an even number")
    return ffi.from_buffer("int16_t[]", data)


def alaw_encode(pcm16: bytes) -> bytes:
    """Code int16 samples (little-endian) in A-law; one octet per sample. Source: ITU-T G.711 table 1."""
    return _recode(lib.alaw_encode, _pcm16(pcm16), len(pcm16) // 2, "uint8_t")  # type: ignore[arg-type]


def alaw_decode(alaw: bytes) -> bytes:
    """Decode A-law into int16 samples (little-endian)."""
    return _recode(lib.alaw_decode, alaw, len(alaw), "int16_t")


def ulaw_encode(pcm16: bytes) -> bytes:
    """Code int16 samples (little-endian) in u-law; one octet per sample. Source: ITU-T G.711 table 2."""
    return _recode(lib.ulaw_encode, _pcm16(pcm16), len(pcm16) // 2, "uint8_t")  # type: ignore[arg-type]


def ulaw_decode(ulaw: bytes) -> bytes:
    """Decode u-law into int16 samples (little-endian)."""
    return _recode(lib.ulaw_decode, ulaw, len(ulaw), "int16_t")


def dtmf_samples(digits: str, on_ms: int = 100, off_ms: int = 100, level_dbm0: float = -9.0) -> bytes:
    """Return int16 samples of DTMF digits, each followed by its pause; ',' is 1 s of silence.

    raises  CextError for a digit that does not exist
    source  ITU-T Q.23
    """
    text = check_digits(digits)
    each = max((on_ms + off_ms) * SMP_PER_MS, SAMPLE_RATE_HZ)
    out = ffi.new("int16_t[]", len(text) * each)
    count = lib.dtmf_samples(
        text, on_ms * SMP_PER_MS, off_ms * SMP_PER_MS, amplitude(level_dbm0), out, len(out)
    )
    return bytes(ffi.buffer(out)[: 2 * count])


def tone_samples(spec: ToneSpec, ms: int) -> bytes:
    """Return int16 samples of a tone with its cadence."""
    array, _ = tone_list([spec])
    out = ffi.new("int16_t[]", max(ms * SMP_PER_MS, 1))
    lib.tone_samples(array, out, ms * SMP_PER_MS)
    return bytes(ffi.buffer(out)[: 2 * ms * SMP_PER_MS])


def caller_id_samples(message: bytes, standard: str = "bell202", level_dbm0: float = -13.5) -> bytes:
    """Return int16 samples of a caller ID transmission: seizure, mark, the message and its checksum.

    message   type, length, parameters (SDMF or MDMF), without the checksum
    standard  bell202 or v23
    raises    CextError for another standard, or a message that is too long
    source    ETSI EN 300 659-1, Telcordia GR-30-CORE
    """
    number = check_message(message, standard)
    out = ffi.new("int16_t[]", (600 + 10 * len(message)) * 7)
    count = lib.caller_id_samples(message, len(message), number, amplitude(level_dbm0), out, len(out))
    return bytes(ffi.buffer(out)[: 2 * count])
