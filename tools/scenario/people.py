"""The people of a scenario: callers and those at the phones. Each verb of the script becomes their deed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware.api.core import (
    AgentLogin,
    AgentLogout,
    AgentPause,
    AgentReady,
    Command,
    Refused,
    SetLineService,
)
from tools import speech
from tools.emulator import alaw
from tools.emulator.event import WorldEvent
from tools.emulator.party import Party
from tools.emulator.sound import samples_of
from tools.emulator.world import World
from tools.scenario.deed import Args, Deed
from tools.scenario.doctor_deeds import doctor_deeds
from tools.scenario.line_deeds import line_deeds, phone_deeds
from tools.scenario.settings import Scene
from tools.scenario.span_deeds import cause_of, request_of, span_deeds
from tools.scenario.venue import Venue
from tools.scenario.verbs import Value, keys_at
from tools.sound import RATE_HZ, Samples

AUDIO_AT_S = 0.5  # from the answer to the first word


@dataclass(frozen=True, slots=True)
class Recording:
    """What somebody heard.

    who       label of the call, or the phone
    begins_s  since the start of the scenario
    """

    who: str
    path: Path
    begins_s: float


class People:
    """Everybody outside the box.

    folder   takes what they hear, one WAV file for each call and each time a phone is lifted
    beside   where sound files of the scenario are
    scene    says who makes the callers' keys, and which cards there are
    """

    def __init__(self, venue: Venue, folder: Path, beside: Path, scene: Scene) -> None:
        self._venue = venue
        self._folder = folder
        self._beside = beside
        self._keys_by = scene.keys_by
        self._slots = scene.slots
        self._parties: dict[str, Party] = {}
        self._lifts: list[Recording] = []
        self._deeds: dict[str, Deed] = {
            **self._talking(),
            **phone_deeds(venue.world),
            **line_deeds(venue.world),
            **self._office_deeds(),
            **doctor_deeds(venue),
            **span_deeds(venue.world),
        }
        self._world.subscribe(self._watch_phones)

    def do(self, verb: str, args: Args) -> None:
        """Do one step.

        raises  WorldError, SoundError, SpeechError, ValueError: it cannot be done now
        """
        self._deeds[verb](args)

    def recordings(self) -> list[Recording]:
        """List what was heard so far, once the world is closed."""
        calls = [
            Recording(label, self._file(label), party.answered_at)
            for label, party in self._parties.items()
            if party.answered_at < float("inf")
        ]
        return [recording for recording in (*calls, *self._lifts) if recording.path.exists()]

    @property
    def _world(self) -> World:
        return self._venue.world

    def _call(self, args: Args, *, at_glare: bool = False) -> None:
        line = str(args["line"])
        label = str(args.get("as", "")) or self._free_label("caller")
        if label in self._parties:
            raise ValueError(f"as: got {label!r} a second time, allowed: each label once")
        audio, keys = self._spoken(args)
        self._parties[label] = self._world.call(
            line,
            str(args["number"]),
            audio=audio,
            audio_at_s=0.0,
            keys=keys,
            noise_dbm0=_number(args, "noise"),
            record=self._file(label),
            hang_up_after_s=_number(args, "hangup"),
            give_up_after_s=_number(args, "giveup"),
            name=str(args.get("name", "")),
            request=request_of(args),
            at_glare=at_glare,
        )

    def _talking(self) -> dict[str, Deed]:
        """Give what callers, and people who talk, do."""
        return {
            "call": self._call,
            "glare": lambda args: self._call(args, at_glare=True),
            "subscriber": self._subscriber,
            "hangup": lambda args: self._world.hang_up(self._who(args)),
            "clear": lambda args: self._world.clear(self._who(args), round(float(args["cause"]))),
            "press": self._press,
            "say": lambda args: self._world.say(self._who(args), self._octets(args["audio"])),
            "answer": self._answer,
        }

    def _office_deeds(self) -> dict[str, Deed]:
        """Give what people do at the box, and at its pages."""
        venue = self._venue
        return {
            "wait": lambda _args: None,
            "set": lambda args: venue.set(str(args["path"]), str(args["value"])),
            "pull": lambda args: venue.board.remove_card(self._slot(args)),
            "push": lambda args: venue.board.insert_card(self._slot(args), self._card(args)),
            "login": lambda args: self._command(AgentLogin(str(args["agent"]), str(args["phone"]))),
            "logout": lambda args: self._command(AgentLogout(str(args["agent"]))),
            "pause": lambda args: self._command(AgentPause(str(args["agent"]))),
            "ready": lambda args: self._command(AgentReady(str(args["agent"]))),
            "service": lambda args: self._command(SetLineService(str(args["line"]), args["state"] == "on")),
        }

    def _press(self, args: Args) -> None:
        who, digits = self._who(args), str(args["digits"])
        if self._keys_by == "spandsp" and not (isinstance(who, str) and who in self._world.phones):
            self._world.say(who, _encoded(speech.keys(digits)))
        else:
            self._world.press(who, digits)

    def _answer(self, args: Args) -> None:
        audio, keys = self._spoken(args, by="world")
        self._world.answer(
            str(args["phone"]),
            after_s=_number(args, "after") or 2.0,
            audio=audio,
            keys=keys,
            hang_up_after_s=_number(args, "hangup"),
        )

    def _subscriber(self, args: Args) -> None:
        behaviour = args["behaviour"]
        audio, keys = self._spoken(args, by="world")
        after_s = _number(args, "after")
        self._world.subscriber(
            str(args["number"]),
            answers_after_s=None if behaviour == "silent" else 5.0 if after_s is None else after_s,
            busy=behaviour == "busy",
            congested=behaviour == "congested",
            cause=cause_of(str(behaviour)),
            announcement=self._octets(args["says"]) if "says" in args else None,
            audio=audio,
            keys=keys,
            hangs_up_after_s=_number(args, "hangup"),
            record=self._file(self._free_label("called")),
        )

    def _command(self, command: Command) -> None:
        try:
            self._venue.command(command)
        except Refused as refusal:
            raise ValueError(refusal.text.en) from None

    def _slot(self, args: Args) -> int:
        slot = int(float(args["slot"]))
        if slot > len(self._slots) or self._slots[slot - 1] == "empty":
            raise ValueError(f"slot: got {slot}, allowed: a slot of `board` that has a card")
        return slot

    def _card(self, args: Args) -> str:
        return self._slots[self._slot(args) - 1]

    def _who(self, args: Args) -> Party | str:
        who = str(args["who"])
        world = self._world
        is_somebody = who in self._parties or who in world.lines or who in world.phones
        if not is_somebody and not world.spans.covers(who):
            named = ", ".join([*self._parties, *world.lines, *world.spans, *world.phones])
            raise ValueError(f"who: got {who!r}, allowed: {named}")
        return self._parties.get(who, who)

    def _spoken(self, args: Args, by: str = "") -> tuple[bytes | None, tuple[tuple[float, str], ...]]:
        """Give the sound a person makes after the answer, and the keys that the world shall press."""
        keys = keys_at("keys", str(args["keys"])) if "keys" in args else ()
        parts = []
        if "audio" in args:
            parts.append((AUDIO_AT_S, self._clip(args["audio"])))
        if (by or self._keys_by) == "spandsp":
            parts += [(at, speech.keys(digits)) for at, digits in keys]
            keys = ()
        return (_encoded(_mixed(parts)) if parts else None), keys

    def _octets(self, name: Value) -> bytes:
        return _encoded(self._clip(name))

    def _clip(self, name: Value) -> Samples:
        if str(name).endswith(".wav"):
            return np.asarray(samples_of(self._beside / str(name)), dtype=np.float64)
        return speech.human(str(name))

    def _watch_phones(self, event: WorldEvent) -> None:
        if event.what == "lifted":
            count = 1 + sum(recording.who == event.who for recording in self._lifts)
            path = self._folder / f"{event.who}-{count}.wav"
            self._lifts.append(Recording(event.who, path, event.at))
            self._world.record(event.who, path)

    def _free_label(self, word: str) -> str:
        count = 1
        while f"{word}-{count}" in self._parties or self._file(f"{word}-{count}").exists():
            count += 1
        return f"{word}-{count}"

    def _file(self, label: str) -> Path:
        return self._folder / f"{label}.wav"


def _mixed(parts: list[tuple[float, Samples]]) -> Samples:
    begins = [round(at * RATE_HZ) for at, _ in parts]
    mixed = np.zeros(max(begin + len(sound) for begin, (_, sound) in zip(begins, parts, strict=True)))
    for begin, (_, sound) in zip(begins, parts, strict=True):
        mixed[begin : begin + len(sound)] += sound
    return mixed


def _encoded(sound: Samples) -> bytes:
    return alaw.encode(sound.astype(np.float32))


def _number(args: Args, name: str) -> float | None:
    return float(args[name]) if name in args else None
