"""What holds for all tests: none is judged by how fast this machine is at the moment."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("callbox", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("callbox")
