"""Build the ISDN extension over libpri: `python -P cext/isdn/build_isdn.py` compiles it in place.

libpri.a is linked in, because libpri asks gettimeofday for its timers: the linker sends that call to a clock
of ours, which is monotonic on a box and virtual in tests.
-P, because this folder's types.py would hide Python's.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from cffi import FFI

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = "cext/isdn/libpri_cdef.h"

PREAMBLE = """
#include <stdint.h>
#include <sys/time.h>
#include <libpri.h>

static int64_t isdn_clock_us;

static void isdn_set_clock_us(int64_t now_us)
{
    isdn_clock_us = now_us;
}

/* The linker's --wrap sends every gettimeofday of libpri here. */
__attribute__((visibility("hidden"))) int __wrap_gettimeofday(struct timeval *tv, void *zone);

int __wrap_gettimeofday(struct timeval *tv, void *zone)
{
    (void) zone;
    tv->tv_sec = isdn_clock_us / 1000000;
    tv->tv_usec = isdn_clock_us % 1000000;
    return 0;
}

int q931_is_call_valid(struct pri *ctrl, q931_call *call);

/* cffi cannot reach into a union without a name. */
static struct pri_party_id *isdn_connected(struct pri_subcommand *command)
{
    return &command->u.connected_line.id;
}

static struct pri_party_redirecting *isdn_redirecting(struct pri_subcommand *command)
{
    return &command->u.redirecting;
}
"""


def builder(root: str) -> FFI:
    """Describe the extension; `root` is not needed, all of it is in this folder."""
    ffi = FFI()
    ffi.cdef((ROOT / HEADER).read_text())
    ffi.set_source(
        "cext.isdn._isdn",
        PREAMBLE,
        extra_compile_args=["-O2", "-Wall"],
        extra_link_args=["-l:libpri.a", "-Wl,--wrap=gettimeofday", "-Wl,--exclude-libs,ALL"],
    )
    return ffi


ffibuilder = builder("")


def main() -> int:
    """Compile, if the extension is older than what it is made from."""
    build_dsp = runpy.run_path(str(ROOT / "cext/build_dsp.py"))
    folder = ROOT / "cext/isdn"
    used = [ROOT / HEADER, Path(__file__)]
    if not build_dsp["is_newer"](folder, "_isdn", used):
        build_dsp["place"](builder(f"{ROOT}/"), folder, "_isdn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
