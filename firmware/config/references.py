"""What no single model can check: names that must exist, things that must differ.

All errors of a tree are found at once. Every one reads `section.name.field: got X, allowed Y`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from firmware import countries
from firmware.config import channels, pattern
from firmware.config.models import (
    OUTSIDE,
    Agent,
    Config,
    DirectNumber,
    Hours,
    Menu,
    Phone,
    PhoneCodes,
    Prompt,
    Queue,
    Route,
    Span,
    Trunk,
    TrunkGroup,
)
from firmware.config.problem import Problem
from firmware.config.targets import Verb, forms, parse
from firmware.countries.country import ToneName
from firmware.countries.zone import ongoing_like, read_tone
from firmware.prompts import catalogue
from firmware.text import Text

GENERAL_MAILBOX = "main"  # `message:main`: messages for nobody in particular, there is always one
ALWAYS = "always"  # opening hours that are built in
_NOTHING = Text(zh="没有：还一个都没有", en="nothing: there is none")
_STANDARD_PROMPT = Text(zh="标准提示音", en="a standard prompt")
_ZONE = Text(zh="IANA 时区名，例如 Asia/Shanghai", en="an IANA name such as Asia/Shanghai")
_FXO = Text(zh="fxo 端口", en="fxo ports")
_FXS = Text(zh="fxs 端口", en="fxs ports")
_NO_CIRCLE = Text(zh="不会绕回来的去向", en="a way that does not come back")
_OWN_PATTERN = Text(zh="其他路由没有的号码规则", en="patterns that no other route has")
_HEARABLE = Text(
    zh="200 至 3400 Hz，每段 50 至 30000 毫秒，如 440: 250 250",
    en="200 to 3400 Hz, with lengths of 50 to 30000 ms, such as 440: 250 250",
)
_ONGOING = {
    ToneName.RINGBACK: Text(zh="回铃音", en="ringback"),
    ToneName.WAITING: Text(zh="呼叫等待音", en="call waiting tone"),
}
_ONCE = Text(zh="每个只能一次", en="each only once")
FLASH_MIN_MS = 80  # shorter is a dial pulse
_FLASH = Text(zh="0，或 80 至 1000", en="0, or 80 to 1000")
_R2_SIDE = Text(zh="user：R2 只能接交换机", en="user: R2 is for lines of an exchange")
_NEEDS_NUMBER = Text(zh="unknown，或先填写 number", en="unknown, or fill in number first")
_MENU_ONLY = frozenset({Verb.LANGUAGE, Verb.REPEAT})
_BACK_TO_MENU = _MENU_ONLY | {Verb.ANNOUNCE}  # the caller would hear the same menu again


def check(config: Config) -> list[Problem]:
    """Find everything in the tree that refers to nothing or stands twice.

    gives  problems in the order of the tree; empty: the tree can be used
    """
    names = _Names(config)
    return [
        *_timezone(config.site.timezone),
        *_trunks(config.trunks, names, config.site.country),
        *_spans(config.spans, names),
        *_numbers(config.numbers, names),
        *_groups(config),
        *_routes(config),
        *_phones(config, names),
        *_agents(config.agents, names),
        *_queues(config.queues, names),
        *_menus(config.menus, names),
        *_hours(config.hours),
        *_prompts(config.prompts),
        *_codes(config.codes),
    ]


class _Names:
    """What the tree offers to be referred to."""

    def __init__(self, config: Config) -> None:
        queues = [queue.name for queue in config.queues]
        self.queues = queues
        self.hours = [ALWAYS, *(hours.name for hours in config.hours)]
        self.prompts = catalogue.names() | {prompt.name for prompt in config.prompts}
        self.own_prompts = [prompt.name for prompt in config.prompts]
        self.by_verb = {
            Verb.MENU: [menu.name for menu in config.menus],
            Verb.QUEUE: queues,
            Verb.PHONE: [phone.number for phone in config.phones],
            Verb.MESSAGE: list(dict.fromkeys([GENERAL_MAILBOX, *queues])),
        }

    def target(self, where: str, text: str, refused: frozenset[Verb]) -> Iterator[Problem]:
        """Check that a target leads somewhere, and may stand here."""
        target = parse(text)
        if target.verb in refused:
            allowed = [form for form in forms() if form.partition(":")[0] not in refused]
            yield _error(where, text, allowed)
        elif target.verb is Verb.ANNOUNCE:
            yield from self.prompt(where, target.name, text)
        elif target.verb in self.by_verb and target.name not in self.by_verb[target.verb]:
            yield _error(where, text, [f"{target.verb}:{name}" for name in self.by_verb[target.verb]])

    def prompt(self, where: str, name: str, text: str | None = None) -> Iterator[Problem]:
        """Check that a prompt exists; only the owner's are listed, the standard ones are too many."""
        if name not in self.prompts:
            yield _error(where, text or name, [*self.own_prompts, _STANDARD_PROMPT])


def _error(where: str, got: str | Text, allowed: Iterable[str | Text]) -> Problem:
    options = list(allowed) or [_NOTHING]
    zh, en = "、".join(_zh(one) for one in options), ", ".join(_en(one) for one in options)
    return Problem(where, Text(zh=f"收到 {_zh(got)}，可用：{zh}", en=f"got {_en(got)}, allowed {en}"))


def _zh(said: str | Text) -> str:
    return said if isinstance(said, str) else said.zh


def _en(said: str | Text) -> str:
    return said if isinstance(said, str) else said.en


def _twice(section: str, field: str, values: Iterable[str]) -> Iterator[Problem]:
    for value, times in Counter(values).items():
        if times > 1:
            yield _error(f"{section}.{value}.{field}", _times(times, value), [_ONCE])


def _times(times: int, value: str) -> Text:
    return Text(zh=f"{times} 次 {value}", en=f"{times} times {value}")


def _timezone(name: str) -> Iterator[Problem]:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, no name of a file, or a folder such as `America`
        yield _error("site.timezone", name, [_ZONE])


def _busy_tone(where: str, trunk: Trunk, country: str) -> Iterator[Problem]:
    """Check what the pattern cannot: that it can be heard, and is not heard in calls that go on."""
    if not trunk.busy_tone:
        return
    frequencies, _, lengths = trunk.busy_tone.partition(":")
    is_hearable = all(200 <= int(hz) <= 3400 for hz in frequencies.split("+"))
    if not is_hearable or not lengths or not all(50 <= int(ms) <= 30000 for ms in lengths.split()):
        yield _error(where, trunk.busy_tone, [_HEARABLE])
        return
    code = trunk.tone_zone or country
    zone = countries.zones().get(code)  # a zone that there is none of is told elsewhere
    if zone is not None and (other := ongoing_like(zone, read_tone(trunk.busy_tone))) is not None:
        yield _error(where, trunk.busy_tone, [_unlike(other, code)])


def _unlike(other: ToneName, zone: str) -> Text:
    name = _ONGOING[other]
    return Text(
        zh=f"开头与 {zone} 的{name.zh}不同的音。此音会在{name.zh}响起时误断通话；请用 silence_s 或其他信号",
        en=f"tones that do not begin like the {name.en} of {zone}, for that would end calls that go on; "
        "use silence_s or another sign",
    )


def _trunks(trunks: Iterable[Trunk], names: _Names, country: str) -> Iterator[Problem]:
    trunks = list(trunks)
    yield from _twice("trunks", "port", (trunk.port for trunk in trunks))
    for trunk in trunks:
        where = f"trunks.{trunk.port}"
        if not trunk.port.startswith("fxo"):
            yield _error(f"{where}.port", trunk.port, [_FXO])
        if 0 < trunk.flash_ms < FLASH_MIN_MS:
            yield _error(f"{where}.flash_ms", str(trunk.flash_ms), [_FLASH])
        yield from _busy_tone(f"{where}.busy_tone", trunk, country)
        yield from _entries(where, trunk, names)
        if trunk.tone_zone and trunk.tone_zone not in countries.zones():
            yield _error(f"{where}.tone_zone", trunk.tone_zone, countries.zones())


def _entries(where: str, line: Trunk | Span | DirectNumber, names: _Names) -> Iterator[Problem]:
    yield from names.target(f"{where}.entry", line.entry, _MENU_ONLY)
    yield from names.target(f"{where}.closed_entry", line.closed_entry, _MENU_ONLY)
    if line.hours not in names.hours:
        yield _error(f"{where}.hours", line.hours, names.hours)


def _spans(spans: Iterable[Span], names: _Names) -> Iterator[Problem]:
    spans = list(spans)
    yield from _twice("spans", "port", (span.port for span in spans))
    for span in spans:
        where = f"spans.{span.port}"
        yield from _entries(where, span, names)
        if span.side == "network" and span.signalling == "r2":
            yield _error(f"{where}.side", span.side, [_R2_SIDE])
        if span.caller_type != "unknown" and not span.number:
            yield _error(f"{where}.caller_type", span.caller_type, [_NEEDS_NUMBER])


def _numbers(numbers: Iterable[DirectNumber], names: _Names) -> Iterator[Problem]:
    numbers = list(numbers)
    yield from _twice("numbers", "number", (direct.number for direct in numbers))
    for direct in numbers:
        yield from _entries(f"numbers.{direct.number}", direct, names)


def _groups(config: Config) -> Iterator[Problem]:
    spans = {span.port: channels.parse(span.channels) for span in config.spans}
    lines = [*(trunk.port for trunk in config.trunks), *spans]
    carried = {*lines, *(channels.line(span, timeslot) for span, own in spans.items() for timeslot in own)}
    yield from _twice("groups", "name", (group.name for group in config.groups))
    for group in config.groups:
        where = f"groups.{group.name}"
        for port in group.members:
            if port not in carried:
                own = [_channels_of(span, spans[span]) for span in (channels.span_of(port),) if span in spans]
                yield _error(f"{where}.members", port, own or lines)
        for port, times in Counter(group.members).items():
            if times > 1 or channels.span_of(port) in group.members:
                yield _error(f"{where}.members", _times(max(times, 2), port), [_ONCE])
        yield from _spare(where, group, sum(len(spans.get(port, "1")) for port in group.members))


def _channels_of(span: str, timeslots: Iterable[int]) -> Text:
    used = ", ".join(str(timeslot) for timeslot in timeslots)
    return Text(zh=f"{span} 使用的通道 {used}", en=f"channels that {span} uses: {used}")


def _spare(where: str, group: TrunkGroup, count: int) -> Iterator[Problem]:
    """Check that ordinary calls find a line at all."""
    most = max(count - 1, 0)
    if group.spare_for_emergency > most:
        allowed = Text(
            zh=f"0 至 {most}：{count} 条线路中至少留一条给普通通话",
            en=f"0 to {most}: one line of {count} must be left for other calls",
        )
        yield _error(f"{where}.spare_for_emergency", str(group.spare_for_emergency), [allowed])


def _routes(config: Config) -> Iterator[Problem]:
    groups = list(dict.fromkeys([OUTSIDE, *(group.name for group in config.groups)]))
    yield from _twice("routes", "name", (route.name for route in config.routes))
    patterns = Counter(route.pattern for route in config.routes)
    for route in config.routes:
        where = f"routes.{route.name}"
        if patterns[route.pattern] > 1:
            yield _error(f"{where}.pattern", route.pattern, [_OWN_PATTERN])
        for name in route.groups:
            if name not in groups:
                yield _error(f"{where}.groups", name, groups)
        for name, times in Counter(route.groups).items():
            if times > 1:  # the way would come back to lines that were tried
                yield _error(f"{where}.groups", _times(times, name), [_ONCE])
        yield from _strip(where, route)


def _strip(where: str, route: Route) -> Iterator[Problem]:
    """Check that something of the number is left to dial."""
    if route.pattern.endswith("$") and route.strip >= pattern.length(route.pattern) and not route.prepend:
        most = pattern.length(route.pattern) - 1
        allowed = Text(zh=f"0 至 {most}，或填写 prepend", en=f"0 to {most}, or something to prepend")
        yield _error(f"{where}.strip", str(route.strip), [allowed])


def _phones(config: Config, names: _Names) -> Iterator[Problem]:
    phones = config.phones
    numbers = names.by_verb[Verb.PHONE]
    yield from _twice("phones", "number", numbers)
    yield from _twice("phones", "port", (phone.port for phone in phones))
    for phone in phones:
        yield from _phone_number(phone, numbers, config)


def _phone_number(phone: Phone, numbers: Iterable[str], config: Config) -> Iterator[Problem]:
    """Check that every number a phone can dial is told from every other by its first digits."""
    where, outside = f"phones.{phone.number}", config.codes.outside
    if not phone.port.startswith("fxs"):
        yield _error(f"{where}.port", phone.port, [_FXS])
    if phone.number.startswith(outside):
        allowed = Text(
            zh=f"不以 {outside} 开头的号码（{outside} 用于拨外线）",
            en=f"numbers that do not begin with {outside} (outside)",
        )
        yield _error(f"{where}.number", phone.number, [allowed])
    longer = [number for number in numbers if number != phone.number and number.startswith(phone.number)]
    if longer:
        others = ", ".join(longer)
        allowed = Text(
            zh=f"不是其他号码（{others}）开头的号码", en=f"numbers that do not begin another ({others})"
        )
        yield _error(f"{where}.number", phone.number, [allowed])
    emergency = countries.load(config.site.country).numbers.emergency
    if any(call_for_help.startswith(phone.number) for call_for_help in emergency):
        help_numbers = ", ".join(emergency)
        allowed = Text(
            zh=f"不是紧急号码（{help_numbers}）开头的号码",
            en=f"numbers that do not begin an emergency number ({help_numbers})",
        )
        yield _error(f"{where}.number", phone.number, [allowed])


def _agents(agents: Iterable[Agent], names: _Names) -> Iterator[Problem]:
    agents = list(agents)
    yield from _twice("agents", "number", (agent.number for agent in agents))
    for agent in agents:
        where = f"agents.{agent.number}.queues"
        for name in agent.queues:
            if name not in names.queues:
                yield _error(where, name, names.queues)
        for name, times in Counter(agent.queues).items():
            if times > 1:
                yield _error(where, _times(times, name), [_ONCE])


def _queues(queues: Iterable[Queue], names: _Names) -> Iterator[Problem]:
    queues = list(queues)
    yield from _twice("queues", "name", (queue.name for queue in queues))
    for queue in queues:
        yield from names.target(f"queues.{queue.name}.overflow", queue.overflow, _MENU_ONLY)
        yield from names.prompt(f"queues.{queue.name}.music", queue.music)
    yield from _overflow_circles(queues)


def _overflow_circles(queues: Iterable[Queue]) -> Iterator[Problem]:
    """Find queues that overflow into themselves: full, they would pass a call round for ever in no time."""
    targets = {queue.name: parse(queue.overflow) for queue in queues}
    following = {name: target.name for name, target in targets.items() if target.verb is Verb.QUEUE}
    for name in following:
        way = [name]
        while (step := following.get(way[-1])) is not None and step not in way:
            way.append(step)
        if step == name:
            circle = " -> ".join([*way, name])
            yield _error(f"queues.{name}.overflow", circle, [_NO_CIRCLE])


def _menus(menus: Iterable[Menu], names: _Names) -> Iterator[Problem]:
    menus = list(menus)
    yield from _twice("menus", "name", (menu.name for menu in menus))
    for menu in menus:
        where = f"menus.{menu.name}"
        yield from names.prompt(f"{where}.greeting", menu.greeting)
        for key, text in menu.keys.items():
            yield from names.target(f"{where}.keys.{key}", text, frozenset())
        yield from names.target(f"{where}.give_up", menu.give_up, _BACK_TO_MENU)


def _hours(all_hours: Iterable[Hours]) -> Iterator[Problem]:
    all_hours = list(all_hours)
    yield from _twice("hours", "name", (hours.name for hours in all_hours))
    for hours in all_hours:
        where = f"hours.{hours.name}"
        if hours.name == ALWAYS:
            other = Text(zh=f"其他名称：{ALWAYS} 是内置的", en=f"another name: {ALWAYS} is built in")
            yield _error(f"{where}.name", ALWAYS, [other])
        for number, opening in enumerate(hours.openings, 1):
            yield from _span(f"{where}.openings.{number}", opening.opens, opening.closes)
        for exception in hours.exceptions:
            yield from _exception_date(f"{where}.exceptions.{exception.date}", exception.date)
            yield from _span(f"{where}.exceptions.{exception.date}", exception.opens, exception.closes)


def _exception_date(where: str, text: str) -> Iterator[Problem]:
    try:
        date.fromisoformat(text)
    except ValueError:
        yield _error(f"{where}.date", text, [Text(zh="日历上有的日期", en="dates of the calendar")])


def _span(where: str, opens: str | None, closes: str | None) -> Iterator[Problem]:
    if (opens is None) != (closes is None):
        missing = "opens" if opens is None else "closes"
        allowed = Text(zh="两个时间都填，休息日都不填", en="both times, or neither for a closed day")
        yield _error(f"{where}.{missing}", Text(zh="空", en="nothing"), [allowed])
    elif opens == "24:00":
        yield _error(f"{where}.opens", opens, [Text(zh="00:00 至 23:59", en="00:00 to 23:59")])
    elif opens is not None and opens == closes:
        allowed = Text(
            zh=f"与 {opens} 不同的时间；全天为 00:00 至 24:00",
            en=f"another time than {opens}; a whole day is 00:00 to 24:00",
        )
        yield _error(f"{where}.closes", closes, [allowed])


def _prompts(prompts: Iterable[Prompt]) -> Iterator[Problem]:
    prompts = list(prompts)
    yield from _twice("prompts", "name", (prompt.name for prompt in prompts))
    for prompt in prompts:
        if not prompt.files and prompt.name not in catalogue.names():
            allowed = Text(zh="至少一种语言的声音文件", en="a sound file in at least one language")
            yield _error(f"prompts.{prompt.name}.files", Text(zh="无", en="none"), [allowed])


def _codes(codes: PhoneCodes) -> Iterator[Problem]:
    fields = {name: getattr(codes, name) for name in ("login", "logout", "pause", "ready", "line_flash")}
    for name, code in fields.items():
        same = [other for other, its in fields.items() if its == code and other != name]
        if same:
            others = ", ".join(same)
            allowed = Text(zh=f"{others} 没有使用的代码", en=f"codes that {others} does not use")
            yield _error(f"codes.{name}", code, [allowed])
