"""Other people's libraries to compare with: loops around them in C, compiled where they are needed."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cffi import FFI

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
CFLAGS = ("-O3", "-fno-math-errno", "-fno-wrapv", "-std=gnu11", "-w")  # ours is built with -O3, too


def compiled(name: str, cdef: str, source: str, *, flags: Sequence[str] = CFLAGS, **options: Any) -> Any:
    """Compile C around a peer into build/bench.

    options  as `FFI.set_source` has them
    gives    a module with `ffi` and `lib`
    raises   ImportError, VerificationError where the peer is not installed
    """
    builder = FFI()
    builder.cdef(cdef)
    builder.set_source(name, source, extra_compile_args=list(flags), **options)
    made = builder.compile(tmpdir=str(BUILD))
    spec = importlib.util.spec_from_file_location(name, made)
    if spec is None or spec.loader is None:
        raise ImportError(f"{made}: cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def unheard() -> Iterator[None]:
    """Keep what a peer's C code prints to standard error from the figures."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
