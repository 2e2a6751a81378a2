"""What can be set about the lines of the exchange."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Signal = Literal["busy-tone", "congestion", "polarity", "break"]
# as in firmware/countries/tones.toml, without modulation: 440 or 480+620: 250 250
ToneText = Annotated[str, Field(pattern=r"^\d{2,4}(\+\d{2,4})*(: \d+0( \d+0)*)?$")]


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
    call_waiting: bool = Field(
        default=False, description="a second caller waits, a hook flash goes from one to the other"
    )
    dial_tone: bool = Field(default=True, description="gives dial tone; False = a dead exchange")
    pulse: bool = Field(default=False, description="an old exchange: takes pulses and no tones")
    echo_db: float | None = Field(default=None, ge=3, le=60, description="loss of the box's own echo")

    dial: ToneText = Field(default="450", description="tones of the exchange, frequencies: on off ...")
    ringback: ToneText = "450: 1000 4000"
    busy: ToneText = "450: 350 350"
    congestion: ToneText = "450: 700 700"
    tone_dbm0: float = Field(default=-10.0, ge=-45, le=0, description="of each frequency")
    battery_v: float = Field(default=48.0, ge=0, le=120)
    loop_ohm: float = Field(default=1650.0, gt=0, le=100_000, description="feed, line and box")
    impedance: tuple[float, float, float] | None = Field(
        default=None, description="ohm, ohm, nF: series, parallel; the box hears its echo by its balance"
    )
    noise_dbm0: float | None = Field(default=None, ge=-90, le=-10)
    hum_dbm0: float | None = Field(default=None, ge=-90, le=-10, description="50 Hz and its odd harmonics")
