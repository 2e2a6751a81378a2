"""Every scenario of this folder, on the whole box in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.factory import factory_config
from tools.scenario import performance, report
from tools.scenario.__main__ import open_box

FILES = sorted(Path(__file__).parent.glob("*.scn"))


def test_there_are_scenarios() -> None:
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_scenario(path: Path, tmp_path: Path) -> None:
    verdict = performance.perform(performance.load(path, factory_config), open_box, tmp_path)
    problems = [f"{path.name}:{problem.line}: {problem.message}" for problem in verdict.problems]
    assert verdict.is_good, "\n".join([*problems, report.differences(verdict.rows)])
