"""A quiet caller and a humming line, through the whole box in virtual time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from office import MOBILE, always_open, login, office, wait_for

from cext import alaw_encode
from tools import sound
from tools.emulator.options import LineOptions

SPEECH = Path("/usr/share/codec2/raw/ve9qrp.raw")  # Debian: codec2-examples


def heard_by_agent(folder: Path, speech: bytes, options: LineOptions, **settings: object) -> np.ndarray:
    """What the agent's handset gave in the last 8 s of a talk of 20 s."""
    config = always_open()
    first, *others = config.trunks
    trunks = (first.model_copy(update=settings), *others)
    box = office(folder, config.model_copy(update={"trunks": trunks}), lines={"fxo1": options})
    login(box, "fxs1", "1001")
    box.world.answer("fxs1", after_s=2)
    box.world.record("fxs1", folder / "agent.wav")
    box.world.call("fxo1", MOBILE, keys=[(5, "1")])
    wait_for(box, "call.bridged")
    box.world.say("fxo1", speech)
    box.run_until(box.now + 20)
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.close()
    samples = soundfile.read(folder / "agent.wav")[0]
    talk = np.flatnonzero(np.abs(samples) > 0)
    return samples[talk[-1] - 13 * 8000 : talk[-1] - 5 * 8000]


def at_dbm0(samples: np.ndarray, level_dbm0: float) -> bytes:
    """Speech of this level as octets."""
    wanted = samples * 10 ** ((level_dbm0 - sound.speech_level_dbm0(samples)) / 20)
    return alaw_encode(np.rint(wanted * 32767).astype("<i2").tobytes())


@pytest.mark.parametrize(("agc", "least_db", "most_db"), [(False, -2.0, 2.0), (True, 7.0, 18.5)])
def test_a_quiet_caller_is_heard_louder_where_the_line_says_so(
    tmp_path: Path, agc: bool, least_db: float, most_db: float
) -> None:
    """A caller of -35 dBm0; the agent hears a gain of 7 dB and more, or exactly what came."""
    speech = sound.read_raw(SPEECH)[: 22 * 8000]
    plain = heard_by_agent(tmp_path / "plain", at_dbm0(speech, -35), LineOptions())
    treated = heard_by_agent(tmp_path / "treated", at_dbm0(speech, -35), LineOptions(), agc=agc)
    gain_db = sound.speech_level_dbm0(treated) - sound.speech_level_dbm0(plain)
    assert least_db < gain_db < most_db


def test_mains_hum_is_taken_out_where_the_line_says_so(tmp_path: Path) -> None:
    """Hum of -35 dBm0: what is left of 50 and 150 Hz lies 20 dB lower."""
    levels = []
    for hum in ("off", "50"):
        got = heard_by_agent(tmp_path / hum, b"\xd5" * 160, LineOptions(hum_dbm0=-35.0), hum=hum)
        spectrum = np.abs(np.fft.rfft(got * np.hanning(len(got)))) ** 2
        at = np.fft.rfftfreq(len(got), 1 / 8000)
        levels.append(10 * np.log10(sum(spectrum[np.abs(at - hz) < 2].sum() for hz in (50, 150)) + 1e-12))
    assert levels[1] < levels[0] - 20
