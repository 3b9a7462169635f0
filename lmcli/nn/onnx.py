"""Neural graphs: the one place that opens onnxruntime sessions, each once in a process.

    session = open_session(path, provider="auto", threads=None)
    arrays = session.run({"input_ids": ids, "attention_mask": mask})     # {name: array}

A session is opened once in a process and shared by all who ask for the same file with the same
options.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadUsage, ModelError
from lmcli.nn.providers import CPU, Choice, Provider, choose
from lmcli.nn.runtime import (
    allocate,
    available,
    load,
    missing_library,
    preload_cuda,
    version,
)
from lmcli.nn.session import Session, Value, reason_of, refusal

__all__ = [
    "Session",
    "Value",
    "allocate",
    "available",
    "close_sessions",
    "load",
    "open_session",
    "probe",
    "version",
]

OPTIMISATION = ("none", "basic", "extended", "all")
KEPT_SESSIONS = 8

# Microseconds that a thread without work keeps its core busy: longer than the gaps within a run, far shorter than those
# between two runs, in which other graphs are opened and texts and pictures read.
SPINNING = 50

_open: OrderedDict[tuple[Any, ...], Session] = OrderedDict()
_opening: dict[tuple[Any, ...], threading.Lock] = {}
_noted: set[str] = set()
_lock = threading.RLock()


def open_session(
    path: Path,
    *,
    provider: str = "auto",
    threads: int | None = None,
    outputs: Iterable[str] = (),
    optimisation: str = "all",
    settings: Mapping[str, str] | None = None,
    profile: Path | None = None,
    note: Callable[[str], None] | None = None,
) -> Session:
    """Open an .onnx file, or give the session that is open already.

    `outputs` are further values of the graph to give out (see nn.onnxfile.graph); `settings` are
    onnxruntime's session configuration entries; `profile` is a file for onnxruntime's trace; `note`
    is called, once in a process, with what to tell the user where `auto` had to fall back.
    `threads` is by default the cores allowed to the process.

    Raises ModelError for a file that is missing, damaged or needs what the provider lacks, and for
    a provider asked for by name that cannot run; BadUsage for an unknown provider or level.
    """
    if optimisation not in OPTIMISATION:
        raise BadUsage(f"no level {optimisation!r}", f"levels: {', '.join(OPTIMISATION)}")
    path = Path(path)
    extra = tuple(outputs)
    threads = threads or default_threads()
    entries = tuple(sorted((settings or {}).items()))
    key = (_identity(path), provider, threads, extra, optimisation, entries, profile)
    with _turn(key):  # others open other files meanwhile
        session = _known(key)
        if session is None:
            options = _options(threads, optimisation, entries, profile)
            raw, choice = _open_on(provider, path, extra, options)
            session = Session(raw, path, choice, threads, profile)
            _keep(key, session)
    with _lock:
        if session.note and note and session.note not in _noted:
            _noted.add(session.note)
            note(session.note)
    return session


def _turn(key: tuple[Any, ...]) -> threading.Lock:
    """The lock of those who want the same session."""
    with _lock:
        return _opening.setdefault(key, threading.Lock())


def _known(key: tuple[Any, ...]) -> Session | None:
    with _lock:
        if key in _open:
            _open.move_to_end(key)
        return _open.get(key)


def _keep(key: tuple[Any, ...], session: Session) -> None:
    with _lock:
        _open[key] = session
        while len(_open) > KEPT_SESSIONS:
            forgotten, oldest = _open.popitem(last=False)
            oldest.finish_profile()
            _opening.pop(forgotten, None)


def close_sessions() -> None:
    """Write the traces still open and forget all sessions; memory is freed with their last user."""
    with _lock:
        while _open:
            _open.popitem()[1].finish_profile()


def default_threads() -> int:
    """The physical cores allowed to the process."""
    from lmcli.nn.cpu import allowed_cores

    return allowed_cores()


@cache
def probe(provider: Provider) -> str | None:
    """Run a small graph on a provider alone: None where that works, else the reason, a line."""
    import numpy as np

    from lmcli.nn.onnxfile.writer import probe_model

    options = _options(1, "all", (("session.disable_cpu_ep_fallback", "1"),), None)
    if provider is CPU:
        options = _options(1, "all", (), None)
    nvidia = provider.name in ("cuda", "tensorrt")
    try:
        if nvidia:
            preload_cuda()
        raw = _create(probe_model(), options, [provider])
        x = np.array([[1, 2], [3, 4]], dtype=np.float32)
        (y,) = raw.run(None, {"x": x})
    except Exception as error:
        missing = missing_library(provider.name) if nvidia and sys.platform == "linux" else None
        return missing or reason_of(error)
    return None if np.array_equal(y, x @ x) else "it computed a wrong product"


def _options(
    threads: int, optimisation: str, entries: tuple[tuple[str, str], ...], profile: Path | None
) -> Any:
    ort = load()
    levels = ort.GraphOptimizationLevel
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors arrive as exceptions; the rest would litter stderr
    options.graph_optimization_level = {
        "none": levels.ORT_DISABLE_ALL,
        "basic": levels.ORT_ENABLE_BASIC,
        "extended": levels.ORT_ENABLE_EXTENDED,
        "all": levels.ORT_ENABLE_ALL,
    }[optimisation]
    if threads > 1:  # a third of a large model's opening; versions that do not know it pass over it
        options.add_session_config_entry("session.prepack.enable_parallel", "1")
    options.add_session_config_entry("session.intra_op.spin_duration_us", str(SPINNING))
    # without VNNI, sums of 8-bit products are cut at 16 bits unless exact ones are asked for
    options.add_session_config_entry("session.x64quantprecision", "1")
    if threads > (os.cpu_count() or 1):  # waiting threads would take the cores from working ones
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for name, value in entries:
        options.add_session_config_entry(name, value)
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile.with_suffix(""))
    return options


def _open_on(name: str, path: Path, outputs: tuple[str, ...], options: Any) -> tuple[Any, Choice]:
    """Load a file on the provider called `name`; where that is auto, on the CPU if need be."""
    choice = choose(name, available(), probe)
    try:
        return _load(path, outputs, options, choice.provider), choice
    except ModelError as error:
        if name != "auto" or choice.provider is CPU:
            raise
        note = f"{choice.provider.name} cannot run this model ({error.message}); running on cpu"
    return _load(path, outputs, options, CPU), Choice(CPU, note)


def _load(path: Path, outputs: tuple[str, ...], options: Any, provider: Provider) -> Any:
    """The session of a file; with further outputs, of its bytes (weights kept beside it are found all the same)."""
    source: str | bytes = str(path)
    if outputs:
        from lmcli.nn.onnxfile.graph import with_outputs

        source = with_outputs(path.read_bytes(), outputs)
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(path.parent)
        )
    try:
        return _create(source, options, [provider, CPU])
    except Exception as error:
        raise refusal("open", path, error) from error


def _create(source: str | bytes, options: Any, wanted: Sequence[Provider]) -> Any:
    """A session on the first of the providers wanted, and the next for single nodes that it lacks.

    onnxruntime replaces a provider that fails by the CPU with a line on stdout; lmcli wants the
    failure.
    """
    import warnings

    ort = load()
    listed = [(one.onnx_name, dict(one.options)) for one in dict.fromkeys(wanted)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a provider that is not built in: said below
        raw = ort.InferenceSession(source, options, providers=listed, enable_fallback=0)
    if wanted[0].onnx_name not in raw.get_providers():
        raise RuntimeError(f"onnxruntime could not start {wanted[0].onnx_name}")
    raw.disable_fallback()
    return raw


def _identity(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    return str(path.resolve()), status.st_mtime_ns, status.st_size


atexit.register(close_sessions)
