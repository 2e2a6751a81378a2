"""The test of an analog line.

    on-hook voltage -> off-hook current -> dial tone -> one digit -> noise, hum -> echo -> (tuning)

Measuring needs a line without dial tone. A digit breaks it, and the exchange then waits some seconds for the
next one: that is a quiet window. When it has passed the line is let go and seized again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from firmware.doctor import balancing, sound, words
from firmware.doctor.types import Finding, LearnedTone, Remedy, Sound, TryBalance
from firmware.doctor.visit import Measuring, Steps, Trouble, Until, Visit
from firmware.lines import balance as setting
from firmware.lines.types import SendDigits, SendPulses
from firmware.media.types import DialEnded, ToneHeard
from hal import types as hal
from hal.country import IMPEDANCES
from hal.types import Balance

DIAL_TONE_S = 5.0
TONE_LOOK_S = 0.1
TONE_S = 1.0  # of dial tone, to name it
PULSE_S = 3.0
SETTLE_S = 0.4  # after a digit
NOISE_S = 1.0
WINDOW_S = 3.5  # after a digit; exchanges wait 4 s and more for the next
MEASURE_S = 0.4  # the first half is old sound, and the change itself
USED_SMP = 5 * sound.PERIOD_SMP
REST_S = 2.0  # on-hook between two seizures
LOOKS = 3
LOOK_GAP_S = 0.3
LEFT_DBM0 = -40.0  # dial tone that still sounds
HEARD_DBM0 = -45.0
BETTER_DB = 1.0  # less is not worth a change
OFF = (0,) * balancing.TAPS


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of the line beforehand.

    digit     breaks dial tone and is no number by itself
    dial_hz   the frequencies of the dial tone that is expected
    balance   of the settings
    learn     names a tone in A-law octets
    zones_of  gives the tone zones with such a dial tone
    """

    port: str
    digit: str
    is_pulse: bool
    dial_hz: tuple[float, ...]
    balance: Balance
    tunes: bool
    learn: Callable[[bytes], LearnedTone | None]
    zones_of: Callable[[tuple[float, ...]], Sequence[str]]


class Examination(Visit):
    """The test, with or without tuning."""

    kind = "test"

    def __init__(self, case: Case) -> None:
        self._case = case
        self._window_until = 0.0
        super().__init__(case.port)

    def _plan(self) -> Steps:
        self._at(0.0, words.BATTERY)
        if not (yield from self._voltage()):
            return
        self._at(0.1, words.LOOP)
        yield from self._seize()
        yield from self._current()
        self._at(0.2, words.DIAL_TONE)
        yield from self._dial_tone()
        self._at(0.3, words.QUIET)
        yield from self._break_dial_tone()
        yield from self._quiet()
        self._at(0.4 if self._case.tunes else 0.8, words.ECHO)
        before_db = yield from self._present_echo()
        if self._case.tunes and before_db is not None:
            self._at(0.45, words.TUNING)
            yield from self._tune(before_db)

    def _found(self, finding: Finding, **figures: float) -> None:
        self.findings.append(finding)
        self.figures.update(figures)

    # ---- voltage and current -------------------------------------------------------------------

    def _voltage(self) -> Measuring[bool]:
        """Measure on-hook; gives False for a line that is not worth taking."""
        readings = []
        for _ in range(LOOKS):
            readings.append((yield from self._look()).line_v)
            yield Until(LOOK_GAP_S)
        volts = sorted(readings)[LOOKS // 2]
        finding = words.battery(volts)
        self._found(finding, on_hook_v=volts)
        if volts <= -3:
            self._found(words.reversed_wires())
        return abs(volts) >= 3

    def _current(self) -> Steps:
        reading = yield from self._look()
        self._found(
            words.loop(reading.loop_ma, abs(reading.line_v)),
            loop_ma=reading.loop_ma,
            off_hook_v=abs(reading.line_v),
        )

    # ---- dial tone -----------------------------------------------------------------------------

    def _dial_tone(self) -> Steps:
        if not (yield from self._tone_comes()):
            raise Trouble(words.no_dial_tone(DIAL_TONE_S))
        waited_s = round(self._now - self._seized_at, 1)
        heard, _ = yield from self._listen(TONE_S)
        tone = yield from self._worked_out(lambda: self._case.learn(heard))
        if tone is None:
            level = sound.level_dbm0(sound.samples(heard))
            raise Trouble(words.unsteady_tone(f"{level:.0f} dBm0"))
        if not self._hears_dial_tone():
            yield Until(1.0, self._hears_dial_tone)
        self._judge_tone(tone, waited_s)

    def _tone_comes(self) -> Measuring[bool]:
        until = self._now + DIAL_TONE_S
        while self._now < until:
            heard, _ = yield from self._listen(TONE_LOOK_S)
            if sound.level_dbm0(sound.samples(heard)) > HEARD_DBM0:
                return True
        return False

    def _judge_tone(self, tone: LearnedTone, waited_s: float) -> None:
        value = f"{'+'.join(f'{hz:.0f}' for hz in tone.frequencies_hz)} Hz, {tone.level_dbm0:.0f} dBm0"
        off = self._off_percent(tone.frequencies_hz)
        if off is not None:
            value += f", {round(off, 1) + 0.0:+.1f} %"
            self.figures["dial_off_percent"] = round(off, 1)
        is_known = self._hears_dial_tone()
        zones = () if is_known else self._case.zones_of(tone.frequencies_hz)
        self._found(
            words.dial_tone(value, is_known, tone.level_dbm0, zones),
            dial_tone_dbm0=tone.level_dbm0,
            dial_tone_hz=tone.frequencies_hz[0],
            dial_tone_after_s=waited_s,
        )

    def _off_percent(self, frequencies_hz: tuple[float, ...]) -> float | None:
        wanted = sorted(self._case.dial_hz)
        if len(wanted) != len(frequencies_hz):
            return None
        offs = [100 * (hz / nominal - 1) for hz, nominal in zip(sorted(frequencies_hz), wanted, strict=True)]
        return max(offs, key=abs)

    def _hears_dial_tone(self) -> bool:
        return any(isinstance(event, ToneHeard) and event.tone == "dial" for event in self._heard)

    # ---- the quiet line ------------------------------------------------------------------------

    def _break_dial_tone(self) -> Steps:
        case = self._case
        self._heard.clear()
        self._seen.clear()
        if case.is_pulse:
            self._outs.append(SendPulses(self.port, case.digit))
            yield Until(PULSE_S, lambda: self._has_seen(hal.PulsesSent))
        else:
            self._outs.append(SendDigits(self.port, case.digit))
            yield Until(1.0, lambda: any(isinstance(event, DialEnded) for event in self._heard))
        self._window_until = self._now + WINDOW_S
        yield Until(SETTLE_S)

    def _quiet(self) -> Steps:
        heard, _ = yield from self._listen(NOISE_S)
        tone_hz = self.figures["dial_tone_hz"]
        quiet = yield from self._worked_out(lambda: sound.quiet_of(heard, tone_hz))
        if quiet.tone_dbm0 > LEFT_DBM0:
            raise Trouble(words.not_broken(self._case.digit))
        self._found(words.noise(quiet.noise_dbm0), noise_dbm0=round(quiet.noise_dbm0, 1))
        self._found(words.hum(quiet.hum_dbm0, quiet.mains_hz), hum_dbm0=round(quiet.hum_dbm0, 1))

    # ---- echo ----------------------------------------------------------------------------------

    def _present_echo(self) -> Measuring[float | None]:
        self._outs.append(Sound(self.port, sound.comb()))
        yield Until(0.1)
        echo = yield from self._measure(self._case.balance)
        if echo is None:
            self._found(words.no_echo_measured())
            return None
        loss_db = sound.loss_db(echo)
        self._found(words.echo(loss_db), echo_loss_db=round(loss_db, 1))
        for hz, factor in zip(sound.COMB_HZ, echo, strict=True):
            self.figures[f"echo_loss_{hz}_db"] = round(sound.loss_db([factor]), 1)
        return loss_db

    def _measure(self, balance: Balance) -> Measuring[list[complex] | None]:
        """Measure the echo with a balance, in this quiet window or the next."""
        if self._now + MEASURE_S * 1.5 > self._window_until:
            yield from self._next_window()
        self._outs.append(TryBalance(self.port, balance))
        heard, sent = yield from self._listen(MEASURE_S)
        return (yield from self._worked_out(lambda: sound.echo_of(heard[-USED_SMP:], sent[-USED_SMP:])))

    def _next_window(self) -> Steps:
        self._let_go()
        yield Until(REST_S)
        yield from self._seize()
        yield from self._tone_comes()
        yield from self._break_dial_tone()
        self._outs.append(Sound(self.port, sound.comb()))
        yield Until(0.1)

    # ---- tuning --------------------------------------------------------------------------------

    def _tune(self, before_db: float) -> Steps:
        own = self._case.balance
        plain = yield from self._measure(Balance(own.impedance, OFF))
        probed = yield from self._measure(Balance(own.impedance, (balancing.PROBE_TAP, *OFF[1:])))
        if plain is None or probed is None:
            self._found(words.no_echo_measured())
            return
        tap = balancing.effect(plain, probed)
        best, expected_db = own, before_db
        for impedance in range(len(IMPEDANCES)):
            self._at(0.5 + 0.45 * impedance / len(IMPEDANCES), words.TUNING)
            echo = (
                plain if impedance == own.impedance else (yield from self._measure(Balance(impedance, OFF)))
            )
            if echo is None:
                continue
            taps, loss_db = yield from self._worked_out(partial(balancing.best_loss, echo, tap))
            if loss_db > expected_db:
                best, expected_db = Balance(impedance, taps), loss_db
        yield from self._confirm(best, before_db)

    def _confirm(self, best: Balance, before_db: float) -> Steps:
        """Believe only what is measured."""
        echo = yield from self._measure(best)
        after_db = before_db if echo is None else sound.loss_db(echo)
        is_better = best != self._case.balance and after_db >= before_db + BETTER_DB
        self._found(
            words.tuned(before_db, after_db if is_better else before_db, IMPEDANCES[best.impedance]),
            tuned_loss_db=round(after_db, 1),
        )
        if is_better:
            self.remedy = Remedy("balance", setting.write(best))
