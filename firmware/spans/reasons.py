"""Why a span or a channel is out of service, in words, with what to do next; of cards: lines/reasons.py."""

from __future__ import annotations

from firmware.text import Text
from hal.types import SpanAlarm

STARTING = Text(zh="E1 正在启动", en="The E1 is starting")
ALARMS: dict[SpanAlarm, Text] = {
    SpanAlarm.LOS: Text(
        zh="E1 没有信号：请检查电缆和对端设备；收发两对线可能接反",
        en="No signal on the E1: check the cable and the far end; the two pairs may be crossed",
    ),
    SpanAlarm.AIS: Text(
        zh="E1 收到全一信号(AIS)：传输设备的上游中断，请联系电信运营商",
        en="The E1 carries all ones (AIS): the equipment before it has no source; call the telephone company",
    ),
    SpanAlarm.LOF: Text(
        zh="E1 有信号但没有帧：请检查阻抗(75/120 欧)、接线和对端的成帧设置",
        en="A signal without frames on the E1: check impedance (75 or 120 ohm), wiring and framing",
    ),
    SpanAlarm.LOMF: Text(
        zh="E1 没有复帧：请让 crc4 设置与对端一致；R2 还要检查第 16 时隙信令",
        en="No multiframe on the E1: set crc4 as the far end has it; with R2, check its timeslot 16",
    ),
    SpanAlarm.RAI: Text(
        zh="对端收不到我们的 E1 信号(RAI)：请检查发送线对",
        en="The far end does not hear our E1 (RAI): check the pair on which we send",
    ),
}
# the first that stands names the trouble; the others follow from it
ORDER = (SpanAlarm.LOS, SpanAlarm.AIS, SpanAlarm.LOF, SpanAlarm.LOMF, SpanAlarm.RAI)
NO_LINK = Text(
    zh="E1 的 D 信道没有建立：请检查 side(用户/网络)设置，并请运营商确认第 16 时隙信令已开通",
    en="The E1's D-channel does not come up: check side (user or network), and ask the telephone company "
    "whether signalling on timeslot 16 is switched on",
)
RESTARTING = Text(zh="正在与交换机复位此通道", en="The channel is being set back with the exchange")
CHANGING = Text(
    zh="设置已更改：正在结束通话，几秒后按新设置启动",
    en="The settings changed: calls are being ended, the new ones hold in a few seconds",
)
BLOCKED = Text(
    zh="交换机闭塞了此通道：一直如此请联系电信运营商",
    en="The exchange blocks this channel: if it stays so, call the telephone company",
)
FAULTY = Text(
    zh="交换机在此通道上的信令位无意义：请核对 R2 类型并联系电信运营商",
    en="The exchange's signalling bits on this channel make no sense: check the kind of R2",
)
NO_BITS = Text(
    zh="此通道还没有收到信令位：请检查第 16 时隙信令(R2)是否开通",
    en="No signalling bits yet on this channel: check that the exchange runs R2 in timeslot 16",
)
NOT_SET = Text(
    zh="未配置：请在设置 spans 中添加此 E1", en="Not configured: add this E1 to spans in the settings"
)
NOT_RENTED = Text(zh="不在 channels 设置之内", en="Not among the span's channels in the settings")
TESTED = Text(
    zh="正在测试这条 E1；用 stop line 可提前结束", en="The E1 is being tested; `stop line` ends that"
)
CLOCK = Text(
    zh="没有 E1 可提供时钟，设备用自己的时钟运行，通话中会有轻微咔嗒声：请恢复 E1 线路",
    en="No E1 gives the clock, the box runs on its own: calls may click now and then. Bring an E1 back",
)


def first(alarms: frozenset[SpanAlarm]) -> Text | None:
    """Give the words for the alarm that the others follow from."""
    return next((ALARMS[alarm] for alarm in ORDER if alarm in alarms), None)
