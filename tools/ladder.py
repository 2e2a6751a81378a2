"""Draw a call as a ladder: who said what to whom, downwards in time, as an SVG that any browser shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from firmware.text import Language, Text
from tools.trace import TraceEvent

_COLUMN_PX, _ROW_PX, _LEFT_PX, _TOP_PX = 190, 34, 86, 118
_SETTLE_S = 3.0  # after the end of the call, until everybody has hung up
_PAUSE_S = 5.0  # a longer pause is drawn as a gap


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of line is drawn: an arrow between two participants, or a note at one."""

    source: str
    target: str
    text: Text
    style: str = "step"  # step | talk | end


@dataclass(frozen=True, slots=True)
class Rung:
    """One arrow or note of the drawing."""

    at: float
    source: str
    target: str
    label: str
    style: str


def _rule(source: str, target: str, zh: str, en: str, style: str = "step") -> Rule:
    return Rule(source, target, Text(zh=zh, en=en), style)


# {name} is taken from the line's data
_OF_BOX: dict[str, Rule] = {
    "call.incoming": _rule("line", "box", "来电 {caller}", "incoming {caller}"),
    "call.answered": _rule("box", "line", "线路接通", "line is through"),
    "call.closed": _rule("box", "box", "非工作时间", "out of hours"),
    "menu.entered": _rule("box", "caller", "菜单 {menu}", "menu {menu}"),
    "menu.key": _rule("caller", "box", "按键 {detail}", "key {detail}"),
    "menu.timeout": _rule("box", "box", "无按键", "no key in time"),
    "menu.invalid": _rule("box", "caller", "按键无效 {detail}", "wrong key {detail}"),
    "menu.language": _rule("box", "box", "语言 {detail}", "language {detail}"),
    "queue.joined": _rule("box", "queue", "排队，第 {position} 位", "joins, position {position}"),
    "queue.announced": _rule("queue", "caller", "播报：第 {position} 位", "says position {position}"),
    "queue.overflow": _rule("queue", "box", "离开队列 {reason}", "overflow: {reason}"),
    "agent.offered": _rule("queue", "phone", "振铃，座席 {agent}", "rings agent {agent}"),
    "agent.no-answer": _rule("phone", "queue", "座席 {agent} 无应答", "agent {agent}: no answer", "end"),
    "phone.rung": _rule("box", "phone", "振铃 {phone}", "rings {phone}"),
    "phone.no-answer": _rule("phone", "box", "无应答", "no answer", "end"),
    "call.bridged": _rule("caller", "phone", "通话", "talk", "talk"),
    "call.internal": _rule("caller", "box", "内线 {number}", "dials {number}"),
    "call.outgoing": _rule("box", "line", "外拨 {number}", "dials {number}"),
    "call.held": _rule("phone", "box", "保持", "puts on hold"),
    "call.retrieved": _rule("phone", "box", "取回", "takes back"),
    "call.conference": _rule("phone", "box", "三方通话，加入 {to}", "conference with {to}"),
    "call.conference-over": _rule("phone", "box", "三方通话结束", "conference over"),
    "call.transferred": _rule("phone", "box", "转接到 {to}", "transfers to {to}"),
    "call.recalled": _rule("box", "phone", "回振 {phone}", "rings {phone} back"),
    "call.returned": _rule("box", "caller", "无人取回，重新接待", "sent back"),
    "call.line-flash": _rule("box", "line", "向交换机拍叉", "flash to the exchange"),
    "message.started": _rule("caller", "box", "开始留言", "message begins"),
    "message.saved": _rule("box", "box", "留言 {seconds} 秒", "message saved, {seconds} s"),
    "call.ended": _rule("box", "box", "结束：{reason}", "ended: {reason}", "end"),
}
_OF_LINE: dict[str, Rule] = {
    "ringing": _rule("caller", "line", "拨入", "rings"),
    "answered": _rule("box", "caller", "应答", "answers"),
    "key": _rule("caller", "line", "按 {detail}", "presses {detail}"),
    "far-end-hung-up": _rule("caller", "line", "挂机", "hangs up", "end"),
    "gave-up": _rule("caller", "line", "放弃", "gives up", "end"),
    "far-end-answered": _rule("caller", "line", "对方应答", "far end answers"),
    "unplugged": _rule("line", "line", "线路断开", "cable pulled", "end"),
    "released": _rule("box", "line", "释放", "releases", "end"),
}
_OF_PHONE: dict[str, Rule] = {
    "lifted": _rule("phone", "box", "摘机", "lifted"),
    "hung-up": _rule("phone", "box", "挂机", "hung up", "end"),
    "flash": _rule("phone", "box", "拍叉", "flash"),
}
_NAMES = {
    "caller": Text(zh="来电者", en="caller"),
    "line": Text(zh="外线", en="line"),
    "box": Text(zh="总机", en="box"),
    "queue": Text(zh="队列", en="queue"),
    "phone": Text(zh="座席话机", en="agent's phone"),
}
_COLOURS = {"step": "#1f4e79", "talk": "#1b7f3b", "end": "#a33a2a"}


def choose(trace: Sequence[TraceEvent], number: int = 0) -> int:
    """Give the number of the call to draw: the one asked for, or the one with most lines; 0 if none."""
    counts = Counter(int(line.who.split()[1]) for line in trace if line.who.startswith("call "))
    if number:
        return number
    return max(counts, key=lambda call: (counts[call], -call), default=0)


def rungs(
    trace: Sequence[TraceEvent], number: int, phones: Mapping[str, str], language: Language = Language.EN
) -> list[Rung]:
    """Pick what belongs to a call.

    number  of the call, as in `call 3`
    phones  port by phone number
    """
    own = [line for line in trace if line.who == f"call {number}"]
    if not own:
        return []
    port = next((str(line.data["line"]) for line in own if "line" in line.data), "")
    numbers = {str(line.data["phone"]) for line in own if "phone" in line.data}
    ports = {phones[phone] for phone in numbers if phone in phones}
    used_from = {port: _first_use(own, port, phones) for port in ports}
    began = max(
        (line.at for line in trace if line.who == port and line.what == "ringing" and line.at <= own[0].at),
        default=own[0].at,
    )
    ended = own[-1].at + _SETTLE_S
    found = [
        _rung(line, rule, phones, language)
        for line in trace
        if used_from.get(line.who, began) <= line.at <= ended
        and (rule := _rule_of(line, number, port, ports)) is not None
    ]
    if any(line.is_world and line.who == port for line in trace):
        found = [rung for rung in found if rung.label != _OF_BOX["call.answered"].text.in_(language)]
    return [rung for place, rung in enumerate(found) if place == 0 or rung != found[place - 1]]


def draw(
    trace: Sequence[TraceEvent],
    number: int,
    phones: Mapping[str, str],
    *,
    title: str = "",
    language: Language = Language.EN,
) -> str:
    """Draw a call of a trace.

    gives  the text of an SVG file
    """
    steps = rungs(trace, number, phones, language)
    columns = _columns(steps)
    height_px, places = _places(steps)
    width_px = _LEFT_PX + _COLUMN_PX * max(1, len(columns))
    parts = [_head(width_px, height_px, f"{title}  {_call(number, language)}".strip())]
    for name, x in columns.items():
        parts.append(_participant(name, x, height_px))
    for step, y in zip(steps, places, strict=True):
        parts.append(_drawn(step, columns, y))
    return "\n".join([*parts, "</svg>", ""])


def _first_use(own: Sequence[TraceEvent], port: str, phones: Mapping[str, str]) -> float:
    """When the call first had to do with a phone; what it did before belongs to other calls."""
    return min(line.at for line in own if phones.get(str(line.data.get("phone", ""))) == port)


def _call(number: int, language: Language) -> str:
    return Text(zh=f"第 {number} 个来电", en=f"call {number}").in_(language)


def _rule_of(line: TraceEvent, number: int, port: str, ports: set[str]) -> Rule | None:
    if line.who == f"call {number}":
        return _OF_BOX.get(line.what)
    if line.is_world and line.who == port:
        return _OF_LINE.get(line.what)
    if line.is_world and line.who in ports:
        return _OF_PHONE.get(line.what)
    return None


def _rung(line: TraceEvent, rule: Rule, phones: Mapping[str, str], language: Language) -> Rung:
    port = phones.get(str(line.data.get("phone", "")), line.who if line.who in phones.values() else "")
    named = {"phone": f"phone {port}"} if port else {}
    label = rule.text.in_(language).format_map(_Data(line.data))
    return Rung(
        line.at, named.get(rule.source, rule.source), named.get(rule.target, rule.target), label, rule.style
    )


class _Data(dict[str, str | int | float]):
    """Data of a line; what is not there is left out of the label."""

    def __missing__(self, key: str) -> str:
        return ""


def _columns(steps: Sequence[Rung]) -> dict[str, int]:
    used = {name for step in steps for name in (step.source, step.target)}
    order = ["caller", "line", "box", "queue", *sorted(name for name in used if name.startswith("phone"))]
    shown = [name for name in order if name in used]
    return {name: _LEFT_PX + _COLUMN_PX // 2 + _COLUMN_PX * place for place, name in enumerate(shown)}


def _places(steps: Sequence[Rung]) -> tuple[int, list[int]]:
    """Give the height of the drawing and the y of each rung; long pauses get a little more room."""
    y, places, before = _TOP_PX, list[int](), steps[0].at if steps else 0.0
    for step in steps:
        y += _ROW_PX + (_ROW_PX // 2 if step.at - before > _PAUSE_S else 0)
        places.append(y)
        before = step.at
    return y + _ROW_PX, places


def _head(width_px: int, height_px: int, title: str) -> str:
    markers = "".join(
        f'<marker id="{style}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
        for style, colour in _COLOURS.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{height_px}" '
        f'viewBox="0 0 {width_px} {height_px}" font-size="13" '
        'font-family="Noto Sans, Noto Sans CJK SC, sans-serif">\n'
        f'<rect width="100%" height="100%" fill="white"/><defs>{markers}</defs>\n'
        f'<text x="16" y="28" font-size="17" font-weight="bold">{escape(title)}</text>'
    )


def _participant(name: str, x: int, height_px: int) -> str:
    kind, _, port = name.partition(" ")
    text = _NAMES[kind]
    below = f"{text.en} {port}".strip()
    return (
        f'<line x1="{x}" y1="{_TOP_PX - 8}" x2="{x}" y2="{height_px - 12}" stroke="#b8c0c8"/>'
        f'<rect x="{x - 70}" y="52" width="140" height="48" rx="6" fill="#eef3f8" stroke="#8fa3b5"/>'
        f'<text x="{x}" y="72" text-anchor="middle" font-weight="bold">{escape(text.zh)}</text>'
        f'<text x="{x}" y="91" text-anchor="middle">{escape(below)}</text>'
    )


def _drawn(step: Rung, columns: Mapping[str, int], y: int) -> str:
    x1, x2, colour = columns[step.source], columns[step.target], _COLOURS[step.style]
    time = f'<text x="{_LEFT_PX - 14}" y="{y + 4}" text-anchor="end" fill="#667">{_clock(step.at)}</text>'
    label = escape(step.label)
    if x1 == x2:
        return (
            f'{time}<circle cx="{x1}" cy="{y}" r="4" fill="{colour}"/>'
            f'<text x="{x1 + 10}" y="{y + 4}" fill="{colour}">{label}</text>'
        )
    both = f' marker-start="url(#{step.style})"' if step.style == "talk" else ""
    width = 3 if step.style == "talk" else 1.4
    dash = ' stroke-dasharray="6 4"' if step.style == "end" else ""
    return (
        f'{time}<line x1="{x1}" y1="{y}" x2="{x2}" y2="{y}" stroke="{colour}" stroke-width="{width}"{dash} '
        f'marker-end="url(#{step.style})"{both}/>'
        f'<text x="{(x1 + x2) // 2}" y="{y - 6}" text-anchor="middle" fill="{colour}" '
        f'paint-order="stroke" stroke="white" stroke-width="4">{label}</text>'
    )


def _clock(at: float) -> str:
    minutes, rest = divmod(round(at * 10), 600)
    return f"{minutes}:{rest / 10:04.1f}"
