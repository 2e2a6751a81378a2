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
NOT_CONFIGURED = Text(zh="未配置：请在设置中添加此端口", en="Not configured: add this port in the settings")

_CHECK_CARD = (
    "请关机后重新插好该卡，仍不行请更换",
    "power off and reseat the card; replace it if that does not help",
)
_WORDS: dict[FailReason, tuple[str, str]] = {
    FailReason.NO_ANSWER: ("接口卡没有应答", "The card does not answer"),
    FailReason.WRONG_CHIP: ("接口卡与其标识不符", "The card is not what its label says"),
    FailReason.NO_LINE_SIDE: ("线路侧芯片没有启动", "The line side of the chip did not start"),
    FailReason.CALIBRATION: ("电话接口校准失败", "Calibration of the phone port failed"),
    FailReason.POWER: ("电话接口供电告警", "Power alarm of the phone port"),
    FailReason.BUS: ("与接口卡通信出错", "Transfer errors on the way to the card"),
    FailReason.CARD_GONE: ("接口卡已被拔出", "The card was pulled out"),
}


def failed(reason: FailReason) -> Text:
    """Give the words for a failed port."""
    zh, en = _WORDS[reason]
    return Text(zh=f"{zh}：{_CHECK_CARD[0]}", en=f"{en}: {_CHECK_CARD[1]}")
