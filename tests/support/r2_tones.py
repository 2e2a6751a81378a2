"""R2 register tones in A-law by libspandsp (Debian: libspandsp2), under the names of the media engine."""

from __future__ import annotations

from typing import Any

from cffi import FFI

from cext import alaw_decode, alaw_encode

_ffi = FFI()
_ffi.cdef("""
void *r2_mf_tx_init(void *s, int fwd);
int r2_mf_tx(void *s, int16_t amp[], int samples);
int r2_mf_tx_put(void *s, char digit);
int r2_mf_tx_free(void *s);
void *r2_mf_rx_init(void *s, int fwd, void *callback, void *user_data);
int r2_mf_rx(void *s, const int16_t amp[], int samples);
int r2_mf_rx_get(void *s);
int r2_mf_rx_free(void *s);
""")
_lib: Any = _ffi.dlopen("libspandsp.so.2")

OURS, THEIRS = "1234567890ABCDE", "1234567890BCDEF"  # signals 1 to 15
SILENCE = b"\xd5"


class Sender:
    """Sounds one signal until the next."""

    def __init__(self) -> None:
        self.set("", True)

    def set(self, signal: str, is_forward: bool) -> None:
        """Sound this from now on; "" = silence."""
        self._signal = signal
        self._state = _ffi.gc(_lib.r2_mf_tx_init(_ffi.NULL, is_forward), _lib.r2_mf_tx_free)
        _lib.r2_mf_tx_put(self._state, THEIRS[OURS.index(signal)].encode() if signal else b"\0")

    def octets(self, count: int) -> bytes:
        """Give the next samples."""
        if not self._signal:
            return SILENCE * count
        pcm = _ffi.new("int16_t[]", count)
        assert _lib.r2_mf_tx(self._state, pcm, count) == count
        return alaw_encode(bytes(_ffi.buffer(pcm)))


class Receiver:
    """Hears one direction's signals."""

    def __init__(self) -> None:
        self._state: Any = None
        self._heard = ""

    def set(self, direction: str) -> None:
        """Listen for "forward" or "backward" signals; "" = not at all."""
        is_forward = direction == "forward"
        made = _lib.r2_mf_rx_init(_ffi.NULL, is_forward, _ffi.NULL, _ffi.NULL) if direction else None
        self._state = _ffi.gc(made, _lib.r2_mf_rx_free) if made else None
        self._heard = ""

    def hear(self, octets: bytes) -> list[tuple[str, bool]]:
        """Give the signals that began or ended, by their end first."""
        if not self._state:
            return []
        pcm = alaw_decode(octets)
        _lib.r2_mf_rx(self._state, _ffi.from_buffer("int16_t[]", pcm), len(pcm) // 2)
        code = _lib.r2_mf_rx_get(self._state)
        signal = OURS[THEIRS.index(chr(code))] if code > 0 else ""
        before, self._heard = self._heard, signal
        if signal == before:
            return []
        return [*([(before, False)] if before else []), *([(signal, True)] if signal else [])]
