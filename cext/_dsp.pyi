"""The compiled extension: `ffi` and the functions of include/dsp.h."""

from typing import Any

from cffi import FFI

ffi: FFI
lib: Any
