"""What the box writes down and tells people of itself: the event log and the alarms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from firmware.box.alarms import Alarms
from firmware.call.types import Log
from firmware.records.records import Records
from firmware.text import Text

BOARD_SILENT = Text(
    zh="板卡没有声音数据，所有通话已结束。设备会自动重试；几分钟后仍不恢复，请重新启动设备。",
    en="The board sends no sound; all calls were ended. The box keeps trying. "
    "If this lasts some minutes, restart it.",
)


class LogLine(Protocol):
    """Writes to the event log."""

    def __call__(self, kind: str, **data: str | int | float) -> None: ...


class Journal:
    """Event log and alarms; each alarm's begin and end is logged.

    time  gives the moment that is being acted on
    """

    def __init__(self, records: Records, alarms: Alarms, time: Callable[[], float]) -> None:
        self._records = records
        self._alarms = alarms
        self._time = time
        self.on_log: list[Callable[[float, Log], None]] = []

    def log(self, kind: str, **data: str | int | float) -> None:
        """Write something that belongs to no call."""
        self.write(Log(kind, None, None, None, data))

    def write(self, log: Log) -> None:
        """Write what a call, or the box, has to say."""
        data: Any = log.data
        now = self._time()
        self._records.event(
            log.kind,
            now,
            contact=log.contact,
            call=log.call,
            leg=log.leg,
            revision=log.revision,
            language=log.language,
            **data,
        )
        for tell in self.on_log:
            tell(now, log)

    def alarm(self, code: str, text: Text | None) -> None:
        """Raise an alarm, or end it with None."""
        has_changed = self._alarms.clear(code) if text is None else self._alarms.raise_(code, text)
        if has_changed:
            kind = "alarm.over" if text is None else "alarm.raised"
            self.log(kind, code=code, text=text.en if text else "")

    def prompt_missing(self, message: str) -> None:
        """Raise the alarm that a prompt cannot be played."""
        text = Text(
            zh=f"提示音无法播放：{message}。请重新上传。",
            en=f"A prompt cannot be played: {message}. Upload it again.",
        )
        self.alarm("prompt", text)

    def board(self, is_silent: bool) -> None:
        """Raise the alarm that the board sends no sound, or end it."""
        self.alarm("board", BOARD_SILENT if is_silent else None)

    def fault(self, error: str) -> None:
        """Raise the alarm that something of ours went wrong; calls go on."""
        text = Text(
            zh=f"程序内部错误：{error}。通话继续；请把日志发给我们。",
            en=f"Internal error: {error}. Calls go on; please send us the log.",
        )
        self.alarm("fault", text)
