"""What the engine notices in a channel's sound besides signals, and what it does about it."""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi, lib
from cext.commands import Commands
from cext.levels import SILENCE_DBM0, level_dbm0
from cext.tones import check_range
from cext.types import CextError, LevelReport

FRAME_S = 0.01
_LONGEST_MS = 86_400_000
_MAINS_HZ = (50, 60)


class Hearing(Commands):
    """Levels, voice, silence, who answered; hum removal and automatic gain."""

    def level(self, channel: int) -> LevelReport:
        """Return what was heard on a channel since it was opened; stays when it is closed."""
        self._check_channel(channel)
        raw = ffi.new("struct dsp_level *")
        lib.engine_read_level(self._engine, channel, raw)
        return report_of(raw)

    def watch_silence(self, channel: int, after_ms: int, is_on: bool = True, *, both: bool = False) -> None:
        """Report SILENCE_BEGIN when nobody has spoken for so long, SILENCE_END when somebody does again.

        both  silence only counts while nothing is said to the line either; tones and noise are silence
        """
        self._check_open(channel)
        check_range("after_ms", after_ms, 10, _LONGEST_MS)
        what = lib.DSP_WATCH_SILENCE_OF_BOTH if both else lib.DSP_WATCH_SILENCE
        self._sent(lib.engine_watch(self._engine, channel, what, after_ms if is_on else 0))

    def watch_voice(self, channel: int, is_on: bool) -> None:
        """Report VOICE_BEGIN, VOICE_END, AUDIO_LOST, AUDIO_BACK, LEVEL_LOW, LEVEL_GOOD, or no more."""
        self._watch(channel, lib.DSP_WATCH_VOICE, is_on)

    def watch_sound(self, channel: int, is_on: bool) -> None:
        """Report AUDIO_LOST, AUDIO_BACK, LEVEL_LOW, LEVEL_GOOD, MUTE_BEGIN, MUTE_END; or no more.

        Each time it is switched on the watch begins anew: what is so already is told (once more).
        """
        self._watch(channel, lib.DSP_WATCH_SOUND, is_on)

    def watch_answer(self, channel: int, is_on: bool) -> None:
        """Report ANSWERED, once, when somebody speaks (300 ms) on a line we called and no tone sounds."""
        self._watch(channel, lib.DSP_WATCH_ANSWER, is_on)

    def watch_machine(self, channel: int, is_on: bool) -> None:
        """Report PERSON, MACHINE or UNSURE, once; to be switched on when the call is answered.

        Within half a second after ANSWERED the greeting counts from where that heard it begin.
        """
        self._watch(channel, lib.DSP_WATCH_MACHINE, is_on)

    def agc(self, channel: int, is_on: bool) -> None:
        """Bring the voice that others hear of a channel to -20 dBm0, slowly.

        Recordings and detectors are not touched.
        """
        self._check_open(channel)
        self._sent(lib.engine_agc(self._engine, channel, is_on))

    def clean(self, channel: int, is_on: bool, mains_hz: int = 50) -> None:
        """Take DC and mains hum out of what others hear of a channel.

        Recordings and detectors are not touched.
        """
        self._check_open(channel)
        check_mains(mains_hz)
        self._sent(lib.engine_clean(self._engine, channel, mains_hz if is_on else 0))

    def _watch(self, channel: int, what: int, is_on: bool) -> None:
        self._check_open(channel)
        self._sent(lib.engine_watch(self._engine, channel, what, is_on))


def check_mains(mains_hz: int) -> None:
    """Raise CextError for a mains frequency that does not exist."""
    if mains_hz not in _MAINS_HZ:
        raise CextError(f"mains_hz {mains_hz}: allowed are 50 and 60")


def report_of(raw: Any) -> LevelReport:
    """Translate a struct dsp_level."""
    return LevelReport(
        voice_dbm0=level_dbm0(raw.voice_power) if raw.voice_power else SILENCE_DBM0,
        noise_dbm0=level_dbm0(raw.noise_power) if raw.noise_power else SILENCE_DBM0,
        peak_dbm0=level_dbm0(raw.peak**2 / 2),
        clipped=raw.n_clipped,
        voice_s=raw.n_voice * FRAME_S,
        total_s=raw.n_frames * FRAME_S,
    )
