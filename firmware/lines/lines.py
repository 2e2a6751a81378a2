"""All lines and phones of the box, and the questions the call machine asks about them."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.config import channels, pattern
from firmware.config.models import Config, DirectNumber, Span, Trunk, TrunkGroup
from firmware.lines import groups
from firmware.lines.outside import Outside
from firmware.lines.phone import PhoneLine
from firmware.lines.trunk import TrunkLine
from firmware.lines.types import PhoneState


class Lines:
    """Outside lines and phones by port name; what state they are in. The channels of a span are lines."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.trunks: dict[str, Outside] = {}
        self.phones: dict[str, PhoneLine] = {}
        self._by_channel: dict[int, str] = {}
        self._groups: tuple[Config | None, dict[str, TrunkGroup]] = (None, {})

    def channel(self, port: str) -> int:
        """Give the engine's channel of a port.

        raises  KeyError for a port that the board does not have
        """
        trunk = self.trunks.get(port)
        return trunk.channel if trunk is not None else self.phones[port].channel

    def port(self, channel: int) -> str | None:
        """Give the port on a channel of the engine."""
        if len(self._by_channel) != len(self.trunks) + len(self.phones):
            everything: list[Outside | PhoneLine] = [*self.trunks.values(), *self.phones.values()]
            self._by_channel = {one.channel: one.port for one in everything}
        return self._by_channel.get(channel)

    def analog(self, port: str) -> TrunkLine:
        """Give an analog line. raises KeyError if it is none"""
        trunk = self.trunks[port]
        if not isinstance(trunk, TrunkLine):
            raise KeyError(port)
        return trunk

    def is_analog(self, port: str) -> bool:
        """The port is an analog line."""
        return isinstance(self.trunks.get(port), TrunkLine)

    def settings(self, port: str) -> Trunk | Span | None:
        """Give the settings of a line; those of its span for a channel. None: it is not in the settings"""
        span = channels.span_of(port)
        if span:
            return next((one for one in self.config.spans if one.port == span), None)
        return next((trunk for trunk in self.config.trunks if trunk.port == port), None)

    def direct_number(self, called: str) -> DirectNumber | None:
        """Find the entry of the number called: the most exact one that it ends in."""
        found = [one for one in self.config.numbers if called and pattern.ends(one.number, called)]
        return max(found, key=lambda one: pattern.exactness(one.number), default=None)

    def siblings(self, port: str) -> frozenset[str]:
        """Give all channels of a channel's span; of an analog line: itself."""
        span = channels.span_of(port)
        return frozenset(other for other in self.trunks if span and channels.span_of(other) == span) | {port}

    def groups(self) -> Mapping[str, TrunkGroup]:
        """Give all groups by name, with the built-in one; their members are single lines."""
        if self._groups[0] is not self.config:
            self._groups = (self.config, groups.groups_of(self.config))
        return self._groups[1]

    def set_group_service(self, name: str, service: str) -> None:
        """Put a group in another state until the settings change."""
        changed = self.groups()[name].model_copy(update={"service": service})
        self._groups = (self.config, {**self.groups(), name: changed})

    def group_service(self, port: str) -> str:
        """Give the state a line has by its groups."""
        return groups.service_of(port, self.groups().values())

    def tone_zone(self, port: str) -> str:
        """Give the zone whose tones the exchange of a line sends; empty for the country's."""
        return next((trunk.tone_zone for trunk in self.config.trunks if trunk.port == port), "")

    def tones(self, port: str) -> tuple[str, str]:
        """Give whose tones a line has, and the busy tone learned on it; empty: the country's, and none."""
        trunk = next((trunk for trunk in self.config.trunks if trunk.port == port), None)
        if trunk is None:
            return "", ""
        zone = trunk.tone_zone or (self.config.site.country if trunk.busy_tone else "")
        return zone, trunk.busy_tone

    def phone_port(self, number: str) -> str | None:
        """Give the port of an extension, if the board has it."""
        for phone in self.config.phones:
            if phone.number == number and phone.port in self.phones:
                return phone.port
        return None

    def phone_number(self, port: str) -> str:
        """Give the extension of a phone's port; empty if it has none."""
        return next((phone.number for phone in self.config.phones if phone.port == port), "")

    def shown_number(self, port: str) -> str:
        """Give the number that calls of a phone show outside; empty: the line's own."""
        return next((phone.direct_number for phone in self.config.phones if phone.port == port), "")

    def phone_is_free(self, port: str) -> bool:
        """The phone is on its hook and not ringing."""
        phone = self.phones.get(port)
        return phone is not None and phone.state is PhoneState.ON_HOOK

    def phone_is_lifted(self, port: str) -> bool:
        """Somebody holds the handset."""
        phone = self.phones.get(port)
        return phone is not None and phone.state in (PhoneState.OFF_HOOK, PhoneState.LEFT_OFF_HOOK)
