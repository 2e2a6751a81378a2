"""What a script can do to spans: each verb becomes a deed of the world."""

from __future__ import annotations

from cext.isdn.types import NumberType, Presentation
from tools.emulator.span.office import Request
from tools.emulator.world import World
from tools.scenario.deed import Args, Deed
from tools.scenario.verbs import Value

CAUSES = {"unallocated": 1, "rejected": 21}
_ANNOUNCED = ("to", "type", "presentation", "redirecting", "overlap")


def span_deeds(world: World) -> dict[str, Deed]:
    """Give the deed of each verb about spans."""

    def spans(verb: str, *places: str) -> Deed:
        def act(args: Args) -> None:
            getattr(world.spans, verb)(*(_plain(args[place]) for place in places))

        return act

    return {
        "cut": spans("cut", "span"),
        "mend": spans("mend", "span"),
        "ais": spans("ais", "span", "state"),
        "rai": spans("rai", "span", "state"),
        "frames": spans("frames", "span", "state"),
        "multiframes": spans("multiframes", "span", "state"),
        "errors": lambda args: world.spans.errors(
            str(args["span"]),
            **{name: round(float(args[name])) for name in ("code", "crc", "frame", "far") if name in args},
        ),
        "slip": spans("slip", "span", "times"),
        "loopplug": spans("plug_back", "span", "state"),
        "wrongbits": spans("wrong_bits", "span", "count"),
        "dlink": spans("dlink", "span", "state"),
        "loss": spans("loss", "span", "percent"),
        "corruption": spans("corruption", "span", "percent"),
        "restart": spans("restart", "part"),
        "block": lambda args: world.spans.service(str(args["channel"]), args["state"] == "off"),
    }


def request_of(args: Args) -> Request | None:
    """Read how a call is announced; None if nothing was said of it."""
    if not any(name in args for name in _ANNOUNCED):
        return None
    return Request(
        to=str(args.get("to", "")),
        type=NumberType[str(args.get("type", "unknown")).upper()],
        presentation=Presentation(str(args.get("presentation", "allowed"))),
        redirecting=str(args.get("redirecting", "")),
        overlap_s=float(args["overlap"]) if "overlap" in args else None,
    )


def cause_of(behaviour: str) -> int:
    """Give the cause a subscriber's call is refused with, 0 for none."""
    if behaviour.startswith("cause="):
        return int(behaviour.removeprefix("cause="))
    return CAUSES.get(behaviour, 0)


def _plain(value: Value) -> str | float | bool:
    """Read words for a switch; whole numbers become such."""
    if isinstance(value, str):
        return {"on": True, "off": False, "up": True, "down": False}.get(value, value)
    return round(value) if value == round(value) else value
