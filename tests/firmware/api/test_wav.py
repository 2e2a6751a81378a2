"""Uploaded WAV files: whole ones pass, others are refused in words."""

from __future__ import annotations

import io
import struct
import wave

import pytest

from firmware.api.core import Refused
from firmware.api.wav import inspect


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10" * 8000)
    return out.getvalue()


def test_a_whole_file_passes() -> None:
    assert inspect(wav()).duration_s == 1.0


@pytest.mark.parametrize("size", [20, 44, 6000, len(wav()) - 1])
def test_a_file_that_was_cut_is_refused(size: int) -> None:
    with pytest.raises(Refused) as caught:
        inspect(wav()[:size])
    assert (caught.value.code, caught.value.field) == ("wrong-sound-file", "file")


@pytest.mark.parametrize("size", [0x7FFFFFFF, 0xFFFFFFFF])
def test_a_file_from_a_pipe_does_not_know_its_size(size: int) -> None:
    whole = wav()
    assert inspect(whole[:40] + struct.pack("<I", size) + whole[44:]).duration_s == 1.0
