"""What a verb of a script makes people do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.scenario.verbs import Value

Args = Mapping[str, Value]
Deed = Callable[[Args], None]
