"""Why the box refuses what people ask, and what they can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware.api.core import Refused
from firmware.text import Text

NO_AGENT = Text(
    zh="没有这个坐席。请检查工号，或在设置中添加。",
    en="There is no such agent. Check the number, or add it in the settings.",
)
NO_PHONE = Text(
    zh="没有这部电话。请检查分机号，或在设置中添加。",
    en="There is no such phone. Check the number, or add it in the settings.",
)
NO_CALL = Text(zh="通话已经结束。", en="The call has already ended.")
NO_LINE = Text(
    zh="没有这条线路。请检查端口名，例如 fxo1。",
    en="There is no such line. Check the port's name, fxo1 for example.",
)
NO_GROUP = Text(
    zh="设置中没有这个线路组。请检查名称，或在设置 groups 中添加。",
    en="The settings have no such group. Check its name, or add it to groups in the settings.",
)
NO_SPAN = Text(
    zh="没有这个 E1。请检查端口名，例如 span1。",
    en="There is no such E1. Check the port's name, span1 for example.",
)

# the line doctor's
HAS_CALLS = Text(
    zh="这条 E1 上有通话，或正在测试，或板卡有故障。先停用（line {port} out-of-service）等通话结束；"
    "或加 force：会立即结束所有通话。",
    en="This E1 carries calls, is being tested, or its card has failed. Take it out of service "
    "(`line {port} out-of-service`) and wait for its calls to end; or say `force`: that ends all of "
    "them now.",
)
TESTING = Text(
    zh="这条 E1 正在测试：等测试结束。", en="This E1 is being tested: wait for the end of the test."
)
NO_ANALOG = Text(
    zh="没有这条模拟线路。请检查端口名，例如 fxo1。",
    en="There is no such analog line. Check the port's name, fxo1 for example.",
)
NOT_IDLE = Text(
    zh="线路不空闲：等通话结束后再测；端口有故障时看告警。",
    en="The line is not idle: test it when its call is over; if its port has failed, see the alarms.",
)
EMERGENCY = Text(
    zh="不能用紧急号码学习忙音：请填写自己的另一部电话的号码。",
    en="Emergency numbers are not called for a test: give the number of another phone of yours.",
)
CAPTURED = Text(zh="此线路正在抓取。请等它结束。", en="This line is being captured. Wait for the end.")
NO_REMEDY = Text(
    zh="没有可保存的结果：先测试（tune）或学习。",
    en="There is nothing to store: test with tune, or learn, first.",
)
LINE_NOT_SET = Text(
    zh="设置中没有这条线路：先添加它。", en="The settings do not have this line: add it first."
)
DISK = Text(
    zh="无法保存抓取文件。请检查磁盘空间。", en="The capture cannot be written. Check the disk space."
)


@contextmanager
def refusing(error: type[Exception], code: str, text: Text, field: str) -> Iterator[None]:
    """Turn what a machine raises into a refusal that people can read."""
    try:
        yield
    except error as found:
        raise Refused(code, text, field) from found
