"""The preprocessor of libspeexdsp (Debian: libspeexdsp1): its voice activity, as an independent opinion."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

FRAME_SMP = 160
SET_DENOISE, SET_AGC, SET_VAD = 0, 2, 4
_library = ctypes.CDLL("libspeexdsp.so.1")
_library.speex_preprocess_state_init.restype = ctypes.c_void_p
_library.speex_preprocess_state_init.argtypes = [ctypes.c_int, ctypes.c_int]
_library.speex_preprocess_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
_library.speex_preprocess_run.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_library.speex_preprocess_state_destroy.argtypes = [ctypes.c_void_p]


def voice(pcm16: bytes) -> NDArray[np.bool_]:
    """Say for each frame of 20 ms whether it holds a voice."""
    state = _library.speex_preprocess_state_init(FRAME_SMP, 8000)
    for request, value in ((SET_DENOISE, 0), (SET_AGC, 0), (SET_VAD, 1)):
        _library.speex_preprocess_ctl(state, request, ctypes.byref(ctypes.c_int(value)))
    samples = np.frombuffer(pcm16, "<i2").copy()
    frames = samples[: len(samples) // FRAME_SMP * FRAME_SMP].reshape(-1, FRAME_SMP)
    found = [bool(_library.speex_preprocess_run(state, frame.ctypes.data)) for frame in frames]
    _library.speex_preprocess_state_destroy(state)
    return np.array(found)
