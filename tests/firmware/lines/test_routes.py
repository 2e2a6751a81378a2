"""Which route a number takes."""

from firmware.config.models import OUTSIDE, Route
from firmware.lines.routes import Way, choose


def route(name: str, pattern: str, **fields: object) -> Route:
    return Route.model_validate({"name": name, "pattern": pattern, "groups": [name], **fields})


def test_without_a_route_the_number_goes_outside_as_it_is() -> None:
    assert choose((), "62345678") == Way((OUTSIDE,), "62345678")


def test_the_longest_pattern_counts_wherever_it_stands() -> None:
    routes = (route("far", "0"), route("beijing", "010"), route("mobile", "01[3-9]"))
    assert choose(routes, "0755123").route == "far"
    assert choose(routes, "01062345678").route == "beijing"
    assert choose(routes, "013800138000").route == "mobile"


def test_equally_long_fixed_digits_then_the_whole_number_win() -> None:
    routes = (route("any", "1xx"), route("help", "12x"), route("exact", "12x$"))
    assert choose(routes, "12345").route == "help"
    assert choose(routes, "122").route == "exact"
    assert choose(routes, "114").route == "any"


def test_digits_are_taken_off_and_put_in_front() -> None:
    routes = (route("mobile", "1[3-9]", prepend="0"), route("pbx", "7", strip=1, prepend="17909"))
    assert choose(routes, "13800138000").digits == "013800138000"
    assert choose(routes, "7123").digits == "17909123"
