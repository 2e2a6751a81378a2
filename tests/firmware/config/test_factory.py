"""A box that was never set up takes calls."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from firmware.config import references
from firmware.config.factory import factory_config
from firmware.config.models import Config
from firmware.text import Language

DEMO_BOARD = ["fxo1", "fxo2", "fxo3", "fxo4", "fxs1", "fxs2", "fxs3", "fxs4"]


@pytest.mark.parametrize("country", ["cn", "us"])
@pytest.mark.parametrize("ports", [DEMO_BOARD, [], ["fxo1"], ["fxs1"], [f"fxo{n}" for n in range(1, 31)]])
def test_it_is_valid_for_any_board(ports: list[str], country: str) -> None:
    config = factory_config(ports, country)
    assert references.check(config) == []
    assert Config.model_validate_json(config.model_dump_json()) == config


def test_every_line_goes_to_the_menu_at_any_hour() -> None:
    config = factory_config(DEMO_BOARD)
    assert [(trunk.port, trunk.entry, trunk.hours) for trunk in config.trunks] == [
        (f"fxo{number}", "menu:main", "always") for number in (1, 2, 3, 4)
    ]
    assert config.menus[0].keys == {
        "1": "queue:info",
        "2": "queue:complaints",
        "0": "queue:info",
        "8": "language:zh",
        "9": "language:en",
    }


def test_phones_and_as_many_agents_of_both_queues() -> None:
    config = factory_config(DEMO_BOARD)
    assert [(phone.port, phone.number) for phone in config.phones] == [
        ("fxs1", "801"), ("fxs2", "802"), ("fxs3", "803"), ("fxs4", "804"),
    ]  # fmt: skip
    assert [agent.number for agent in config.agents] == ["1001", "1002", "1003", "1004"]
    assert all(agent.queues == ("info", "complaints") for agent in config.agents)


def test_ports_are_taken_in_the_order_of_their_numbers() -> None:
    config = factory_config(["fxs10", "fxs2", "fxs1"])
    assert [(phone.port, phone.number) for phone in config.phones] == [
        ("fxs1", "801"),
        ("fxs2", "802"),
        ("fxs10", "803"),
    ]


def test_the_country_sets_language_and_zone() -> None:
    site = factory_config(DEMO_BOARD, "us").site
    assert (site.country, site.timezone, site.language) == ("us", "America/New_York", Language.EN)
    site = factory_config(DEMO_BOARD).site
    assert (site.country, site.timezone, site.language) == ("cn", "Asia/Shanghai", Language.ZH)


def test_office_hours_are_there_to_choose() -> None:
    (office,) = factory_config(DEMO_BOARD).hours
    assert office.name == "office"
    assert office.close_on_holidays


def test_wrong_country_or_port_is_refused() -> None:
    with pytest.raises(ValueError, match="country: got 'xx', allowed cn, us"):
        factory_config(DEMO_BOARD, "xx")
    with pytest.raises(ValidationError, match="port"):
        factory_config(["fxo0"])
