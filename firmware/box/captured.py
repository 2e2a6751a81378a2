"""What a capture gathers."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.records import wav

LONGEST_S = 300.0
RATE_HZ = 8000
LATE_S = 0.15  # sound comes that late at most; what is later follows a gap
SILENT = b"\xd5"


@dataclass(slots=True)
class Capture:
    """One capture."""

    port: str
    began_at: float
    until: float
    rx: bytearray = field(default_factory=bytearray)
    tx: bytearray = field(default_factory=bytearray)
    registers: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=lambda: ["time_s,register,value,line_v,loop_ma"])
    look_at: float = 0.0

    def take(self, rx: bytes, tx: bytes, now: float) -> None:
        """Keep sound; where there was none before, put silence."""
        gap = round((now - self.began_at - LATE_S) * RATE_HZ) - len(self.rx) - len(rx)
        if gap > 0:
            self.fill(len(self.rx) + gap)
        self.rx += rx
        self.tx += tx

    def fill(self, length: int) -> None:
        """Put silence up to a length."""
        for side in (self.rx, self.tx):
            side.extend(SILENT * (length - len(side)))

    def wav(self) -> bytes:
        """Give the sound as a file: left what was heard, right what was sent."""
        frames = round((min(self.until, self.began_at + LONGEST_S) - self.began_at) * RATE_HZ)
        self.fill(frames)
        sound = bytearray(2 * frames)
        sound[0::2], sound[1::2] = self.rx[:frames], self.tx[:frames]
        return wav.header(wav.Shape(2, frames)) + bytes(sound)

    def csv(self) -> bytes:
        """Give the register log: one line for every register that changed."""
        return ("\n".join(self.log) + "\n").encode()

    def files(self) -> dict[str, bytes]:
        """Give the files by the end of their names."""
        return {"wav": self.wav(), "csv": self.csv()}
