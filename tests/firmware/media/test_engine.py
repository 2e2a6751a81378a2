"""The engine hears digits by the limits of the country, or of the settings."""

from __future__ import annotations

import pytest

import cext
from cext.dtmf_limits import AUSTRALIA, BRAZIL, DENMARK, NTT
from firmware import countries
from firmware.media.engine import dtmf_limits, open_engine
from tests.cext.ref import board, signal


def heard(country: str, dtmf: str, level_dbm0: float, twist_db: float = 0.0) -> str:
    """Return the digits that an engine for a country hears of four, in virtual time."""
    engine = open_engine(1, countries.load(country), dtmf)
    engine.open(0, dtmf=True)
    keys = [signal.digit(k, 60, low_dbm0=level_dbm0 - twist_db, high_dbm0=level_dbm0) for k in "159D"]
    octets = b"".join(signal.alaw(part) + bytes([0xD5]) * 480 for part in keys)
    for number, at in enumerate(range(0, len(octets) - 79, 80)):
        engine.tick(board.block_from_board(1, {0: octets[at : at + 80]}, frame_counter=number * 80))
    return "".join(e.digit for e in engine.events() if e.kind is cext.EventKind.DIGIT_BEGIN)


@pytest.mark.parametrize("country", countries.codes())
def test_the_country_says_what_a_digit_is(country: str) -> None:
    """AT&T accepts from -25 dBm0."""
    assert heard(country, "country", -25) == "159D"
    assert heard(country, "country", -37) == ""


def test_the_settings_may_say_otherwise() -> None:
    """NTT accepts -24 and rejects -29 dBm0; AT&T hears the latter; Australia accepts a twist of 10 dB."""
    assert heard("cn", "ntt", -24) == "159D"
    assert heard("cn", "ntt", -29) == ""
    assert heard("cn", "att", -29) == "159D"
    assert heard("cn", "att", -8, twist_db=10) == ""
    assert heard("cn", "australia", -8, twist_db=10) == "159D"


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        *(("att", cext.DtmfLimits()), ("ntt", NTT), ("denmark", DENMARK)),
        *(("australia", AUSTRALIA), ("brazil", BRAZIL)),
    ],
)
def test_the_rows_are_those_that_the_engine_was_tested_with(name: str, limits: cext.DtmfLimits) -> None:
    ours = dtmf_limits(countries.dtmf(name))
    if name == "denmark":  # the engine's has no level A
        assert ours.level_min_dbm0 == -28.5 - 4.5
    assert ours == limits


def test_an_unknown_row_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="dtmf: got 'mars', allowed att, ntt, denmark, australia, brazil"):
        countries.dtmf("mars")
