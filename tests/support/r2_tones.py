"""R2 register tones in A-law on one channel: by the media engine, and by libspandsp (Debian: libspandsp2)."""

from __future__ import annotations

from typing import Any, Protocol

from cffi import FFI

from cext import EventKind, alaw_decode, alaw_encode
from tests.cext.ref.board import Line

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


class Tones(Protocol):
    """Sounds and hears register signals."""

    def send(self, signal: str, is_forward: bool) -> None:
        """Sound this from now on; "" = silence."""

    def listen(self, direction: str) -> None:
        """Listen for "forward" or "backward" signals; "" = not at all."""

    def tick(self, heard: bytes) -> tuple[bytes, list[tuple[str, bool]]]:
        """Take 10 ms; give 10 ms, and the signals that began or ended."""


class EngineTones:
    """The media engine."""

    def __init__(self) -> None:
        self._line = Line(1)
        self._line.engine.open(0, dtmf=False)

    def send(self, signal: str, is_forward: bool) -> None:
        self._line.engine.send_mf(0, signal, is_forward=is_forward)

    def listen(self, direction: str) -> None:
        self._line.engine.hear_mf(0, direction)

    def tick(self, heard: bytes) -> tuple[bytes, list[tuple[str, bool]]]:
        sent = self._line.tick({0: heard})[0]
        events, self._line.events = self._line.events, []
        found = [e for e in events if e.kind in (EventKind.MF_BEGIN, EventKind.MF_END)]
        return sent, [(e.digit, e.kind is EventKind.MF_BEGIN) for e in found]


class SpandspTones:
    """libspandsp, under the engine's names of the signals."""

    def __init__(self) -> None:
        self._receiver: Any = None
        self._heard = ""
        self.send("", True)

    def send(self, signal: str, is_forward: bool) -> None:
        self._signal = signal
        self._sender = _ffi.gc(_lib.r2_mf_tx_init(_ffi.NULL, is_forward), _lib.r2_mf_tx_free)
        _lib.r2_mf_tx_put(self._sender, THEIRS[OURS.index(signal)].encode() if signal else b"\0")

    def listen(self, direction: str) -> None:
        is_forward = direction == "forward"
        made = _lib.r2_mf_rx_init(_ffi.NULL, is_forward, _ffi.NULL, _ffi.NULL) if direction else None
        self._receiver = _ffi.gc(made, _lib.r2_mf_rx_free) if made else None
        self._heard = ""

    def tick(self, heard: bytes) -> tuple[bytes, list[tuple[str, bool]]]:
        return self._octets(len(heard)), self._hear(heard)

    def _octets(self, count: int) -> bytes:
        if not self._signal:
            return SILENCE * count
        pcm = _ffi.new("int16_t[]", count)
        assert _lib.r2_mf_tx(self._sender, pcm, count) == count
        return alaw_encode(bytes(_ffi.buffer(pcm)))

    def _hear(self, octets: bytes) -> list[tuple[str, bool]]:
        if not self._receiver:
            return []
        pcm = alaw_decode(octets)
        _lib.r2_mf_rx(self._receiver, _ffi.from_buffer("int16_t[]", pcm), len(pcm) // 2)
        code = _lib.r2_mf_rx_get(self._receiver)
        signal = OURS[THEIRS.index(chr(code))] if code > 0 else ""
        before, self._heard = self._heard, signal
        if signal == before:
            return []
        return [*([(before, False)] if before else []), *([(signal, True)] if signal else [])]
