"""What can be set about the lines of the exchange."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Signal = Literal["busy-tone", "polarity", "break"]


class LineOptions(BaseModel):
    """One outside line, as its telephone company runs it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = Field(default="", pattern=r"^[0-9]{0,20}$", description="the line's own number")
    caller_id: bool | Literal["dtmf"] = Field(
        default=True, description="FSK after the first ring; `dtmf` = digits before it"
    )
    ring_on_s: float = Field(default=1.0, ge=0.2, le=10)
    ring_off_s: float = Field(default=4.0, ge=1.0, le=10)
    ring_vrms: float = Field(default=90.0, ge=20, le=100)
    ring_hz: float = Field(default=25.0, ge=15, le=68)
    answer_reversal: bool = Field(default=False, description="swap the wires at the answer, either way")
    hang_up_signals: tuple[Signal, ...] = Field(
        default=("busy-tone",), description="given to the box when the far end hangs up; empty = silence"
    )
    dial_tone: bool = Field(default=True, description="gives dial tone; False = a dead exchange")
    pulse: bool = Field(default=False, description="an old exchange: takes pulses and no tones")
    echo_db: float | None = Field(default=None, ge=3, le=60, description="loss of the box's own echo")
