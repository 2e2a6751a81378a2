"""libspandsp (Debian: libspandsp2) as the independent peer: its generators and receivers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cffi import FFI

_ffi = FFI()
_ffi.cdef("""
void *dtmf_tx_init(void *s);
int dtmf_tx(void *s, int16_t *amp, int max_samples);
int dtmf_tx_put(void *s, const char *digits, int len);
void dtmf_tx_set_level(void *s, int level, int twist);
void dtmf_tx_set_timing(void *s, int on_time, int off_time);
int dtmf_tx_free(void *s);
void *dtmf_rx_init(void *s, void *callback, void *user_data);
int dtmf_rx(void *s, const int16_t *amp, int samples);
size_t dtmf_rx_get(void *s, char *digits, int max);
int dtmf_rx_free(void *s);
void *g711_init(void *s, int mode);
int g711_encode(void *s, uint8_t *g711, const int16_t *amp, int len);
int g711_decode(void *s, int16_t *amp, const uint8_t *g711, int len);
int g711_free(void *s);
void *adsi_tx_init(void *s, int standard);
int adsi_tx_put_message(void *s, const uint8_t *msg, int len);
int adsi_tx(void *s, int16_t *amp, int max_len);
int adsi_tx_free(void *s);
typedef void (*put_msg_t)(void *user_data, const uint8_t *msg, int len);
void *adsi_rx_init(void *s, int standard, put_msg_t put_msg, void *user_data);
int adsi_rx(void *s, const int16_t *amp, int len);
int adsi_rx_free(void *s);
void *plc_init(void *s);
int plc_rx(void *s, int16_t *amp, int len);
int plc_fillin(void *s, int16_t *amp, int len);
int plc_free(void *s);
typedef void (*hdlc_frame_t)(void *user_data, const uint8_t *frame, int len, int is_good);
typedef void (*hdlc_underflow_t)(void *user_data);
void *hdlc_rx_init(void *s, bool crc32, bool report_bad, int framing_ok, hdlc_frame_t put, void *user);
void hdlc_rx_put(void *s, const uint8_t *octets, int len);
int hdlc_rx_free(void *s);
void *hdlc_tx_init(void *s, bool crc32, int flags, bool progressive, hdlc_underflow_t end, void *user);
int hdlc_tx_frame(void *s, const uint8_t *frame, size_t len);
int hdlc_tx_flags(void *s, int len);
int hdlc_tx_get(void *s, uint8_t *out, size_t max_len);
int hdlc_tx_free(void *s);
void *r2_mf_tx_init(void *s, bool is_forward);
int r2_mf_tx_put(void *s, char digit);
int r2_mf_tx(void *s, int16_t *amp, int samples);
int r2_mf_tx_free(void *s);
typedef void (*r2_report_t)(void *user_data, int digit, int level, int delay);
void *r2_mf_rx_init(void *s, bool is_forward, r2_report_t report, void *user_data);
int r2_mf_rx(void *s, const int16_t *amp, int samples);
int r2_mf_rx_free(void *s);
""")
_lib: Any = _ffi.dlopen("libspandsp.so.2")

ALAW, ULAW = 0, 1
CLASS, CLIP = 1, 2  # ADSI standards: Bell 202, V.23
_STEP_SMP = 160


def dtmf_tx(
    digits: str, *, level_dbm0: int = -10, twist_db: int = 0, on_ms: int = 50, off_ms: int = 50
) -> bytes:
    """Return int16 samples; level of the low tone, twist = high minus low."""
    state = _lib.dtmf_tx_init(_ffi.NULL)
    _lib.dtmf_tx_set_level(state, level_dbm0, twist_db)
    _lib.dtmf_tx_set_timing(state, on_ms, off_ms)
    assert _lib.dtmf_tx_put(state, digits.encode(), len(digits)) == 0
    out = _drain(lambda buffer: _lib.dtmf_tx(state, buffer, _STEP_SMP))
    _lib.dtmf_tx_free(state)
    return out


def _drain(generate: Any, limit: int = 100_000) -> bytes:
    buffer = _ffi.new(f"int16_t[{_STEP_SMP}]")
    out = b""
    while len(out) < 2 * limit:
        count = generate(buffer)
        out += bytes(_ffi.buffer(buffer)[: 2 * count])
        if count < _STEP_SMP:
            break
    return out


def dtmf_rx(pcm16: bytes) -> str:
    """Return the digits that spandsp hears."""
    state = _lib.dtmf_rx_init(_ffi.NULL, _ffi.NULL, _ffi.NULL)
    digits, got = "", _ffi.new("char[128]")
    for at in range(0, len(pcm16), 2 * _STEP_SMP):
        part = _ffi.from_buffer("int16_t[]", pcm16[at : at + 2 * _STEP_SMP])
        _lib.dtmf_rx(state, part, len(part))
        count = _lib.dtmf_rx_get(state, got, 100)
        digits += _ffi.string(got).decode() if count else ""
    _lib.dtmf_rx_free(state)
    return digits


def encode(pcm16: bytes, law: int) -> bytes:
    """Code int16 samples."""
    state = _lib.g711_init(_ffi.NULL, law)
    out = _ffi.new("uint8_t[]", len(pcm16) // 2)
    _lib.g711_encode(state, out, _ffi.from_buffer("int16_t[]", pcm16), len(out))
    _lib.g711_free(state)
    return bytes(_ffi.buffer(out))


def decode(octets: bytes, law: int) -> bytes:
    """Decode to int16 samples."""
    state = _lib.g711_init(_ffi.NULL, law)
    out = _ffi.new("int16_t[]", len(octets))
    _lib.g711_decode(state, out, octets, len(octets))
    _lib.g711_free(state)
    return bytes(_ffi.buffer(out))


def caller_id_tx(message: bytes, standard: int) -> bytes:
    """Return int16 samples of a message (type, length, parameters)."""
    state = _lib.adsi_tx_init(_ffi.NULL, standard)
    assert _lib.adsi_tx_put_message(state, message, len(message)) > 0
    out = _drain(lambda buffer: _lib.adsi_tx(state, buffer, _STEP_SMP))
    _lib.adsi_tx_free(state)
    return out


def caller_id_rx(pcm16: bytes, standard: int) -> list[bytes]:
    """Return the messages that spandsp hears, without their checksums."""
    heard: list[bytes] = []

    @_ffi.callback("put_msg_t")  # type: ignore[misc]
    def put(_user: Any, message: Any, length: int) -> None:
        heard.append(bytes(_ffi.buffer(message, length)))

    state = _lib.adsi_rx_init(_ffi.NULL, standard, put, _ffi.NULL)
    for at in range(0, len(pcm16), 2 * _STEP_SMP):
        part = _ffi.from_buffer("int16_t[]", pcm16[at : at + 2 * _STEP_SMP])
        _lib.adsi_rx(state, part, len(part))
    _lib.adsi_rx_free(state)
    return heard


def conceal(pcm16: bytes, lost: Iterable[bool], packet_smp: int) -> bytes:
    """Return int16 samples with the lost packets concealed."""
    state = _lib.plc_init(_ffi.NULL)
    out = _ffi.new("int16_t[]", len(pcm16) // 2)
    _ffi.memmove(out, pcm16, len(pcm16))
    for i, is_lost in enumerate(lost):
        (_lib.plc_fillin if is_lost else _lib.plc_rx)(state, out + i * packet_smp, packet_smp)
    _lib.plc_free(state)
    return bytes(_ffi.buffer(out))


def hdlc_tx(frames: Iterable[bytes], *, flags: int = 2, idle_octets: int = 40) -> bytes:
    """Return the octets of a timeslot with frames, so many flags between them, and flags at the end."""
    frames = list(frames)
    waiting = iter(frames)
    ended = []

    def feed() -> None:
        frame = next(waiting, None)
        if frame is None:
            ended.append(True)
        else:
            assert _lib.hdlc_tx_frame(state, frame, len(frame)) == 0

    @_ffi.callback("hdlc_underflow_t")  # type: ignore[misc]
    def underflow(_user: Any) -> None:
        feed()

    state = _lib.hdlc_tx_init(_ffi.NULL, False, flags, False, underflow, _ffi.NULL)
    buffer, out = _ffi.new("uint8_t[1]"), b""
    _lib.hdlc_tx_flags(state, 2)
    feed()
    while not ended:
        out += bytes(_ffi.buffer(buffer)[: _lib.hdlc_tx_get(state, buffer, 1)])
    for _ in range(idle_octets):
        out += bytes(_ffi.buffer(buffer)[: _lib.hdlc_tx_get(state, buffer, 1)])
    _lib.hdlc_tx_free(state)
    return out


def hdlc_rx(octets: bytes) -> list[bytes]:
    """Return the good frames that spandsp hears, without FCS."""
    heard: list[bytes] = []

    @_ffi.callback("hdlc_frame_t")  # type: ignore[misc]
    def take(_user: Any, frame: Any, length: int, is_good: int) -> None:
        if is_good and length > 0:  # below zero: a status
            heard.append(bytes(_ffi.buffer(frame, length)))

    state = _lib.hdlc_rx_init(_ffi.NULL, False, False, 1, take, _ffi.NULL)
    _lib.hdlc_rx_put(state, octets, len(octets))
    _lib.hdlc_rx_free(state)
    return heard


_MF_LETTERS = str.maketrans("ABCDE", "BCDEF")  # ours, spandsp's
_OUR_LETTERS = str.maketrans("BCDEF", "ABCDE")


def mf_tx(signals: str, *, is_forward: bool, on_ms: int = 100, off_ms: int = 100) -> bytes:
    """Return int16 samples of MFC/R2 signals, named as we do."""
    state = _lib.r2_mf_tx_init(_ffi.NULL, is_forward)
    out = b""
    for signal in signals.translate(_MF_LETTERS):
        for digit, ms in ((signal.encode(), on_ms), (b"\0", off_ms)):
            buffer = _ffi.new("int16_t[]", ms * 8)
            _lib.r2_mf_tx_put(state, digit)
            if digit != b"\0":
                assert _lib.r2_mf_tx(state, buffer, ms * 8) == ms * 8
            out += bytes(_ffi.buffer(buffer))
    _lib.r2_mf_tx_free(state)
    return out


def mf_rx(pcm16: bytes, *, is_forward: bool) -> list[tuple[str, float]]:
    """Return the signals that spandsp hears, and when (ms); "" ends one."""
    heard: list[tuple[str, float]] = []
    now = [0]

    @_ffi.callback("r2_report_t")  # type: ignore[misc]
    def report(_user: Any, digit: int, _level: int, _delay: int) -> None:
        name = chr(digit) if digit else ""
        heard.append((name.translate(_OUR_LETTERS), now[0] / 8))

    state = _lib.r2_mf_rx_init(_ffi.NULL, is_forward, report, _ffi.NULL)
    for at in range(0, len(pcm16), 16):
        part = _ffi.from_buffer("int16_t[]", pcm16[at : at + 16])
        now[0] += len(part)
        _lib.r2_mf_rx(state, part, len(part))
    _lib.r2_mf_rx_free(state)
    return heard
