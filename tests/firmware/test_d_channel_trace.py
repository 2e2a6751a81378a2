"""The D-channel trace, read by tshark."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from d_channel import Pair
from isdn_people import Bustle
from patience import PATIENCE_S

from firmware.spans.trace import Trace

FIELDS = ("q931.message_type", "lapd.sapi", "_ws.malformed")


def tshark(path: Path, *arguments: str) -> list[str]:
    """Give the lines that tshark prints of a file."""
    command = ["tshark", "-r", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def trace() -> Trace:
    """A trace of a busy span: calls of all kinds both ways, names, overlap, restarts, a cable pull."""
    pair = Pair(seed=5)
    pair.up()
    bustle = Bustle(pair)
    bustle.go_on(300, 0.7)
    pair.to_user.is_cut = pair.to_network.is_cut = True
    bustle.go_on(10, 1.0)
    pair.to_user.is_cut = pair.to_network.is_cut = False
    bustle.go_on(100, 0.7)
    bustle.end()
    trace = Trace(frames=5000)
    sent = [(now, frame, True) for now, frame in pair.to_network.seen]
    for now, frame, is_sent in sorted(sent + [(now, frame, False) for now, frame in pair.to_user.seen]):
        trace.note(frame, now, is_sent=is_sent)
    return trace


def test_tshark_decodes_every_frame(trace: Trace, tmp_path: Path) -> None:
    path = tmp_path / "span1.pcap"
    path.write_bytes(trace.pcap())
    fields = [part for field in FIELDS for part in ("-e", field)]
    rows = [line.split("\t") for line in tshark(path, "-T", "fields", *fields)]
    assert len(rows) == len(trace.frames()) > 1000
    assert {row[1] for row in rows} == {"0"}, "all is LAPD"
    assert [row for row in rows if row[2]] == [], "malformed"
    kinds = {int(row[0], 16) for row in rows if row[0]}
    wanted = {0x05, 0x0D, 0x02, 0x01, 0x03, 0x07, 0x0F, 0x7B, 0x45, 0x4D, 0x5A, 0x46, 0x4E}
    assert wanted <= kinds, f"not in the trace: {wanted - kinds}"


def test_only_the_last_frames_are_kept() -> None:
    trace = Trace(frames=3)
    for number in range(10):
        trace.note(bytes([0, 1, number]), 5.25, is_sent=False)
    assert [frame.octets[2] for frame in trace.frames()] == [7, 8, 9]
    file = trace.pcap()
    assert len(file) == 24 + 3 * (16 + 3)
    assert struct.unpack_from("<I", file, 20) == (203,)
    assert struct.unpack_from("<IIII", file, 24) == (5, 250_000, 3, 3)
