"""The signalling library of the exchange: the same facade that the box has, in the other role."""

from __future__ import annotations

from cext.isdn.types import Side
from firmware.spans.link import Link


def libpri(side: Side) -> Link:
    """Make one end of a D-channel."""
    from firmware.isdn import open_link  # loaded for the first ISDN span only

    return open_link(side)
