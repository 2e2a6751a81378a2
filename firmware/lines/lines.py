"""All lines and phones of the box, and the questions the call machine asks about them."""

from __future__ import annotations

from firmware.config.models import Config
from firmware.lines import groups
from firmware.lines.phone import PhoneLine
from firmware.lines.trunk import TrunkLine
from firmware.lines.types import PhoneState


class Lines:
    """Trunks and phones by port name; what state they are in."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.trunks: dict[str, TrunkLine] = {}
        self.phones: dict[str, PhoneLine] = {}

    def channel(self, port: str) -> int:
        """Give the engine's channel of a port.

        raises  KeyError for a port that the board does not have
        """
        trunk = self.trunks.get(port)
        return trunk.channel if trunk is not None else self.phones[port].channel

    def port(self, channel: int) -> str | None:
        """Give the port on a channel of the engine."""
        trunk = next((trunk.port for trunk in self.trunks.values() if trunk.channel == channel), None)
        return trunk or next((phone.port for phone in self.phones.values() if phone.channel == channel), None)

    def group_service(self, port: str) -> str:
        """Give the state a line has by its groups."""
        return groups.service_of(port, self.config.groups)

    def tone_zone(self, port: str) -> str:
        """Give the zone whose tones the exchange of a line sends; empty for the country's."""
        return next((trunk.tone_zone for trunk in self.config.trunks if trunk.port == port), "")

    def busy_tone(self, port: str) -> str:
        """Give the busy tone that was learned on a line; empty for none."""
        return next((trunk.busy_tone for trunk in self.config.trunks if trunk.port == port), "")

    def phone_port(self, number: str) -> str | None:
        """Give the port of an extension, if the board has it."""
        for phone in self.config.phones:
            if phone.number == number and phone.port in self.phones:
                return phone.port
        return None

    def phone_number(self, port: str) -> str:
        """Give the extension of a phone's port; empty if it has none."""
        return next((phone.number for phone in self.config.phones if phone.port == port), "")

    def phone_is_free(self, port: str) -> bool:
        """The phone is on its hook and not ringing."""
        phone = self.phones.get(port)
        return phone is not None and phone.state is PhoneState.ON_HOOK

    def phone_is_lifted(self, port: str) -> bool:
        """Somebody holds the handset."""
        phone = self.phones.get(port)
        return phone is not None and phone.state in (PhoneState.OFF_HOOK, PhoneState.LEFT_OFF_HOOK)
