"""The page of figures has a place for each table; tables and plots are what they are called."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tools.figures import page as figures
from tools.plot import Axis, Plot


def test_the_page_has_a_place_for_every_table_and_none_is_empty() -> None:
    page = figures.PAGE.read_text(encoding="utf-8")
    for name in figures.TABLES:
        assert f"<!-- figures: {name} -->\n| " in page, f"make figures has not written {name}"


def test_a_table_is_put_between_its_marks_and_nowhere_else() -> None:
    page = "a\n<!-- figures: x -->\nold\n<!-- end -->\nb\n<!-- figures: y -->\nkept\n<!-- end -->\n"
    made = figures.put(page, "x", [("head", "two"), ("1", "2")])
    assert made == (
        "a\n<!-- figures: x -->\n| head | two |\n|---|---|\n| 1 | 2 |\n<!-- end -->\nb\n"
        "<!-- figures: y -->\nkept\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="no place for 'z'"):
        figures.put(page, "z", [("head",)])


def test_an_unknown_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.main(["nonsense"]) == 1
    assert "nonsense: allowed are g711" in capsys.readouterr().err


def test_a_plot_is_svg_with_its_points_inside() -> None:
    plot = Plot("Title", Axis("x", 0, 10, 5), Axis("y", -1, 1, 1), ((2, 4, "band"),))
    root = ElementTree.fromstring(plot.draw({"a": [(0, -1), (10, 1)], "b": [(5, 99)]}))
    lines = [e.attrib["points"] for e in root.iter() if e.tag.endswith("polyline")]
    assert lines[0] == f"{plot.across(0):.1f},{plot.down(-1):.1f} {plot.across(10):.1f},{plot.down(1):.1f}"
    assert lines[1].endswith(f"{plot.down(1):.1f}")  # held inside
