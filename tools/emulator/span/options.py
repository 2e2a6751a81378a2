"""What can be set about the far end of a span."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Signalling = Literal["pri", "r2"]


class SpanOptions(BaseModel):
    """One E1, as the telephone company (or the other PBX of a tie line) runs it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signalling: Signalling = Field(default="pri", description="`pri` = ISDN, `r2` = MFC/R2")
    side: Literal["network", "user"] = Field(default="network", description="`user` for a tie line")
    variant: Literal["itu", "china"] = Field(default="china", description="of MFC/R2")
    crc4: bool = Field(default=True, description="multiframes with CRC-4")
    channels: str = Field(
        default="1-15,17-31",
        pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*$",
        description="timeslots that carry calls, such as 1-10 for a fractional E1",
    )
    number: str = Field(default="", pattern=r"^[0-9]{0,20}$", description="called if a call names none")
    hunt: Literal["ascending", "descending"] = Field(
        default="ascending", description="which free channel the exchange takes for a call to the box"
    )
    loss: float = Field(default=0.0, ge=0, le=100, description="percent of D-channel frames that vanish")
    corruption: float = Field(
        default=0.0, ge=0, le=100, description="percent of D-channel frames with a wrong bit"
    )
    ringback: bool = Field(default=True, description="sends ringback tone while it rings somebody")
    announces: bool = Field(
        default=True, description="sends a tone for 3 s before it refuses a call of the box"
    )
    metering_s: float = Field(default=0.0, ge=0, le=600, description="R2: a unit of charge so often")
    number_digits: int = Field(default=0, ge=0, le=20, description="R2: asked for; 0 = all")


def timeslots(text: str) -> tuple[int, ...]:
    """Read `1-15,17-31`.

    raises  ValueError for what is no timeslot that carries calls
    """
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    wrong = [slot for slot in found if not 1 <= slot <= 31 or slot == 16]
    if wrong or not found or len(set(found)) != len(found):
        raise ValueError(f"channels {text!r}: allowed are 1-15 and 17-31, each once, such as 1-15,17-31")
    return tuple(found)
