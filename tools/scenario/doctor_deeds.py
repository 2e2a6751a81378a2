"""What a script asks of the line doctor."""

from __future__ import annotations

from collections.abc import Callable

from firmware.api.core import Actor, Refused, Role
from tools.scenario.deed import Args, Deed
from tools.scenario.venue import Venue

INSTALLER = Actor("installer", Role.INSTALLER)


def doctor_deeds(venue: Venue) -> dict[str, Deed]:
    """Give the deed of each verb about the doctor."""
    doctor = venue.doctor

    def ask(deed: Callable[[Args], object]) -> Deed:
        return lambda args: _ask(venue, lambda: deed(args))

    return {
        "test": ask(lambda args: _test(venue, args)),
        "refused": lambda args: _refused(venue, args),
        "remoteloop": ask(
            lambda args: doctor.loop_span(
                str(args["span"]), float(args["seconds"]), args.get("force") == "on"
            )
        ),
        "learn": ask(lambda args: doctor.learn(str(args["line"]), str(args.get("number", "")))),
        "capture": ask(lambda args: doctor.capture(str(args["line"]), float(args["seconds"]))),
        "store": ask(lambda args: doctor.store(str(args["line"]), INSTALLER)),
        "stop": ask(lambda args: doctor.stop(str(args["line"]))),
    }


def _ask(venue: Venue, deed: Callable[[], object]) -> None:
    try:
        deed()
    except Refused as refusal:
        raise ValueError(refusal.text.en) from None
    venue.wake()


def _test(venue: Venue, args: Args) -> None:
    line, doctor = str(args["line"]), venue.doctor
    if venue.world.spans.covers(line):
        doctor.test_span(line, args.get("remote") == "on", args.get("force") == "on")
    else:
        doctor.test(line, str(args.get("digit", "2")), args.get("tune") == "on")


def _refused(venue: Venue, args: Args) -> None:
    try:
        _test(venue, args)
    except Refused:
        return
    raise ValueError("the doctor did not refuse the test")
