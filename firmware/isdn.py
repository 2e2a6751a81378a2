"""The body of the ISDN signalling link: libpri. The only place of the firmware that loads it."""

from __future__ import annotations

from cext.isdn.link import PriLink
from cext.isdn.types import Side
from firmware.spans.link import Link


def open_link(side: Side) -> Link:
    """Make a link of a D-channel, EuroISDN; `start` sets it to work.

    libpri has no function to free an instance (some 20 KB): keep a link as long as the span's side stays.
    """
    return PriLink(side)
