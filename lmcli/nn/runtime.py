"""onnxruntime itself: the only place that imports it, and what it can tell of this installation."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from lmcli.frame.errors import ModelError


def load() -> Any:
    """onnxruntime, imported at the first call; numpy comes with it.

    A session opens outside Python's lock, so that it goes on beside what is imported and read after it has begun:
    who opens one beside other things had best load this first. It is told first to measure and send nothing.
    Raises ModelError where it is not installed.
    """
    from lmcli.frame.telemetry import switch_off

    switch_off()
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"onnxruntime cannot be imported: {error}", "install it with: pip install onnxruntime"
        ) from None
    # what goes wrong arrives as an exception, and is said once
    onnxruntime.set_default_logger_severity(4)
    return onnxruntime


def available() -> list[str]:
    """The providers that the installed onnxruntime was built with, in its own names."""
    names: list[str] = load().get_available_providers()
    return names


def version() -> str:
    """The version of onnxruntime."""
    return str(load().__version__)


def allocate(shape: Sequence[int], dtype: Any, device: str) -> Any:
    """An onnxruntime value of that shape in a device's memory, its content undefined."""
    make = load().OrtValue.ortvalue_from_shape_and_type
    return make(list(shape), dtype, device)


def preload_cuda() -> None:
    """Load CUDA's libraries from its pip packages, where those are installed; quietly, the probe tells."""
    ort = load()
    if hasattr(ort, "preload_dlls"):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            ort.preload_dlls()


def missing_library(provider: str) -> str | None:
    """What a provider of NVIDIA (cuda, tensorrt) needs and cannot load, in the system's words; None where all is there.

    onnxruntime tells that in its log alone, and goes on without the provider.
    """
    import ctypes
    from pathlib import Path

    folder = Path(load().__file__).parent / "capi"
    try:
        ctypes.CDLL(str(folder / "libonnxruntime_providers_shared.so"), ctypes.RTLD_GLOBAL)
        ctypes.CDLL(str(folder / f"libonnxruntime_providers_{provider}.so"))
    except OSError as error:
        return str(error).removesuffix(": No such file or directory")
    return None
