"""One caller's walk through the voice menus.

Every state has a deadline and a way out:

    NEW      keys are kept                         start -> PROMPT
    PROMPT   something plays; a key cuts it        Played -> LISTEN (after an announcement: the greeting)
    LISTEN   silence after the greeting            key -> PROMPT; the menu's timeout -> the greeting again
    GOODBYE  the last words; keys change nothing   Played -> DONE
    DONE     `Leave` was given; nothing follows

The menus are those of the moment the call began; later settings do not touch a session.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import Enum, auto

from firmware.config.models import Menu
from firmware.config.targets import Target, Verb, parse
from firmware.ivr.types import Action, Digit, Input, Leave, Play, Played, StopPlay, Trace
from firmware.text import Language

START_LIMIT_S = 60.0  # a session nobody starts ends itself
PLAY_LIMIT_S = 300.0  # a prompt whose `Played` never comes counts as heard after this
TYPE_AHEAD_KEYS = 16  # keys pressed before `start` that are kept
SILENT_PROMPTS_MAX = 20  # greetings in a row without one valid key, over all menus: nobody is there
PROMPTS_MAX = 200  # greetings and announcements in all: ends a walk in circles driven by noise on the line

_HANGUP = Target(Verb.HANGUP)
_LEAVING = frozenset({Verb.QUEUE, Verb.PHONE, Verb.MESSAGE})


class State(Enum):
    """Where the session stands."""

    NEW = auto()
    PROMPT = auto()
    LISTEN = auto()
    GOODBYE = auto()
    DONE = auto()


class Session:
    """The menus for one call.

    menus     all menus of the settings
    entry     where the line's calls go: usually a menu; `announce:` is played and ends the call
    language  until the caller chooses another
    now       s; `start` is expected soon after
    raises    ValueError if a menu is named that is not among `menus`
    """

    def __init__(self, menus: Iterable[Menu], entry: Target, language: Language, now: float) -> None:
        self._menus = {menu.name: menu for menu in menus}
        self._entry = entry
        self._language = language
        self._state = State.NEW
        self._menu: Menu | None = None
        self._returns_to_greeting = False  # the prompt is an announcement, the greeting follows
        self._failures = 0  # silences and wrong keys in this menu
        self._prompts = 0
        self._silent_prompts = 0
        self._play_id = 0
        self._due: float | None = now + START_LIMIT_S
        self._early_keys: deque[str] = deque(maxlen=TYPE_AHEAD_KEYS)
        self._check_names()

    @property
    def is_done(self) -> bool:
        """Tell whether `Leave` was given."""
        return self._state is State.DONE

    @property
    def menu(self) -> str | None:
        """Give the name of the menu the caller is in."""
        return self._menu.name if self._menu else None

    @property
    def language(self) -> Language:
        """Give the language the caller hears."""
        return self._language

    def start(self, now: float) -> list[Action]:
        """Enter the first menu; keys pressed before are taken in their order."""
        if self._state is not State.NEW:
            return []
        actions = self._go(self._entry, now)
        while self._early_keys and self._state in (State.PROMPT, State.LISTEN):
            actions += self._key(self._early_keys.popleft(), now)
        return actions

    def handle(self, event: Input, now: float) -> list[Action]:
        """Take a key, or the end of a prompt. What comes too late is ignored: gives []."""
        match event:
            case Digit(key):
                return self._key(key, now)
            case Played(play_id):
                is_current = play_id == self._play_id and self._state in (State.PROMPT, State.GOODBYE)
                return self._heard(now) if is_current else []

    def tick(self, now: float) -> list[Action]:
        """Do what is due: the caller was silent, or the end of a prompt was never reported."""
        if self._due is None or now < self._due:
            return []
        if self._state is State.LISTEN:
            return self._failed("timeout", "no-input", now)
        if self._state is State.NEW:
            return [Trace("never-started", ""), *self._leave(_HANGUP)]
        return [StopPlay(), *self._heard(now)]

    def deadline(self) -> float | None:
        """Give when `tick` has something to do; None after `Leave`."""
        return self._due

    def _check_names(self) -> None:
        targets = [self._entry]
        for menu in self._menus.values():
            targets += [parse(text) for text in (*menu.keys.values(), menu.give_up)]
        unknown = {target.name for target in targets if target.verb is Verb.MENU} - set(self._menus)
        if unknown:
            allowed = ", ".join(self._menus) or "none"
            raise ValueError(f"menu: got {', '.join(sorted(unknown))}, allowed {allowed}")

    def _key(self, key: str, now: float) -> list[Action]:
        if self._state is State.NEW:
            self._early_keys.append(key)  # a full buffer drops the oldest: the last keys count
            return []
        if self._state not in (State.PROMPT, State.LISTEN) or self._menu is None:
            return []  # the last words, or an announcement without a menu: nothing to choose
        cut: list[Action] = [StopPlay()] if self._state is State.PROMPT else []
        text = self._menu.keys.get(key)
        if text is None:
            return [*cut, *self._failed("invalid", "invalid", now, key)]
        self._failures = self._silent_prompts = 0
        return [*cut, Trace("key", self._menu.name, key), *self._go(parse(text), now)]

    def _heard(self, now: float) -> list[Action]:
        if self._state is State.GOODBYE:
            return self._leave(_HANGUP)
        if self._menu is None:
            return self._end(now)
        if self._returns_to_greeting:
            return self._greet(now)
        self._state, self._due = State.LISTEN, now + self._menu.timeout_s
        return []

    def _failed(self, kind: str, prompt: str, now: float, detail: str = "") -> list[Action]:
        assert self._menu is not None
        self._failures += 1
        trace = Trace(kind, self._menu.name, detail)
        if self._failures < self._menu.tries:
            return [trace, *self._greet(now, before=prompt)]
        give_up = self._menu.give_up
        return [trace, Trace("give-up", self._menu.name, give_up), *self._go(parse(give_up), now)]

    def _go(self, target: Target, now: float) -> list[Action]:
        if target.verb in _LEAVING:
            return self._leave(target)
        if target.verb is Verb.MENU:
            self._menu, self._failures = self._menus[target.name], 0
            return [Trace("menu", self._menu.name), *self._greet(now)]
        if target.verb is Verb.ANNOUNCE:
            return self._announce(target.name, now)
        if target.verb is Verb.HANGUP or self._menu is None:  # nothing to repeat: an entry that is no entry
            return self._end(now)
        self._failures = 0
        if target.verb is Verb.REPEAT:
            return self._greet(now)
        self._language = Language(target.name)
        return [Trace("language", self._menu.name, target.name), *self._greet(now)]

    def _greet(self, now: float, before: str | None = None) -> list[Action]:
        assert self._menu is not None
        self._returns_to_greeting = False
        greeting = self._menu.greeting
        return self._prompt((greeting,) if before is None else (before, greeting), now)

    def _announce(self, prompt: str, now: float) -> list[Action]:
        self._returns_to_greeting = True
        trace = Trace("announce", self._menu.name if self._menu else "", prompt)
        return [trace, *self._prompt((prompt,), now)]

    def _prompt(self, prompts: tuple[str, ...], now: float) -> list[Action]:
        self._prompts += 1
        self._silent_prompts += 1
        if self._prompts > PROMPTS_MAX or self._silent_prompts > SILENT_PROMPTS_MAX:
            return [Trace("limit", self.menu or ""), *self._end(now)]
        return self._play(prompts, State.PROMPT, now)

    def _end(self, now: float) -> list[Action]:
        return self._play(("goodbye",), State.GOODBYE, now)

    def _play(self, prompts: tuple[str, ...], state: State, now: float) -> list[Action]:
        self._play_id += 1
        self._state, self._due = state, now + PLAY_LIMIT_S
        return [Play(self._play_id, prompts, self._language)]

    def _leave(self, target: Target) -> list[Action]:
        self._state, self._due = State.DONE, None
        return [Leave(target, self._language)]
