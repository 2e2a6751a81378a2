"""Causes of ITU-T Q.850 in words, as our own reasons, and back."""

from __future__ import annotations

from firmware.lines.types import EndReason
from firmware.text import Text

NORMAL, BUSY, NO_ANSWER, REJECTED, OUT_OF_ORDER, INCOMPLETE = 16, 17, 19, 21, 27, 28
NO_CIRCUIT, CHANNEL_TAKEN, NOT_SPEECH, TIMER = 34, 44, 88, 102
TEMPORARY = 41

_R = EndReason
# cause -> (our reason, Chinese, English); clause 2.2 of Q.850
CAUSES: dict[int, tuple[EndReason, str, str]] = {
    1: (_R.BAD_NUMBER, "空号", "no such number"),
    2: (_R.UNREACHABLE, "没有到指定转接网的路由", "no route to the transit network"),
    3: (_R.BAD_NUMBER, "没有到该号码的路由", "no route to this number"),
    4: (_R.BAD_NUMBER, "请听特别提示音", "send special information tone"),
    5: (_R.BAD_NUMBER, "长途冠号拨错", "misdialled trunk prefix"),
    6: (_R.GLARE, "通道不可接受", "channel unacceptable"),
    7: (_R.FAR_HUNG_UP, "呼叫在已建立的通道上送达", "call awarded on a standing channel"),
    8: (_R.NETWORK_BUSY, "被优先呼叫抢占", "pre-empted"),
    9: (_R.NETWORK_BUSY, "被抢占，电路保留", "pre-empted, circuit kept"),
    14: (_R.BAD_NUMBER, "号码已携号转网", "the number was ported"),
    16: (_R.FAR_HUNG_UP, "正常挂机", "normal clearing"),
    17: (_R.REMOTE_BUSY, "对方忙", "busy"),
    18: (_R.NO_ANSWER, "对方没有响应", "the called phone does not respond"),
    19: (_R.NO_ANSWER, "对方振铃无人接听", "rung, but nobody answered"),
    20: (_R.UNREACHABLE, "对方关机或不在服务区", "subscriber absent"),
    21: (_R.REJECTED, "对方拒接", "call rejected"),
    22: (_R.BAD_NUMBER, "号码已更改", "the number has changed"),
    23: (_R.BAD_NUMBER, "转到新号码", "redirected to a new number"),
    24: (_R.REJECTED, "因功能限制被拒", "rejected by a feature"),
    25: (_R.NETWORK_BUSY, "交换机路由出错", "routing error at the exchange"),
    26: (_R.FAR_HUNG_UP, "未选中的用户被释放", "non-selected user cleared"),
    27: (_R.UNREACHABLE, "对方线路故障", "destination out of order"),
    28: (_R.BAD_NUMBER, "号码不完整", "the number is not complete"),
    29: (_R.NOT_ALLOWED, "请求的功能被拒绝", "facility rejected"),
    30: (_R.FAR_HUNG_UP, "对状态询问的应答", "answer to a status enquiry"),
    31: (_R.FAR_HUNG_UP, "正常，未说明", "normal, unspecified"),
    34: (_R.NETWORK_BUSY, "没有空闲通道", "no circuit available"),
    38: (_R.NETWORK_BUSY, "网络故障", "network out of order"),
    39: (_R.NETWORK_BUSY, "永久连接中断", "permanent connection out of service"),
    40: (_R.NETWORK_BUSY, "永久连接正常", "permanent connection in operation"),
    41: (_R.NETWORK_BUSY, "临时故障", "temporary failure"),
    42: (_R.NETWORK_BUSY, "交换设备拥塞", "switching equipment congested"),
    43: (_R.NETWORK_BUSY, "接入信息被丢弃", "access information discarded"),
    44: (_R.GLARE, "请求的通道不可用", "requested channel not available"),
    46: (_R.NETWORK_BUSY, "被更高优先级的呼叫阻塞", "precedence call blocked"),
    47: (_R.NETWORK_BUSY, "资源不可用", "resource unavailable"),
    49: (_R.NETWORK_BUSY, "服务质量不可用", "quality of service not available"),
    50: (_R.NOT_ALLOWED, "没有申请该功能", "facility not subscribed"),
    53: (_R.NOT_ALLOWED, "用户群内禁止呼出", "outgoing calls barred in the group"),
    55: (_R.NOT_ALLOWED, "用户群内禁止呼入", "incoming calls barred in the group"),
    57: (_R.NOT_ALLOWED, "无权使用该承载能力", "bearer capability not authorized"),
    58: (_R.NETWORK_BUSY, "承载能力暂不可用", "bearer capability not available now"),
    62: (_R.NOT_ALLOWED, "接入信息与用户类别不一致", "access information does not fit the subscriber"),
    63: (_R.NOT_ALLOWED, "服务不可用", "service not available"),
    65: (_R.NOT_ALLOWED, "承载能力未实现", "bearer capability not implemented"),
    66: (_R.NOT_ALLOWED, "通道类型未实现", "channel type not implemented"),
    69: (_R.NOT_ALLOWED, "请求的功能未实现", "facility not implemented"),
    70: (_R.NOT_ALLOWED, "只提供受限数字承载", "only restricted digital bearer"),
    79: (_R.NOT_ALLOWED, "服务未实现", "service not implemented"),
    81: (_R.PROTOCOL_ERROR, "呼叫参考无效", "invalid call reference"),
    82: (_R.GLARE, "通道不存在", "the channel does not exist"),
    83: (_R.PROTOCOL_ERROR, "挂起的呼叫标识不符", "no such suspended call"),
    84: (_R.PROTOCOL_ERROR, "呼叫标识已被使用", "call identity in use"),
    85: (_R.PROTOCOL_ERROR, "没有挂起的呼叫", "no call suspended"),
    86: (_R.FAR_HUNG_UP, "该呼叫已清除", "that call has been cleared"),
    87: (_R.NOT_ALLOWED, "不是用户群成员", "not a member of the group"),
    88: (_R.NOT_ALLOWED, "对方设备不兼容", "incompatible destination"),
    90: (_R.NOT_ALLOWED, "用户群不存在", "no such group"),
    91: (_R.UNREACHABLE, "转接网选择无效", "invalid transit network"),
    95: (_R.PROTOCOL_ERROR, "消息无效", "invalid message"),
    96: (_R.PROTOCOL_ERROR, "缺少必要的信息单元", "mandatory information is missing"),
    97: (_R.PROTOCOL_ERROR, "消息类型不存在", "unknown message"),
    98: (_R.PROTOCOL_ERROR, "消息与状态不符", "message does not fit the state"),
    99: (_R.PROTOCOL_ERROR, "信息单元不存在", "unknown information"),
    100: (_R.PROTOCOL_ERROR, "信息单元内容无效", "invalid information"),
    101: (_R.PROTOCOL_ERROR, "消息与呼叫状态不符", "message does not fit the call state"),
    102: (_R.TIMEOUT, "等待应答超时", "a timer ran out"),
    103: (_R.PROTOCOL_ERROR, "参数不存在", "unknown parameter"),
    110: (_R.PROTOCOL_ERROR, "参数不被识别，消息被丢弃", "message with an unknown parameter dropped"),
    111: (_R.PROTOCOL_ERROR, "协议错误", "protocol error"),
    127: (_R.FAR_HUNG_UP, "互通，未说明", "interworking, unspecified"),
}
# a class of causes stands in for one that Q.850 does not list: its last
_CLASS_ENDS = (31, 47, 63, 79, 111, 127)

# what cannot be why a talk ends: the far end said it of itself, and hung up
BEFORE_ANSWER = frozenset(
    {_R.REMOTE_BUSY, _R.NO_ANSWER, _R.REJECTED, _R.BAD_NUMBER, _R.UNREACHABLE, _R.GLARE}
)

# what we tell the far end; all others: normal clearing
_TOLD: dict[EndReason, int] = {
    EndReason.REMOTE_BUSY: BUSY,
    EndReason.NO_ANSWER: NO_ANSWER,
    EndReason.REJECTED: REJECTED,
    EndReason.BAD_NUMBER: INCOMPLETE,
    EndReason.UNREACHABLE: OUT_OF_ORDER,
    EndReason.LINK_LOST: OUT_OF_ORDER,
    EndReason.NETWORK_BUSY: 42,
    EndReason.NOT_ALLOWED: 63,
    EndReason.PROTOCOL_ERROR: 111,
    EndReason.GLARE: CHANNEL_TAKEN,
    EndReason.TIMEOUT: TIMER,
    EndReason.EMERGENCY: 8,
    EndReason.SHUTDOWN: TEMPORARY,
    EndReason.PORT_FAILED: TEMPORARY,
    EndReason.UNPLUGGED: TEMPORARY,
    EndReason.OVERLOAD: TEMPORARY,
}


def reason(cause: int) -> EndReason:
    """Give our reason for the far end's cause; of none or an unknown one: by its class."""
    return CAUSES[_known(cause)][0]


def words(cause: int) -> Text:
    """Give a cause in words."""
    _, zh, en = CAUSES[_known(cause)]
    return Text(zh=zh, en=en)


def told(ended: EndReason) -> int:
    """Give the cause that we tell the far end."""
    return _TOLD.get(ended, NORMAL)


def _known(cause: int) -> int:
    if cause in CAUSES:
        return cause
    return next((last for last in _CLASS_ENDS if 0 < cause <= last), 31)
