"""What the doctor says of an E1, in both languages: what was found, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.doctor.types import BitErrors, Finding, Verdict
from firmware.media.types import FrameCounts
from firmware.text import Text, same
from hal.types import SpanAlarm


def _text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


NO_VALUE = same("-")
FEW_SLIPS = 5  # in 24 hours, ITU-T G.822: of a good connection

CARD = _text("检查板卡", "looking at the card")
SIGNAL = _text("检查信号、时钟、信令", "looking at signal, clock and signalling")
ENDING = _text("正在结束通话", "ending the calls")
FRAMING = _text("核对帧格式（CRC-4）", "comparing the framing (CRC-4)")
LOCAL = _text("本地环回，发送伪随机码", "local loop, sending the test pattern")
FAR = _text("远端环回，发送伪随机码", "far-end loop, sending the test pattern")
LOOPED = _text("已向对端环回，请对端测试", "looped towards the far end, which may test now")
PORT_FAILED = _text("板卡在测试中退出工作：看告警", "stopped: the card failed meanwhile, see the alarms")
RECALLED = _text("有紧急呼叫需要线路，测试已停止", "stopped: an emergency call needs the line")

_GOOD = _text("正常。", "Good.")
_ALARMS: dict[SpanAlarm, Text] = {
    SpanAlarm.LOS: _text(
        "没有信号：检查电缆、插头和对端电源；收发可能接反，对调两对线再测。",
        "No signal: check cable, plugs and the far end's power; the pairs may be crossed, swap them and test "
        "again.",
    ),
    SpanAlarm.AIS: _text(
        "收到全一：传输设备有电，但它的上游断了。请电信公司查。",
        "All ones: the transmission equipment lives, but has no source. Call the telephone company.",
    ),
    SpanAlarm.LOF: _text(
        "有信号但没有帧：检查 impedance_ohm（75/120）、接线，对端须为成帧（G.704）E1。",
        "A signal without frames: check impedance_ohm (75 or 120) and wiring; the far end must send frames.",
    ),
    SpanAlarm.LOMF: _text(
        "有帧但没有复帧：见下面的 framing。", "Frames, but no multiframe: see framing below."
    ),
    SpanAlarm.RAI: _text(
        "对端听不到我们：检查我们发送的那一对线，以及对端的阻抗设置。",
        "The far end does not hear us: check the pair we send on, and the far end's impedance.",
    ),
}
ROOTS = (SpanAlarm.LOS, SpanAlarm.AIS, SpanAlarm.LOF, SpanAlarm.RAI, SpanAlarm.LOMF)


def card(failure: Text | None) -> Finding:
    """Judge the card; `failure`: why it does not work."""
    if failure is None:
        return Finding("card", Verdict.GOOD, NO_VALUE, _GOOD)
    return Finding("card", Verdict.BAD, NO_VALUE, failure)


def alarms(standing: frozenset[SpanAlarm]) -> Finding:
    """Judge what stands now."""
    root = next((alarm for alarm in ROOTS if alarm in standing), None)
    if root is None:
        return Finding("alarms", Verdict.GOOD, NO_VALUE, _text("现在没有告警。", "No alarm stands."))
    verdict = Verdict.POOR if root is SpanAlarm.LOMF else Verdict.BAD
    value = same(" ".join(alarm.value for alarm in ROOTS if alarm in standing))
    return Finding("alarms", verdict, value, _ALARMS[root])


def history(hours: float, alarm_s: Sequence[tuple[SpanAlarm, int]], errored_s: int, severe_s: int) -> Finding:
    """Judge the last 24 hours: seconds with an alarm, and error seconds."""
    stood = [(alarm.value, seconds) for alarm, seconds in alarm_s if seconds]
    value = _text(
        f"{hours:.1f} 小时：误码秒 {errored_s}，严重 {severe_s}"
        + "".join(f"，{alarm} {seconds} 秒" for alarm, seconds in stood),
        f"{hours:.1f} h: ES {errored_s}, SES {severe_s}"
        + "".join(f", {alarm} {seconds} s" for alarm, seconds in stood),
    )
    if severe_s > 60 or errored_s > 600:
        text = _text(
            "误码很多：检查电缆、接头、阻抗；用 show span … errors 看发生的时间。",
            "Many errors: check cable, plugs, impedance; `show span ... errors` shows when they come.",
        )
        return Finding("history", Verdict.POOR, value, text)
    if errored_s > 10 or any(seconds for _, seconds in alarm_s):
        text = _text(
            "有过误码或告警：用 show span … errors 看发生的时间。",
            "There were errors or alarms: `show span ... errors` shows when.",
        )
        return Finding("history", Verdict.NOTE, value, text)
    return Finding("history", Verdict.GOOD, value, _GOOD)


def clock(source: str, is_own: bool, rank: int, slips: int) -> Finding:
    """Judge the clock.

    source  the span that gives it, "" = the box's own oscillator
    is_own  it is this span
    """
    value = _text(f"{source or '本机'}，滑码 {slips}", f"{source or 'own'}, {slips} slips")
    if slips:
        if rank == 0:
            text = _text(
                "有滑码：对端没有跟随我们的时钟。若对端是电信局，把 clock_rank 设为 1。",
                "Slips: the far end does not follow our clock. If it is a public exchange, set clock_rank 1.",
            )
        else:
            text = _text(
                "有滑码：两个时钟不同步。对端若要跟随我们，把 clock_rank 设为 0；否则请对端检查时钟。",
                "Slips: two clocks differ. If the far end is to follow us, set clock_rank 0; else it must "
                "check its clock.",
            )
        return Finding("clock", Verdict.POOR if slips > FEW_SLIPS else Verdict.NOTE, value, text)
    if is_own:
        return Finding("clock", Verdict.GOOD, value, _text("时钟取自本线。", "The box follows this E1."))
    if not source and rank:
        text = _text(
            "没有 E1 给时钟，设备用自己的：恢复信号后自动跟随。",
            "No E1 gives the clock, the box runs on its own: it follows as soon as the signal is back.",
        )
        return Finding("clock", Verdict.POOR, value, text)
    return Finding(
        "clock", Verdict.GOOD, value, _text("对端跟随设备的时钟。", "The far end follows the box's clock.")
    )


def no_framing() -> Finding:
    """Say that the framing could not be looked at."""
    text = _text("没有信号或帧，无法核对。", "Cannot be compared without signal and frames.")
    return Finding("framing", Verdict.NOTE, NO_VALUE, text)


def framing(crc4: bool, far_crc4: bool | None) -> Finding:
    """Compare CRC-4 as it is set with what the far end seems to send; None: that cannot be told."""
    value = _text(f"crc4 {'开' if crc4 else '关'}", f"crc4 {'on' if crc4 else 'off'}")
    if far_crc4 is None or far_crc4 == crc4:
        return Finding("framing", Verdict.GOOD, value, _text("与对端一致。", "The far end has it so, too."))
    if crc4:
        text = _text("对端不发 CRC-4：把 crc4 设为 false。", "The far end sends no CRC-4: set crc4 to false.")
        return Finding("framing", Verdict.BAD, value, text)
    text = _text(
        "对端发 CRC-4：把 crc4 设为 true，误码看得更准，对端也不再缺复帧。",
        "The far end sends CRC-4: set crc4 to true; errors are seen better, and it gets its multiframes.",
    )
    return Finding("framing", Verdict.POOR, value, text)


def no_cas_multiframe() -> Finding:
    """Say that timeslot 16 has no multiframe."""
    text = _text(
        "第 16 时隙没有信令复帧：对端不是 R2，或没有开通；请与电信公司核对 signalling。",
        "No signalling multiframe in timeslot 16: the far end has no R2, or not yet; settle `signalling`.",
    )
    return Finding("framing", Verdict.BAD, same("R2"), text)


def _sum(bits: Sequence[BitErrors]) -> tuple[int, int, int]:
    """Add up: bits, errors, timeslots in step."""
    return sum(one.bits for one in bits), sum(one.errors for one in bits), sum(one.is_synced for one in bits)


def _pattern_value(n: int, bits: int, errors: int, synced: int) -> Text:
    return _text(
        f"时隙 {synced}/{n}，{bits / 1e6:.2f} Mbit，误码 {errors}",
        f"{synced}/{n} timeslots, {bits / 1e6:.2f} Mbit, {errors} errors",
    )


def local_loop(found: Sequence[BitErrors]) -> Finding:
    """Judge the pattern that went through our own chip."""
    bits, errors, synced = _sum(found)
    value = _pattern_value(len(found), bits, errors, synced)
    if synced == len(found) and bits and not errors and not any(one.sync_losses for one in found):
        text = _text("板卡和背板正常。", "Card and backplane are good.")
        return Finding("local-loop", Verdict.GOOD, value, text)
    text = _text(
        "板卡内部环回有错：关机后重新插好该卡，仍不行请更换。",
        "Errors within the card: power off and reseat it; replace it if that does not help.",
    )
    return Finding("local-loop", Verdict.BAD, value, text)


def far_loop(found: Sequence[BitErrors], standing: frozenset[SpanAlarm]) -> Finding:
    """Judge the pattern that went over the line and back."""
    bits, errors, synced = _sum(found)
    value = _pattern_value(len(found), bits, errors, synced)
    if SpanAlarm.LOS in standing:
        text = _text(
            "没有信号回来：环回插头没插好，或电缆断了。",
            "No signal comes back: the loop plug is not in, or the cable is broken.",
        )
        return Finding("far-loop", Verdict.BAD, value, text)
    if not synced:
        text = _text(
            "码没有回来：对端没有环回，请它对整条 E1 环回后再测。",
            "The pattern does not come back: the far end has closed no loop; ask for one of the whole E1.",
        )
        return Finding("far-loop", Verdict.BAD, value, text)
    ratio = errors / bits if bits else 1.0
    if synced == len(found) and not errors:
        return Finding("far-loop", Verdict.GOOD, value, _text("线路正常。", "The line is good."))
    text = _text(
        "线路有误码：检查电缆、接头、阻抗（75/120），电缆不要超长、远离电源线；再报修。",
        "Bit errors on the line: check cable, plugs and impedance (75 or 120), keep it from power lines; "
        "then report it.",
    )
    verdict = Verdict.POOR if synced == len(found) and ratio < 1e-5 else Verdict.BAD
    value = _text(f"{value.zh}，{ratio:.0e}", f"{value.en}, {ratio:.0e}")
    return Finding("far-loop", verdict, value, text)


def no_pattern(timeslots: Sequence[int]) -> Finding:
    """Say that timeslots were taken."""
    text = _text("有时隙被占用，没有测试：请再测一次。", "Timeslots were in use: test again.")
    return Finding("local-loop", Verdict.NOTE, same(" ".join(map(str, timeslots))), text)


def loop_over(seconds: float) -> Finding:
    """Say that a loop for the far end was closed."""
    text = _text("环回已断开，线路已交还。", "The loop is open again, the line is back.")
    return Finding("remote-loop", Verdict.GOOD, same(f"{seconds:.0f} s"), text)


# ---- signalling --------------------------------------------------------------------------------


def link(is_up: bool, frames: FrameCounts, last_s: float | None) -> Text:
    """Write how the D-channel is; `last_s`: since its last good frame."""
    return _text(
        f"{'已建立' if is_up else '未建立'}，收好帧 {frames.good}，坏帧 {frames.bad}，发送 {frames.sent}，"
        + ("未收到过" if last_s is None else f"最近 {last_s:.0f} 秒前"),
        f"{'up' if is_up else 'down'}, good {frames.good}, bad {frames.bad}, sent {frames.sent}, "
        + ("last -" if last_s is None else f"last {last_s:.0f} s"),
    )


def link_up(value: Text, is_poor: bool) -> Finding:
    """Say that the D-channel's link stands."""
    if is_poor:
        text = _text(
            "链路正常，但坏帧多：线路有误码，见 history。",
            "The link stands, but many frames are bad: bit errors on the line, see history.",
        )
        return Finding("signalling", Verdict.POOR, value, text)
    return Finding(
        "signalling", Verdict.GOOD, value, _text("D 信道链路正常。", "The D-channel's link stands.")
    )


def link_down(value: Text, good: int, bad: int, has_signal: bool) -> Finding:
    """Say why the D-channel's link may be down."""
    if not has_signal:
        text = _text(
            "没有线路就没有 D 信道：先解决告警。", "No D-channel without a line: first mend the alarms."
        )
        return Finding("signalling", Verdict.NOTE, value, text)
    if good:
        text = _text(
            "收到帧但链路不建立：两端同为 user 或同为 network，请改 side；或只通单向，请对端查。",
            "Frames come, but the link does not: both ends are `user` or both `network`, change `side`; or "
            "one direction is dead, ask the far end.",
        )
    elif bad:
        text = _text(
            "第 16 时隙有数据但不是帧：对端可能用 R2，请核对 signalling。",
            "Timeslot 16 carries no frames: the far end may run R2, settle `signalling` with it.",
        )
    else:
        text = _text(
            "第 16 时隙没有帧：对端没有开通 D 信道，请电信公司开通。",
            "No frames in timeslot 16: the far end has not switched the D-channel on; call it.",
        )
    return Finding("signalling", Verdict.BAD, value, text)


def bits(idle: int, blocked: int, total: int, has_signal: bool) -> Finding:
    """Judge the signalling bits of R2."""
    other = total - idle - blocked
    value = _text(
        f"空闲 {idle}，闭塞 {blocked}，其他 {other}", f"{idle} idle, {blocked} blocked, {other} other"
    )
    if not has_signal:
        text = _text("没有线路就没有信令位：先解决告警。", "No bits without a line: first mend the alarms.")
        return Finding("signalling", Verdict.NOTE, value, text)
    if blocked == total:
        text = _text(
            "对端闭塞了全部通道：请电信公司解除闭塞。",
            "The far end blocks all channels: ask the telephone company to unblock them.",
        )
        return Finding("signalling", Verdict.BAD, value, text)
    if idle + blocked < total or blocked:
        text = _text("有的通道被闭塞或不空闲。", "Some channels are blocked, or not idle.")
        return Finding("signalling", Verdict.NOTE, value, text)
    return Finding("signalling", Verdict.GOOD, value, _text("各通道空闲。", "All channels are idle."))


# ---- the verdict -------------------------------------------------------------------------------

_BLAME = ("card", "local-loop", "alarms", "framing", "far-loop", "signalling", "clock", "history")
_OUTSIDE = ("alarms", "far-loop")  # the others may be a setting of ours


def verdict(findings: Sequence[Finding]) -> Finding:
    """Say what is wrong with the E1: the finding that the others follow from."""
    by_what = {found.what: found for found in findings}
    for kind in (Verdict.BAD, Verdict.POOR):
        for what in _BLAME:
            found = by_what.get(what)
            if found is not None and found.verdict is kind:
                return Finding("verdict", kind, same(what), _blamed(found, by_what.get("local-loop")))
    text = _text("这条 E1 正常。", "This E1 is good.")
    return Finding("verdict", Verdict.GOOD, NO_VALUE, text)


def _blamed(found: Finding, loop: Finding | None) -> Text:
    """Say whether box or line is at fault, when the loop within the box proved the one."""
    if found.what not in _OUTSIDE or loop is None or loop.verdict is not Verdict.GOOD:
        return found.text
    return _text(
        f"设备正常，问题在线路或对端。{found.text.zh}",
        f"The box is good, the line or its far end is not. {found.text.en}",
    )
