"""What exchanges, callers and phones send that is not speech: tones, digits, noise, caller ID."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from tools.emulator.alaw import BLOCK_SMP, RATE_HZ, Samples, amplitude, encode

DTMF_ROWS_HZ = (697, 770, 852, 941)
DTMF_COLUMNS_HZ = (1209, 1336, 1477, 1633)
DTMF_KEYS = ("123A", "456B", "789C", "*0#D")
DTMF_LEVEL_DBM0 = -7.0  # of each of the two tones
CALLER_ID_DBM0 = -13.5
WAITING_DBM0 = -16.0  # of each frequency
BAUD = 1200.0
MARK_HZ, SPACE_HZ = 1200.0, 2200.0  # Bell 202
SEIZURE_BITS = 300
MARK_BITS = 180
MDMF_CALL_SETUP = 0x80
MDMF_TIME, MDMF_NUMBER, MDMF_NUMBER_ABSENT, MDMF_NAME = 0x01, 0x02, 0x04, 0x07


def samples_of(seconds: float) -> int:
    """Count the samples of a duration."""
    return round(seconds * RATE_HZ)


def tone(frequencies_hz: tuple[float, ...], seconds: float, level_dbm0: float) -> Samples:
    """Make a tone; `level_dbm0` is that of each frequency."""
    at = np.arange(samples_of(seconds)) / RATE_HZ
    wave = np.sin(2 * np.pi * np.outer(frequencies_hz, at)).sum(axis=0) * amplitude(level_dbm0)
    return np.asarray(wave, dtype=np.float32)


def silence(seconds: float) -> Samples:
    """Make nothing, for a while."""
    return np.zeros(samples_of(seconds), dtype=np.float32)


def cadence(hz: float, on_off_s: tuple[float, ...], level_dbm0: float) -> bytes:
    """Render one period of an interrupted tone; on and off alternate, no times at all = continuous."""
    if not on_off_s:  # 20 ms hold whole periods of every multiple of 50 Hz
        return encode(tone((hz,), 0.02, level_dbm0))
    parts = [
        tone((hz,), seconds, level_dbm0) if index % 2 == 0 else silence(seconds)
        for index, seconds in enumerate(on_off_s)
    ]
    octets = encode(np.concatenate(parts))
    if len(octets) % BLOCK_SMP:
        raise ValueError(f"cadence {on_off_s}: the period must be a multiple of 10 ms")
    return octets


def cadence_of(text: str, level_dbm0: float) -> bytes:
    """Render a tone written as `480+620: 500 500`: frequencies, on and off in ms."""
    frequencies, _, times = text.partition(":")
    hz = tuple(float(part) for part in frequencies.split("+"))
    steps_s = [int(ms) / 1000 for ms in times.split()]
    if not steps_s:  # a second holds whole periods of every whole frequency
        return encode(tone(hz, 1.0, level_dbm0))
    parts = [silence(s) if index % 2 else tone(hz, s, level_dbm0) for index, s in enumerate(steps_s)]
    return encode(np.concatenate(parts))


def dtmf(
    digits: str,
    on_s: float = 0.1,
    off_s: float = 0.1,
    level_dbm0: float = DTMF_LEVEL_DBM0,
    twist_db: float = 2.0,
) -> Samples:
    """Press keys one after the other, each followed by its pause.

    level_dbm0  of the column tone; the row tone is `twist_db` lower, as phones send it
    raises      ValueError for what is no key
    """
    parts: list[Samples] = [silence(0)]
    for digit in digits:
        row_hz, column_hz = dtmf_pair(digit)
        low = tone((row_hz,), on_s, level_dbm0 - twist_db)
        parts += [low + tone((column_hz,), on_s, level_dbm0), silence(off_s)]
    return np.concatenate(parts).astype(np.float32)


def dtmf_pair(digit: str) -> tuple[float, float]:
    """Give row and column frequency of a key."""
    for row, keys in enumerate(DTMF_KEYS):
        if len(digit) == 1 and digit in keys:
            return DTMF_ROWS_HZ[row], DTMF_COLUMNS_HZ[keys.index(digit)]
    raise ValueError(f"digit {digit!r}: allowed are 0-9, *, # and A-D")


def noise(seconds: float, level_dbm0: float, rng: np.random.Generator) -> Samples:
    """Make white noise."""
    rms = amplitude(level_dbm0) / np.sqrt(2)
    return np.asarray(rng.standard_normal(samples_of(seconds)) * rms, dtype=np.float32)


def crackle(seconds: float, level_dbm0: float, rng: np.random.Generator) -> Samples:
    """Make what a bad joint makes: noise under clicks, hum and short whistles, `level_dbm0` on the whole."""
    sound = noise(seconds, level_dbm0, rng)
    for _ in range(max(1, round(seconds * 12))):
        length = int(rng.integers(4, 400))
        start = int(rng.integers(0, max(1, len(sound) - length)))
        whistle = tone((float(rng.uniform(200, 3400)),), length / RATE_HZ, level_dbm0 + 3)
        sound[start : start + length] += whistle[: len(sound) - start]
    return sound


def caller_id_message(number: str, name: str, when: datetime) -> bytes:
    """Write the MDMF message: type, length, parameters, checksum.

    number  empty = withheld (sent as absent, reason P)
    source  Bellcore GR-30 / SR-TSV-002476
    """
    body = _parameter(MDMF_TIME, when.strftime("%m%d%H%M"))
    body += _parameter(MDMF_NUMBER, number) if number else _parameter(MDMF_NUMBER_ABSENT, "P")
    if name:
        body += _parameter(MDMF_NAME, name[:50])
    message = bytes([MDMF_CALL_SETUP, len(body)]) + body
    return message + bytes([-sum(message) & 0xFF])


def _parameter(kind: int, text: str) -> bytes:
    octets = text.encode("ascii", errors="replace")
    return bytes([kind, len(octets)]) + octets


def waiting_alert() -> Samples:
    """Give what is heard when a second caller waits: a tone for the person, then one for the display.

    source  GR-30: 2130 and 2750 Hz for 80 to 85 ms, answered with the key D
    """
    person = tone((450.0,), 0.4, WAITING_DBM0)
    return np.concatenate([person, silence(0.1), tone((2130.0, 2750.0), 0.085, WAITING_DBM0)])


def waiting_caller_id(number: str, name: str, when: datetime) -> Samples:
    """Render the caller ID of a call that waits."""
    return fsk(caller_id_message(number, name, when), has_seizure=False)


def fsk(message: bytes, level_dbm0: float = CALLER_ID_DBM0, *, has_seizure: bool = True) -> Samples:
    """Send a data message as the exchange does while the phone is on-hook.

    shape   channel seizure (300 alternating bits; not in a talk), 180 mark bits, octets as
            start-lsb..msb-stop, 10 ms mark
    source  Bell 202: 1200 baud, mark 1200 Hz, space 2200 Hz, phase continuous
    """
    bits = [0, 1] * (SEIZURE_BITS // 2 if has_seizure else 0) + [1] * MARK_BITS
    for octet in message:
        bits += [0, *((octet >> shift) & 1 for shift in range(8)), 1]
    bits += [1] * 12
    count = round(len(bits) * RATE_HZ / BAUD)
    which = np.minimum((np.arange(count) * (BAUD / RATE_HZ)).astype(np.int64), len(bits) - 1)
    hz = np.where(np.array(bits)[which] == 1, MARK_HZ, SPACE_HZ)
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    return (np.sin(phase) * amplitude(level_dbm0)).astype(np.float32)


def caller_id_digits(number: str) -> bytes:
    """Render a number as the digits some exchanges send before the first ring: D, number, C.

    number  empty = withheld: B, reason 10, C
    source  ETSI EN 300 659-1, annex: digits of 70 ms with pauses of 70 ms
    """
    return encode(dtmf(f"D{number}C" if number else "B10C", 0.07, 0.07))


def caller_id(number: str, name: str, when: datetime) -> bytes:
    """Render the caller ID of a call as octets."""
    return encode(fsk(caller_id_message(number, name, when)))
