"""Sound for demo and scenarios that no code of ours made: human speech, and keys and noise by libspandsp.

The speech comes from the Debian packages pocketsphinx-testdata and codec2-examples, which tools/setup.sh
installs; nothing of it is in this tree. libspandsp is loaded here and in tests only, never by the product.
"""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

import numpy as np

from tools.sound import Samples, at_level, faded, read_raw, read_wav, to_telephone, trimmed

SPEECH_DBM0 = -18.0
_SPHINX = Path("/usr/share/pocketsphinx/test/data")
_CODEC2 = Path("/usr/share/codec2")
# name to file, and the rate of files that do not say it
CLIPS: dict[str, tuple[Path, int]] = {
    "austen-1": (_SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0870.wav", 0),
    "austen-2": (_SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0880.wav", 0),
    "austen-3": (_SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0890.wav", 0),
    "austen-4": (_SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0920.wav", 0),
    "austen-5": (_SPHINX / "librivox/sense_and_sensibility_01_austen_64kb-0930.wav", 0),
    "cards-1": (_SPHINX / "cards/001.wav", 0),
    "cards-5": (_SPHINX / "cards/005.wav", 0),
    "forward": (_SPHINX / "goforward.raw", 16000),
    "numbers": (_SPHINX / "numbers.raw", 16000),
    "something": (_SPHINX / "something.raw", 16000),
    "big-dog": (_CODEC2 / "raw/big_dog.raw", 8000),
    "cross": (_CODEC2 / "raw/cross.raw", 8000),
    "kristoff": (_CODEC2 / "raw/kristoff.raw", 8000),
    "man": (_CODEC2 / "raw/hts1.raw", 8000),
    "woman": (_CODEC2 / "raw/hts2.raw", 8000),
    "radio": (_CODEC2 / "raw/ve9qrp_10s.raw", 8000),
    "operator": (_CODEC2 / "raw/vk5qi.raw", 8000),
}


class SpeechError(Exception):
    """The material is not there; the message says what to install or what is allowed."""


@functools.cache
def human(name: str) -> Samples:
    """Give a clip of recorded human speech, trimmed, at -18 dBm0.

    raises  SpeechError if there is no such clip, or its package is not installed
    """
    if name not in CLIPS:
        raise SpeechError(f"speech: got {name!r}, allowed: {', '.join(sorted(CLIPS))}")
    path, rate_hz = CLIPS[name]
    if not path.exists():
        raise SpeechError(f"{path} is missing: run tools/setup.sh (pocketsphinx-testdata, codec2-examples)")
    sound, rate_hz = (read_raw(path), rate_hz) if rate_hz else read_wav(path)
    return faded(at_level(trimmed(to_telephone(sound, rate_hz)), SPEECH_DBM0))


def keys(digits: str, *, dbm: int = -20, on_ms: int = 90, off_ms: int = 90) -> Samples:
    """Give DTMF by libspandsp's generator.

    digits         0-9 * # A-D
    dbm            level of each of the two tones, no twist
    on_ms, off_ms  of each digit and after it
    raises         ValueError if libspandsp refuses a digit
    """
    lib = _spandsp()
    tx = lib.dtmf_tx_init(None)
    lib.dtmf_tx_set_level(tx, dbm, 0)
    lib.dtmf_tx_set_timing(tx, on_ms, off_ms)
    if lib.dtmf_tx_put(tx, digits.encode(), len(digits)) != 0:
        raise ValueError(f"keys: got {digits!r}, allowed: up to 128 of 0-9 * # A-D")
    room = (ctypes.c_int16 * (len(digits) * (on_ms + off_ms) * 8 + 800))()
    count = lib.dtmf_tx(tx, room, len(room))
    lib.dtmf_tx_free(tx)
    return np.array(room[:count], dtype=np.float64) / 32768.0


def noise(length_smp: int, *, dbm0: float, seed: int = 1) -> Samples:
    """Give white noise by libspandsp's generator."""
    lib = _spandsp()
    source = lib.awgn_init_dbm0(None, seed, ctypes.c_float(dbm0))
    sound = np.fromiter((lib.awgn(source) for _ in range(length_smp)), dtype=np.int16, count=length_smp)
    lib.awgn_free(source)
    return sound / 32768.0


@functools.cache
def _spandsp() -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL("libspandsp.so.2")
    except OSError:
        raise SpeechError("libspandsp.so.2 is missing: run tools/setup.sh (libspandsp-dev)") from None
    pointer, number = ctypes.c_void_p, ctypes.c_int
    lib.dtmf_tx_init.argtypes, lib.dtmf_tx_init.restype = [pointer], pointer
    lib.dtmf_tx_set_level.argtypes = [pointer, number, number]
    lib.dtmf_tx_set_timing.argtypes = [pointer, number, number]
    lib.dtmf_tx_put.argtypes = [pointer, ctypes.c_char_p, number]
    lib.dtmf_tx.argtypes = [pointer, ctypes.POINTER(ctypes.c_int16), number]
    lib.dtmf_tx_free.argtypes = [pointer]
    lib.awgn_init_dbm0.argtypes, lib.awgn_init_dbm0.restype = [pointer, number, ctypes.c_float], pointer
    lib.awgn.argtypes, lib.awgn.restype = [pointer], ctypes.c_int16
    lib.awgn_free.argtypes = [pointer]
    return lib
