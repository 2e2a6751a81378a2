"""The words of a script: each verb with its arguments, as data (docs/scenarios.md has them for people)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tools import speech
from tools.scenario.text import LineError, seconds

Value = str | float
_PROMPTS = r"(en|zh)/[a-z0-9-]+(\+(en|zh)/[a-z0-9-]+)*"
_CHANNEL = r"span[1-9]-[1-9][0-9]?"
_PATTERNS = {
    "line": (r"fxo[1-9][0-9]?", "an outside line such as fxo1"),
    "hunt": (
        rf"fxo[1-9][0-9]?|any|span[1-9]|{_CHANNEL}",
        "a line such as fxo1, any for the first idle one, a span such as span1, or a channel such as span1-5",
    ),
    "trunk": (rf"fxo[1-9][0-9]?|span[1-9]|{_CHANNEL}", "a line such as fxo1, span1 or span1-5"),
    "span": (r"span[1-9]", "a span such as span1"),
    "channel": (_CHANNEL, "a channel of a span such as span1-5"),
    "part": (rf"span[1-9]|{_CHANNEL}", "a span such as span1, or a channel of it such as span1-5"),
    "count": (r"[0-9]{1,7}", "a whole number"),
    "percent": (r"[0-9]{1,2}(\.[0-9])?|100", "percent, 0 to 100"),
    "cause": (r"[1-9][0-9]?|1[01][0-9]|12[0-7]", "a cause of Q.850, 1 to 127"),
    "state": (r"up|down", "up or down"),
    "type": (
        r"unknown|international|national|network|subscriber|abbreviated",
        "a type of number: unknown, international, national, network, subscriber, abbreviated",
    ),
    "presentation": (r"allowed|restricted|unavailable", "allowed, restricted or unavailable"),
    "name": (r"[ -~]{1,40}", "a name in ASCII"),
    "phone": (r"fxs[1-9][0-9]?", "a phone's port such as fxs1"),
    "ends": (r"[a-z][a-z0-9-]{0,31}", "a line, a phone, or the label given to a call by as="),
    "label": (r"[a-z][a-z0-9-]{0,31}", "a label: small letters, digits, -"),
    "number": (r"[0-9]{0,20}", 'up to 20 digits; "" for a withheld number'),
    "digits": (r"[0-9*#]{1,40}", "digits 0-9 * #"),
    "level": (r"-?[0-9]+(\.[0-9]+)?", "a level in dBm0 such as -45"),
    "slot": (r"[1-9]", "a slot number, 1-9"),
    "agent": (r"[0-9]{2,8}", "an agent's number"),
    "extension": (r"[0-9]{2,8}", "a phone's number"),
    "hook": (r"lift|hang", "lift or hang"),
    "ohm": (r"[0-9]{1,6}", "a resistance in ohm such as 200"),
    "path": (r"[A-Za-z0-9_.-]{1,100}", "a place in the settings such as groups.city.service"),
    "value": (r".{1,100}", "its new value"),
    "switch": (r"on|off", "on or off"),
    "party": (r"person|machine|unsure|nobody", "person, machine, unsure, or nobody who was listened to"),
    "sight": (
        r"lost|silent|quiet|fine|person|machine|unsure|gone",
        "a trouble (lost, silent, quiet, or fine for none), who answered (person, machine, unsure), or gone",
    ),
    "behaviour": (
        r"answers|busy|congested|silent|unallocated|rejected|cause=([1-9][0-9]?|1[01][0-9]|12[0-7])",
        "answers, busy, congested, silent, unallocated, rejected, or cause=NN of Q.850",
    ),
}
_NUMERIC = frozenset({"level", "slot", "ohm", "count", "percent", "cause"})


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: what it takes in order, what it takes by name (key=value), and what it does."""

    name: str
    takes: Mapping[str, str]
    options: Mapping[str, str]
    does: str

    @property
    def usage(self) -> str:
        """Give the form, for messages and the documentation."""
        named = [f"[{option}={kind.upper()}]" for option, kind in self.options.items()]
        return " ".join([self.name, *(place.upper() for place in self.takes), *named])


_ANNOUNCED = {
    **{"to": "number", "type": "type", "presentation": "presentation", "redirecting": "number"},
    **{"name": "name", "overlap": "seconds"},
}
_PERSON = {"audio": "audio", "keys": "keys", "hangup": "seconds"}
VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "call",
            {"line": "hunt", "number": "number"},
            {"as": "label", **_PERSON, "giveup": "seconds", "noise": "level", **_ANNOUNCED},
            "a caller rings the line; audio and keys come after the answer, the other times are pauses",
        ),
        Verb(
            "glare",
            {"line": "span", "number": "number"},
            {"as": "label", **_PERSON, "giveup": "seconds", **_ANNOUNCED},
            "a caller rings at the moment the box next seizes a channel of the span, on that channel",
        ),
        Verb("hangup", {"who": "ends"}, {}, "the far end of a line (or a phone) hangs up"),
        Verb("press", {"who": "ends", "digits": "digits"}, {}, "the far end, or the phone, presses keys"),
        Verb(
            "say",
            {"who": "ends", "audio": "audio"},
            {"db": "level"},
            "the far end, or the person at the phone, speaks",
        ),
        Verb(
            "mute",
            {"who": "ends", "state": "switch"},
            {},
            "nothing of what the far end of a talk says arrives any more, or it does again; the call stays",
        ),
        Verb("lift", {"phone": "phone"}, {}, "the handset is lifted"),
        Verb("hang", {"phone": "phone"}, {}, "the handset is put down"),
        Verb("dial", {"phone": "phone", "digits": "digits"}, {}, "keys are pressed on a lifted phone"),
        Verb("flash", {"phone": "phone"}, {}, "the hook is pressed shortly"),
        Verb(
            "answer",
            {"phone": "phone"},
            {"after": "seconds", **_PERSON},
            "from now on somebody answers this phone whenever it rings, and hangs up on busy tone",
        ),
        Verb("ignore", {"phone": "phone"}, {}, "nobody answers this phone by itself any more"),
        Verb("unplug", {"line": "line"}, {}, "the cable of the line is pulled"),
        Verb("plug", {"line": "line"}, {}, "the cable is put back"),
        Verb(
            "noise",
            {"line": "line", "level": "level", "seconds": "seconds"},
            {},
            "garbage on the line (noise, clicks, whistles)",
        ),
        Verb("other", {"line": "line", "hook": "hook"}, {}, "another phone on the pair is lifted or hung up"),
        Verb("loop", {"line": "line", "ohm": "ohm"}, {}, "the resistance of the loop changes (1650 before)"),
        Verb(
            "set",
            {"path": "path", "value": "value"},
            {},
            "a setting is changed and committed, as by the installer",
        ),
        Verb("polarity", {"line": "line"}, {}, "the exchange swaps the wires of the line"),
        Verb(
            "subscriber",
            {"number": "number", "behaviour": "behaviour"},
            {"after": "seconds", **_PERSON, "says": "audio"},
            "who is there when the box dials this number",
        ),
        Verb(
            "clear",
            {"who": "ends", "cause": "cause"},
            {},
            "the exchange ends a call on a span with this cause",
        ),
        Verb("cut", {"span": "span"}, {}, "the cable of the span is cut"),
        Verb("mend", {"span": "span"}, {}, "the cable is whole again"),
        Verb("ais", {"span": "span", "state": "switch"}, {}, "the far end sends all ones, or frames again"),
        Verb("rai", {"span": "span", "state": "switch"}, {}, "the far end says that it is deaf"),
        Verb("frames", {"span": "span", "state": "switch"}, {}, "off: a signal without framing words"),
        Verb("multiframes", {"span": "span", "state": "switch"}, {}, "off: no multiframes"),
        Verb(
            "errors",
            {"span": "span"},
            {"code": "count", "crc": "count", "frame": "count", "far": "count"},
            "errors that the framer counts",
        ),
        Verb("slip", {"span": "span", "times": "count"}, {}, "frames are lost because clocks differ"),
        Verb(
            "loopplug",
            {"span": "span", "state": "switch"},
            {},
            "a loop plug takes the exchange's place, or no more",
        ),
        Verb(
            "wrongbits",
            {"span": "span", "count": "count"},
            {},
            "one bit in so many is wrong on its way to the box; 0: none",
        ),
        Verb("dlink", {"span": "span", "state": "state"}, {}, "nothing passes on the D-channel, or again"),
        Verb("loss", {"span": "span", "percent": "percent"}, {}, "so many D-channel frames are lost"),
        Verb("corruption", {"span": "span", "percent": "percent"}, {}, "so many have a wrong bit"),
        Verb("restart", {"part": "part"}, {}, "the exchange sets a channel, or the span, back to idle"),
        Verb(
            "block",
            {"channel": "channel", "state": "switch"},
            {},
            "the exchange takes the channel out of its service, or back",
        ),
        Verb("pull", {"slot": "slot"}, {}, "the card is pulled out of its slot"),
        Verb("push", {"slot": "slot"}, {}, "the card is put back"),
        Verb("login", {"agent": "agent", "phone": "extension"}, {}, "the agent logs in by the web desk"),
        Verb("logout", {"agent": "agent"}, {}, "the agent logs out by the web desk"),
        Verb("pause", {"agent": "agent"}, {}, "the agent pauses by the web desk"),
        Verb("ready", {"agent": "agent"}, {}, "the agent is ready again, or ends the wrap-up early"),
        Verb(
            "test",
            {"line": "trunk"},
            {"digit": "digits", "tune": "switch", "remote": "switch", "force": "switch"},
            "the line doctor tests the line, or the span",
        ),
        Verb(
            "remoteloop",
            {"span": "span", "seconds": "seconds"},
            {"force": "switch"},
            "the doctor loops the span towards the exchange",
        ),
        Verb("learn", {"line": "line"}, {"number": "digits"}, "the doctor learns what comes after a hang-up"),
        Verb(
            "capture",
            {"line": "trunk", "seconds": "seconds"},
            {},
            "sound, registers, signalling are captured",
        ),
        Verb("store", {"line": "trunk"}, {}, "what the doctor found goes into the settings"),
        Verb("stop", {"line": "trunk"}, {}, "what the doctor does is stopped"),
        Verb(
            "ringing",
            {"line": "line", "vrms": "level", "hz": "level"},
            {},
            "a bare alternating voltage on the pair; 0 ends it",
        ),
        Verb("short", {"phone": "phone", "state": "switch"}, {}, "the wires of the phone touch, or no more"),
        Verb(
            "refused", {"line": "trunk"}, {"force": "switch"}, "the doctor is asked for a test, and refuses"
        ),
        Verb("service", {"line": "trunk", "state": "switch"}, {}, "the line is out of service, or back"),
        Verb(
            "shows",
            {"call": "count", "sight": "sight"},
            {},
            "whoever looks at the live picture sees this of a call; else the scenario fails",
        ),
        Verb(
            "stored",
            {"call": "count"},
            {"party": "party", "lost": "seconds", "quiet": "seconds", "voice": "level"},
            "the records have this of how a call sounded, within 1 s and 2 dB; else the scenario fails",
        ),
        Verb("wait", {}, {}, "nothing; the box runs on until then"),
    )
}


def arguments(verb: Verb, words: list[str]) -> dict[str, Value]:
    """Read a verb's words.

    gives   value by name of place or option
    raises  LineError that names the argument and what is allowed
    """
    places = list(verb.takes.items())
    plain = words[: len(places)]
    if len(plain) < len(places):
        raise LineError(f"{verb.name}: {places[len(plain)][0]} is missing, allowed: {verb.usage}")
    found = {
        name: value(f"{verb.name}: {name}", kind, word)
        for (name, kind), word in zip(places, plain, strict=True)
    }
    for word in words[len(places) :]:
        name, equals, text = word.partition("=")
        kind = verb.options.get(name, "")
        if not equals or not kind or name in found:
            raise LineError(f"{verb.name}: got {word!r}, allowed: {verb.usage}")
        found[name] = value(f"{verb.name}: {name}", kind, text)
    return found


def value(field: str, kind: str, text: str) -> Value:
    """Read one value of a kind.

    raises  LineError
    """
    if kind == "seconds":
        amount = seconds(text)
        if amount is None:
            raise LineError(f"{field}: got {text!r}, allowed: seconds such as 2.5, or 1:30")
        return amount
    if kind == "audio":
        return _audio(field, text)
    if kind == "keys":
        keys_at(field, text)
        return text
    pattern, meaning = _PATTERNS[kind]
    if not re.fullmatch(pattern, text):
        raise LineError(f"{field}: got {text!r}, allowed: {meaning}")
    return float(text) if kind in _NUMERIC else text


def _audio(field: str, text: str) -> str:
    if text in speech.CLIPS or text.endswith(".wav") or re.fullmatch(_PROMPTS, text):
        return text
    clips = ", ".join(sorted(speech.CLIPS))
    raise LineError(
        f"{field}: got {text!r}, allowed: a WAV file, prompts such as zh/closed+zh/beep, or {clips}"
    )


def keys_at(field: str, text: str) -> tuple[tuple[float, str], ...]:
    """Read `1@3,22@5.5`: keys with the seconds after the answer.

    raises  LineError
    """
    found = []
    for part in text.split(","):
        digits, _, when = part.partition("@")
        at = seconds(when)
        if at is None or not re.fullmatch(r"[0-9*#]{1,40}", digits):
            raise LineError(f"{field}: got {part!r}, allowed: keys and seconds after the answer, 1@3,22@5.5")
        found.append((at, digits))
    return tuple(found)
