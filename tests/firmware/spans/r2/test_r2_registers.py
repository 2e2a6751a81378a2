"""The registers, signal by signal: what the tables of Q.441 and of the Chinese variant say."""

from __future__ import annotations

import pytest

from firmware.spans.r2.incoming import Done, IncomingRegister
from firmware.spans.r2.outgoing import OutgoingRegister, Told
from firmware.spans.r2.types import Category, Fault, HearMf, Offered, ProtocolError, Reason, SendMf
from firmware.spans.r2.variant import CHINA, ITU, Grant, Setup, Variant, Verdict, metered

CALLER = "1380"


class Caller:
    """Asks an outgoing register, as the far end's register would."""

    def __init__(self, setup: Setup, number: str = "12345", caller: str = CALLER, **who: Category) -> None:
        self.register = OutgoingRegister(setup, number, caller, who.get("category", Category.SUBSCRIBER))
        self.now = 0.0
        self.sounds = ""
        self.verdict: Verdict | None = None
        self.faults: list[Fault] = []
        self._take(self.register.start(self.now))

    def ask(self, signals: str) -> str:
        """Send backward signals one by one; give what each is answered with, "-" for silence."""
        answers = ""
        for signal in signals:
            self._take(self.register.mf(signal, True, self.now))
            assert self.sounds == "", "a forward signal must end when the backward one is heard"
            self._take(self.register.mf(signal, False, self.now))
            answers += self.sounds or "-"
        return answers

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._take(self.register.tick(self.now))

    def _take(self, outs: list[object]) -> None:
        for out in outs:
            match out:
                case SendMf(signal, is_forward):
                    assert is_forward
                    self.sounds = signal
                case Told(verdict):
                    self.verdict = verdict
                case ProtocolError(fault, _):
                    self.faults.append(fault)


class Called:
    """Tells an incoming register, as the far end's register would."""

    def __init__(self, setup: Setup) -> None:
        self.register = IncomingRegister(setup)
        self.now = 0.0
        self.sounds = ""
        self.offer: Offered | None = None
        self.is_accepted: bool | None = None
        self.faults: list[Fault] = []
        self.take(self.register.start(self.now))

    def tell(self, signals: str) -> str:
        """Send forward signals one by one; give the answer to each, "-" for silence."""
        answers = ""
        for signal in signals:
            self.take(self.register.mf(signal, True, self.now))
            answers += self.sounds or "-"
            if not self.sounds:
                break  # it still sounds: the verdict is awaited
            self.take(self.register.mf(signal, False, self.now))
            assert self.sounds == "", "a backward signal must end with the forward one"
        return answers

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.register.tick(self.now))

    def take(self, outs: list[object]) -> None:
        for out in outs:
            match out:
                case SendMf(signal, is_forward):
                    assert not is_forward
                    self.sounds = signal
                case Offered():
                    self.offer = out
                case Done(is_accepted):
                    self.is_accepted = is_accepted
                case ProtocolError(fault, _):
                    self.faults.append(fault)


# ---- we call


def test_itu_digits_end_with_signal_15() -> None:
    caller = Caller(Setup(ITU))
    assert caller.sounds == "1"
    assert caller.ask("11111") == "2345E"


def test_china_falls_silent_after_the_last_digit_and_goes_on_at_a_pulse() -> None:
    caller = Caller(Setup(CHINA))
    assert caller.ask("11111") == "2345-"
    assert caller.ask("3") == "3"  # KD of a local call
    caller.ask("1")
    assert caller.verdict is Grant.CHARGED


@pytest.mark.parametrize(("back", "answers"), [("2", "23"), ("7", "12"), ("8", "12")])
def test_itu_sends_digits_again(back: str, answers: str) -> None:
    """A-2: the last but one; A-7, A-8: the second and third before the last; then on from there."""
    caller = Caller(Setup(ITU))
    caller.ask("11")
    assert caller.ask(back + "1") == answers


def test_itu_third_before_the_last() -> None:
    caller = Caller(Setup(ITU))
    caller.ask("1111")
    assert caller.ask("81") == "23"


def test_china_begins_again() -> None:
    caller = Caller(Setup(CHINA))
    caller.ask("111")
    assert caller.ask("2111") == "1234"


def test_itu_category_then_the_callers_digits() -> None:
    caller = Caller(Setup(ITU), category=Category.PRIORITY)
    assert caller.ask("1") + caller.ask("555555") + caller.ask("1") == "2" + "21380E" + "3"


def test_itu_withheld_number() -> None:
    assert Caller(Setup(ITU), caller="").ask("55") == "1B"


def test_china_category_then_the_callers_digits_then_on() -> None:
    caller = Caller(Setup(CHINA))
    assert (
        caller.ask("1") + caller.ask("6") + caller.ask("11111") + caller.ask("1") == "2" + "1" + "1380E" + "3"
    )


def test_china_without_a_callers_number() -> None:
    caller = Caller(Setup(CHINA), caller="")
    assert caller.ask("6111") == "1E23"


@pytest.mark.parametrize(
    ("variant", "signal", "verdict"),
    [
        (ITU, "4", Reason.CONGESTION),
        (ITU, "6", Grant.CHARGED),
        (ITU, "E", Reason.CONGESTION),
        (CHINA, "4", Reason.CONGESTION),
        (CHINA, "5", Reason.UNALLOCATED),
    ],
)
def test_verdicts_in_group_a(variant: Variant, signal: str, verdict: Verdict) -> None:
    caller = Caller(Setup(variant))
    assert caller.ask(signal) == "-" and caller.verdict is verdict


_ITU_B = {
    "2": Reason.ANNOUNCEMENT,
    "3": Reason.BUSY,
    "4": Reason.CONGESTION,
    "5": Reason.UNALLOCATED,
    "6": Grant.CHARGED,
    "7": Grant.FREE_OF_CHARGE,
    "8": Reason.OUT_OF_ORDER,
}
_LONG_B = {
    "1": Grant.CHARGED,
    "2": Reason.BUSY,
    "3": Reason.BUSY,
    "4": Reason.CONGESTION,
    "5": Reason.UNALLOCATED,
}
_LOCAL_B = {"1": Grant.CHARGED, "4": Reason.BUSY, "5": Reason.UNALLOCATED, "6": Grant.CHARGED}


@pytest.mark.parametrize(
    ("setup", "signal", "verdict"),
    [
        *((Setup(ITU), signal, verdict) for signal, verdict in _ITU_B.items()),
        *((Setup(CHINA, call_kind="2"), signal, verdict) for signal, verdict in _LONG_B.items()),
        *((Setup(CHINA, call_kind="3"), signal, verdict) for signal, verdict in _LOCAL_B.items()),
    ],
)
def test_verdicts_in_group_b(setup: Setup, signal: str, verdict: Verdict) -> None:
    caller = Caller(setup)
    caller.ask("3" + signal)
    assert caller.verdict is verdict and not caller.faults


def test_a_signal_that_changes_without_a_pause_counts_once() -> None:
    caller = Caller(Setup(ITU))
    caller.register.mf("1", True, 0.0)
    assert caller.register.mf("4", True, 0.0) == []
    assert caller.register.mf("4", False, 0.0) == []
    assert caller.register.mf("1", False, 0.0) == [SendMf("2", True)]


@pytest.mark.parametrize(("seconds", "has_failed"), [(14.9, False), (15.1, True)])
def test_no_answer_to_a_forward_signal(seconds: float, has_failed: bool) -> None:
    caller = Caller(Setup(ITU))
    caller.wait(seconds)
    assert caller.faults == ([Fault.NO_SIGNAL] if has_failed else [])
    assert caller.verdict is (Reason.FAULT if has_failed else None)


# ---- we are called


def test_itu_asks_for_number_and_caller() -> None:
    called = Called(Setup(ITU, number_digits=3))
    assert called.tell("123") == "115"
    assert called.tell("2" + CALLER + "E") == "5" * 5 + "3"
    assert called.tell("1") == "-"
    assert called.offer == Offered("123", CALLER, Category.PRIORITY)
    called.take(called.register.decide(Grant.CHARGED, 0.0))
    assert called.sounds == "6"
    called.take(called.register.mf("1", False, 0.0))
    assert called.is_accepted and called.sounds == ""


def test_itu_number_until_its_end() -> None:
    called = Called(Setup(ITU, wants_caller=False))
    assert called.tell("1230E") == "11113"


def test_itu_a_withheld_number_is_told() -> None:
    called = Called(Setup(ITU, number_digits=1))
    assert called.tell("1") + called.tell("1B1") == "5" + "53-"
    assert called.offer == Offered("1", "", Category.SUBSCRIBER, is_restricted=True)


def test_china_asks_for_the_caller_in_the_middle() -> None:
    called = Called(Setup(CHINA, number_digits=3, caller_after=2))
    assert called.tell("12") + called.tell("1" + CALLER + "E") == "16" + "111111"
    assert called.tell("3") == "3"
    called.tell("3")
    assert called.offer == Offered("123", CALLER, Category.SUBSCRIBER)


def test_silence_ends_a_number_and_a_pulse_goes_on() -> None:
    called = Called(Setup(CHINA, wants_caller=False))
    called.tell("12")
    called.wait(2.9)
    assert called.sounds == ""
    called.wait(0.2)
    assert called.sounds == "3"
    called.take(called.register.mf("7", True, called.now + 0.05))  # was on its way: not heard
    called.wait(0.16)
    assert called.sounds == ""
    called.take(called.register.mf("7", False, called.now))
    assert called.offer is None
    called.tell("3")
    assert called.offer == Offered("12", "", Category.SUBSCRIBER)


def test_silence_ends_the_callers_number() -> None:
    called = Called(Setup(ITU, number_digits=2))
    called.tell("12" + "1" + "138")
    called.wait(3.1)
    assert called.sounds == "3"
    called.wait(0.2)
    called.tell("1")
    assert called.offer == Offered("12", "138", Category.SUBSCRIBER)


@pytest.mark.parametrize(
    ("setup", "kind", "verdict", "signal"),
    [
        (Setup(ITU), "1", Reason.BUSY, "3"),
        (Setup(ITU), "1", Reason.NUMBER_CHANGED, "5"),
        (Setup(ITU), "1", Grant.FREE_OF_CHARGE, "7"),
        (Setup(ITU), "1", Reason.GLARE, "4"),
        (Setup(CHINA), "2", Reason.BUSY, "2"),
        (Setup(CHINA), "2", Reason.OUT_OF_ORDER, "4"),
        (Setup(CHINA), "3", Reason.BUSY, "4"),
        (Setup(CHINA), "3", Reason.CONGESTION, "4"),
        (Setup(CHINA), "3", Grant.FREE_OF_CHARGE, "1"),
    ],
)
def test_what_we_say_in_group_b(setup: Setup, kind: str, verdict: Verdict, signal: str) -> None:
    assert setup.variant.verdict(verdict, kind) == signal


def test_a_verdict_after_the_caller_fell_silent_is_a_refusal() -> None:
    called = Called(Setup(ITU, number_digits=1, wants_caller=False))
    called.tell("11")
    assert called.offer
    called.take(called.register.mf("1", False, 0.0))
    called.take(called.register.decide(Grant.CHARGED, 0.0))
    called.wait(0.2)
    assert called.sounds == "4"  # congestion, as a pulse
    called.wait(0.2)
    assert called.is_accepted is False and called.sounds == ""


def test_no_digit_at_all() -> None:
    called = Called(Setup(ITU))
    called.wait(15.1)
    called.wait(0.2)
    assert called.faults == [Fault.NO_SIGNAL] and called.sounds == "4"
    called.wait(0.2)
    assert called.is_accepted is False


def test_a_digit_that_is_none() -> None:
    called = Called(Setup(ITU))
    assert called.tell("1B") == "14"
    assert called.faults == [Fault.BAD_SIGNAL] and called.is_accepted is False


def test_a_number_without_end_is_cut() -> None:
    called = Called(Setup(ITU, wants_caller=False))
    assert called.tell("1" * 32) == "1" * 31 + "3"


def test_registers_listen_to_the_other_direction() -> None:
    assert OutgoingRegister(Setup(), "1", "", Category.SUBSCRIBER).start(0.0)[0] == HearMf("backward")
    assert IncomingRegister(Setup()).start(0.0) == [HearMf("forward")]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number_digits", 33, "number_digits: 0 to 32 are allowed, not 33"),
        ("caller_after", -1, "caller_after: 0 to 32 are allowed, not -1"),
        ("call_kind", "E", "call_kind: one of .*, not E"),
    ],
)
def test_a_setup_that_cannot_work(field: str, value: int | str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Setup(CHINA, **{field: value})  # type: ignore[arg-type]


def test_metered_variants_tell_units_from_the_end() -> None:
    variant = metered(CHINA)
    assert variant.has_metering and variant.timers.meter_s < variant.timers.clear_back_s
