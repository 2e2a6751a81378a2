"""A short run of the fuzz targets under the sanitizers; tests/cext/fuzz/fuzz.sh is the long one."""

from __future__ import annotations

import subprocess
from pathlib import Path

from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent


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
