"""Say in words what a setting may be, made from the models, in both languages."""

from __future__ import annotations

from enum import Enum
from typing import get_args

from firmware.config import targets
from firmware.config.shape import Kind, Shape, is_literal
from firmware.text import Text

# Every pattern of the models in words; a test holds that none is missing.
PATTERNS: dict[str, Text] = {
    r"^[A-Za-z0-9_-]{1,32}$": Text(zh="1至32个字母、数字、- 或 _", en="1 to 32 letters, digits, - or _"),
    r"^(fxo|fxs)[1-9][0-9]?$": Text(zh="端口名,如 fxo1、fxs2", en="a port such as fxo1 or fxs2"),
    r"^span[1-9]$": Text(zh="E1 端口,如 span1", en="an E1 such as span1"),
    r"^(fxo[1-9][0-9]?|span[1-9](-([1-9]|[12][0-9]|3[01]))?)$": Text(
        zh="线路,如 fxo1、span1 或 span1-5", en="a line such as fxo1, span1 or span1-5"
    ),
    r"^[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*$": Text(
        zh="通道 1 至 15、17 至 31,如 1-15,17-31", en="channels of 1 to 15 and 17 to 31, such as 1-15,17-31"
    ),
    r"^([0-9xzn]|\[[0-9](-[0-9]|[0-9]*)\]){1,24}$": Text(
        zh="号码末尾,如 6551 或 655x;x 任意,z 1-9,n 2-9",
        en="the end of a number, such as 6551 or 655x; x any, z 1-9, n 2-9",
    ),
    r"^[0-9]{0,20}$": Text(zh="最多20位数字", en="up to 20 digits"),
    r"^[0-9]{2,8}$": Text(zh="2至8位数字", en="2 to 8 digits"),
    r"^[0-9*#]$": Text(zh="一个按键 0-9 * #", en="one key of 0-9 * #"),
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$": Text(
        zh="时刻 00:00 至 24:00,如 09:30", en="a time of day from 00:00 to 24:00, such as 09:30"
    ),
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": Text(zh="日期,如 2026-10-01", en="a date such as 2026-10-01"),
    r"^[0-9+*#-]{0,20}$": Text(zh="最多20个 0-9 + * # -", en="up to 20 of 0-9 + * # -"),
    r"^\*[0-9]{2}$": Text(zh="* 加两位数字,如 *11", en="* and two digits, such as *11"),
    r"^[0-9]$": Text(zh="一位数字", en="one digit"),
    r"^([0-9*#xzn]|\[[0-9](-[0-9]|[0-9]*)\]){1,24}\$?$": Text(
        zh="号码开头,如 0x 或 1[3-9];x 任意,z 1-9,n 2-9,末尾 $ 表示整个号码",
        en="the begin of a number, such as 0x or 1[3-9]; x any, z 1-9, n 2-9; $ at the end: the whole number",
    ),
    r"^([0-9]{3,4}(\+[0-9]{3,4}){0,3}(: [0-9]{2,5} [0-9]{2,5}( [0-9]{2,5} [0-9]{2,5}){0,7})?)?$": Text(
        zh="频率和通断毫秒数,如 440: 250 250 或 480+620: 500 500",
        en="frequencies, on and off in ms, such as 440: 250 250 or 480+620: 500 500",
    ),
    r"^((1[0-5]|[0-9]):( -?(12[0-7]|1[01][0-9]|[0-9]{1,2})){8})?$": Text(
        zh="阻抗 0 至 15,冒号,8 个 -127 至 127 的系数",
        en="an impedance 0 to 15, a colon, 8 taps of -127 to 127",
    ),
    r"^[0-9*#]{0,20}$": Text(zh="最多20个 0-9 * #", en="up to 20 of 0-9 * #"),
    r"^([1-9][0-9]{1,3})?$": Text(
        zh="区号,不带开头的 0,如 10、755", en="an area code without the leading 0, such as 10 or 755"
    ),
}
_IS_TARGET = get_args(targets.TargetText)[1]


def allowed(shape: Shape) -> Text:
    """Say what may stand at a place, for messages and help."""
    text = _of_kind(shape)
    if shape.may_be_none:
        return Text(zh=f"{text.zh},或无值", en=f"{text.en}, or none")
    return text


def _of_kind(shape: Shape) -> Text:
    if shape.kind is Kind.MODEL:
        names = ", ".join(shape.fields())
        return Text(zh=f"含 {names} 的一组设置", en=f"a group with {names}")
    if shape.kind in (Kind.KEYED, Kind.PLACED):
        names = ", ".join(shape.item.fields())
        return Text(zh=f"若干组,每组含 {names}", en=f"a list of groups with {names}")
    if shape.kind is Kind.MAPPING:
        key, item = allowed(shape.key), allowed(shape.item)
        return Text(zh=f"键为{key.zh},值为{item.zh}", en=f"{key.en}, each with {item.en}")
    return _of_values(shape)


def _of_values(shape: Shape) -> Text:
    if not shape.is_list_of_values:
        return _of_value(shape)
    item = _of_value(shape.item)
    least = _limit(shape, "min_length")
    if least:
        return Text(zh=f"至少{least}个,每个为{item.zh}", en=f"a list of {least} or more, each {item.en}")
    return Text(zh=f"列表,每个为{item.zh}", en=f"a list, each {item.en}")


def _of_value(shape: Shape) -> Text:
    if shape.base is bool:
        return Text(zh="yes 或 no", en="yes or no")
    if shape.base is int:
        low, high = _limit(shape, "ge"), _limit(shape, "le")
        return Text(zh=f"整数 {low} 至 {high}", en=f"a whole number from {low} to {high}")
    choices = _choices(shape)
    if choices:
        return Text(zh=choices, en=choices)
    return _of_string(shape)


def _of_string(shape: Shape) -> Text:
    pattern = _limit(shape, "pattern")
    if _IS_TARGET in shape.limits:
        forms = ", ".join(targets.forms())
        return Text(zh=forms, en=forms)
    if pattern is not None:
        return PATTERNS.get(str(pattern), Text(zh=f"符合 {pattern}", en=f"text like {pattern}"))
    least, most = _limit(shape, "min_length") or 0, _limit(shape, "max_length")
    if most is None:
        return Text(zh="文字", en="text")
    return Text(zh=f"{least}至{most}个字", en=f"text of {least} to {most} characters")


def _choices(shape: Shape) -> str:
    if is_literal(shape.base):
        return ", ".join(str(value) for value in get_args(shape.base))
    if isinstance(shape.base, type) and issubclass(shape.base, Enum):
        return ", ".join(str(member.value) for member in shape.base)
    return ""


def _limit(shape: Shape, name: str) -> object:
    """Give a limit by the name that pydantic and annotated_types use."""
    return next((found for limit in shape.limits if (found := getattr(limit, name, None)) is not None), None)
