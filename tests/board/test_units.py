"""The systemd units: systemd understands them, and they are as tight as they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "board" / "systemd"
GETTY = Path("/lib/systemd/system/serial-getty@.service")
# systemd-analyze security: 0 is tight, 10 is bare
EXPOSURE_LIMIT = {"callboxd.service": 2.0, "callbox-web.service": 2.0, "serial-getty@ttyAMA0.service": 2.0}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as on a box, but with programs that exist on this machine."""
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS.glob("*.service"):
        _install(unit, folder / unit.name)
    shutil.copy(GETTY, folder / GETTY.name)
    drop_in = folder / "serial-getty@ttyAMA0.service.d"
    drop_in.mkdir()
    _install(UNITS / "serial-getty@.service.d" / "callbox.conf", drop_in / "callbox.conf")
    return folder


def _install(source: Path, target: Path) -> None:
    text = source.read_text()
    for program in ("/opt/callbox/bin/callbox", "/opt/callbox/bin/python"):
        text = text.replace(program, sys.executable)
    target.write_text(text)


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("unit", EXPOSURE_LIMIT)
def test_systemd_has_nothing_to_say(installed: Path, unit: str) -> None:
    checked = analyze(installed, "verify", "--man=no", "--recursive-errors=no", unit)
    about_ours = [line for line in checked.stderr.splitlines() if str(installed) in line or "callbox" in line]
    assert (about_ours, checked.returncode) == ([], 0)


@pytest.mark.parametrize("unit", EXPOSURE_LIMIT)
def test_each_process_is_locked_in(installed: Path, unit: str) -> None:
    path = installed / unit
    if "@" in unit:  # offline analysis reads one file: put unit and drop-in together
        path = installed / "together.service"
        drop_in = (installed / f"{unit}.d" / "callbox.conf").read_text()
        path.write_text(GETTY.read_text() + "\n" + drop_in)
    answer = analyze(installed, "security", "--offline=true", str(path))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", answer.stdout)
    assert found is not None, answer.stderr
    assert float(found[1]) <= EXPOSURE_LIMIT[unit]


def test_one_user_per_process() -> None:
    files = [*UNITS.glob("*.service"), *UNITS.glob("*.d/*.conf")]
    users = [line for file in files for line in file.read_text().splitlines() if line.startswith("User=")]
    made = (UNITS / "callbox.sysusers").read_text()
    assert len(set(users)) == len(files)
    assert all(f"u {user.removeprefix('User=')} " in made for user in users)
