"""Build the media engine: `python -P cext/build_dsp.py` compiles it in place, setup.py uses `ffibuilder`.

-P, because this folder's types.py would hide Python's; not -m, because the package loads what is to be built.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from cffi import FFI

HEADER = "cext/include/dsp.h"
SOURCES = [
    f"cext/src/{noun}.c"
    for noun in (
        *(
            "alaw_floats",
            "channel",
            "command",
            "detector",
            "dtmf_bank",
            "dtmf_lanes",
            "dtmf_lanes_v4",
            "dtmf_lanes_v8",
            "dtmf_plan",
            "dtmf_rx",
            "dtmf_tx",
            *("echo_can", "echo_fir", "echo_fir_v4", "echo_fir_v8", "echo_nlp", "echo_stage", "echo_tone"),
            "engine",
            "engine_thread",
            "fsk_rx",
            "fsk_tx",
        ),
        *("agc", "amd", "answer", "hum", "level", "listener", "seat", "silence", "treatment", "vad"),
        *("g711", "gain", "mixer", "pacer", "player", "progress_plan", "progress_rx", "recorder", "ring"),
        *("clock_watch", "comfort_noise", "delay_window", "jitter", "pitch", "plc", "predictor", "rtp"),
        *("rtp_sender", "rtp_stream", "stretch", "telephone_event", "tone_fit"),
        *("simd", "tables", "tdm", "tone_tx"),
        *("special_rx", "id_tx", "tone_learn"),
        *("bert", "digital", "hdlc_rx", "hdlc_tx", "mf_rx", "mf_tx", "mf_window"),
    )
]
# -fno-math-errno: sqrtf becomes one instruction. No -march: the same package runs on every board of its kind.
# -ffp-contract=off: the same bits with and without a multiply-add instruction.
CFLAGS = ["-std=c11", "-O3", "-fno-math-errno", "-ffp-contract=off", "-pthread"]
CFLAGS += ["-Wall", "-Wextra", "-Wconversion", "-Wshadow"]

ROOT = Path(__file__).resolve().parent.parent

PREAMBLE = """
#include "api.h"
/* What follows is written by cffi and not held to our warnings. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wshadow"
"""


def builder(root: str) -> FFI:
    """Describe the extension with paths below `root` (setuptools wants them relative to the checkout)."""
    ffi = FFI()
    ffi.cdef((ROOT / HEADER).read_text())
    ffi.set_source(
        "cext._dsp",
        PREAMBLE,
        sources=[root + source for source in SOURCES],
        include_dirs=[root + "cext/include", root + "cext/src"],
        extra_compile_args=CFLAGS,
        extra_link_args=["-pthread"],
        libraries=["m"],
    )
    return ffi


ffibuilder = builder("")


def is_newer(folder: Path, name: str, used: list[Path]) -> bool:
    """Say whether the compiled extension `name` is newer than everything it is made from."""
    made = [*folder.glob(f"{name}.*.so")]
    return bool(made) and min(p.stat().st_mtime for p in made) > max(p.stat().st_mtime for p in used)


def place(ffi: FFI, folder: Path, name: str) -> None:
    """Compile in build/ and move the result to `folder`, in one step that running programs survive."""
    made = Path(ffi.compile(tmpdir=str(ROOT / "build" / name.strip("_"))))
    target = folder / made.name
    spare = target.with_suffix(".new")
    shutil.copy2(made, spare)
    spare.touch()
    spare.replace(target)
    for old in folder.glob(f"{name}.*.so"):  # of another Python, or of setuptools
        if old != target:
            old.unlink()


def main() -> int:
    """Compile, if the extension is older than what it is made from."""
    folder = ROOT / "cext"
    used = [*folder.glob("src/*"), *folder.glob("include/*"), folder / "build_dsp.py"]
    if not is_newer(folder, "_dsp", used):
        place(builder(f"{ROOT}/"), folder, "_dsp")
    return 0


if __name__ == "__main__":
    sys.exit(main())
