"""What a script can do to analog lines and to phones: each verb becomes a deed of the world."""

from __future__ import annotations

from tools.emulator.world import World
from tools.scenario.deed import Args, Deed


def phone_deeds(world: World) -> dict[str, Deed]:
    """Give the deed of each verb about phones."""
    return {
        "lift": lambda args: world.lift(str(args["phone"])),
        "hang": lambda args: world.hang(str(args["phone"])),
        "dial": lambda args: world.dial(str(args["phone"]), str(args["digits"])),
        "flash": lambda args: world.flash(str(args["phone"])),
        "ignore": lambda args: world.ignore(str(args["phone"])),
        "short": lambda args: world.short(str(args["phone"]), args["state"] == "on"),
    }


def line_deeds(world: World) -> dict[str, Deed]:
    """Give the deed of each verb about analog lines."""

    def other(args: Args) -> None:
        act = world.lift_other if args["hook"] == "lift" else world.hang_up_other
        act(str(args["line"]))

    return {
        "unplug": lambda args: world.unplug(str(args["line"])),
        "plug": lambda args: world.plug(str(args["line"])),
        "noise": lambda args: world.noise(str(args["line"]), float(args["level"]), float(args["seconds"])),
        "other": other,
        "loop": lambda args: world.loop(str(args["line"]), float(args["ohm"])),
        "polarity": lambda args: world.polarity(str(args["line"])),
        "ringing": lambda args: world.ringing(str(args["line"]), float(args["vrms"]), float(args["hz"])),
    }
