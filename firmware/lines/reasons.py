"""Why a port is out of service, in words for people, with what to do next."""

from __future__ import annotations

from firmware.text import Text
from hal.types import FailReason

UNPLUGGED = Text(
    zh="没有线路电压：请检查电话线是否插好", en="No line voltage: check that the phone line is plugged in"
)
SWITCHED_OFF = Text(
    zh="已由管理员停用：在设置中启用", en="Switched off by the owner: enable it in the settings"
)
DRAINED = Text(
    zh="所在线路组正在清空：不接新的通话，可在设置中恢复",
    en="Its group of lines is drained: no new calls; put the group back in service in the settings",
)
GROUP_OUT = Text(
    zh="所在线路组已停用：在设置中恢复",
    en="Its group of lines is out of service: put it back in the settings",
)
ELSEWHERE = Text(
    zh="同一线路上的另一部电话正在使用：挂好后线路恢复空闲",
    en="Another phone on the same line is lifted: put it down to free the line",
)
OVERLOAD = Text(
    zh="线路电流过大，已断开保护：请检查线路接线和供电",
    en="Too much current: the line was let go to save the port; check its wiring and feed",
)
LENT = Text(
    zh="正在测试线路：测试结束后自动恢复；有来电时测试立即停止",
    en="The line is being tested: it comes back at the end, or as soon as somebody calls",
)
NOT_CONFIGURED = Text(zh="未配置：请在设置中添加此端口", en="Not configured: add this port in the settings")
LEFT_OFF_HOOK = Text(zh="话机长时间没有挂好：请挂好听筒", en="Left off its hook: put the handset back")
POWER = Text(
    zh="话机线路过流或短路，已断电保护：请检查电话线和话机，会自动重试",
    en="Power alarm, the phone's wires draw too much: check cable and phone; the port tries again by itself",
)

_CHECK_CARD = (
    "请关机后重新插好该卡，仍不行请更换",
    "power off and reseat the card; replace it if that does not help",
)
_WORDS: dict[FailReason, tuple[str, str]] = {
    FailReason.NO_ANSWER: ("接口卡没有应答", "The card does not answer"),
    FailReason.WRONG_CHIP: ("接口卡与其标识不符", "The card is not what its label says"),
    FailReason.NO_LINE_SIDE: ("线路侧芯片没有启动", "The line side of the chip did not start"),
    FailReason.CALIBRATION: ("电话接口校准失败", "Calibration of the phone port failed"),
    FailReason.BUS: ("与接口卡通信出错", "Transfer errors on the way to the card"),
    FailReason.CARD_GONE: ("接口卡已被拔出", "The card was pulled out"),
}


def failed(reason: FailReason) -> Text:
    """Give the words for a failed port."""
    if reason is FailReason.POWER:
        return POWER
    zh, en = _WORDS[reason]
    return Text(zh=f"{zh}：{_CHECK_CARD[0]}", en=f"{en}: {_CHECK_CARD[1]}")


def no_room_for_tones(names: list[str]) -> Text:
    """Say whose tones, and which learned ones, the lines are not heard with."""
    lists = "; ".join(names)
    return Text(
        zh=f"音区和学到的忙音太多，未能载入：{lists}。相关线路暂按本国的音判断；重启设备即可恢复。",
        en=f"Too many tone zones and learned busy tones; there was no room for: {lists}. Their lines have "
        "the tones of their zone or country until then; restart the box to make room.",
    )
