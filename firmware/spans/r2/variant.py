"""What differs between national kinds of R2, as data: meanings of signals, bits, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from firmware.spans.r2.types import Category, Reason

MAX_DIGITS = 32  # of a number, either way


class Ask(StrEnum):
    """What a backward signal of group A asks or says, Q.441."""

    NEXT = "next"  # the next digit
    BACK_1 = "back-1"  # the last digit but one
    BACK_2 = "back-2"
    BACK_3 = "back-3"
    RESTART = "restart"  # from the first digit
    CALLER = "caller"  # the caller's category, then the caller's number
    CHANGEOVER = "changeover"  # address complete; group B follows
    ACCEPT = "accept"  # address complete, charged, speech path, no group B
    CONGESTION = "congestion"
    UNALLOCATED = "unallocated"


class Grant(StrEnum):
    """What a backward signal of group B says of a line that is free, Q.441."""

    CHARGED = "charged"
    FREE_OF_CHARGE = "free-of-charge"


Verdict = Grant | Reason


@dataclass(frozen=True, slots=True)
class Timers:
    """All times in seconds."""

    recognize_s: float = 0.02  # bits must stand this long, Q.422
    seize_ack_s: float = 2.0  # 0.2 s do on the ground, 1 to 2 s by satellite, Q.422
    glare_hold_s: float = 0.1  # the seizure stands so long that the far end sees it too, Q.422
    guard_s: float = 0.1  # an idle circuit rests before it is seized, Q.422 both-way working
    release_guard_s: float = 10.0
    forward_on_s: float = 15.0  # a forward signal waits for its answer, Q.476: 15 +- 3 s
    forward_off_s: float = 24.0  # no forward signal sounds, Q.476
    backward_s: float = 15.0  # the incoming register waits, Q.476: 8 to 24 s
    digit_gap_s: float = 3.0  # no digit for so long: the number is complete
    pulse_s: float = 0.15  # a backward signal that nothing compels, Q.442: 100 to 200 ms
    pulse_gap_s: float = 0.1  # silence before it, Q.442
    register_s: float = 60.0  # all of the registers' talk
    decide_s: float = 10.0  # for accept or reject, less than the caller's forward_on_s
    answer_delay_s: float = (
        0.15  # after the registers' last tone, lest the far end's register sees the answer
    )
    answer_s: float = 120.0  # ringing without an answer; the layer above gives up sooner
    clear_back_s: float = 0.2  # clear-back stands this long before it ends the call
    meter_s: float = 0.15  # a unit of charge: clear-back for so long
    clear_forward_s: float = 90.0  # for the caller to hang up after the person called has, Q.118
    back_first_s: float = 0.0  # an answered call that the caller clears shows clear-back so long before idle
    bad_bits_s: float = 1.0  # impossible bits end a call then
    line_down_s: float = 3.0  # calls live through a loss of signal that is shorter


@dataclass(frozen=True, slots=True)
class Variant:
    """One kind of R2."""

    name: str
    cd: int  # the bits C and D that we always send; what the far end sends there means nothing
    group_a: Mapping[str, Ask]
    group_b: Mapping[str, Verdict]
    categories: Mapping[str, Category]  # answers to Ask.CALLER
    call_kinds: Mapping[str, Category]  # forward signals after Ask.CHANGEOVER: group II, or KD in China
    caller_by_next: bool = (
        False  # the caller's digits are asked for with NEXT until their end, else with CALLER
    )
    end_of_number: str = "E"  # "" = the caller's register falls silent after the last digit
    end_of_caller: str = "E"
    restricted: str = "B"  # "" = there is no such signal
    has_metering: bool = False  # clear-back shorter than clear_back_s is a unit of charge
    local_b: Mapping[str, Verdict] = field(default_factory=dict)  # group B where it differs for local_kinds
    local_kinds: frozenset[str] = frozenset()
    timers: Timers = field(default_factory=Timers)

    def ask(self, what: Ask) -> str:
        """Give the signal of group A for this, "" if there is none."""
        return next((signal for signal, ask in self.group_a.items() if ask is what), "")

    def meanings_b(self, kind: str) -> Mapping[str, Verdict]:
        """Give group B as it is meant after this forward signal."""
        return self.local_b if kind in self.local_kinds else self.group_b

    def verdict(self, what: Verdict, kind: str) -> str:
        """Give the signal of group B that says this best after the forward signal `kind`."""
        table = self.meanings_b(kind)
        for wish in (what, _NEAREST.get(what), Reason.CONGESTION, Reason.BUSY):
            for signal, meaning in table.items():
                if meaning == wish:
                    return signal
        raise ValueError(f"variant {self.name}: group B has no signal for congestion")

    def category_signal(self, category: Category) -> str:
        """Give the signal that tells who calls."""
        return _signal_for(self.categories, category)

    def kind_signal(self, category: Category) -> str:
        """Give the forward signal that follows the changeover."""
        return _signal_for(self.call_kinds, category)


_NEAREST: Mapping[Verdict, Verdict] = MappingProxyType(
    {
        Grant.FREE_OF_CHARGE: Grant.CHARGED,
        Reason.NUMBER_CHANGED: Reason.UNALLOCATED,
        Reason.ANNOUNCEMENT: Reason.UNALLOCATED,
    }
)


def _signal_for(table: Mapping[str, Category], category: Category) -> str:
    found = [signal for signal, meaning in table.items() if meaning is category]
    return found[0] if found else next(s for s, meaning in table.items() if meaning is Category.SUBSCRIBER)


_GROUP_II = MappingProxyType(
    {
        "1": Category.SUBSCRIBER,
        "2": Category.PRIORITY,
        "3": Category.TEST,
        "5": Category.OPERATOR,
        "6": Category.DATA,
        "7": Category.SUBSCRIBER,  # international
        "8": Category.DATA,  # international
        "9": Category.PRIORITY,  # international
        "0": Category.OPERATOR,  # international, with forward transfer
    }
)

ITU = Variant(
    name="itu",
    cd=0b01,
    group_a=MappingProxyType(
        {
            "1": Ask.NEXT,
            "2": Ask.BACK_1,
            "3": Ask.CHANGEOVER,
            "4": Ask.CONGESTION,
            "5": Ask.CALLER,
            "6": Ask.ACCEPT,
            "7": Ask.BACK_2,
            "8": Ask.BACK_3,
            "E": Ask.CONGESTION,  # of an international exchange
        }
    ),
    group_b=MappingProxyType(
        {
            "2": Reason.ANNOUNCEMENT,
            "3": Reason.BUSY,
            "4": Reason.CONGESTION,
            "5": Reason.UNALLOCATED,
            "6": Grant.CHARGED,
            "7": Grant.FREE_OF_CHARGE,
            "8": Reason.OUT_OF_ORDER,
        }
    ),
    categories=_GROUP_II,
    call_kinds=_GROUP_II,
)

CHINA = Variant(
    name="china",
    cd=0b11,
    group_a=MappingProxyType(
        {
            "1": Ask.NEXT,
            "2": Ask.RESTART,
            "3": Ask.CHANGEOVER,
            "4": Ask.CONGESTION,
            "5": Ask.UNALLOCATED,
            "6": Ask.CALLER,
        }
    ),
    group_b=MappingProxyType(
        {
            "1": Grant.CHARGED,
            "2": Reason.BUSY,  # in a local call
            "3": Reason.BUSY,  # in a long-distance call
            "4": Reason.CONGESTION,
            "5": Reason.UNALLOCATED,
            "6": Grant.FREE_OF_CHARGE,
        }
    ),
    local_b=MappingProxyType(
        {
            "1": Grant.CHARGED,  # either end releases
            "4": Reason.BUSY,  # or congestion, which is rarer
            "2": Reason.BUSY,  # spare here, but sent by who does not look at KD
            "3": Reason.BUSY,
            "5": Reason.UNALLOCATED,
            "6": Grant.CHARGED,  # the caller releases
        }
    ),
    local_kinds=frozenset("34"),
    categories=MappingProxyType(
        {
            "1": Category.SUBSCRIBER,
            "2": Category.SUBSCRIBER,
            "3": Category.SUBSCRIBER,
            "5": Category.SUBSCRIBER,
            "8": Category.PRIORITY,
            "0": Category.PRIORITY,
        }
    ),
    call_kinds=MappingProxyType(
        {
            "3": Category.SUBSCRIBER,  # a local call
            "1": Category.OPERATOR,
            "2": Category.SUBSCRIBER,  # an automatic long-distance call
            "4": Category.DATA,
            "6": Category.TEST,
        }
    ),
    caller_by_next=True,
    end_of_number="",
    restricted="",
    timers=Timers(back_first_s=0.1),
)


def metered(variant: Variant) -> Variant:
    """Give the variant with units of charge: a short clear-back is one, a long one ends the call."""
    return replace(variant, has_metering=True, timers=replace(variant.timers, clear_back_s=0.6))


VARIANTS: Mapping[str, Variant] = MappingProxyType({variant.name: variant for variant in (ITU, CHINA)})


@dataclass(frozen=True, slots=True)
class Setup:
    """How the channels of one span are used."""

    variant: Variant = ITU
    number_digits: int = 0  # digits of the number called to ask for; 0 = until its end
    wants_caller: bool = True  # ask for the caller's number
    caller_after: int = 0  # ask for it after so many digits of the number called; 0 = as late as can be
    call_kind: str = ""  # what we send after the changeover, "" = by category; KD in China

    def __post_init__(self) -> None:
        """Refuse what cannot work. raises ValueError"""
        if not 0 <= self.number_digits <= MAX_DIGITS:
            raise ValueError(f"number_digits: 0 to {MAX_DIGITS} are allowed, not {self.number_digits}")
        if not 0 <= self.caller_after <= MAX_DIGITS:
            raise ValueError(f"caller_after: 0 to {MAX_DIGITS} are allowed, not {self.caller_after}")
        if self.call_kind and self.call_kind not in self.variant.call_kinds:
            raise ValueError(f"call_kind: one of {', '.join(self.variant.call_kinds)}, not {self.call_kind}")

    @property
    def caller_at(self) -> int:
        """Give the digit after which to ask for the caller's number; 0 = at the end of the number called.

        Where nothing tells that end but silence, the next signal has to be a pulse, and the request for the
        caller's number is not one of those that may be (Q.442); so it is made after the first digit.
        """
        is_silent_end = not self.number_digits and not self.variant.end_of_number
        return self.caller_after or (1 if is_silent_end else 0)
