"""Concealment of lost packets, ours beside libspandsp's on the same losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench.peer import compiled
from tools.concealment import (
    Flags,
    Pcm,
    bursty,
    other_voices,
    ours,
    random,
    segmental_snr,
    spectral_distance,
    voices,
)
from tools.plot import Axis, Plot

Row = tuple[str, ...]
PACKET_SMP = 160
LOSSES = (1, 5, 10, 20)
MATERIAL = (("voices used for choosing the constants", voices), ("other voices", other_voices))
PATTERNS = (("single packets", random), ("bursts of 2.5", bursty))

PEER_C = """
#include <tiffio.h>
#include <spandsp.h>
static void conceal(int16_t *pcm, const uint8_t *lost, int packets)
{
    plc_state_t *s = plc_init(NULL);
    for (int i = 0; i < packets; i++)
        (lost[i] ? plc_fillin : plc_rx)(s, pcm + i * 160, 160);
    plc_free(s);
}
"""
PEER_CDEF = "static void conceal(int16_t *pcm, const uint8_t *lost, int packets);"


def theirs(pcm: Pcm, lost: Flags) -> Pcm:
    """Return what libspandsp makes of it."""
    peer: Any = compiled("_spandsp_plc", PEER_CDEF, PEER_C, libraries=["spandsp"])
    out = pcm[: len(lost) * PACKET_SMP].copy()
    flags = lost.astype(np.uint8)
    peer.lib.conceal(
        peer.ffi.from_buffer("int16_t[]", out.data), peer.ffi.from_buffer("uint8_t[]", flags.data), len(lost)
    )
    return out


def _means(pcm: Pcm, pattern: Any, percent: int) -> list[float]:
    """Return segmental SNR and spectral distance, ours and libspandsp's each."""
    rows = []
    for seed in range(max(3, 20 // percent)):
        lost = pattern(len(pcm) // PACKET_SMP, percent / 100, seed)
        made = ours(pcm, lost), theirs(pcm, lost)
        rows.append([measure(pcm, x, lost) for measure in (segmental_snr, spectral_distance) for x in made])
    return [float(value) for value in np.mean(rows, axis=0)]


def concealment() -> tuple[list[Row], dict[str, str]]:
    """Return the rows of the table, and a drawing of the SNR over the loss."""
    rows: list[Row] = [("voices", "lost", "SNR, dB", "libspandsp", "distance, dB", "libspandsp")]
    curves: dict[str, list[tuple[float, float]]] = {}
    for material, speech in MATERIAL:
        for title, pattern in PATTERNS:
            for percent in LOSSES:
                snr, its_snr, distance, its_distance = _means(speech(), pattern, percent)
                figures = (f"{value:.2f}" for value in (snr, its_snr, distance, its_distance))
                rows.append((material, f"{percent} %, {title}", *figures))
                if speech is other_voices:
                    curves.setdefault(f"callbox, {title}", []).append((percent, snr))
                    curves.setdefault(f"libspandsp, {title}", []).append((percent, its_snr))
    plot = Plot(
        "Concealed speech, other voices, 20 ms packets", Axis("% lost", 0, 20, 5), Axis("SNR, dB", 0, 6, 1)
    )
    return rows, {"plc": plot.draw(curves)}
