"""House rules of the C sources: warnings, what the audio path calls, tables, the run without Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE_S

from cext import build_dsp, gen_tables

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted((ROOT / "cext/src").glob("*.c"))
# Prepare tone list and limits, learn a tone (libm), ask the processor, talk to the system: beside it.
BESIDE_THE_AUDIO_PATH = {"progress_plan", "dtmf_plan", "engine_thread", "simd", "tone_learn"}
# What the compiler may put in by itself, and string functions on a few octets.
ALLOWED = {
    "memcpy",
    "memset",
    "memmove",
    "memcmp",
    "strchr",
    "strncpy",
    "_GLOBAL_OFFSET_TABLE_",
    "__stack_chk_fail",
}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, compiled as in the product, with warnings as errors."""
    folder = tmp_path_factory.mktemp("objects")
    includes = [f"-I{ROOT}/cext/include", f"-I{ROOT}/cext/src"]
    command = ["gcc", *build_dsp.CFLAGS, "-Werror", "-fPIC", *includes, "-c", *map(str, SOURCES)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def symbols(path: Path, *, kinds: str) -> set[str]:
    """Return the symbols of an object file that are of these kinds (letters of nm)."""
    lines = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[-1] for line in lines if line.split()[-2] in kinds}


def test_the_audio_path_calls_nothing_but_itself(objects: Path) -> None:
    """No malloc, printf, lock, libm, or anything else of the system."""
    files = sorted(objects.glob("*.o"))
    ours = set().union(*(symbols(path, kinds="TRDB") for path in files))
    for path in files:
        if path.stem not in BESIDE_THE_AUDIO_PATH:
            assert symbols(path, kinds="U") - ours <= ALLOWED, path.name


def test_no_globals_that_change(objects: Path) -> None:
    """All state lives in memory of the caller: two engines never meet."""
    for path in objects.glob("*.o"):
        assert symbols(path, kinds="BbDdCS") == set(), path.name


def test_every_source_is_built() -> None:
    assert sorted(build_dsp.SOURCES) == [f"cext/src/{path.name}" for path in SOURCES]


def test_the_tables_are_those_of_the_generator() -> None:
    assert gen_tables.TARGET.read_text() == gen_tables.render()


def test_functions_stay_short() -> None:
    """Hard stop at 40 lines, as in Python."""
    for path in [*SOURCES, *(ROOT / "cext/src").glob("*.h")]:
        lines = path.read_text().splitlines()
        begin = 0
        for number, line in enumerate(lines, 1):
            if line == "{":
                begin = number
            if line == "}":
                assert number - begin <= 41, f"{path.name}:{begin}"


def test_the_engine_runs_without_python(tmp_path: Path) -> None:
    """The harness of the sanitizers, here without them: random commands, the thread on a socket, on SPI."""
    program = tmp_path / "harness"
    includes = [f"-I{ROOT}/cext/include", f"-I{ROOT}/cext/src"]
    wrap = "-Wl,--wrap=open,--wrap=ioctl"
    sources = [*map(str, SOURCES), str(ROOT / "tests/cext/harness.c")]
    flags = ["-std=c11", "-O0", "-fno-math-errno", "-pthread", wrap, *includes]
    subprocess.run(["gcc", *flags, *sources, "-o", program, "-lm"], check=True)
    for mode, ticks in (("random", "400"), ("socket", "200"), ("spidev", "30")):
        done = subprocess.run(
            [program, mode, "7", ticks], capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout.split("ticks ")[1].split()[0]) > int(ticks)
