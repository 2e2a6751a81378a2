"""Which line an outgoing call takes."""

from firmware.config.models import OUTSIDE, Config, Trunk, TrunkGroup
from firmware.lines.groups import Harm, LineView, for_call, for_emergency, groups_of, service_of
from firmware.text import Text

LINES = ("fxo1", "fxo2", "fxo3")
FREE, BUSY = LineView(True), LineView(False)


def group(**fields: object) -> TrunkGroup:
    whole = {"name": "g", "title": Text(zh="组", en="Group"), "members": LINES, **fields}
    return TrunkGroup.model_validate(whole)


def views(*states: LineView) -> dict[str, LineView]:
    return dict(zip(LINES, states, strict=True))


def test_the_built_in_group_has_all_outgoing_lines_last_first() -> None:
    config = Config(trunks=(Trunk(port="fxo1"), Trunk(port="fxo2", outgoing=False), Trunk(port="fxo3")))
    outside = groups_of(config)[OUTSIDE]
    assert outside.members == ("fxo1", "fxo3")
    assert for_call([outside], views(FREE, FREE, FREE)) == "fxo3"
    assert for_call([outside], views(FREE, FREE, BUSY)) == "fxo1"
    assert for_call([outside], views(BUSY, FREE, BUSY)) is None


def test_a_group_of_that_name_takes_its_place() -> None:
    own = group(name=OUTSIDE, members=("fxo1",))
    assert groups_of(Config(groups=(own,)))[OUTSIDE] == own


def test_orders() -> None:
    assert for_call([group(order="ascending")], views(BUSY, FREE, FREE)) == "fxo2"
    worn = views(LineView(True, calls=5), LineView(True, calls=2), LineView(True, calls=2))
    assert for_call([group(order="least-used")], worn) == "fxo2"


def test_groups_are_tried_in_order_and_lines_once() -> None:
    first, second = group(members=("fxo3",)), group(members=("fxo1", "fxo2"))
    assert for_call([first, second], views(FREE, FREE, FREE)) == "fxo3"
    assert for_call([first, second], views(FREE, FREE, BUSY)) == "fxo2"
    assert for_call([first, second], views(FREE, FREE, FREE), tried=frozenset({"fxo3", "fxo2"})) == "fxo1"


def test_a_spare_line_is_left_to_emergency_calls() -> None:
    spare = group(spare_for_emergency=1)
    assert for_call([spare], views(FREE, FREE, BUSY)) == "fxo2"
    assert for_call([spare], views(FREE, BUSY, BUSY)) is None
    assert for_emergency([spare], views(FREE, BUSY, BUSY)) == "fxo1"


def test_a_limit_counts_outgoing_calls_only() -> None:
    out, incoming = LineView(False, is_out=True), LineView(False)
    assert for_call([group(max_calls=1)], views(FREE, FREE, out)) is None
    assert for_call([group(max_calls=1)], views(FREE, FREE, incoming)) == "fxo2"
    assert for_emergency([group(max_calls=1)], views(FREE, FREE, out)) == "fxo2"


def test_a_drained_group_takes_no_call_but_for_help() -> None:
    drained = group(service="drain")
    assert for_call([drained], views(FREE, FREE, FREE)) is None
    assert for_emergency([drained], views(FREE, FREE, FREE)) == "fxo3"


def test_the_most_restricted_group_rules_a_line() -> None:
    groups = [
        group(),
        group(service="drain", members=("fxo1", "fxo2")),
        group(service="out-of-service", members=("fxo2",)),
    ]
    assert [service_of(port, groups) for port in LINES] == ["drain", "out-of-service", "in-service"]


def test_help_takes_the_line_that_is_missed_least() -> None:
    def taken(harm: Harm, since_s: float = 0.0) -> LineView:
        return LineView(False, harm=harm, since_s=since_s)

    def chosen(*states: LineView) -> str | None:
        return for_emergency([group()], views(*states))

    assert chosen(taken(Harm.TALK), taken(Harm.DIALLING), taken(Harm.MENU)) == "fxo2"
    assert chosen(taken(Harm.TALK), taken(Harm.WAITING), taken(Harm.MENU)) == "fxo3"
    assert chosen(taken(Harm.TALK), taken(Harm.OUTGOING_TALK), taken(Harm.MENU)) == "fxo2"
    assert chosen(taken(Harm.TALK, 10), taken(Harm.TALK, 30), taken(Harm.TALK, 20)) == "fxo2"
    assert chosen(BUSY, BUSY, BUSY) is None


def test_help_takes_a_free_line_of_another_group_first() -> None:
    small = group(members=("fxo1",))
    assert for_emergency([small], views(LineView(False, harm=Harm.DIALLING), FREE, BUSY)) == "fxo2"


def test_help_takes_a_line_that_is_switched_off_before_it_ends_a_call() -> None:
    resting, dialling = LineView(False, is_resting=True), LineView(False, harm=Harm.DIALLING)
    assert for_emergency([group()], views(dialling, resting, BUSY)) == "fxo2"
    assert for_emergency([group()], views(FREE, resting, BUSY)) == "fxo1"
    assert for_call([group()], views(BUSY, resting, BUSY)) is None
