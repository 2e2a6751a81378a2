"""`python -m tools.scenario` on the whole box: verdicts, exit codes, recording, the results of --out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from firmware.config.factory import factory_config
from tools.scenario import performance
from tools.scenario.__main__ import main, open_box
from tools.scenario.verbs import VERBS

DOCUMENT = Path(__file__).parent.parent.parent / "docs/scenarios.md"
GOOD = """--- description
A caller presses 1 and hangs up.
--- config
[lines.fxo1]
hang_up_signals = ["polarity"]
--- script
0:01 call fxo1 13800138000 as=wang keys=1@4 audio=cross
0:12 hangup wang
--- expect
# the way in
only call
~ call 1 call.incoming caller=13800138000
~ call 1 call.answered
~ call 1 menu.entered
~ call 1 menu.key detail=1
...
0:12~0.5 call 1 call.ended reason=polarity
--- listen
wang hears prompt zh/greeting
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "a.scn"
    path.write_text(text, "utf-8")
    return path


def test_a_good_scenario_ends_with_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file(tmp_path, GOOD))]) == 0
    assert re.search(r"a\.scn: good \(0:22\.0 in \d+\.\d s, \d+ times the clock\)", capsys.readouterr().out)


def test_quiet_says_nothing_about_what_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quiet", str(file(tmp_path, GOOD))]) == 0
    assert capsys.readouterr().out == ""


def test_a_difference_ends_with_one_and_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, GOOD.replace("menu.key detail=1", "menu.key detail=2"))
    assert main([str(path)]) == 1
    out = capsys.readouterr().out
    assert "NOT GOOD" in out and "menu.key detail=2" in out and "(line 15)" in out


def test_what_was_not_heard_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file(tmp_path, GOOD.replace("hears prompt", "never hears prompt")))]) == 1
    assert "a.scn:19: listen: wang hears prompt zh/greeting" in capsys.readouterr().out


def test_a_step_that_cannot_be_done_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file(tmp_path, GOOD.replace("0:12 hangup wang", "0:12 hang fxs1")))]) == 1
    assert "a.scn:8: hang at 0:12.0: fxs1: is on its hook" in capsys.readouterr().out


def test_an_event_that_does_not_come_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, GOOD.replace("0:12 hangup wang", 'on "call 1 call.bridged" hangup wang'))
    assert main([str(path)]) == 1
    assert 'a.scn:8: on "call 1 call.bridged": not seen within 300 s' in capsys.readouterr().out


def test_a_file_with_mistakes_names_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = GOOD.replace("0:12 hangup", "0:12 hnagup").replace("~ call 1 call.answered", "soon call 1 x")
    assert main([str(file(tmp_path, wrong)), str(tmp_path / "none.scn")]) == 1
    told = capsys.readouterr().err
    assert "a.scn:8: verb: got 'hnagup'" in told and "a.scn:13: when: got 'soon'" in told
    assert "none.scn: No such file" in told


def test_a_recorded_trace_is_the_expected_one(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD.replace("menu.key detail=1", "menu.key detail=2"))
    assert main(["--record", str(path)]) == 0
    recorded = path.read_text("utf-8")
    assert "# the way in\nonly call\n0:03.1" in recorded and recorded.endswith(
        "wang hears prompt zh/greeting\n"
    )
    assert main([str(path)]) == 0
    assert main(["--record-order", str(path)]) == 0
    assert "\n~         call 1 call.ended reason=polarity line=fxo1\n" not in path.read_text("utf-8")
    assert main([str(path)]) == 0


def test_out_leaves_sound_timeline_and_ladder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.wav").write_bytes(b"")
    assert main([str(file(tmp_path, GOOD)), "--out", str(out), "--quiet"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["ladder.svg", "timeline.txt", "wang.wav"]
    assert "call 1 menu.key menu=main detail=1" in (out / "timeline.txt").read_text("utf-8")
    ET.parse(out / "ladder.svg")


def test_the_same_scenario_gives_the_same_trace(tmp_path: Path) -> None:
    scenario = performance.load(file(tmp_path, GOOD), factory_config)
    first, second = (performance.perform(scenario, open_box, tmp_path / name).trace for name in ("1", "2"))
    assert first == second and len(first) > 10


def test_the_example_of_the_documentation_runs(tmp_path: Path) -> None:
    after = DOCUMENT.read_text("utf-8").split("## An example")[1].split("## ")[0]
    example = "\n".join(line.removeprefix("    ") for line in after.splitlines())
    assert main([str(file(tmp_path, example))]) == 0


def test_the_documentation_has_every_verb_and_option() -> None:
    text = DOCUMENT.read_text("utf-8")
    for verb in VERBS.values():
        row = next((line for line in text.splitlines() if re.search(rf"`{verb.name}[ `]", line)), "")
        assert row, verb.name
        assert all(f"[{option}=" in row for option in verb.options), verb.usage


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "noise.scn"
    path.write_bytes(b"--- script\n\x8b\xff")
    assert main([str(path)]) != 0
    assert f"{path}:1: not UTF-8 text (octet 11)" in capsys.readouterr().err
