"""The echo canceller with other vectors, and on other machines: the same but for rounding."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from cext import build_dsp
from cext._dsp import ffi, lib
from tools.g168 import Samples, as_alaw, css, echo, hybrid, level_dbm0, pcm16

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 4
ROUNDING_DBM0 = -75.0  # of the difference: 18 dB below the noise of A-law
# (compiler, what it needs to use NEON, emulator)
MACHINES = {
    "aarch64": ("aarch64-linux-gnu-gcc", [], "qemu-aarch64-static"),
    "armhf": (
        "arm-linux-gnueabihf-gcc",
        ["-mfpu=neon", "-funsafe-math-optimizations"],
        "qemu-arm-static",
    ),
}


@pytest.fixture(scope="module")
def scene() -> tuple[Samples, Samples]:
    """Sent, and heard: an echo, for a second with a voice in it."""
    sent = as_alaw(css(-10, SECONDS))
    near = np.zeros(len(sent))
    near[8000:16000] = css(-12, 1, is_near=True)
    return sent, as_alaw(echo(sent, hybrid(4, 8.0)) + near)


def native(scene: tuple[Samples, Samples], path: int) -> Samples:
    memory = ffi.new("uint64_t[]", lib.echo_size() // 8 + 1)
    state = ffi.cast("struct echo *", memory)
    assert lib.echo_init(state, 16, 0, path) == 0
    sent, heard = (pcm16(samples) for samples in scene)
    out = np.zeros_like(sent)
    lib.echo_feed_pcm16(state, *(ffi.from_buffer("int16_t[]", a.data) for a in (sent, heard, out)), len(out))
    return out / 32768


def test_all_vectors_of_this_machine_agree(scene: tuple[Samples, Samples]) -> None:
    paths = [path for path in (lib.SIMD_C, lib.SIMD_V4, lib.SIMD_V8) if lib.simd_has(path)]
    first, *others = (native(scene, path) for path in paths)
    assert others
    for other in others:
        assert level_dbm0(first - other) < ROUNDING_DBM0


@pytest.mark.parametrize("machine", MACHINES)
def test_neon_agrees(machine: str, scene: tuple[Samples, Samples], tmp_path: Path) -> None:
    compiler, flags, emulator = MACHINES[machine]
    nouns = ("echo_can", "echo_fir", "echo_fir_v4", "echo_fir_v8", "echo_nlp", "echo_stage", "echo_tone")
    sources = [f"{ROOT}/cext/src/{noun}.c" for noun in (*nouns, "simd", "tables")]
    includes = [f"-I{ROOT}/cext/include", f"-I{ROOT}/cext/src"]
    cflags = [flag for flag in build_dsp.CFLAGS if not flag.startswith("-W")]
    command = [compiler, *cflags, *flags, *includes, *sources, f"{ROOT}/tests/cext/echo_run.c"]
    subprocess.run([*command, "-static", "-o", tmp_path / "run"], check=True)
    pairs = np.stack([pcm16(samples) for samples in scene], axis=1)
    done = subprocess.run(
        [emulator, tmp_path / "run"], input=pairs.tobytes(), capture_output=True, check=True
    )
    theirs = np.frombuffer(done.stdout, "<i2") / 32768
    assert level_dbm0(theirs - native(scene, lib.SIMD_V4)) < ROUNDING_DBM0
