"""RTP streams as channels of the engine: packets, jitter buffer, attachments."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest

import cext
from cext import CextError, EventKind
from tests.cext.ref import rtp, signal
from tests.cext.ref.rtp import Packet, Room

SPEECH = signal.alaw(signal.speech(-15, 0, 40))
PACKETS = rtp.audio(SPEECH)


def on_time(packets: list[Packet], *, every_ms: float = 20.0) -> list[tuple[float, Packet]]:
    """Arrivals without jitter."""
    return [(10 + i * every_ms, packet) for i, packet in enumerate(packets)]


def pcm(octets: bytes) -> signal.Samples:
    """Decode A-law."""
    return signal.from_pcm16(cext.alaw_decode(octets))


def clicks(octets: bytes, original: bytes = SPEECH) -> int:
    """Steps between samples that are larger than any of the original."""
    limit = 1.05 * np.max(np.abs(np.diff(pcm(original))))
    return int(np.sum(np.abs(np.diff(pcm(octets))) > limit))


# packets, RFC 3550 section 5.1


def test_audio_comes_out_as_it_went_in() -> None:
    """With a fixed delay, every octet in order: A-law is not changed on its way to a timeslot."""
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    room.run(on_time(PACKETS[:500]), 12)
    begin = room.heard.index(SPEECH[:800])
    assert begin in range(0, 80 * 10)
    assert room.heard[begin : begin + 80000] == SPEECH[:80000]
    assert (room.stats.received, room.stats.lost, room.stats.late, room.stats.restarts) == (500, 0, 0, 0)


@pytest.mark.parametrize("packet_smp", [80, 160, 240, 320, 480, 130])
def test_any_packet_length(packet_smp: int) -> None:
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=80))
    packets = rtp.audio(SPEECH[:16000], packet_smp=packet_smp)
    room.run(on_time(packets, every_ms=packet_smp / 8), 3)
    assert SPEECH[:15000] in room.heard


def test_ulaw_in_and_out() -> None:
    tone = signal.pcm16(signal.sine(1013, 1000, -10))
    room = Room(cext.StreamSpec(ssrc=1, law="ulaw"))
    room.run(on_time(rtp.audio(cext.ulaw_encode(tone), payload_type=0)), 1)
    assert np.std(pcm(room.heard[2400:4800])) == pytest.approx(np.std(signal.from_pcm16(tone)), rel=0.02)
    for _ in range(20):
        room.tick(signal.alaw(signal.sine(1000, 10, -10)))
    packet = room.sent[-1]
    assert (packet.payload_type, len(packet.payload)) == (0, 160)
    out = signal.from_pcm16(cext.ulaw_decode(packet.payload))
    assert np.std(out) == pytest.approx(signal.amplitude(-10) / np.sqrt(2), rel=0.05)


def test_csrc_extension_and_padding_are_skipped() -> None:
    def dress(packet: Packet, i: int) -> bytes:
        plain = packet.octets()
        head, payload = bytearray(plain[:12]), plain[12:]
        csrc = b"CSRC" * (i % 16)
        extension = struct.pack(">HH", 0xBEDE, i % 4) + b"EXTN" * (i % 4) if i % 3 == 0 else b""
        padding = bytes(i % 7) + bytes([i % 7 + 1]) if i % 5 == 0 else b""
        head[0] |= i % 16 | (0x10 if extension else 0) | (0x20 if padding else 0)
        return bytes(head) + csrc + extension + payload + padding

    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    for i, packet in enumerate(PACKETS[:240]):
        room.engine.stream_put(1, dress(packet, i), 20000 * i)
        room.tick()
        room.tick()
    assert room.stats.refused == 0
    assert SPEECH[:30000] in room.heard


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x80",
        PACKETS[0].octets()[:11],
        b"\x40" + PACKETS[0].octets()[1:],  # version 1
        b"\x8f" + PACKETS[0].octets()[1:40],  # 15 CSRC do not fit
        b"\x90" + PACKETS[0].octets()[1:12] + b"\xbe\xde\xff\xff",  # extension does not fit
        b"\x90" + PACKETS[0].octets()[1:12] + b"\xbe",
        b"\xa0" + PACKETS[0].octets()[1:12] + b"\x00",  # padding of 0
        b"\xa0" + PACKETS[0].octets()[1:12] + b"\xff",  # padding longer than the packet
        replace(PACKETS[0], payload_type=77).octets(),
        replace(PACKETS[0], payload=b"").octets(),
        replace(PACKETS[0], payload=bytes(481)).octets(),
    ],
)
def test_what_is_no_packet_of_ours_is_counted_and_harms_nothing(octets: bytes) -> None:
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    for i, packet in enumerate(PACKETS[:100]):
        room.engine.stream_put(1, octets, 20000 * i)
        room.engine.stream_put(1, packet.octets(), 20000 * i)
        room.tick()
        room.tick()
    assert (room.stats.refused, room.stats.received) == (100, 100)
    assert SPEECH[:12000] in room.heard


def test_a_packet_that_is_too_long_or_one_too_many_is_counted() -> None:
    room = Room()
    room.engine.stream_put(1, bytes(641), 0)
    for packet in PACKETS[:70]:
        room.engine.stream_put(1, packet.octets(), 0)
    room.tick()
    assert room.stats.overflows == 1 + 6
    assert room.stats.received == 64


def test_packets_nobody_fetches_are_counted() -> None:
    room = Room()
    for i in range(60):
        room.engine.tick(rtp.block_from_board(1, frame_counter=80 * i))
    assert len(room.engine.stream_get(1)) == 16
    room.tick()
    assert room.stats.overflows == 14


# order, RFC 3550 appendix A.1


@pytest.mark.parametrize(("seq", "timestamp"), [(0xFFF0, 0), (0, 0xFFFFFF00), (0xFFFF, 0xFFFFFFFF)])
def test_sequence_and_timestamp_wrap(seq: int, timestamp: int) -> None:
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    room.run(on_time(rtp.audio(SPEECH[:32000], seq=seq, timestamp=timestamp)), 5)
    assert SPEECH[:31000] in room.heard
    assert (room.stats.lost, room.stats.restarts) == (0, 0)


def test_reordered_and_doubled_packets_change_nothing() -> None:
    rng = np.random.default_rng(1)
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=80))
    shaken = [(10 + i * 20.0 + rng.uniform(0, 60), p) for i, p in enumerate(PACKETS[:500]) for _ in range(2)]
    room.run(shaken, 12)
    assert room.stats.reordered > 50
    assert (room.stats.duplicates, room.stats.received, room.stats.lost) == (500, 500, 0)
    assert room.stats.late == 0
    assert SPEECH[24000:76000] in room.heard


def test_another_source_takes_over_after_two_packets() -> None:
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    room.run(on_time(PACKETS[:100]), 2)
    second = rtp.audio(SPEECH[100000:140000], seq=40000, timestamp=3_000_000_000, ssrc=99)
    room.run(on_time(second), 4)
    assert room.stats.restarts == 1
    assert room.stats.refused == 1  # the first of it
    assert SPEECH[102000:120000] in room.heard


def test_single_strangers_do_not_take_over() -> None:
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    strangers = [
        (10 + i * 20.0, replace(p, ssrc=1000 + i, payload=bytes(160))) for i, p in enumerate(PACKETS[:200])
    ]
    room.run([*strangers, *on_time(PACKETS[:200])][1:], 5)
    assert room.stats.restarts == 0
    assert SPEECH[:30000] in room.heard


@pytest.mark.parametrize(("seq_jump", "time_jump"), [(20000, 10**9), (1, 10**9), (1, -(10**6)), (20000, 0)])
def test_a_jump_restarts_cleanly(seq_jump: int, time_jump: int) -> None:
    """Of the sequence, of the time, of both: whole again within 100 ms."""
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    jumped = [replace(p, seq=p.seq + seq_jump, timestamp=p.timestamp + time_jump) for p in PACKETS[200:400]]
    room.run(on_time([*PACKETS[:200], *jumped]), 9)
    assert SPEECH[200 * 160 + 800 : 395 * 160] in room.heard
    assert room.stats.restarts == 1


# loss, jitter, skew


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("burst", [1.0, 3.0])
def test_losses_are_counted_and_concealed(rate: float, burst: float) -> None:
    rng, bad, kept = np.random.default_rng(2), False, []
    for arrival in on_time(PACKETS):
        bad = rng.random() > 1 / burst if bad else rng.random() < rate / burst / (1 - rate)
        kept += [] if bad else [arrival]
    lost = kept[-1][1].seq - kept[0][1].seq + 1 - len(kept)
    room = Room()
    room.run(kept, 40)
    assert room.stats.lost == lost
    assert room.stats.concealed_ms == pytest.approx(20 * lost, abs=60)
    assert clicks(room.heard) == 0


DISTRIBUTIONS = {
    "exponential": lambda rng: rng.exponential(15),
    "uniform": lambda rng: rng.uniform(0, 60),
    "normal": lambda rng: abs(rng.normal(0, 20)),
    "spikes": lambda rng: 120.0 if rng.random() < 0.004 else rng.exponential(3),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_delay_follows_the_99th_percentile(name: str) -> None:
    """After 10 s: some packets in a hundred late, target within 20 ms of the true percentile, no clicks."""
    rng = np.random.default_rng(7)
    extra = [DISTRIBUTIONS[name](rng) for _ in PACKETS]
    room = Room()
    room.run([(at + more, p) for (at, p), more in zip(on_time(PACKETS), extra, strict=True)], 40)
    percentile = np.percentile(extra[500:], 99) - min(extra[500:])
    targets = np.array([target for _, _, target in room.delays_ms[1000:3900]])
    delays = np.array([delay for _, delay, _ in room.delays_ms[1000:3900]])
    assert np.median(targets) == pytest.approx(percentile, abs=20)
    assert np.all(np.abs(delays - targets) <= 60)
    assert np.median(delays - targets) <= 20
    assert room.stats.late < 0.025 * len(PACKETS)
    assert clicks(room.heard) == 0


def test_delay_goes_up_with_the_jitter_and_down_again() -> None:
    """Quiet, 60 ms of jitter, quiet: below 30 ms, above 50 ms, and below 30 ms again 15 s later."""
    rng = np.random.default_rng(8)
    jitter = [60.0 if 400 <= i < 800 else 2.0 for i in range(len(PACKETS))]
    room = Room()
    room.run([(at + rng.uniform(0, j), p) for (at, p), j in zip(on_time(PACKETS), jitter, strict=True)], 40)
    delays = [delay for _, delay, _ in room.delays_ms]
    assert max(delays[400:790]) <= 30
    assert min(delays[1200:1600]) >= 50
    assert max(delays[3100:3900]) <= 30


def test_delay_never_exceeds_its_bound() -> None:
    """Half a second of jitter, outages of a second after which all comes at once."""
    rng = np.random.default_rng(9)
    arrivals = []
    for at, packet in on_time(PACKETS):
        held = 1000 - at % 5000 if at % 5000 < 1000 and at > 5000 else rng.uniform(0, 500)
        arrivals.append((at + held, packet))
    room = Room(cext.StreamSpec(ssrc=1, max_delay_ms=120))
    room.run(arrivals, 40)
    assert max(target for _, _, target in room.delays_ms) <= 120
    assert max(delay for _, delay, _ in room.delays_ms) <= 120 + 40 + 10  # slack, and the tick that sees it
    assert clicks(room.heard) == 0
    assert room.stats.received == len({p.seq for at, p in arrivals if at < 39_990})


@pytest.mark.parametrize("ppm", [-200, -50, 50, 200])
def test_clock_skew_is_followed_without_clicks(ppm: int) -> None:
    """Three minutes: the delay stays, the difference is inserted or removed, the estimate within 15 ppm."""
    octets = SPEECH * 5
    packets = rtp.audio(octets[: 180 * 8000])
    rng = np.random.default_rng(10)
    room = Room()
    room.run([(10 + i * 20.0 / (1 + ppm * 1e-6) + rng.exponential(2), p) for i, p in enumerate(packets)], 179)
    delays = np.array([delay for _, delay, _ in room.delays_ms[1000:]])
    drift_ms = 179 * ppm / 1000
    assert np.max(delays) <= 50
    assert room.stats.removed_ms - room.stats.inserted_ms == pytest.approx(drift_ms + 20, abs=35)
    assert room.stats.skew_ppm == pytest.approx(ppm, abs=15)
    assert room.stats.late < 0.02 * len(packets)
    assert clicks(room.heard) == 0


def test_stretching_keeps_the_pitch_of_a_tone() -> None:
    """A steady tone with skew: no frame with another frequency, level or a step."""
    tone = signal.alaw(signal.sine(440, 40000, -10))
    room = Room()
    room.run([(10 + i * 20.0 / 1.0002, p) for i, p in enumerate(rtp.audio(tone))], 39)
    heard = pcm(room.heard[80 * 20 : 80 * 3800])
    frames = heard[: len(heard) // 400 * 400].reshape(-1, 400)
    level = np.sqrt(np.mean(frames**2, axis=1)) / (signal.amplitude(-10) / np.sqrt(2))
    assert room.stats.removed_ms + room.stats.inserted_ms > 0
    assert np.all(np.abs(level - 1) < 0.1)
    assert clicks(room.heard[1600:], tone) == 0


def test_rfc_3550_6_4_1_jitter() -> None:
    """Arrivals alternately 0 and 10 ms late: the estimate converges to 10 ms."""
    room = Room()
    room.run([(at + 10 * (i % 2), p) for i, (at, p) in enumerate(on_time(PACKETS[:500]))], 10)
    assert room.stats.jitter_ms == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize("late_ms", [41, 50, 55])
def test_a_packet_that_comes_while_its_gap_is_concealed_is_played_whole(late_ms: int) -> None:
    """40 ms of delay: late by up to a packet. All is heard, in order, by what was concealed later."""
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40, max_delay_ms=80))
    room.run([(at + late_ms * (i == 60), p) for i, (at, p) in enumerate(on_time(PACKETS[:90]))], 2)
    begin = room.heard.index(SPEECH[59 * 160 : 60 * 160])
    again = room.heard.index(SPEECH[60 * 160 + 16 : 61 * 160])  # the first 2 ms are blended
    assert 0 < again - begin - 176 <= 160
    assert room.stats.late == 1
    assert room.stats.inserted_ms > 0
    assert clicks(room.heard) == 0


def test_packets_that_a_network_held_back_are_heard() -> None:
    """Each 3 s nothing for 100 ms, then all of it at once, twelve times: nearly all of it is heard."""
    arrivals = []
    for i, (at, packet) in enumerate(on_time(PACKETS)):
        end = (i // 150 * 150 + 145) * 20 + 110
        arrivals.append((max(at, end) if i % 150 >= 145 else at, packet))
    room = Room()
    room.run(arrivals, 40)
    unheard = [i for i in range(500, 1900) if SPEECH[i * 160 + 40 : i * 160 + 120] not in room.heard]
    assert len(unheard) <= 15  # left out where a pitch period was, mostly
    assert room.stats.late <= 20
    assert clicks(room.heard) == 0


# fixed delay, for fax and modems


@pytest.mark.parametrize("ppm", [-200, 200])
def test_fixed_delay_leaves_what_sounds_alone(ppm: int) -> None:
    """A minute of noise like a modem's without a pause, 2 ms of jitter: octet by octet as it was sent."""
    rng = np.random.default_rng(13)
    octets = signal.alaw(signal.noise(rng, 60 * 8000, -20))
    spec = cext.StreamSpec(ssrc=1, min_delay_ms=80, is_fixed=True)
    room = Room(spec)
    arrivals = enumerate(rtp.audio(octets))
    room.run([(10 + i * 20.0 / (1 + ppm * 1e-6) + rng.uniform(0, 2), p) for i, p in arrivals], 59)
    assert octets[:465_000] in room.heard
    assert (room.stats.inserted_ms, room.stats.removed_ms, room.stats.late) == (0, 0, 0)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_fixed_delay_makes_the_drift_good_where_it_is_quiet(ppm: int) -> None:
    """Three minutes of 4 s of noise and 0.2 s of silence: each burst whole, the delay within 25 ms."""
    rng = np.random.default_rng(14)
    burst = signal.alaw(signal.noise(rng, 4 * 8000, -20))
    octets = (burst + b"\xd5" * 1600) * 43
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=60, is_fixed=True))
    arrivals = enumerate(rtp.audio(octets))
    room.run([(10 + i * 20.0 / (1 + ppm * 1e-6) + rng.uniform(0, 2), p) for i, p in arrivals], 178)
    assert room.heard.count(burst) == 178 // 4.2
    delays = [delay for _, delay, _ in room.delays_ms[100:]]
    assert 35 <= min(delays) <= max(delays) <= 85
    assert room.stats.inserted_ms + room.stats.removed_ms > 20


# comfort noise


def test_comfort_noise_fills_the_pause() -> None:
    """Speech, a noise payload of -50 dBov, 2 s of nothing, speech."""
    noise = Packet(100, 16000, bytes([50]), 13)
    second = [replace(p, seq=101 + i, timestamp=32000 + 160 * i) for i, p in enumerate(PACKETS[200:300])]
    room = Room()
    room.run([*on_time(PACKETS[:100]), (2010, noise), *((4010 + 20 * i, p) for i, p in enumerate(second))], 6)
    pause = pcm(room.heard[8 * 2300 : 8 * 3900])
    assert 10 * np.log10(np.mean(pause**2)) == pytest.approx(-50, abs=2)
    assert room.stats.concealed_ms < 40
    assert room.stats.lost == 0


def test_silence_is_sent_as_comfort_noise() -> None:
    """Background of -60 dBm0, a second of sound, background: audio packets only where there is sound."""
    rng = np.random.default_rng(11)
    room = Room(cext.StreamSpec(ssrc=1, saves_silence=True))
    background = signal.alaw(signal.noise(rng, 64000, -60))
    loud = signal.alaw(signal.sine(500, 1000, -20))
    line = background + loud + background[:16000]
    for at in range(0, len(line), 80):
        room.tick(line[at : at + 80])
    sent = [p for p in room.sent if p.timestamp > 5 * 8000]
    spurt = [p for p in sent if p.payload_type == 8]
    noises = [p for p in sent if p.payload_type == 13]
    assert 50 <= len(spurt) <= 65
    assert spurt[0].has_marker and not any(p.has_marker for p in spurt[1:])
    assert min(p.timestamp for p in spurt) <= 8 * 8000
    assert noises
    for packet in noises:  # -60 dBm0 is -66 dBov
        assert packet.payload[0] == pytest.approx(66, abs=2)


# the channel


def test_a_stream_bridged_to_a_timeslot_end_to_end() -> None:
    """Both ways at once through one mixer, recorded on both channels."""
    room = Room(cext.StreamSpec(ssrc=0xCAFE, seq=7, timestamp=1000, min_delay_ms=40))
    room.engine.record(1, 5)
    line = signal.alaw(signal.speech(-20, 50, 4))
    for i in range(300):
        if i % 2 == 0:
            room.engine.stream_put(1, PACKETS[i // 2].octets(), i * 10000)
        room.tick(line[80 * i : 80 * i + 80])
    assert SPEECH[:20000] in room.heard
    assert b"".join(p.payload for p in room.sent)[160:] == line[160 : 80 * 300]  # joining fades in
    assert {(p.ssrc, p.payload_type, len(p.payload)) for p in room.sent} == {(0xCAFE, 8, 160)}
    assert [(p.seq, p.timestamp) for p in room.sent[:2]] == [(7, 1000), (8, 1160)]
    chunks = room.engine.read_recording()
    received = b"".join(chunks[at + 16 : at + 96] for at in range(0, len(chunks), 176))
    sent = b"".join(chunks[at + 96 : at + 176] for at in range(0, len(chunks), 176))
    assert SPEECH[:20000] in received
    assert sent[160:] == line[160 : 80 * 300]


def test_player_and_detectors_work_on_a_stream() -> None:
    """A clip goes out; tones and digits in the audio are heard; the level is measured."""
    room = Room(cext.StreamSpec(ssrc=1, event_type=None), tones=signal.CHINA)
    room.engine.open(1, dtmf=True, progress=True)
    room.engine.leave(1)
    room.engine.play(1, SPEECH[:8000], 3)
    digits = cext.alaw_encode(cext.dtmf_samples("159#", 100, 100, -9.0))
    busy = signal.alaw(
        np.concatenate([np.concatenate([signal.sine(450, 350, -10), signal.silence(350)])] * 4)
    )
    room.run(on_time(rtp.audio(digits + busy)), 5)
    assert b"".join(p.payload for p in room.sent)[:8000] == SPEECH[:8000]
    assert [e.id for e in room.events if e.kind is EventKind.PLAYED] == [3]
    assert "".join(e.digit for e in room.events if e.kind is EventKind.DIGIT_END) == "159#"
    assert "busy" in {e.tone for e in room.events if e.kind is EventKind.TONE_BEGIN}


def test_a_closed_stream_is_silent_and_can_be_opened_again() -> None:
    room = Room(cext.StreamSpec(ssrc=1, min_delay_ms=40))
    room.run(on_time(PACKETS[:50]), 1)
    room.engine.close(1)
    room.run([], 0.2)
    before = len(room.sent)
    room.run([], 0.5)
    assert len(room.sent) == before
    assert set(room.heard[-3200:]) == {0xD5}
    with pytest.raises(CextError, match="not open"):
        room.engine.stream_put(1, b"", 0)
    room.engine.stream_open(1, cext.StreamSpec(ssrc=2, min_delay_ms=40))
    room.engine.join(1, 0)
    room.run(on_time(PACKETS[:100]), 2)
    assert SPEECH[:12000] in room.heard
    assert (room.stats.received, room.stats.restarts) == (100, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alaw_type": 128}, "alaw_type 128"),
        ({"alaw_type": 0}, "one meaning"),
        ({"law": "opus"}, "opus"),
        ({"alaw_type": None}, "needs alaw_type"),
        ({"noise_type": None, "saves_silence": True}, "needs noise_type"),
        ({"packet_ms": 25}, "packet_ms 25"),
        ({"max_delay_ms": 5}, "max_delay_ms 5"),
        ({"ssrc": -1}, "ssrc -1"),
        ({"seq": 65536}, "seq 65536"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    room = Room()
    with pytest.raises(CextError, match=message):
        room.engine.stream_open(1, replace(cext.StreamSpec(ssrc=1), **change))


def test_a_timeslot_is_no_stream() -> None:
    engine = cext.Engine(2, (), streams=1)
    for wrong in (0, 1, 3, -1):
        with pytest.raises(CextError, match=f"channel {wrong}"):
            engine.stream_open(wrong, cext.StreamSpec(ssrc=1))
    with pytest.raises(CextError, match="not open"):
        engine.open(2)
    with pytest.raises(CextError, match="streams 129"):
        cext.Engine(1, (), streams=129)


def test_the_echo_of_a_stream_is_not_cancelled_and_switching_it_off_is_nothing() -> None:
    room = Room()
    room.engine.echo(1, 0)
    room.tick()
    with pytest.raises(CextError, match="channel 1: a stream"):
        room.engine.echo(1, 16)


def test_128_timeslots_and_128_streams() -> None:
    engine = cext.Engine(128, (), streams=128)
    for channel in range(128, 256):
        engine.stream_open(channel, cext.StreamSpec(ssrc=channel))
        engine.play(channel, bytes([channel]) * 160, channel)
    for i in range(2):
        engine.tick(rtp.block_from_board(128, frame_counter=80 * i))
    for channel in range(128, 256):
        (packet,) = engine.stream_get(channel)
        assert rtp.parse(packet).payload == bytes([channel]) * 160
        assert rtp.parse(packet).ssrc == channel
