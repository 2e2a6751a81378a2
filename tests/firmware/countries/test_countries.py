"""The country files say what the standards say."""

from __future__ import annotations

from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from firmware import countries
from firmware.config.models import Site
from firmware.countries.country import Country, ToneName
from firmware.countries.zone import ongoing_like, read_tone
from firmware.text import Language


def test_every_country_of_the_settings_has_a_file_and_no_other() -> None:
    assert set(countries.codes()) == set(get_args(Site.model_fields["country"].annotation))


@pytest.mark.parametrize("code", countries.codes())
def test_country_is_complete(code: str) -> None:
    country = countries.load(code)
    assert country.code == code
    assert set(country.tones) == set(ToneName)
    assert ZoneInfo(country.timezone).key == country.timezone
    assert country.tones[ToneName.DIAL].cadence_ms == ()
    assert all(country.numbers.is_complete(number) for number in country.numbers.emergency)


def test_unknown_country_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="country: got 'atlantis', allowed cn, us"):
        countries.load("atlantis")


@pytest.mark.parametrize(
    ("tone", "cadence_ms"),
    [
        (ToneName.RINGBACK, (1000, 4000)),
        (ToneName.BUSY, (350, 350)),
        (ToneName.CONGESTION, (700, 700)),
        (ToneName.UNOBTAINABLE, (100, 100, 100, 100, 100, 100, 400, 400)),
        (ToneName.WAITING, (400, 4000)),
    ],
)
def test_chinese_cadence(tone: ToneName, cadence_ms: tuple[int, ...]) -> None:
    assert countries.load("cn").tones[tone].cadence_ms == cadence_ms
    assert countries.load("cn").tones[tone].frequencies_hz == (450,)


def test_american_precise_tone_plan() -> None:
    tones = countries.load("us").tones
    assert tones[ToneName.DIAL].frequencies_hz == (350, 440)
    assert tones[ToneName.BUSY].frequencies_hz == (480, 620)
    assert tones[ToneName.BUSY].cadence_ms == (500, 500)
    assert tones[ToneName.CONGESTION].cadence_ms == (250, 250)
    assert tones[ToneName.RINGBACK].cadence_ms == (2000, 4000)


def test_caller_id_standards_and_languages() -> None:
    cn, us = countries.load("cn"), countries.load("us")
    assert (cn.caller_id.standard, cn.law, cn.language) == ("v23", "alaw", Language.ZH)
    assert (us.caller_id.standard, us.law, us.language) == ("bell202", "ulaw", Language.EN)


@pytest.mark.parametrize(
    ("code", "dialled", "is_complete"),
    [
        ("cn", "110", True),
        ("cn", "12", False),
        ("cn", "12345", True),
        ("cn", "123", False),
        ("cn", "13800138000", True),
        ("cn", "1380013800", False),
        ("cn", "01062771234", True),
        ("cn", "0106277123", False),
        ("cn", "013800138000", True),
        ("cn", "01380013800", False),
        ("cn", "4008001234", True),
        ("cn", "62771234", False),  # eight digits in one town, seven in another
        ("us", "911", True),
        ("us", "2125550100", True),
        ("us", "12125550100", True),
        ("us", "5550100", False),
        ("us", "01144", False),
    ],
)
def test_complete_numbers(code: str, dialled: str, is_complete: bool) -> None:
    assert countries.load(code).numbers.is_complete(dialled) is is_complete


SAMPLES = [
    *[("cn", number) for number in ("110", "119", "120", "122", "114", "10086", "12306", "12345", "12366")],
    *[("cn", number) for number in ("13800138000", "013800138000", "4008001234", "8008101234")],
    *[("cn", number) for number in ("01062771234", "02162771234", "057162771234")],
    *[("us", number) for number in ("911", "411", "988", "12125550100", "2125550100")],
]


@pytest.mark.parametrize(("code", "number"), SAMPLES)
def test_the_beginning_of_a_number_is_not_complete(code: str, number: str) -> None:
    """Else a caller could never dial the longer one."""
    numbers = countries.load(code).numbers
    assert numbers.is_complete(number)
    assert not any(numbers.is_complete(number[:length]) for length in range(1, len(number)))


def _raw(code: str) -> dict[str, object]:
    return countries.load(code).model_dump(mode="json")


def test_a_file_with_an_unknown_key_an_odd_cadence_or_a_missing_tone_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Country.model_validate({**_raw("cn"), "colour": "red"})
    tones = countries.load("cn").model_dump(mode="json")["tones"]
    with pytest.raises(ValidationError, match="got 3 times, allowed pairs"):
        Country.model_validate(
            {**_raw("cn"), "tones": {**tones, "busy": {**tones["busy"], "cadence_ms": [1, 2, 3]}}}
        )
    with pytest.raises(ValidationError, match="tones: missing busy"):
        Country.model_validate({**_raw("cn"), "tones": {k: v for k, v in tones.items() if k != "busy"}})


@pytest.mark.parametrize(
    ("zone", "tone", "is_like"),
    [
        ("cn", "445: 1000 1000", "ringback"),  # slow: its first second is ringback's
        ("cn", "450: 700 1300", None),
        ("cn", "450: 500 500", None),
        ("cn", "600: 1000 1000", None),
        ("cn", "450: 400 1600", "waiting"),
        ("cn", "450: 400 400", None),  # fast: believed only when the second on has come in time
        ("us", "440+480: 2000 2000", "ringback"),
        ("us", "440: 2000 2000", None),
    ],
)
def test_which_tones_calls_that_go_on_begin_with(zone: str, tone: str, is_like: str | None) -> None:
    assert ongoing_like(countries.zone(zone), read_tone(tone)) == is_like
