"""Write cext/src/tables.c: the constant tables of the engine (`python -P cext/gen_tables.py [--check]`).

G.711 comes from the segment rule of the standard; the rest is sine, CRC, notches, correlators.
"""

from __future__ import annotations

import argparse
import math
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

RATE_HZ = 8000
DTMF_HZ = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
DTMF_SUB_SMP = 20
TURN_STEPS = RATE_HZ // DTMF_SUB_SMP  # sub-blocks until every whole-Hz tone is back at its phase
SINE_STEPS = 1024
HDLC_SPECIAL = 0xFFFF
# Centre and -3 dB width of the dial-tone notches before the DTMF receiver: 350+440 (US), 425, 450 (others).
NOTCHES_HZ = ((350.0, 50.0), (425.0, 60.0), (451.0, 60.0))
FSK_HZ = (1250.0, 2150.0)  # between Bell 202 (1200/2200) and V.23 (1300/2100): 50 Hz is nothing in 0.8 ms
FSK_TAPS = 7
SPECIAL_HZ = (950, 1100, 1400, 1800, 2100, 2750)  # SIT, CNG, answer tone, CAS
SPECIAL_SUB_SMP = 40
MF_HZ = (tuple(range(1380, 2100, 120)), tuple(range(1140, 420, -120)))  # Q.441 table 5: forward, backward
MF_CENTRE_HZ = (1680, 840, 240)  # forward, backward, and below both
MF_SUB_SMP = 40
MF_DECIMATION = 5
MF_TAPS = 16
MF_TAPS_BETA = 6.8  # Kaiser: 49 dB down from 1250 Hz off the centre on, what is folded onto the tones
MF_WINDOW = 32  # decimated samples, 20 ms
MF_WINDOW_BETA = 4.0  # Kaiser: 32 dB down at the neighbour tone, 41 dB from 200 Hz on
MF_TONES_HZ = (60, 180, 300)  # off the centre, both sides
MF_GAPS_HZ = (0, 120, 240, 360)  # between them, and beside the outermost
MF_STEPS = 5  # sub-blocks until the centre is back at its phase
MODEM_HZ = 2100  # V.25; 10 ms hold 21 whole turns
TICK_SMP = 80
MAINS_HZ = (50, 60)
HUM_HARMONICS = 8
HUM_HIGH_PASS_HZ = 80.0

TARGET = Path(__file__).parent / "src" / "tables.c"


def alaw_magnitude(step: int) -> int:
    """Return the 7-bit code of a magnitude in steps of 16 (0..2047), before the even bits are inverted."""
    exponent = max(step.bit_length() - 4, 0)
    if exponent == 0:
        return step
    return (exponent << 4) | ((step >> (exponent - 1)) & 15)


def alaw_encoder() -> list[int]:
    """Code of (pcm16 >> 4) + 2048. Negative values by one's complement: every interval is closed below."""
    down = [(0x00 | alaw_magnitude(~v)) ^ 0x55 for v in range(-2048, 0)]
    return down + [(0x80 | alaw_magnitude(v)) ^ 0x55 for v in range(2048)]


def alaw_value(code: int) -> int:
    """Return the 16-bit value in the middle of a code's interval."""
    bits = code ^ 0x55
    exponent, mantissa = (bits >> 4) & 7, bits & 15
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return size if bits & 0x80 else -size


def ulaw_magnitude(step: int) -> int:
    """Return the 7-bit code (not inverted) of a magnitude in steps of 4 (0..8191)."""
    biased = min(step + 33, 0x1FFF)
    segment = biased.bit_length() - 6
    return (segment << 4) | ((biased >> (segment + 1)) & 15)


def ulaw_encoder() -> list[int]:
    """Code of (pcm16 >> 2) + 8192."""
    down = [0x7F ^ ulaw_magnitude(~v) for v in range(-8192, 0)]
    return down + [0xFF ^ ulaw_magnitude(v) for v in range(8192)]


def ulaw_value(code: int) -> int:
    """Return the 16-bit value in the middle of a code's interval."""
    bits = ~code & 0xFF
    size = ((((bits & 15) << 1) + 33) << ((bits >> 4) & 7)) - 33
    return -4 * size if bits & 0x80 else 4 * size


def crc_tables() -> list[int]:
    """CRC-16/CCITT, four octets at a time: [k][octet] is the octet followed by k zero octets."""
    first = []
    for octet in range(256):
        crc = octet << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        first.append(crc)
    rows = [first]
    for _ in range(3):
        rows.append([((c << 8) & 0xFFFF) ^ first[c >> 8] for c in rows[-1]])
    return [c for row in rows for c in row]


def fcs_table() -> list[int]:
    """FCS-16 of ISO/IEC 13239: the CRC of each octet, the least significant bit first."""
    rows = []
    for octet in range(256):
        crc = octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
        rows.append(crc)
    return rows


def unstuffed(ones: int, octet: int) -> int:
    """Return data bits, count << 8, ones after << 12; HDLC_SPECIAL when six ones come together."""
    bits, count = 0, 0
    for bit in (octet >> i & 1 for i in range(7, -1, -1)):
        if bit and ones == 5:
            return HDLC_SPECIAL
        if bit or ones < 5:
            bits |= bit << count
            count += 1
        ones = ones + 1 if bit else 0
    return bits | count << 8 | ones << 12


def stuffed(ones: int, octet: int) -> int:
    """Return bits to send, (count - 8) << 10, ones after << 12."""
    bits, count = 0, 0
    for bit in (octet >> i & 1 for i in range(8)):
        bits, count, ones = bits << 1 | bit, count + 1, ones + 1 if bit else 0
        if ones == 5:
            bits, count, ones = bits << 1, count + 1, 0
    return bits | count - 8 << 10 | ones << 12


def dtmf_correlators() -> list[float]:
    """[sample][8 tones x (cos, sin)] from the begin of a sub-block to its middle, about its middle."""
    middle = (DTMF_SUB_SMP - 1) / 2
    turns = ((2 * math.pi * hz * (middle - n) / RATE_HZ) for n in range(DTMF_SUB_SMP // 2) for hz in DTMF_HZ)
    return [part for turn in turns for part in (math.cos(turn), math.sin(turn))]


def dtmf_turns() -> list[float]:
    """[step][8 tones x (cos, -sin)]: what brings sub-block `step` back to the phase of sub-block 0."""
    turns = ((2 * math.pi * hz * i / TURN_STEPS) for i in range(TURN_STEPS) for hz in DTMF_HZ)
    return [part for turn in turns for part in (math.cos(turn), -math.sin(turn))]


def notches() -> list[float]:
    """[notch][gain, zero, pole1, pole2]: y = gain*(x + zero*x1 + x2) - pole1*y1 - pole2*y2; 1 at 1 kHz."""
    rows: list[float] = []
    for hz, width_hz in NOTCHES_HZ:
        radius = 1 - math.pi * width_hz / RATE_HZ
        zero = -2 * math.cos(2 * math.pi * hz / RATE_HZ)
        z = complex(math.cos(math.pi / 4), -math.sin(math.pi / 4))
        gain = abs((1 + zero * radius * z + radius**2 * z * z) / (1 + zero * z + z * z))
        rows += [gain, zero, zero * radius, radius**2]
    return rows


def fsk_taps() -> list[float]:
    """[tap][mark cos, mark sin, space cos, space sin] over one bit."""
    middle = (FSK_TAPS - 1) / 2
    return [
        f(2 * math.pi * hz * (n - middle) / RATE_HZ)
        for n in range(FSK_TAPS)
        for hz in FSK_HZ
        for f in (math.cos, math.sin)
    ]


def special_correlators() -> list[float]:
    """[sample][6 tones x (cos, -sin)] over one sub-block."""
    turns = ((2 * math.pi * hz * n / RATE_HZ) for n in range(SPECIAL_SUB_SMP) for hz in SPECIAL_HZ)
    return [part for turn in turns for part in (math.cos(turn), -math.sin(turn))]


def special_backs() -> list[float]:
    """[6 tones x (cos, -sin)]: turns a sub-block back by its own length."""
    turns = ((2 * math.pi * hz * SPECIAL_SUB_SMP / RATE_HZ) for hz in SPECIAL_HZ)
    return [part for turn in turns for part in (math.cos(turn), -math.sin(turn))]


def kaiser(size: int, beta: float) -> list[float]:
    """Return a window; its sum is 1."""

    def bessel(x: float) -> float:
        return math.fsum(((x / 2) ** k / math.factorial(k)) ** 2 for k in range(40))

    values = [bessel(beta * math.sqrt(1 - (2 * i / (size - 1) - 1) ** 2)) for i in range(size)]
    return [value / math.fsum(values) for value in values]


def response(taps: Sequence[float], hz: float, rate_hz: float) -> float:
    """Return what a symmetric filter makes of a frequency."""
    middle = (len(taps) - 1) / 2
    return math.fsum(tap * math.cos(2 * math.pi * hz * (i - middle) / rate_hz) for i, tap in enumerate(taps))


def mf_taps() -> list[float]:
    """[part][4 taps from the outermost, then 4 more, re and im]: half of a low pass about a centre.

    The other half mirrors it, im with the other sign.
    """
    taps, middle = kaiser(MF_TAPS, MF_TAPS_BETA), (MF_TAPS - 1) / 2
    return [
        taps[i] * f(-2 * math.pi * hz * (i - middle) / RATE_HZ)
        for hz in MF_CENTRE_HZ
        for first in (0, 4)
        for f in (math.cos, math.sin)
        for i in range(first, first + 4)
    ]


def mf_turns() -> list[float]:
    """[direction][step][2 samples][re re re re, -im im -im im]: what brings the centre to 0 Hz."""
    rows: list[float] = []
    for hz in MF_CENTRE_HZ:
        for i in range(0, MF_STEPS * MF_SUB_SMP // MF_DECIMATION, 2):
            turns = [-2 * math.pi * hz * MF_DECIMATION * n / RATE_HZ for n in (i, i + 1)]
            rows += [math.cos(turn) for turn in turns for _ in range(2)]
            rows += [sign * math.sin(turn) for turn in turns for sign in (-1, 1)]
    return rows


def mf_windows(frequencies: Sequence[int]) -> list[float]:
    """[2 samples][frequency][cos, sin][sample, re and im] over the later half of the window.

    A tone's correlation is its RMS value; 0 Hz, which has no other side, counts half for each.
    """
    taps, window = kaiser(MF_TAPS, MF_TAPS_BETA), kaiser(MF_WINDOW, MF_WINDOW_BETA)
    rate_hz, half, rows = RATE_HZ / MF_DECIMATION, MF_WINDOW // 2, []
    for i in range(0, half, 2):
        for hz in frequencies:
            gain = math.sqrt(2 if hz else 1) / response(taps, hz, RATE_HZ)
            for f in (math.cos, math.sin):
                for n in (i, i + 1):
                    value = gain * window[half + n] * f(2 * math.pi * hz * (n + 0.5) / rate_hz)
                    rows += [value, value]
    return rows


def mf_shifts() -> list[float]:
    """[tone, ascending from the centre - 300 Hz][cos, sin]: how far each turns in a sub-block."""
    hz_of = [sign * hz for sign, row in ((-1, MF_TONES_HZ[::-1]), (1, MF_TONES_HZ)) for hz in row]
    return [f(2 * math.pi * hz * MF_SUB_SMP / RATE_HZ) for hz in hz_of for f in (math.cos, math.sin)]


def mf_spread() -> float:
    """Power of a tone over the sum of the powers at all places, which are 60 Hz apart."""
    window = kaiser(MF_WINDOW, MF_WINDOW_BETA)
    places = (response(window, hz, RATE_HZ / MF_DECIMATION) ** 2 for hz in range(-600, 601, 60))
    return 1 / math.fsum(places)


def mf_mend() -> list[float]:
    """Return what of u and of its square (u = 1 - cos(turn in a sub-block)) a tone has more than is seen."""
    window = kaiser(MF_WINDOW, MF_WINDOW_BETA)
    points = []
    for hz in (10.0, 18.0):
        u = 1 - math.cos(2 * math.pi * hz * MF_SUB_SMP / RATE_HZ)
        points.append((u, (1 / response(window, hz, RATE_HZ / MF_DECIMATION) ** 2 - 1) / u))
    (u0, y0), (u1, y1) = points
    slope = (y1 - y0) / (u1 - u0)
    return [y0 - slope * u0, slope]


def modem_tone() -> list[float]:
    """[cos, -sin][sample] of the modem's answer tone over one tick."""
    turns = [2 * math.pi * MODEM_HZ * n / RATE_HZ for n in range(TICK_SMP)]
    return [*map(math.cos, turns), *(-math.sin(turn) for turn in turns)]


def hum_high_pass() -> list[float]:
    """[gain, pole1, pole2] of a Butterworth high-pass of order 2 (bilinear), zeros 1 -2 1."""
    k = math.tan(math.pi * HUM_HIGH_PASS_HZ / RATE_HZ)
    norm = 1 / (1 + math.sqrt(2) * k + k * k)
    return [norm, 2 * (k * k - 1) * norm, (1 - math.sqrt(2) * k + k * k) * norm]


def hum_turns() -> list[float]:
    """[50, 60 Hz][cos of 8 harmonics, sin of 8 harmonics]: how far each turns in one sample."""
    return [
        f(2 * math.pi * mains_hz * n / RATE_HZ)
        for mains_hz in MAINS_HZ
        for f in (math.cos, math.sin)
        for n in range(1, HUM_HARMONICS + 1)
    ]


def as_float32(value: float) -> float:
    """Round to the nearest float32."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def floats(values: Iterable[float]) -> list[str]:
    """Spell float32 constants."""
    return [f"{as_float32(v) + 0.0:.9g}" for v in values]


def spell(texts: Sequence[str]) -> str:
    """Break a list of constants into lines."""
    lines, line = [], "   "
    for text in texts:
        mark = "" if text.lstrip("-").isdigit() else "f"
        word = f" {text}{mark},"
        if len(line) + len(word) > 110:
            lines.append(line)
            line = "   "
        line += word
    return "\n".join([*lines, line])


def spell_floats(values: Iterable[float]) -> str:
    """Break float constants into lines; whole numbers need a point in C."""
    return spell([t if ("." in t or "e" in t) else t + ".0" for t in floats(values)])


def spell_rows(values: Sequence[float], size: int = 16) -> str:
    """Break float constants into rows."""
    rows = (spell_floats(values[at : at + size]) for at in range(0, len(values), size))
    return "\n".join(f"    {{\n{row}\n    }}," for row in rows)


def spell_octets(entry: Callable[[int, int], int], rows: int) -> str:
    """Break a table over all octets into rows."""
    texts = (spell([str(entry(row, octet)) for octet in range(256)]) for row in range(rows))
    return "\n".join(f"    {{\n{text}\n    }}," for text in texts)


def spell_nested(values: Sequence[float], size: int, rows: int) -> str:
    """Break float constants into blocks of rows."""
    block = size * rows
    return "\n".join(
        f"    {{\n{spell_rows(values[at : at + block], size)}\n    }}," for at in range(0, len(values), block)
    )


def spell_pairs(values: Sequence[float]) -> str:
    """Break float constants into rows of 2."""
    rows = (spell_floats(values[at : at + 2]).strip() for at in range(0, len(values), 2))
    return "\n".join(f"    {{{row.rstrip(',')}}}," for row in rows)


def render() -> str:
    """Return the text of tables.c."""
    sine = (math.sin(2 * math.pi * i / SINE_STEPS) for i in range(SINE_STEPS + 1))
    parts = [
        ("const uint8_t alaw_from_step[4096]", spell([str(v) for v in alaw_encoder()])),
        ("const uint8_t ulaw_from_step[16384]", spell([str(v) for v in ulaw_encoder()])),
        ("const int16_t alaw_to_pcm16[256]", spell([str(alaw_value(c)) for c in range(256)])),
        ("const int16_t ulaw_to_pcm16[256]", spell([str(ulaw_value(c)) for c in range(256)])),
        ("const float alaw_to_float[256]", spell_floats(alaw_value(c) / 32768 for c in range(256))),
        ("const uint16_t crc16_rows[4 * 256]", spell([str(v) for v in crc_tables()])),
        ("const uint16_t hdlc_fcs[256]", spell([str(v) for v in fcs_table()])),
        ("const uint16_t hdlc_unstuff[6][256]", spell_octets(unstuffed, 6)),
        ("const uint16_t hdlc_stuff[5][256]", spell_octets(stuffed, 5)),
        ("const float sine_wave[SINE_STEPS + 1]", spell_floats(sine)),
        ("const float dtmf_correlator[DTMF_SUB_SMP / 2][16]", spell_rows(dtmf_correlators())),
        ("const float dtmf_turn[DTMF_TURN_STEPS][16]", spell_rows(dtmf_turns())),
        ("const float dtmf_notch[DTMF_NOTCHES * 4]", spell_floats(notches())),
        ("const float fsk_tap[FSK_TAPS * 4]", spell_floats(fsk_taps())),
        ("const float dbov_power[DBOV_LEVELS]", spell_floats(10 ** (-n / 10) for n in range(128))),
        (
            "const float special_correlator[SPECIAL_SUB_SMP * 2 * SPECIAL_FREQS]",
            spell_floats(special_correlators()),
        ),
        ("const float special_back[SPECIAL_FREQS][2]", spell_pairs(special_backs())),
        ("_Alignas(16) const float mf_tap[3][MF_TAPS]", spell_rows(mf_taps(), MF_TAPS)),
        ("_Alignas(16) const float mf_turn[3][MF_STEPS][32]", spell_nested(mf_turns(), 32, MF_STEPS)),
        (
            "_Alignas(16) const float mf_tone_window[MF_WINDOW / 4][24]",
            spell_rows(mf_windows(MF_TONES_HZ), 24),
        ),
        ("_Alignas(16) const float mf_gap_window[MF_WINDOW / 4][32]", spell_rows(mf_windows(MF_GAPS_HZ), 32)),
        ("const float mf_shift[MF_TONES][2]", spell_pairs(mf_shifts())),
        ("const float mf_spread[1]", spell_floats([mf_spread()])),
        ("const float mf_mend[2]", spell_floats(mf_mend())),
        ("const float modem_tone[2][80]", spell_rows(modem_tone(), 80)),
        ("const float hum_high_pass[3]", spell_floats(hum_high_pass())),
        ("const float hum_turn[2][16]", spell_rows(hum_turns())),
    ]
    head = '/* Made by `python -P cext/gen_tables.py`; do not edit. */\n#include "tables.h"\n'
    return head + "".join(f"\n{name} = {{\n{body}\n}};\n" for name, body in parts)


def main() -> int:
    """Write the file, or with --check say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    text = render()
    if not parser.parse_args().check:
        TARGET.write_text(text)
        return 0
    if TARGET.read_text() == text:
        return 0
    sys.stderr.write(f"{TARGET}: out of date, run `python -P cext/gen_tables.py`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
