"""What the doctor says, in both languages: what was found, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.doctor.types import Finding, Verdict
from firmware.text import Text, same


def _text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


def _found(what: str, verdict: Verdict, value: str, text: Text) -> Finding:
    """Make a finding; figures of analog lines are the same in both languages."""
    return Finding(what, verdict, same(value), text)


BEGIN = _text("准备", "getting ready")
DONE = _text("完成", "done")
BATTERY = _text("测量线路电压", "measuring the voltage")
LOOP = _text("测量环路电流", "measuring the loop current")
DIAL_TONE = _text("听拨号音", "listening for dial tone")
QUIET = _text("测量噪声和交流声", "measuring noise and hum")
ECHO = _text("测量回声", "measuring the echo")
TUNING = _text("寻找最佳平衡", "looking for the best balance")
CALLING = _text("呼叫您给的号码", "calling the number you gave")
WAITING = _text("请拨打这条线路", "call this line now")
TALKING = _text("请说“喂”，等两秒，然后挂机", "say hello, wait two seconds, then hang up")
HANG_UP = _text("听到哔声后请挂机", "hang up after the beep")
STOPPED = _text("已由操作人停止", "stopped by you")
RECALLED = _text(
    "有来电或紧急呼叫，测试已停止", "stopped: a call came in, or an emergency call needed the line"
)
SHUTDOWN = _text("设备正在关闭", "the box is being shut down")


def battery(volts: int) -> Finding:
    """Judge the voltage on-hook."""
    size, value = abs(volts), f"{volts} V"
    if size < 3:
        text = _text(
            "没有线路电压：检查插头、线缆；都好则请电信公司检查。",
            "No voltage: check plug and cable; if they are good, call the telephone company.",
        )
        return _found("battery", Verdict.BAD, value, text)
    if size < 19:
        text = _text(
            "电压太低：同一线路上有话机摘机，或线路漏电。拔掉其他设备后再测。",
            "Far too low: another phone on the pair is lifted, or the pair leaks. Unplug the rest.",
        )
        return _found("battery", Verdict.BAD, value, text)
    if size < 36:
        text = _text(
            "电压偏低：小交换机分机可以如此；电信局线路应为 44 至 56 V，请报修。",
            "Low: fine for a line of an office exchange; a public line has 44 to 56 V, report it.",
        )
        return _found("battery", Verdict.POOR, value, text)
    if size > 60:
        text = _text("电压偏高，检查供电。", "High: check the feed.")
        return _found("battery", Verdict.POOR, value, text)
    return _found("battery", Verdict.GOOD, value, _text("正常。", "Good."))


def reversed_wires() -> Finding:
    """Say that the wires are swapped."""
    text = _text(
        "两线反接：不影响通话，箱子按变化判断反极。", "The wires are swapped: harmless, only changes count."
    )
    return _found("polarity", Verdict.NOTE, "-", text)


def loop(loop_ma: float, volts: int) -> Finding:
    """Judge the current off-hook."""
    value = f"{loop_ma:g} mA, {volts} V"
    if loop_ma < 4:
        return no_loop(value)
    if loop_ma < 16:
        text = _text(
            "电流太小：线路太长或接头氧化，可能误断线。检查接头，或向电信公司报修。",
            "Weak: a long line or a bad joint; calls may drop. Check the joints, or report it.",
        )
        return _found("loop", Verdict.POOR, value, text)
    if loop_ma > 60:
        text = _text(
            "电流偏大：线路很短或供电不限流。加串 200 至 600 Ω 电阻更安全。",
            "High: a short line or a stiff feed. A resistor of 200 to 600 ohm in series makes it safer.",
        )
        return _found("loop", Verdict.POOR, value, text)
    return _found("loop", Verdict.GOOD, value, _text("正常。", "Good."))


def no_loop(value: str = "0 mA") -> Finding:
    """Say that nothing flows."""
    text = _text(
        "摘机后没有电流：线路断了一根，或交换机没有供电。检查两根线，再报修。",
        "No current off-hook: one wire is broken or the exchange does not feed. Check both wires, report it.",
    )
    return _found("loop", Verdict.BAD, value, text)


def overload() -> Finding:
    """Say that too much flows."""
    text = _text(
        "电流过大，已自动挂机保护：检查是否短路。",
        "Far too much current; the port hung up to save itself. Look for a short circuit.",
    )
    return _found("loop", Verdict.BAD, "> 160 mA", text)


def rings() -> Finding:
    """Say that a call came at the moment of the seizure."""
    text = _text("正好有来电，请稍后再测。", "A call came in just now; test again later.")
    return _found("line", Verdict.NOTE, "-", text)


def no_port() -> Finding:
    """Say that the chip does not answer."""
    text = _text("接口没有应答：看告警。", "The port does not answer: see the alarms.")
    return _found("line", Verdict.BAD, "-", text)


def no_sound() -> Finding:
    """Say that the engine gives no sound."""
    text = _text("板卡没有声音数据：看告警。", "No sound from the board: see the alarms.")
    return _found("line", Verdict.BAD, "-", text)


def too_slow() -> Finding:
    """Say that the box was too busy to work something out."""
    text = _text("设备太忙，没有算完：请稍后再测。", "The box was too busy to work it out: test again later.")
    return _found("line", Verdict.NOTE, "-", text)


def no_dial_tone(waited_s: float) -> Finding:
    """Say that the line stays silent."""
    text = _text(
        "没有拨号音：用话机听一下；都没有则报修。不能打出，来电可能正常。",
        "No dial tone: listen with a phone; report it if that has none. No calls out; calls in may work.",
    )
    return _found("dial-tone", Verdict.BAD, f"> {waited_s:g} s", text)


def dial_tone(value: str, is_known: bool, level_dbm0: float, zones: Sequence[str]) -> Finding:
    """Judge the dial tone.

    is_known  by the tone zone of the line
    zones     whose dial tone it would be
    """
    if not is_known:
        options = " ".join(zones)
        text = _text(
            f"音频与本线设置的音区不符，无法打出。设置 tone_zone 为：{options or '（没有相符的音区）'}。",
            f"Not the tone of this line's zone: no calls out. Set tone_zone to: {options or '(none fits)'}.",
        )
        return _found("dial-tone", Verdict.BAD, value, text)
    if level_dbm0 < -28:
        text = _text("太弱：把 rx_gain_db 调高 6。", "Weak: raise rx_gain_db by 6.")
        return _found("dial-tone", Verdict.POOR, value, text)
    return _found("dial-tone", Verdict.GOOD, value, _text("正常。", "Good."))


def unsteady_tone(value: str) -> Finding:
    """Say that there is sound, but no tone that can be named."""
    text = _text(
        "听到声音，但不是可辨认的拨号音：用 capture 录下来听。",
        "There is sound, but no dial tone one could name: make a capture and listen.",
    )
    return _found("dial-tone", Verdict.BAD, value, text)


def not_broken(digit: str) -> Finding:
    """Say that the dial tone went on after the digit."""
    text = _text(
        f"拨 {digit} 后拨号音没有停：换一个数字再测，或检查 dialling 设置（音频/脉冲）。",
        f"Dial tone went on after {digit}: test with another digit, or check `dialling` (tone or pulse).",
    )
    return _found("dial-tone", Verdict.POOR, "-", text)


def noise(level_dbm0: float) -> Finding:
    """Judge the noise of the quiet line."""
    value = f"{level_dbm0:.0f} dBm0"
    if level_dbm0 > -42:
        text = _text("噪声很大：检查接头和线缆，报修。", "Very noisy: check joints and cable, report it.")
        return _found("noise", Verdict.BAD, value, text)
    if level_dbm0 > -52:
        text = _text("噪声偏大：检查接头。", "Noisy: check the joints.")
        return _found("noise", Verdict.POOR, value, text)
    return _found("noise", Verdict.GOOD, value, _text("正常。", "Good."))


def hum(level_dbm0: float, mains_hz: int) -> Finding:
    """Judge the mains hum of the quiet line."""
    value = f"{level_dbm0:.0f} dBm0, {mains_hz} Hz"
    if level_dbm0 > -50:
        verdict = Verdict.BAD if level_dbm0 > -38 else Verdict.POOR
        text = _text(
            "交流声：检查设备接地，线缆离开电源线，检查有无一根线碰地。",
            "Mains hum: check the box's ground, "
            "keep the cable from power lines, look for a wire that touches earth.",
        )
        return _found("hum", verdict, value, text)
    return _found("hum", Verdict.GOOD, value, _text("正常。", "Good."))


def echo(loss_db: float) -> Finding:
    """Judge the echo return loss of the present balance."""
    value = f"{loss_db:.1f} dB"
    if loss_db < 12:
        text = _text(
            "回声大：运行 test … tune 寻找平衡。", "Much echo: run the test with `tune` to balance the line."
        )
        return _found("echo", Verdict.BAD if loss_db < 6 else Verdict.POOR, value, text)
    return _found("echo", Verdict.GOOD, value, _text("正常。", "Good."))


def no_echo_measured() -> Finding:
    """Say that the test tones were not sent."""
    text = _text("未能测量回声：请再测一次。", "The echo could not be measured: test again.")
    return _found("echo", Verdict.NOTE, "-", text)


def tuned(before_db: float, after_db: float, name: str) -> Finding:
    """Say what the tuning found; `name` of the impedance."""
    value = f"{before_db:.1f} -> {after_db:.1f} dB"
    if after_db < before_db + 1:
        text = _text("现在的平衡已经最好。", "The present balance is as good as any.")
        return _found("balance", Verdict.GOOD, value, text)
    text = _text(f"找到更好的平衡，阻抗 {name}。", f"Found a better balance, impedance {name}.")
    return _found("balance", Verdict.GOOD, value, text)


def nobody_answered() -> Finding:
    """Say that the call to learn from did not come about."""
    text = _text("没有人接听或来电：请重新开始。", "Nobody answered or called: start again.")
    return _found("busy-tone", Verdict.BAD, "-", text)


def nothing_learned() -> Finding:
    """Say that no tone came after the hang-up."""
    text = _text(
        "挂机后没有听到有节奏的音：此线用其他信号（反极、断流）或静音；看 disconnect_* 和 silence_s 设置。",
        "No tone with a rhythm came after the hang-up: this line uses another sign (polarity, loop break) or "
        "silence; see the settings disconnect_* and silence_s.",
    )
    return _found("busy-tone", Verdict.BAD, "-", text)


def learned(value: str) -> Finding:
    """Say what was learned."""
    text = _text(
        "这是本线的挂机音；保存后，听到它就结束通话。",
        "This is what the line sends after a hang-up; once stored, hearing it ends the call.",
    )
    return _found("busy-tone", Verdict.GOOD, value, text)


def mistakable(value: str) -> Finding:
    """Say that a call that goes on may sound so."""
    text = _text(
        "此音开头与回铃音或呼叫等待音相同，用它会误断通话，不能保存；请用 silence_s 或其他信号。",
        "It begins like ringback or call waiting and would end calls that go on, so it is not to be stored. "
        "Use silence_s or another sign.",
    )
    return _found("busy-tone", Verdict.POOR, value, text)


def known_tone(value: str, name: str) -> Finding:
    """Say that the zone has this tone already."""
    text = _text(
        f"音区里已有此音（{name}），不必保存。", f"The tone zone knows it ({name}); nothing to store."
    )
    return _found("busy-tone", Verdict.GOOD, value, text)
