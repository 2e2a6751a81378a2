"""Watches how outside lines sound while people talk with them, and who answers where we called."""

from __future__ import annotations

from firmware.call.context import Context
from firmware.call.sound import Party
from firmware.call.types import TALKS, Call, Leg
from firmware.media.actions import WatchParty, WatchSound
from firmware.media.types import (
    MediaEvent,
    PartyKnown,
    SoundBack,
    SoundLost,
    Speaks,
    SpeaksNot,
    VoiceGood,
    VoiceLow,
)


class Hearing:
    """The outside lines of all talks. What the engine tells of others comes too late, and is nobody's."""

    def __init__(self, context: Context) -> None:
        self._context = context
        context.on_place = self.follow

    def follow(self, call: Call) -> None:
        """A call has come to another place: its lines are watched in talks, and nowhere else."""
        is_talk = (
            bool(call.segments) and call.segments[-1].kind in TALKS and call.segments[-1].ended_at is None
        )
        for leg in call.legs:
            if leg.is_phone:
                continue
            is_heard = is_talk and leg.is_here and leg.answered_at is not None
            if is_heard and not leg.sound.is_watched:
                leg.sound.is_watched = True
                self._context.do(WatchSound(leg.channel, True))
            elif leg.sound.is_watched and not is_heard:
                self._stop(leg)

    def _stop(self, leg: Leg) -> None:
        leg.sound.close(self._context.now)
        if leg.is_here:  # the channel of a leg that ended may be another one's by now
            self._context.do(WatchSound(leg.channel, False))

    def answered(self, call: Call, port: str) -> None:
        """The far end of a line answered our call: hear who it is."""
        leg = call.leg_on(port)
        if leg is not None:
            self._context.do(WatchParty(leg.channel))
        self.follow(call)

    def ending(self, call: Call) -> None:
        """A call is over."""
        for leg in call.legs:
            leg.sound.close(self._context.now)

    def heard(self, event: MediaEvent) -> None:
        """Take what the engine noticed on a channel."""
        port = self._context.lines.port(getattr(event, "channel", -1))
        call = self._context.call_on(port) if port is not None else None
        leg = call.leg_on(port) if call is not None and port is not None else None
        if call is None or leg is None or leg.is_phone:
            return
        if isinstance(event, PartyKnown):
            leg.sound.answered_by = Party(event.who)
            self._context.log("call.party", call, leg, party=event.who, reason=event.reason)
        elif leg.sound.is_watched:
            self._changed(call, leg, event)

    def _changed(self, call: Call, leg: Leg, event: MediaEvent) -> None:
        sound, context = leg.sound, self._context
        match event:
            case SoundLost(for_s=for_s):
                sound.lost_at = context.now - for_s
                context.log("call.sound-lost", call, leg, line=leg.port)
            case SoundBack(for_s=for_s):
                sound.back(context.now)
                context.log("call.sound-back", call, leg, line=leg.port, lost_s=round(for_s, 1))
            case VoiceLow(level_dbm0=level_dbm0):
                sound.quiet_at = context.now
                context.log("call.voice-low", call, leg, line=leg.port, voice_dbm0=round(level_dbm0, 1))
            case VoiceGood(level_dbm0=level_dbm0):
                sound.good(context.now)
                context.log("call.voice-good", call, leg, line=leg.port, voice_dbm0=round(level_dbm0, 1))
            case SpeaksNot(for_s=for_s):
                sound.silent_at = context.now - for_s
            case Speaks():
                sound.silent_at = None
