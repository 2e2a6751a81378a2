"""Look into an uploaded WAV file: is it sound the box can turn into a prompt?

source  RIFF/WAVE (IBM/Microsoft 1991), format tags 1 PCM, 3 float, 6 A-law, 7 u-law, 0xFFFE extensible
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from firmware.api.core import Refused
from firmware.text import Text

MAX_BYTES = 5_000_000
MAX_S = 600.0
_BITS = {1: (8, 16, 24, 32), 3: (32, 64), 6: (8,), 7: (8,)}
_EXTENSIBLE = 0xFFFE
_UNKNOWN_BYTES = 0x7FFF_0000  # programs that write into a pipe do not know the size and say this or more
_ALLOWED = Text(
    zh="允许：WAV 文件（PCM、A 律或 μ 律），单声道或立体声，不超过 5 MB、10 分钟。请另存为这种格式再上传。",
    en="Allowed: a WAV file (PCM, A-law or u-law), mono or stereo, at most 5 MB and 10 minutes. "
    "Save it in this form and upload it again.",
)


@dataclass(frozen=True, slots=True)
class WavInfo:
    """What a WAV file holds."""

    rate_hz: int
    channels: int
    bits: int
    duration_s: float


def inspect(data: bytes) -> WavInfo:
    """Check an upload.

    raises  Refused (`too-large`, `wrong-sound-file`) naming what is wrong and what is allowed
    """
    if len(data) > MAX_BYTES:
        raise _refused("文件太大", "The file is too large", code="too-large")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise _refused("这不是 WAV 文件", "This is not a WAV file")
    chunks = dict(_chunks(data))
    if b"fmt " not in chunks or b"data" not in chunks:
        raise _refused("WAV 文件不完整", "The WAV file is incomplete")
    info = _info(chunks[b"fmt "], len(chunks[b"data"]))
    if info.duration_s == 0:
        raise _refused("文件里没有声音", "There is no sound in the file")
    if info.duration_s > MAX_S:
        raise _refused("录音太长", "The recording is too long")
    return info


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if len(data) - at - 8 < size < _UNKNOWN_BYTES:
            raise _refused("WAV 文件不完整", "The WAV file is incomplete")
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + (size & 1)


def _info(fmt: bytes, data_bytes: int) -> WavInfo:
    if len(fmt) < 16:
        raise _refused("WAV 文件不完整", "The WAV file is incomplete")
    tag, channels, rate_hz, _, align, bits = struct.unpack_from("<HHIIHH", fmt)
    if tag == _EXTENSIBLE and len(fmt) >= 26:
        tag = struct.unpack_from("<H", fmt, 24)[0]
    if bits not in _BITS.get(tag, ()):
        raise _refused("WAV 的编码不支持", "The coding of this WAV file is not supported")
    if channels not in (1, 2) or align != channels * bits // 8:
        raise _refused("声道数不支持", "The number of channels is not supported")
    if not 4000 <= rate_hz <= 192_000:
        raise _refused("采样率不支持", "The sample rate is not supported")
    return WavInfo(rate_hz, channels, bits, data_bytes // align / rate_hz)


def _refused(zh: str, en: str, code: str = "wrong-sound-file") -> Refused:
    return Refused(code, Text(zh=f"{zh}。{_ALLOWED.zh}", en=f"{en}. {_ALLOWED.en}"), "file")
