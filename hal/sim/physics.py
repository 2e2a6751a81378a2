"""What the world cannot do to a port."""

from __future__ import annotations


class PhysicsError(Exception):
    """The world side asked for something impossible: lifting a lifted phone, ringing an unplugged line."""
