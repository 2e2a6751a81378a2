"""Memory of Python's for the structs of C, which allocates none."""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi


def struct_of(name: str, size_oct: int, count: int = 1) -> Any:
    """Make zeroed room for structs whose size only C knows; it lives as long as the pointer given."""
    memory = ffi.new("uint64_t[]", size_oct * count // 8 + 1)
    return ffi.gc(ffi.cast(f"struct {name} *", memory), lambda _: memory)
