"""Music on hold and the message beep, computed: the folk tune Jasmine Flower (Mo Li Hua) on a plucked string.

The tune is in E: the box listens for the 450 Hz tones of the exchange, and in this key no note is near them.
The last notes ring into the beginning, so the loop has no seam.
"""

from __future__ import annotations

import numpy as np

from tools.sound import RATE_HZ, Samples, at_level

DO_HZ = 329.63
SECONDS_PER_BEAT = 0.82
MUSIC_DBM0 = -20.0
BEEP_DBM0 = -16.0
# semitones above the do of the numbered notation; a comma is the octave below, a quote the octave above
SCALE = {"5,": -5, "6,": -3, "1": 0, "2": 2, "3": 4, "5": 7, "6": 9, "1'": 12}
# numbered notation: note/beats, bars of four beats
TUNE = """
    3/1 3/.5 5/.5 6/.5 1'/.5 1'/.5 6/.5     5/1 5/.5 6/.5 5/2
    3/1 3/.5 5/.5 6/.5 1'/.5 1'/.5 6/.5     5/1 5/.5 6/.5 5/2
    5/1 5/1 5/1 3/.5 5/.5                   6/1 6/1 5/2
    3/1 2/.5 3/.5 5/1 3/.5 2/.5             1/1 1/.5 2/.5 1/2
    3/.5 2/.5 1/.5 3/.5 2/1.5 3/.5          5/1 6/.5 1'/.5 5/2
    2/1 3/.5 5/.5 2/.5 3/.5 1/.5 6,/.5      5,/2 6,/1 1/1
    2/1.5 3/.5 1/.5 2/.5 1/.5 6,/.5         5,/4
"""
# one low note under each bar
BASS = ("1", "5,", "1", "5,", "5,", "1", "6,", "1", "1", "5,", "5,", "5,", "5,", "5,")


def music() -> Samples:
    """Give the tune once, ready to loop, about 46 s."""
    notes = [(name, float(beats)) for name, beats in (word.split("/") for word in TUNE.split())]
    total_beats = sum(beats for _, beats in notes)
    loop = np.zeros(round(total_beats * SECONDS_PER_BEAT * RATE_HZ))
    beat = 0.0
    for name, beats in notes:
        _add(loop, beat, pluck(_hz(name), 2.2))
        beat += beats
    for bar, name in enumerate(BASS):
        _add(loop, bar * 4.0, 0.5 * pluck(_hz(name) / 2, 3.0))
    return at_level(loop, MUSIC_DBM0)


def beep() -> Samples:
    """Give the tone after which a caller speaks a message: 1 kHz, 0.4 s."""
    t = np.arange(round(0.4 * RATE_HZ)) / RATE_HZ
    return at_level(np.sin(2 * np.pi * 1000.0 * t), BEEP_DBM0)


def pluck(hz: float, length_s: float) -> Samples:
    """Give one plucked string: partials of a string plucked near its end, the high ones dying first.

    hz, length_s   of the note
    gives          float64[n] at 8 kHz, not levelled
    """
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    note = np.zeros_like(t)
    for n in range(1, int(3400.0 / hz) + 1):
        strength = np.sin(n * np.pi * 0.18) / n
        decay = np.exp(-t * (1.4 + 0.35 * n * n))
        note += strength * decay * np.sin(2 * np.pi * n * hz * t)
    attack = np.minimum(1.0, t / 0.004)
    release = np.minimum(1.0, (length_s - t) / 0.2)
    return np.asarray(note * attack * release)


def _hz(name: str) -> float:
    return DO_HZ * float(2.0 ** (SCALE[name] / 12))


def _add(loop: Samples, beat: float, note: Samples) -> None:
    begin = round(beat * SECONDS_PER_BEAT * RATE_HZ)
    places = (begin + np.arange(len(note))) % len(loop)
    loop[places] += note
