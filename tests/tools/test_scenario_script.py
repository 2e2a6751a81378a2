"""Steps: their times, their chains, and messages that name what is allowed."""

from __future__ import annotations

import pytest

from tools.scenario import script, text
from tools.scenario.chain import Chain, chains
from tools.scenario.expect import Seen
from tools.scenario.script import Step
from tools.scenario.verbs import VERBS


def read(*lines: str) -> list[Step]:
    steps, problems = script.read(text.Section("script", 10, lines))
    assert problems == []
    return steps


def problem(line: str) -> str:
    _steps, problems = script.read(text.Section("script", 10, ("0:00 wait", line)))
    assert [found.line for found in problems] == [11]
    return problems[0].message


def test_absolute_and_relative_times() -> None:
    steps = read("0:05 lift fxs1", "+3 hang fxs1", "+0.5 lift fxs1", "1:00 wait")
    assert [step.at for step in steps] == [5.0, 8.0, 8.5, 60.0]


def test_a_pause_after_a_waiting_step_hangs_on_it() -> None:
    steps = read("0:05 lift fxs1", 'on "call 1 call.bridged" +2 hang fxs1', "+1 lift fxs1")
    assert [(step.at, step.on, step.after_s) for step in steps] == [
        (5.0, "", 0.0),
        (None, "call 1 call.bridged", 2.0),
        (None, "", 1.0),
    ]


def test_options_are_read_by_kind() -> None:
    step = read("0:00 call fxo1 13800138000 as=wang audio=austen-1 keys=1@3,22@5.5 hangup=1:30 noise=-45")[0]
    assert step.args == {
        **{"line": "fxo1", "number": "13800138000", "as": "wang", "audio": "austen-1"},
        **{"keys": "1@3,22@5.5", "hangup": 90.0, "noise": -45.0},
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("0:01 jump fxs1", "verb: got 'jump', allowed: call, glare, hangup"),
        ("soon lift fxs1", "when: got 'soon', allowed: a time such as 0:05"),
        ("0:01 lift", "lift: phone is missing, allowed: lift PHONE"),
        ("0:01 lift fxo1", "lift: phone: got 'fxo1', allowed: a phone's port such as fxs1"),
        ("0:01 lift fxs1 quickly", "lift: got 'quickly', allowed: lift PHONE"),
        ("0:01 call fxo1 123 keys=1", "call: keys: got '1', allowed: keys and seconds after the answer, 1@3"),
        ("0:01 call fxo1 123 as=a as=b", "call: got 'as=b', allowed: call LINE NUMBER"),
        ("0:01 say fxs1 nobody", "say: audio: got 'nobody', allowed: a WAV file"),
        ("0:01 press fxo1 12x", "press: digits: got '12x', allowed: digits 0-9 * #"),
        ("0:01 subscriber 123 sleeps", "subscriber: behaviour: got 'sleeps', allowed: answers, busy"),
        ('on "call 1', "a double quote is not closed"),
        ("on", "when: got 'on', allowed"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(line: str, told: str) -> None:
    assert problem(line).startswith(told)


def test_every_verb_has_a_usage_and_a_meaning() -> None:
    for verb in VERBS.values():
        assert verb.usage.startswith(verb.name) and verb.does


def test_chains_begin_at_steps_that_know_their_time() -> None:
    steps = read("0:01 wait", 'on "a b" wait', "+1 wait", "0:02 wait", 'on "a c" wait')
    assert [chain.next for chain in chains(steps)] == [steps[0], steps[3]]


def test_a_chain_does_its_steps_in_order_when_they_are_due() -> None:
    steps = read("0:01 wait", 'on "call 1 call.bridged" +2 wait', "+1 wait")
    chain = Chain(steps)
    assert chain.take(0.99) is None
    assert chain.take(1.0) is steps[0]
    assert chain.is_waiting
    chain.notice(Seen(4.0, "call 2", "call.bridged"))
    assert chain.is_waiting
    chain.notice(Seen(5.0, "call 1", "call.bridged agent=1001"))
    assert chain.take(6.99) is None
    assert chain.take(7.0) is steps[1]
    assert chain.take(7.0) is None
    assert chain.take(8.0) is steps[2]
    assert chain.next is None
