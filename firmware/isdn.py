"""The body of the ISDN signalling link: libpri. The only place of the firmware that loads it."""

from __future__ import annotations

from cext.isdn.link import PriLink
from cext.isdn.port import Ports
from cext.isdn.types import Side
from firmware.spans.link import Link


class Links:
    """Makes the links of one box.

    libpri has no function to free an instance (15 KB): that of a link which was closed is given to the next
    one of the same side, so that there are never more than there were spans at work.
    """

    def __init__(self) -> None:
        self._ports = Ports()

    def open(self, side: Side) -> Link:
        """Make a link of a D-channel, EuroISDN; `start` sets it to work."""
        return PriLink(side, self._ports)


def open_link(side: Side) -> Link:
    """Make a link that shares nothing."""
    return PriLink(side)
