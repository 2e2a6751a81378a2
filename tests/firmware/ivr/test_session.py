"""A caller's walk through the menus, action by action."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.config.models import Menu
from firmware.config.targets import Target, Verb, parse
from firmware.ivr.session import (
    PLAY_LIMIT_S,
    PROMPTS_MAX,
    SILENT_PROMPTS_MAX,
    START_LIMIT_S,
    TYPE_AHEAD_KEYS,
    Session,
)
from firmware.ivr.types import Action, Digit, Leave, Play, Played, StopPlay, Trace
from firmware.text import Language, Text

ZH, EN = Language.ZH, Language.EN
TITLE = Text(zh="一", en="one")
HANGUP = Target(Verb.HANGUP)


def menu(name: str, keys: dict[str, str], **fields: Any) -> Menu:
    return Menu(name=name, title=TITLE, keys=keys, greeting=f"{name}-greeting", **fields)


MAIN = menu(
    "main",
    {
        "1": "queue:info",
        "2": "menu:sub",
        "3": "announce:museum-hours",
        "4": "message:info",
        "5": "phone:801",
        "9": "language:en",
        "#": "repeat",
        "*": "hangup",
    },
)
SUB = menu("sub", {"1": "queue:complaints", "0": "menu:main"}, timeout_s=7, tries=2, give_up="hangup")


def session(*menus: Menu, entry: str = "menu:main") -> Session:
    return Session(menus or (MAIN, SUB), parse(entry), ZH, 0.0)


def started(*menus: Menu, entry: str = "menu:main") -> Session:
    its = session(*menus, entry=entry)
    its.start(0.0)
    return its


def greeting(play_id: int, name: str = "main", language: Language = ZH, before: str = "") -> Play:
    prompts = (before, f"{name}-greeting") if before else (f"{name}-greeting",)
    return Play(play_id, prompts, language)


def leave(target: str, language: Language = ZH) -> Leave:
    return Leave(parse(target), language)


def test_the_greeting_is_played_and_a_key_after_it_leaves() -> None:
    its = session()
    assert its.start(0.0) == [Trace("menu", "main"), greeting(1)]
    assert its.handle(Played(1), 8.0) == []
    assert its.deadline() == 13.0
    assert its.handle(Digit("1"), 9.0) == [Trace("key", "main", "1"), leave("queue:info")]
    assert (its.is_done, its.deadline()) == (True, None)


def test_a_key_cuts_the_greeting_and_is_taken_at_once() -> None:
    its = started()
    assert its.handle(Digit("1"), 0.5) == [StopPlay(), Trace("key", "main", "1"), leave("queue:info")]


@pytest.mark.parametrize(("key", "target"), [("1", "queue:info"), ("4", "message:info"), ("5", "phone:801")])
def test_targets_that_leave(key: str, target: str) -> None:
    assert started().handle(Digit(key), 1.0)[-1] == leave(target)


def test_a_wrong_key_says_so_and_greets_again() -> None:
    its = started()
    assert its.handle(Digit("7"), 1.0) == [
        StopPlay(),
        Trace("invalid", "main", "7"),
        greeting(2, before="invalid"),
    ]
    its.handle(Played(2), 6.0)
    assert its.handle(Digit("8"), 7.0) == [Trace("invalid", "main", "8"), greeting(3, before="invalid")]


def test_silence_greets_again_until_the_tries_are_used_up() -> None:
    its = started()
    now = 0.0
    for play_id in (1, 2):
        now += 4.0
        its.handle(Played(play_id), now)
        assert its.tick(now + 4.999) == []
        now += 5.0
        assert its.deadline() == now
        assert its.tick(now) == [Trace("timeout", "main"), greeting(play_id + 1, before="no-input")]
    its.handle(Played(3), now + 4.0)
    assert its.tick(now + 9.0) == [
        Trace("timeout", "main"),
        Trace("give-up", "main", "queue:info"),
        leave("queue:info"),
    ]


def test_wrong_keys_and_silence_use_up_the_same_tries() -> None:
    its = started()
    its.handle(Digit("7"), 1.0)
    its.handle(Played(2), 5.0)
    assert its.tick(10.0)[0] == Trace("timeout", "main")
    assert its.handle(Digit("7"), 11.0) == [
        StopPlay(),
        Trace("invalid", "main", "7"),
        Trace("give-up", "main", "queue:info"),
        leave("queue:info"),
    ]


def test_a_good_key_gives_new_tries() -> None:
    its = started()
    its.handle(Digit("7"), 1.0)
    its.handle(Digit("7"), 2.0)
    its.handle(Digit("#"), 3.0)
    assert its.handle(Digit("7"), 4.0)[-1] == greeting(5, before="invalid")


def test_one_try_gives_up_at_the_first_silence() -> None:
    its = started(menu("main", {"1": "queue:info"}, tries=1, give_up="message:main"))
    its.handle(Played(1), 3.0)
    assert its.tick(8.0)[-1] == leave("message:main")


def test_a_sub_menu_has_its_own_time_and_tries_and_leads_back() -> None:
    its = started()
    assert its.handle(Digit("2"), 1.0) == [
        StopPlay(),
        Trace("key", "main", "2"),
        Trace("menu", "sub"),
        greeting(2, "sub"),
    ]
    assert its.menu == "sub"
    its.handle(Played(2), 5.0)
    assert its.deadline() == 12.0
    assert its.handle(Digit("0"), 6.0) == [
        Trace("key", "sub", "0"),
        Trace("menu", "main"),
        greeting(3),
    ]


def test_give_up_may_hang_up_with_a_goodbye() -> None:
    its = started()
    its.handle(Digit("2"), 1.0)
    its.handle(Digit("7"), 2.0)
    assert its.handle(Digit("7"), 3.0) == [
        StopPlay(),
        Trace("invalid", "sub", "7"),
        Trace("give-up", "sub", "hangup"),
        Play(4, ("goodbye",), ZH),
    ]
    assert its.handle(Played(4), 5.0) == [leave("hangup")]


def test_an_announcement_is_played_and_the_greeting_follows() -> None:
    its = started()
    assert its.handle(Digit("3"), 1.0) == [
        StopPlay(),
        Trace("key", "main", "3"),
        Trace("announce", "main", "museum-hours"),
        Play(2, ("museum-hours",), ZH),
    ]
    assert its.handle(Played(2), 9.0) == [greeting(3)]
    its.handle(Played(3), 12.0)
    assert its.deadline() == 17.0


def test_a_key_cuts_an_announcement_and_means_what_the_menu_says() -> None:
    its = started()
    its.handle(Digit("3"), 1.0)
    assert its.handle(Digit("1"), 2.0) == [StopPlay(), Trace("key", "main", "1"), leave("queue:info")]


def test_the_language_is_switched_and_the_menu_repeated() -> None:
    its = started()
    assert its.handle(Digit("9"), 1.0) == [
        StopPlay(),
        Trace("key", "main", "9"),
        Trace("language", "main", "en"),
        greeting(2, language=EN),
    ]
    assert its.language is EN
    its.handle(Played(2), 5.0)
    assert its.tick(10.0)[-1] == greeting(3, language=EN, before="no-input")
    assert its.handle(Digit("1"), 11.0)[-1] == leave("queue:info", EN)


def test_repeat_and_hangup() -> None:
    its = started()
    assert its.handle(Digit("#"), 1.0) == [StopPlay(), Trace("key", "main", "#"), greeting(2)]
    assert its.handle(Digit("*"), 2.0) == [StopPlay(), Trace("key", "main", "*"), Play(3, ("goodbye",), ZH)]
    assert its.handle(Digit("1"), 2.5) == []  # too late
    assert its.handle(Played(3), 4.0) == [leave("hangup")]


def test_digits_in_a_row_walk_through_sub_menus() -> None:
    its = started()
    its.handle(Digit("2"), 1.0)
    assert its.handle(Digit("1"), 1.1)[-1] == leave("queue:complaints")


def test_keys_before_the_start_are_not_lost() -> None:
    its = session()
    assert its.handle(Digit("2"), 0.0) == []
    assert its.handle(Digit("1"), 0.1) == []
    assert its.start(0.2) == [
        Trace("menu", "main"),
        greeting(1),
        StopPlay(),
        Trace("key", "main", "2"),
        Trace("menu", "sub"),
        greeting(2, "sub"),
        StopPlay(),
        Trace("key", "sub", "1"),
        leave("queue:complaints"),
    ]


def test_of_too_many_keys_before_the_start_the_last_count() -> None:
    its = session()
    for _ in range(100):
        its.handle(Digit("#"), 0.0)
    its.handle(Digit("2"), 0.0)
    actions = its.start(0.1)
    assert sum(isinstance(action, Trace) and action.kind == "key" for action in actions) == TYPE_AHEAD_KEYS
    assert its.menu == "sub"


def test_the_end_of_an_older_prompt_is_ignored() -> None:
    its = started()
    its.handle(Digit("#"), 1.0)
    assert its.handle(Played(1), 1.1) == []
    assert its.deadline() == 1.0 + PLAY_LIMIT_S
    its.handle(Played(2), 5.0)
    assert its.handle(Played(2), 6.0) == []
    assert its.deadline() == 10.0


def test_a_prompt_that_never_ends_counts_as_heard_after_a_while() -> None:
    its = started()
    assert its.deadline() == PLAY_LIMIT_S
    assert its.tick(PLAY_LIMIT_S) == [StopPlay()]
    assert its.deadline() == PLAY_LIMIT_S + 5.0


def test_a_goodbye_that_never_ends_hangs_up_after_a_while() -> None:
    its = started()
    its.handle(Digit("*"), 1.0)
    assert its.tick(1.0 + PLAY_LIMIT_S) == [StopPlay(), leave("hangup")]


def test_a_session_nobody_starts_ends_itself() -> None:
    its = session()
    assert its.deadline() == START_LIMIT_S
    assert its.tick(START_LIMIT_S - 0.001) == []
    assert its.tick(START_LIMIT_S) == [Trace("never-started", ""), leave("hangup")]
    assert its.start(START_LIMIT_S + 1.0) == []


def test_nothing_follows_after_leave() -> None:
    its = started()
    its.handle(Digit("1"), 1.0)
    assert its.handle(Digit("1"), 2.0) == its.handle(Played(1), 2.0) == its.tick(1e9) == its.start(3.0) == []


@pytest.mark.parametrize("entry", ["queue:info", "phone:801", "message:info"])
def test_an_entry_that_is_no_menu_leaves_at_once(entry: str) -> None:
    its = session(entry=entry)
    its.handle(Digit("1"), 0.0)
    assert its.start(0.0) == [leave(entry)]


def test_an_announcement_as_entry_is_played_to_its_end_and_hangs_up() -> None:
    its = session(entry="announce:closed")
    assert its.start(0.0) == [Trace("announce", "", "closed"), Play(1, ("closed",), ZH)]
    assert its.handle(Digit("1"), 1.0) == []
    assert its.handle(Played(1), 6.0) == [Play(2, ("goodbye",), ZH)]
    assert its.handle(Played(2), 8.0) == [leave("hangup")]


@pytest.mark.parametrize("entry", ["hangup", "repeat", "language:en"])
def test_an_entry_that_leads_nowhere_says_goodbye(entry: str) -> None:
    its = session(entry=entry)
    assert its.start(0.0) == [Play(1, ("goodbye",), ZH)]


def test_a_menu_that_is_not_there_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="menu: got night, allowed main, sub"):
        session(entry="menu:night")
    with pytest.raises(ValueError, match="menu: got sub, allowed main"):
        session(MAIN)


def silent_walk(its: Session) -> list[Action]:
    """Let every prompt be heard and press nothing, until the session leaves."""
    actions = its.start(0.0)
    now = 0.0
    for _ in range(1000):
        if its.is_done:
            return actions
        now += 1.0
        plays = [action for action in actions if isinstance(action, Play)]
        actions += its.handle(Played(plays[-1].play_id), now)
        due = its.deadline()
        if due is not None and due < now + 100.0:
            now = due
            actions += its.tick(now)
    raise AssertionError("the session does not end")


def test_menus_that_lead_into_each_other_end_on_a_silent_line() -> None:
    one = menu("main", {"1": "menu:two"}, give_up="menu:two", tries=1)
    two = menu("two", {"1": "menu:main"}, give_up="menu:main", tries=1)
    actions = silent_walk(session(one, two))
    assert actions[-3:] == [
        Trace("limit", "main"),
        Play(SILENT_PROMPTS_MAX + 1, ("goodbye",), ZH),
        leave("hangup"),
    ]


@pytest.mark.parametrize("give_up", ["repeat", "language:en", "announce:closed", "menu:main"])
def test_a_give_up_that_comes_back_ends_on_a_silent_line(give_up: str) -> None:
    actions = silent_walk(session(menu("main", {}, give_up=give_up)))
    assert actions[-1] == leave("hangup", EN if give_up == "language:en" else ZH)


def kinds(actions: list[Action]) -> list[str]:
    return [action.kind for action in actions if isinstance(action, Trace)]


@pytest.mark.parametrize("key", ["#", "3", "2"])
def test_a_line_that_keeps_pressing_good_keys_ends_too(key: str) -> None:
    its = started(MAIN, menu("sub", {"2": "menu:main"}))
    for press in range(PROMPTS_MAX - 1):
        assert "limit" not in kinds(its.handle(Digit(key), press / 10))
    actions = its.handle(Digit(key), 1000.0)
    assert "limit" in kinds(actions)
    assert actions[-1] == Play(PROMPTS_MAX + 1, ("goodbye",), ZH)


def test_later_settings_do_not_touch_a_session() -> None:
    menus = [MAIN, SUB]
    its = Session(menus, parse("menu:main"), ZH, 0.0)
    menus.clear()
    assert its.start(0.0)[-1] == greeting(1)


KEYS = st.sampled_from("0123456789*#ABCD")
STEPS = st.lists(st.one_of(KEYS, st.just("heard"), st.just("wait")), max_size=60)


@settings(max_examples=200, deadline=None)
@given(STEPS, STEPS)
def test_any_walk_keeps_the_rules(early: list[str], steps: list[str]) -> None:
    its = session()
    actions: list[Action] = []
    now = 0.0
    for step in early:
        if step not in ("heard", "wait"):
            actions += its.handle(Digit(step), now)
    assert actions == []
    actions += its.start(now)
    for step in steps:
        now += 0.1
        last = max((action.play_id for action in actions if isinstance(action, Play)), default=0)
        if step == "heard":
            actions += its.handle(Played(last), now)
        elif step == "wait":
            now = max(now, its.deadline() or now)
            actions += its.tick(now)
        else:
            actions += its.handle(Digit(step), now)
        assert its.is_done is (its.deadline() is None)
        assert its.is_done or (its.deadline() or 0.0) > now
    leaves = [place for place, action in enumerate(actions) if isinstance(action, Leave)]
    assert leaves in ([], [len(actions) - 1])
    assert its.is_done is bool(leaves)
    ids = [action.play_id for action in actions if isinstance(action, Play)]
    assert ids == list(range(1, len(ids) + 1))
    assert never_two_prompts_at_once(actions)


def never_two_prompts_at_once(actions: list[Action]) -> bool:
    """Within one walk a cut always has something to cut: two cuts never follow without a prompt between."""
    signs = [type(action) for action in actions if isinstance(action, Play | StopPlay)]
    return not any(a is b is StopPlay for a, b in pairwise(signs))
