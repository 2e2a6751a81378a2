"""Put a line of the trace into the words of scenarios: WHO KIND key=value..., or WHO WHAT of the world."""

from __future__ import annotations

from tools.scenario.expect import Seen
from tools.trace import TraceEvent

# ids and versions: no two runs of different code share them
_PRIVATE = frozenset({"recording", "version", "revision"})


def seen(line: TraceEvent) -> Seen:
    """Give the line as people write it in a scenario.

    In the box's lines empty values, private ids and what WHO says already are left out; blanks become `_`.
    """
    if line.is_world:
        return Seen(line.at, line.who, " ".join([line.what, *(str(value) for value in line.data.values())]))
    data = (f"{key}={_word(value)}" for key, value in line.data.items() if _tells(line.who, key, value))
    return Seen(line.at, line.who, " ".join([line.what, *data]))


def _tells(who: str, key: str, value: str | int | float) -> bool:
    is_said = who == f"{key} {value}" or (key == "port" and who == value)
    return value != "" and key not in _PRIVATE and not is_said


def _word(value: str | int | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace(" ", "_")
