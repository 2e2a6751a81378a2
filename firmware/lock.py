"""One box on a data folder: a second start is refused."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from firmware.text import Text

LOCK_NAME = "lock"


class AlreadyRunning(Exception):
    """Another process has the data folder; `text` names it."""

    def __init__(self, folder: Path, pid: str) -> None:
        who = pid or "?"
        self.text = Text(
            zh=f"数据目录 {folder} 正被另一个 callbox 进程使用(pid {who})。请先停止它,"
            "或用 --data 指定别的目录。",
            en=f"The data folder {folder} is in use by another callbox (pid {who}). "
            "Stop that one first, or choose another folder with --data.",
        )
        super().__init__(f"{self.text.en}\n{self.text.zh}")


class DataLock:
    """Hold a data folder. The kernel lets go of it when the process ends, however it ends.

    raises  AlreadyRunning, OSError when the folder cannot be made or written
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise AlreadyRunning(folder, pid) from error
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the folder."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> DataLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
