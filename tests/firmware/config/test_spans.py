"""Settings of spans: channels, references, groups of channels, direct numbers."""

import pytest

from firmware.config import channels, pattern
from firmware.config.factory import factory_config
from firmware.config.models import Config, DirectNumber, Span, TrunkGroup
from firmware.config.references import check
from firmware.lines.groups import groups_of, service_of
from firmware.lines.lines import Lines
from firmware.text import Text

TITLE = Text(zh="组", en="Group")


def group(*members: str, **more: object) -> TrunkGroup:
    return TrunkGroup.model_validate({"name": "e1", "title": TITLE, "members": members, **more})


def problems(config: Config) -> list[str]:
    base = factory_config(())
    whole = base.model_copy(
        update={"spans": config.spans, "groups": config.groups, "numbers": config.numbers}
    )
    return [str(problem) for problem in check(whole)]


@pytest.mark.parametrize("text", ["0", "16", "1-17", "32", "5-1", "1,1", "1-3,2"])
def test_channels_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="allowed"):
        channels.parse(text)


def test_channels() -> None:
    assert channels.parse("17-18,1,3-4") == (1, 3, 4, 17, 18)
    assert len(channels.parse("1-15,17-31")) == 30
    assert (channels.span_of("span1-7"), channels.span_of("fxo1")) == ("span1", "")


def test_a_factory_box_has_its_spans() -> None:
    config = factory_config(("span2", "span1", "fxs1"))
    assert [(span.port, span.clock_rank) for span in config.spans] == [("span1", 1), ("span2", 2)]
    assert check(config) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        (Config(spans=(Span(port="span1", entry="queue:none"),)), "spans.span1.entry"),
        (Config(spans=(Span(port="span1", hours="none"),)), "spans.span1.hours"),
        (Config(spans=(Span(port="span1", signalling="r2", side="network"),)), "spans.span1.side"),
        (Config(spans=(Span(port="span1", caller_type="national"),)), "spans.span1.caller_type"),
        (
            Config(spans=(Span(port="span1", channels="1-5"),), groups=(group("span1-6"),)),
            "uses: 1, 2, 3, 4, 5",
        ),
        (Config(spans=(Span(port="span1"),), groups=(group("span1", "span1-6"),)), "2 times span1-6"),
        (Config(spans=(Span(port="span1"),), groups=(group("span2"),)), "got span2, allowed span1"),
        (Config(numbers=(DirectNumber(number="1", title=TITLE, entry="phone:9"),)), "numbers.1.entry"),
    ],
)
def test_what_refers_to_nothing_is_refused(config: Config, found: str) -> None:
    assert any(found in problem for problem in problems(config)), problems(config)


def test_channels_of_a_group_are_tried_in_the_spans_order() -> None:
    span = Span(port="span1", channels="1-3")
    config = Config(spans=(span,), groups=(group("fxo1", "span1", order="ascending"),))
    assert groups_of(config)["e1"].members == ("fxo1", "span1-3", "span1-2", "span1-1")
    assert groups_of(config)["outside"].members == ("span1-1", "span1-2", "span1-3")  # read from its end
    assert service_of("span1-2", (group("span1", service="drain"),)) == "drain"


def test_spare_lines_count_channels() -> None:
    span = Span(port="span1", channels="1-3")
    assert problems(Config(spans=(span,), groups=(group("span1", spare_for_emergency=2),))) == []
    assert problems(Config(spans=(span,), groups=(group("span1", spare_for_emergency=3),))) != []


def test_the_most_exact_direct_number_counts() -> None:
    numbers = tuple(DirectNumber(number=end, title=TITLE) for end in ("xx", "5x", "6551", "51"))
    lines = Lines(Config(numbers=numbers))
    found = {called: lines.direct_number(called) for called in ("66551", "9951", "9952", "9962", "5", "")}
    assert {called: one.number if one else "" for called, one in found.items()} == {
        "66551": "6551", "9951": "51", "9952": "5x", "9962": "xx", "5": "", "": "",
    }  # fmt: skip


def test_patterns_that_may_still_be_meant() -> None:
    assert pattern.begins("801x", "80") and not pattern.begins("801x", "81")
    assert not pattern.begins("80", "801")
