"""The engine's echo canceller over samples at hand."""

from __future__ import annotations

from cext._dsp import ffi, lib
from cext.memory import struct_of
from cext.types import BLOCK_SMP, CextError

_BLOCK_OCT = 2 * BLOCK_SMP


class EchoCanceller:
    """What the product's echo canceller makes of what was sent and heard."""

    def __init__(self, tail_ms: int, *, suppress: bool = True, comfort_noise: bool = True) -> None:
        """Prepare it; raises CextError for a tail that is not 16 or 32 ms."""
        self._echo = struct_of("echo", lib.echo_size())
        options = suppress * lib.DSP_ECHO_SUPPRESS | comfort_noise * lib.DSP_ECHO_NOISE
        if lib.echo_init(self._echo, tail_ms, options, lib.simd_best()):
            raise CextError(f"tail_ms {tail_ms}: allowed are 16 and 32")

    def feed(self, sent: bytes, heard: bytes) -> bytes:
        """Return what was heard less the echo of what was sent.

        sent, heard  int16 samples (little-endian) of the same time, whole blocks of 80
        raises       CextError for other lengths
        """
        if len(sent) != len(heard) or len(sent) % _BLOCK_OCT:
            raise CextError(
                f"{len(sent)} and {len(heard)} octets: need the same number, a multiple of {_BLOCK_OCT}"
            )
        out = ffi.new("int16_t[]", len(sent) // 2)
        given = (ffi.from_buffer("int16_t[]", octets) for octets in (sent, heard))
        lib.echo_feed_pcm16(self._echo, *given, out, len(out))
        return bytes(ffi.buffer(out))

    @property
    def is_disabled(self) -> bool:
        """Tell whether a modem's tone has switched it off."""
        return bool(lib.echo_is_disabled(self._echo))
