"""Bring any sound file to the form that callers hear: mono, 16 bit, 8 kHz. The work is done by SoX."""

from __future__ import annotations

import subprocess

TIMEOUT_S = 30.0
LOW_CUT_HZ = "100"  # hum and rumble that a telephone would only make worse


class ConvertError(Exception):
    """The sound cannot be converted; the message is SoX's."""


def to_prompt(wav: bytes) -> bytes:
    """Convert a WAV file; not on the loop's thread, it takes a moment.

    gives   mono 16-bit 8 kHz WAV, peak at -3 dB, silence at both ends cut
    raises  ConvertError
    """
    command = [
        "sox",
        "-V1",
        "-t",
        "wav",
        "-",
        "-t",
        "wav",
        "-r",
        "8000",
        "-c",
        "1",
        "-b",
        "16",
        "-e",
        "signed",
        "-",
    ]
    silence = ["silence", "1", "0.05", "0.3%", "reverse", "silence", "1", "0.05", "0.3%", "reverse"]
    effects = ["highpass", LOW_CUT_HZ, "gain", "-n", "-3", *silence]
    try:
        done = subprocess.run(
            command + effects, input=wav, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConvertError(str(error)) from error
    if done.returncode != 0 or len(done.stdout) <= 44:
        raise ConvertError(done.stderr.decode("utf-8", "replace").strip()[-300:] or "nothing but silence")
    return _with_lengths(done.stdout)


def _with_lengths(wav: bytes) -> bytes:
    """Put the true lengths in: SoX cannot know them while it writes to a pipe."""
    data_at = wav.index(b"data")
    sized = bytearray(wav)
    sized[4:8] = (len(wav) - 8).to_bytes(4, "little")
    sized[data_at + 4 : data_at + 8] = (len(wav) - data_at - 8).to_bytes(4, "little")
    return bytes(sized)
