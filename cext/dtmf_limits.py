"""Limits of the DTMF receiver: the usual ones, and those of administrations that ask for others (Q.24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cext._dsp import ffi, lib
from cext.types import CextError


@dataclass(frozen=True, slots=True)
class DtmfLimits:
    """What is a digit. The usual limits fulfil AT&T's column of Q.24, and NTT's but for its weakest level."""

    level_min_dbm0: float = -33.0  # of each tone, -50..-10; accepted 1 dB above, rejected 1 dB below
    twist_high_db: float = 8.0  # the high tone above the low one; accepted 2 dB below this, 0..12
    twist_low_db: float = 10.0  # and below it, likewise
    off_max_percent: float = 2.15  # of the frequencies, 1.0..4.5; accepted 0.35 below, rejected 0.35 above
    bridge_ms: int = 10  # interruptions bridged, 10..40; those 20 ms longer are pauses


NTT = DtmfLimits(level_min_dbm0=-26.5)
DENMARK = DtmfLimits(bridge_ms=20)  # its level A is a matter of the line: level_min_dbm0 = A - 4.5
AUSTRALIA = DtmfLimits(level_min_dbm0=-28.5, twist_high_db=12.0, twist_low_db=12.0, off_max_percent=2.4)
BRAZIL = DtmfLimits(twist_high_db=11.0, twist_low_db=11.0)

PATHS = {"c": lib.SIMD_C, "v4": lib.SIMD_V4, "v8": lib.SIMD_V8}


def simd_paths() -> list[str]:
    """Return the vector paths that this machine can take: c, v4 (SSE2, NEON), v8 (AVX2)."""
    return [name for name, path in PATHS.items() if lib.simd_has(path)]


def simd_path() -> str:
    """Return the name of the best of them, as people know it: c, sse2, neon, avx2."""
    return path_name(lib.simd_best())


def path_name(path: int) -> str:
    """Return the name of a path of C."""
    name = ffi.string(lib.simd_name(path))
    return name.decode() if isinstance(name, bytes) else name


def spec_of(limits: DtmfLimits) -> Any:
    """Return the limits for C."""
    spec: Any = ffi.new("struct dtmf_spec *")
    spec.level_min_dbm0 = limits.level_min_dbm0
    spec.twist_high_db = limits.twist_high_db
    spec.twist_low_db = limits.twist_low_db
    spec.off_max_percent = limits.off_max_percent
    spec.bridge_ms = limits.bridge_ms
    return spec


def check_taken(error: int, limits: DtmfLimits, path: str) -> None:
    """Raise CextError when C has refused the limits or the path."""
    if error:
        raise CextError(
            f"{limits}, path {path!r}: allowed are level -50..-10 dBm0, twist 0..12 dB, off 1..4.5 %, "
            f"bridge 10..40 ms, path {', '.join(simd_paths())}"
        )
