"""The fuzz target of the network side under ASan and UBSan, with inputs of its own.

sanitize.sh gives it to libFuzzer.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCKS = (
    *(
        "clock_watch",
        "comfort_noise",
        "delay_window",
        "dtmf_tx",
        "g711",
        "jitter",
        "pitch",
        "plc",
        "predictor",
        "tone_fit",
    ),
    *("ring", "rtp", "rtp_sender", "rtp_stream", "stretch", "tables", "telephone_event"),
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program."""
    program = tmp_path_factory.mktemp("fuzz") / "rtp"
    flags = ["-std=c11", "-O1", "-fno-math-errno", "-Wall", "-Wextra", "-Werror", "-DALONE"]
    checks = ["-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]
    includes = [f"-I{ROOT}/cext/include", f"-I{ROOT}/cext/src"]
    sources = [f"{ROOT}/cext/src/{block}.c" for block in BLOCKS]
    command = [
        "gcc",
        *flags,
        *checks,
        *includes,
        *sources,
        f"{ROOT}/tests/cext/fuzz/rtp.c",
        "-o",
        str(program),
        "-lm",
    ]
    subprocess.run(command, check=True)
    return program


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_hostile_packets(target: Path, seed: str) -> None:
    """No wrong memory, no undefined behaviour, samples and delay within their bounds."""
    done = subprocess.run(
        [target, seed, "150"], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout) == (0, "runs 150\n"), done.stderr[-3000:]


def test_hdlc_takes_anything(tmp_path: Path) -> None:
    """Octets of a D-channel; what we send comes back whole, in whatever pieces."""
    program = tmp_path / "hdlc_fuzz"
    blocks = ("hdlc_rx", "hdlc_tx", "tables")
    sources = [*(f"{ROOT}/cext/src/{block}.c" for block in blocks), f"{ROOT}/tests/cext/fuzz/hdlc_fuzz.c"]
    flags = ["-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    includes = [f"-I{ROOT}/cext/include", f"-I{ROOT}/cext/src"]
    subprocess.run(
        ["gcc", *flags, "-Wall", "-Wextra", "-Werror", *includes, *sources, "-o", program], check=True
    )
    done = subprocess.run(
        [program, "1", "4000"], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout) == (0, "runs 4000\n"), done.stderr[-3000:]


def test_caller_id_receiver_takes_anything(tmp_path: Path) -> None:
    program = tmp_path / "fsk_fuzz"
    sources = [*map(str, sorted((ROOT / "cext/src").glob("*.c"))), str(ROOT / "tests/cext/fuzz/fsk_fuzz.c")]
    flags = ["-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-pthread"]
    includes = [f"-I{ROOT}/cext/include", f"-I{ROOT}/cext/src"]
    subprocess.run(["gcc", *flags, *includes, *sources, "-o", program, "-lm"], check=True)
    done = subprocess.run(
        [program, "1", "300"], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "runs 300\n"
