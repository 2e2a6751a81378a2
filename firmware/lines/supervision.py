"""How one outside line is watched and used: what of its signs count, and how it is dialled on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.config.models import Trunk


class Service(StrEnum):
    """What a line may be used for."""

    IN_SERVICE = "in-service"
    SWITCHED_OFF = "switched-off"  # no new calls; running ones go on
    DRAIN = "drain"  # the same, by its group
    OUT = "out-of-service"  # no calls at all: running ones are ended


@dataclass(frozen=True, slots=True)
class Supervision:
    """The settings of one line."""

    service: Service = Service.IN_SERVICE
    answer_polarity: bool = True
    disconnect_polarity: bool = True
    disconnect_loop_drop: bool = True
    disconnect_busy_tone: bool = True
    disconnect_congestion: bool = True
    is_pulse: bool = False
    answer_by_voice: bool = True
    silence_s: int = 600
    dtmf_caller_id: bool = False  # the exchange may send it so, before the first ring
    flash_ms: int = 300  # how long the loop is open for a hook flash
    waiting_caller_id: bool = False  # answer the exchange's tone for it in a talk
    agc: bool = False  # bring voices to one level
    hum_hz: int | None = None  # mains whose hum is taken out

    def ends_on(self, tone: str) -> bool:
        """Tell whether this tone means that the far end hung up."""
        return (tone == "busy" and self.disconnect_busy_tone) or (
            tone == "congestion" and self.disconnect_congestion
        )


def of(
    trunk: Trunk | None,
    group_service: str = "in-service",
    *,
    dtmf_caller_id: bool = False,
    flash_ms: int = 300,
) -> Supervision:
    """Read a line's settings.

    trunk          None for a line that is not in the settings: it is switched off
    group_service  the state it has by its groups
    dtmf_caller_id, flash_ms  of the country
    """
    if trunk is None:
        return Supervision(service=Service.SWITCHED_OFF)
    return Supervision(
        service=_service(trunk, Service(group_service)),
        answer_polarity=trunk.answer_polarity,
        disconnect_polarity=trunk.disconnect_polarity,
        disconnect_loop_drop=trunk.disconnect_loop_drop,
        disconnect_busy_tone=trunk.disconnect_busy_tone,
        disconnect_congestion=trunk.disconnect_congestion,
        is_pulse=trunk.dialling == "pulse",
        answer_by_voice=trunk.answer_by_voice,
        silence_s=trunk.silence_s,
        dtmf_caller_id=dtmf_caller_id,
        waiting_caller_id=trunk.waiting_caller_id,
        agc=trunk.agc,
        hum_hz=None if trunk.hum == "off" else int(trunk.hum),
        flash_ms=trunk.flash_ms or flash_ms,
    )


def _service(trunk: Trunk, by_group: Service) -> Service:
    if by_group is Service.OUT or trunk.in_service:
        return by_group
    return Service.SWITCHED_OFF
