"""The outside line's machine, with exact times."""

from copy import deepcopy
from typing import Any

from firmware.config.models import Trunk
from firmware.lines import reasons, supervision
from firmware.lines.answer import DOUBT_S, SETTLE_S
from firmware.lines.supervision import Service, Supervision
from firmware.lines.trunk import (
    ANSWER_S,
    COOLING_S,
    DIAL_TONE_S,
    GUARD_S,
    LOOP_DEAD_S,
    RING_GAP_S,
    SEIZE_S,
    TrunkLine,
)
from firmware.lines.types import (
    EndReason,
    Flash,
    LineChanged,
    LineState,
    Listen,
    Monitor,
    Release,
    Seize,
    SendDigits,
    SendPulses,
    TrunkAnswered,
    TrunkDialed,
    TrunkEnded,
    TrunkOffered,
    TrunkReady,
    TrunkRinging,
    TrunkWaiting,
    Watch,
    WatchVoice,
)
from firmware.media.types import (
    AnswerHeard,
    CallerIdHeard,
    DialEnded,
    DigitHeard,
    SilenceHeard,
    ToneHeard,
    VoiceHeard,
)
from hal import types as hal

PORT = "fxo1"
NUMBER = b"13800138000"
BODY = b"\x02" + bytes([len(NUMBER)]) + NUMBER
MESSAGE = bytes([0x80, len(BODY)]) + BODY


def idle_trunk(**settings: Any) -> TrunkLine:
    trunk = TrunkLine(PORT, 0, Supervision(**settings))
    trunk.handle(hal.PortUp(PORT, 0.0), 0.0)
    assert trunk.state is LineState.IDLE
    return trunk


def ring_once(trunk: TrunkLine, at: float) -> list[object]:
    return [
        *trunk.handle(hal.RingStarted(PORT, at), at),
        *trunk.handle(hal.RingStopped(PORT, at + 1), at + 1),
    ]


def answered_trunk(**settings: Any) -> TrunkLine:
    trunk = idle_trunk(**settings)
    ring_once(trunk, 10.0)
    trunk.heard(CallerIdHeard(0, MESSAGE), 12.0)
    trunk.answer(12.0)
    trunk.handle(hal.LineReady(PORT, 12.4), 12.4)
    return trunk


def test_caller_id_between_rings_offers_the_call() -> None:
    trunk = idle_trunk()
    assert ring_once(trunk, 10.0) == [
        LineChanged(PORT, LineState.RINGING),
        TrunkRinging(PORT),
        Monitor(PORT, True),
    ]
    assert trunk.heard(CallerIdHeard(0, MESSAGE), 12.0) == [
        Monitor(PORT, False),
        TrunkOffered(PORT, "13800138000", ""),
    ]
    assert trunk.answer(12.0) == [Seize(PORT), LineChanged(PORT, LineState.IN_USE)]
    assert trunk.handle(hal.LineReady(PORT, 12.4), 12.4) == [
        Listen(PORT, True),
        Watch(PORT, 600),
        TrunkReady(PORT),
    ]
    assert trunk.deadline() is None


def test_the_sound_is_treated_as_the_settings_say() -> None:
    treated = supervision.of(Trunk(port=PORT, agc=True, hum="60"))
    assert (treated.agc, treated.hum_hz) == (True, 60)
    assert supervision.of(Trunk(port=PORT)).hum_hz is None
    trunk = idle_trunk(agc=treated.agc, hum_hz=treated.hum_hz)
    trunk.call("110", 10.0)
    assert trunk.handle(hal.LineReady(PORT, 10.4), 10.4) == [Listen(PORT, True, agc=True, hum_hz=60)]


def test_second_ring_offers_without_a_number() -> None:
    trunk = idle_trunk()
    ring_once(trunk, 10.0)
    assert trunk.handle(hal.RingStarted(PORT, 15.0), 15.0) == [
        Monitor(PORT, False),
        TrunkOffered(PORT, "", ""),
    ]


def test_ringing_that_stops_is_a_caller_gone() -> None:
    trunk = idle_trunk()
    ring_once(trunk, 10.0)
    assert trunk.tick(11.0 + RING_GAP_S - 0.01) == []
    assert trunk.tick(11.0 + RING_GAP_S) == [
        Monitor(PORT, False),
        TrunkEnded(PORT, EndReason.CALLER_GONE),
        LineChanged(PORT, LineState.IDLE),
    ]


def test_endless_ringing_is_let_go() -> None:
    trunk = idle_trunk()
    at = 10.0
    while at < 10.0 + ANSWER_S:
        ring_once(trunk, at)
        at += 5.0
    assert TrunkEnded(PORT, EndReason.CALLER_GONE) in trunk.tick(10.0 + ANSWER_S)


def test_each_way_the_far_end_hangs_up_has_its_reason() -> None:
    ways = [
        (lambda trunk: trunk.heard(ToneHeard(0, "busy"), 20.0), EndReason.BUSY_TONE),
        (lambda trunk: trunk.heard(ToneHeard(0, "congestion"), 20.0), EndReason.CONGESTION_TONE),
        (lambda trunk: trunk.handle(hal.PolarityReversed(PORT, 20.0, True), 20.0), EndReason.POLARITY),
        (lambda trunk: trunk.handle(hal.LoopDropped(PORT, 20.0), 20.0), EndReason.LOOP_DROP),
    ]
    for happen, reason in ways:
        trunk = answered_trunk()
        assert happen(trunk) == [
            Listen(PORT, False),
            Release(PORT),
            LineChanged(PORT, LineState.IDLE),
            TrunkEnded(PORT, reason),
        ]
        assert not trunk.is_free
        trunk.tick(20.0 + GUARD_S)
        assert trunk.is_free


def test_polarity_is_ignored_where_the_exchange_means_nothing_by_it() -> None:
    trunk = answered_trunk(disconnect_polarity=False)
    assert trunk.handle(hal.PolarityReversed(PORT, 20.0, True), 20.0) == []


def test_dial_tone_in_a_call_is_no_hang_up() -> None:
    assert answered_trunk().heard(ToneHeard(0, "dial"), 20.0) == []


def test_unplugged_in_a_call_ends_it_and_takes_the_line_out_of_service() -> None:
    trunk = answered_trunk()
    assert trunk.handle(hal.LineLost(PORT, 20.0), 20.0) == [
        Listen(PORT, False),
        Release(PORT),
        TrunkEnded(PORT, EndReason.UNPLUGGED),
        LineChanged(PORT, LineState.OUT_OF_SERVICE, reasons.UNPLUGGED),
    ]
    assert trunk.handle(hal.LineFound(PORT, 30.0), 30.0) == [LineChanged(PORT, LineState.IDLE)]


def test_a_line_just_connected_is_not_dialled_on_before_a_ring_had_time_to_come() -> None:
    trunk = idle_trunk()
    trunk.handle(hal.LineLost(PORT, 20.0), 20.0)
    trunk.handle(hal.LineFound(PORT, 30.0), 30.0)
    assert not trunk.is_free and trunk.is_resting  # an emergency call need not wait
    with_ring, without = deepcopy(trunk), trunk
    assert TrunkRinging(PORT) in with_ring.handle(hal.RingStarted(PORT, 34.0), 34.0)
    assert without.deadline() == 30.0 + RING_GAP_S
    without.tick(30.0 + RING_GAP_S)
    assert without.is_free


def test_a_card_put_back_may_ring_too_but_at_the_start_nobody_waits() -> None:
    trunk = idle_trunk()
    assert trunk.is_free
    trunk.handle(hal.PortFailed(PORT, 12.0, hal.FailReason.CARD_GONE, "slot 1"), 12.0)
    trunk.handle(hal.PortUp(PORT, 20.0), 20.0)
    assert trunk.state is LineState.IDLE and not trunk.is_free
    assert trunk.call("110", 21.0)[0] == Seize(PORT, True)


def test_a_card_that_fails_while_ringing_ends_the_call() -> None:
    trunk = idle_trunk()
    ring_once(trunk, 10.0)
    outs = trunk.handle(hal.PortFailed(PORT, 12.0, hal.FailReason.CARD_GONE, "slot 1"), 12.0)
    assert TrunkEnded(PORT, EndReason.PORT_FAILED) in outs
    assert trunk.state is LineState.OUT_OF_SERVICE


def test_line_lost_before_the_port_is_up_is_told_when_it_comes_up() -> None:
    trunk = TrunkLine(PORT, 0)
    assert trunk.handle(hal.LineLost(PORT, 0.0), 0.0) == []
    assert trunk.handle(hal.PortUp(PORT, 0.1), 0.1) == [
        LineChanged(PORT, LineState.OUT_OF_SERVICE, reasons.UNPLUGGED)
    ]


def test_a_line_that_never_gets_ready_is_let_go() -> None:
    trunk = idle_trunk()
    ring_once(trunk, 10.0)
    trunk.answer(12.0)
    assert TrunkEnded(PORT, EndReason.TIMEOUT) in trunk.tick(12.0 + SEIZE_S)


def test_outgoing_call_waits_for_dial_tone() -> None:
    trunk = idle_trunk()
    assert trunk.call("10086", 5.0) == [Seize(PORT, True), LineChanged(PORT, LineState.IN_USE)]
    assert trunk.handle(hal.LineReady(PORT, 5.4), 5.4) == [Listen(PORT, True)]
    assert trunk.heard(ToneHeard(0, "dial"), 6.0) == [SendDigits(PORT, "10086")]
    assert trunk.heard(DialEnded(0), 7.0) == [Watch(PORT, 600, answer=True), TrunkDialed(PORT)]
    assert trunk.handle(hal.PolarityReversed(PORT, 12.0, True), 12.0) == [TrunkAnswered(PORT)]
    assert TrunkEnded(PORT, EndReason.POLARITY) in trunk.handle(hal.PolarityReversed(PORT, 30.0, False), 30.0)


def test_outgoing_call_without_dial_tone_fails() -> None:
    trunk = idle_trunk()
    trunk.call("10086", 5.0)
    trunk.handle(hal.LineReady(PORT, 5.4), 5.4)
    assert TrunkEnded(PORT, EndReason.NO_DIAL_TONE) in trunk.tick(5.4 + DIAL_TONE_S)


def test_busy_before_answer_is_a_busy_number() -> None:
    trunk = idle_trunk()
    trunk.call("10086", 5.0)
    trunk.handle(hal.LineReady(PORT, 5.4), 5.4)
    trunk.heard(ToneHeard(0, "dial"), 6.0)
    trunk.heard(DialEnded(0), 7.0)
    assert TrunkEnded(PORT, EndReason.REMOTE_BUSY) in trunk.heard(ToneHeard(0, "busy"), 9.0)


def test_a_line_out_of_service_by_the_owner_keeps_its_call_until_it_ends() -> None:
    trunk = answered_trunk()
    assert trunk.configure(Supervision(service=Service.SWITCHED_OFF), 15.0) == []
    trunk.hang_up(20.0)
    assert trunk.tick(20.0 + GUARD_S) == [LineChanged(PORT, LineState.OUT_OF_SERVICE, reasons.SWITCHED_OFF)]


def test_ring_during_the_guard_time_is_a_call() -> None:
    trunk = answered_trunk()
    trunk.hang_up(20.0)
    assert TrunkRinging(PORT) in trunk.handle(hal.RingStarted(PORT, 20.5), 20.5)
    assert trunk.state is LineState.RINGING


def test_ring_during_the_guard_time_sends_the_call_that_waits_elsewhere() -> None:
    trunk = answered_trunk()
    trunk.hang_up(20.0)
    trunk.call("110", 20.0)
    outs = trunk.handle(hal.RingStarted(PORT, 20.5), 20.5)
    assert outs.index(TrunkEnded(PORT, EndReason.GLARE)) < outs.index(TrunkRinging(PORT))
    assert trunk.tick(20.0 + GUARD_S) == []


# answer by voice, long silence


def dialed_trunk(trunk: TrunkLine | None = None, at: float = 5.0, **settings: bool) -> TrunkLine:
    trunk = trunk or idle_trunk(**settings)
    trunk.call("10086", at)
    trunk.handle(hal.LineReady(PORT, at + 0.4), at + 0.4)
    trunk.heard(ToneHeard(0, "dial"), at + 1)
    trunk.heard(DialEnded(0), at + 2)
    return trunk


def test_a_voice_after_dialling_is_the_answer_and_only_once() -> None:
    trunk = dialed_trunk()
    assert trunk.heard(AnswerHeard(0), 15.0) == [TrunkAnswered(PORT)]
    assert trunk.heard(AnswerHeard(0), 16.0) == []
    assert trunk.heard(ToneHeard(0, "busy"), 30.0)[-1] == TrunkEnded(PORT, EndReason.BUSY_TONE)


def test_a_voice_on_an_incoming_call_answers_nothing() -> None:
    assert answered_trunk().heard(AnswerHeard(0), 15.0) == []


def test_answer_by_voice_can_be_switched_off() -> None:
    trunk = idle_trunk(answer_by_voice=False)
    trunk.call("10086", 5.0)
    trunk.handle(hal.LineReady(PORT, 5.4), 5.4)
    trunk.heard(ToneHeard(0, "dial"), 6.0)
    assert Watch(PORT, 600, answer=False) in trunk.heard(DialEnded(0), 7.0)


def test_a_line_that_reverses_at_answer_is_asked_for_no_voice_any_more() -> None:
    trunk = dialed_trunk()
    assert trunk.handle(hal.PolarityReversed(PORT, 12.0, True), 12.0) == [TrunkAnswered(PORT)]
    assert trunk.heard(AnswerHeard(0), 12.5) == []
    trunk.hang_up(20.0)
    trunk.tick(20.0 + GUARD_S)
    trunk.call("10086", 30.0)
    trunk.handle(hal.LineReady(PORT, 30.4), 30.4)
    trunk.heard(ToneHeard(0, "dial"), 31.0)
    assert Watch(PORT, 600, answer=False) in trunk.heard(DialEnded(0), 32.0)


def test_a_reversal_after_an_answer_by_voice_ends_the_call_when_nobody_speaks() -> None:
    """The voice is the only sign of the answer, the reversal that of the far end's hanging up."""
    trunk = dialed_trunk()
    trunk.heard(AnswerHeard(0), 15.0)
    assert trunk.handle(hal.PolarityReversed(PORT, 20.0, True), 20.0) == []
    assert trunk.deadline() == 20.0 + SETTLE_S
    assert trunk.tick(21.0) == [WatchVoice(PORT, True)]
    assert trunk.deadline() == 21.0 + DOUBT_S
    assert trunk.tick(28.0)[-1] == TrunkEnded(PORT, EndReason.POLARITY)


def test_a_reversal_after_ring_back_music_is_the_answer_itself() -> None:
    """The music was taken for a voice; the person who then speaks shows that nobody hung up."""
    trunk = dialed_trunk()
    trunk.heard(AnswerHeard(0), 9.0)
    trunk.handle(hal.PolarityReversed(PORT, 20.0, True), 20.0)
    trunk.tick(21.0)
    assert trunk.heard(VoiceHeard(0), 22.0) == [WatchVoice(PORT, False)]
    assert trunk.deadline() is None
    outs = trunk.handle(hal.PolarityReversed(PORT, 60.0, False), 60.0)
    assert outs[-1] == TrunkEnded(PORT, EndReason.POLARITY)


def test_long_silence_ends_a_forgotten_line() -> None:
    trunk = answered_trunk()
    outs = trunk.heard(SilenceHeard(0), 700.0)
    assert outs[-1] == TrunkEnded(PORT, EndReason.SILENCE)
    assert Release(PORT) in outs
    assert trunk.heard(SilenceHeard(0), 701.0) == []


def test_signs_that_do_not_count_end_no_call() -> None:
    trunk = answered_trunk(disconnect_polarity=False, disconnect_busy_tone=False, disconnect_congestion=False)
    assert trunk.heard(ToneHeard(0, "busy"), 20.0) == []
    assert trunk.heard(ToneHeard(0, "congestion"), 21.0) == []
    assert trunk.handle(hal.PolarityReversed(PORT, 22.0, True), 22.0) == []
    assert trunk.state is LineState.IN_USE


def test_a_loop_break_that_does_not_count_may_last_some_seconds() -> None:
    trunk = answered_trunk(disconnect_loop_drop=False)
    assert trunk.handle(hal.LoopDropped(PORT, 20.0), 20.0) == []
    assert trunk.deadline() == 20.0 + LOOP_DEAD_S
    trunk.handle(hal.LoopRestored(PORT, 21.0), 21.0)
    assert trunk.deadline() is None
    trunk.handle(hal.LoopDropped(PORT, 30.0), 30.0)
    assert TrunkEnded(PORT, EndReason.LOOP_DROP) in trunk.tick(30.0 + LOOP_DEAD_S)


def test_overload_lets_the_line_rest() -> None:
    trunk = answered_trunk()
    outs = trunk.handle(hal.LineOverload(PORT, 20.0), 20.0)
    assert TrunkEnded(PORT, EndReason.OVERLOAD) in outs
    assert (trunk.state, trunk.reason) == (LineState.OUT_OF_SERVICE, reasons.OVERLOAD)
    assert not trunk.is_free
    assert not trunk.is_resting
    trunk.tick(20.0 + COOLING_S)
    assert trunk.is_free


def test_another_phone_on_the_line() -> None:
    trunk = idle_trunk()
    trunk.handle(hal.LineInUse(PORT, 5.0), 5.0)
    assert (trunk.state, trunk.is_free) == (LineState.ELSEWHERE, False)
    trunk.handle(hal.LineFree(PORT, 9.0), 9.0)
    assert (trunk.state, trunk.is_free) == (LineState.IDLE, True)


def test_a_call_taken_on_another_phone_is_not_ours() -> None:
    trunk = idle_trunk()
    ring_once(trunk, 10.0)
    outs = trunk.handle(hal.LineInUse(PORT, 12.0), 12.0)
    assert outs[:2] == [Monitor(PORT, False), TrunkEnded(PORT, EndReason.ANSWERED_ELSEWHERE)]
    assert trunk.state is LineState.ELSEWHERE


def test_glare_gives_way_and_the_call_comes_in() -> None:
    trunk = idle_trunk()
    trunk.call("10086", 5.0)
    outs = trunk.handle(hal.RingCollision(PORT, 5.01), 5.01)
    assert outs[0] == TrunkEnded(PORT, EndReason.GLARE)
    assert trunk.handle(hal.RingStarted(PORT, 5.2), 5.2)[-1] == TrunkRinging(PORT)


def test_pulses_in_place_of_tones() -> None:
    trunk = idle_trunk(is_pulse=True)
    trunk.call("1*2#", 5.0)
    trunk.handle(hal.LineReady(PORT, 5.4), 5.4)
    assert trunk.heard(ToneHeard(0, "dial"), 6.0) == [SendPulses(PORT, "12")]
    assert trunk.handle(hal.PulsesSent(PORT, 9.0), 9.0)[-1] == TrunkDialed(PORT)


def test_a_line_just_freed_is_dialled_on_after_the_guard() -> None:
    trunk = answered_trunk()
    trunk.hang_up(20.0)
    assert trunk.call("110", 20.0) == []
    assert trunk.tick(20.0 + GUARD_S) == [Seize(PORT, True), LineChanged(PORT, LineState.IN_USE)]


def test_a_group_out_of_service_ends_the_call_and_a_drained_one_does_not() -> None:
    trunk = answered_trunk()
    assert trunk.configure(Supervision(service=Service.DRAIN), 20.0) == []
    outs = trunk.configure(Supervision(service=Service.OUT), 21.0)
    assert TrunkEnded(PORT, EndReason.OPERATOR) in outs
    trunk.tick(21.0 + GUARD_S)
    assert trunk.reason == reasons.GROUP_OUT
    assert trunk.is_resting
    trunk.call("110", 30.0)
    assert trunk.state is LineState.IN_USE


# ---- caller ID as digits, before the first ring; and of a call that waits --------------------------


def hears_digits(trunk: TrunkLine, digits: str, at: float) -> list[object]:
    heard = ((DigitHeard(0, digit, -10), at + i * 0.14) for i, digit in enumerate(digits))
    return [out for event, now in heard for out in trunk.heard(event, now)]


def early_trunk() -> TrunkLine:
    trunk = TrunkLine(PORT, 0, Supervision(dtmf_caller_id=True))
    assert Monitor(PORT, True) in trunk.handle(hal.PortUp(PORT, 0.0), 0.0)
    return trunk


def test_digits_before_the_first_ring_offer_the_call_at_it() -> None:
    trunk = early_trunk()
    assert hears_digits(trunk, "D13800138000C", 8.0) == []
    assert trunk.handle(hal.RingStarted(PORT, 10.5), 10.5) == [
        LineChanged(PORT, LineState.RINGING),
        TrunkRinging(PORT),
        Monitor(PORT, False),
        TrunkOffered(PORT, "13800138000", ""),
    ]


def test_digits_without_an_end_code_count_at_the_ring() -> None:
    trunk = early_trunk()
    hears_digits(trunk, "D10086", 8.0)
    assert TrunkOffered(PORT, "10086", "") in trunk.handle(hal.RingStarted(PORT, 9.5), 9.5)


def test_digits_of_long_ago_or_torn_apart_are_of_no_call() -> None:
    trunk = early_trunk()
    hears_digits(trunk, "D10086C", 8.0)
    assert trunk.handle(hal.RingStarted(PORT, 60.0), 60.0) == [
        LineChanged(PORT, LineState.RINGING),
        TrunkRinging(PORT),
    ]
    trunk = early_trunk()
    hears_digits(trunk, "D100", 5.0)
    hears_digits(trunk, "86C", 8.0)
    assert TrunkOffered(PORT, "10086", "") not in trunk.handle(hal.RingStarted(PORT, 9.5), 9.5)


def test_a_caller_who_gave_up_is_not_taken_for_the_next_one() -> None:
    trunk = early_trunk()
    hears_digits(trunk, "D10086C", 8.0)
    outs = trunk.handle(hal.RingStarted(PORT, 17.5), 17.5)  # the next caller, whose number is yet to come
    assert not [out for out in outs if isinstance(out, TrunkOffered)]


def test_digits_after_the_first_ring_offer_the_call_too() -> None:
    trunk = early_trunk()
    ring_once(trunk, 10.0)
    assert hears_digits(trunk, "D10086C", 11.5) == [Monitor(PORT, False), TrunkOffered(PORT, "10086", "")]


def test_an_idle_line_is_listened_to_again_after_a_call() -> None:
    trunk = early_trunk()
    assert trunk.call("10086", 5.0)[0] == Monitor(PORT, False)
    trunk.hang_up(6.0)
    assert Monitor(PORT, True) in trunk.tick(6.0 + GUARD_S)


def test_a_waiting_call_is_told_where_the_line_has_it() -> None:
    """GR-575: CAS, answered with D of 55 to 65 ms; then FSK."""
    trunk = answered_trunk(waiting_caller_id=True)
    assert trunk.heard(ToneHeard(0, "cas"), 20.0) == [SendDigits(PORT, "D", 60), Monitor(PORT, True)]
    assert trunk.heard(CallerIdHeard(0, MESSAGE), 20.9) == [
        Monitor(PORT, False),
        TrunkWaiting(PORT, "13800138000", ""),
    ]
    assert trunk.deadline() is None
    assert trunk.heard(ToneHeard(0, "cas"), 30.0) != []
    assert trunk.tick(32.0) == [Monitor(PORT, False)]
    assert answered_trunk().heard(ToneHeard(0, "cas"), 20.0) == []


def test_a_flash_only_in_a_talk() -> None:
    trunk = answered_trunk(flash_ms=300)
    assert trunk.flash() == [Flash(PORT, 300)]
    trunk.hang_up(20.0)
    assert trunk.flash() == []
