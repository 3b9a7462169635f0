"""What works on this machine: one row a check."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from typing import ClassVar

import lmcli
from lmcli.frame.disk.folders import config_file, is_file, is_folder
from lmcli.frame.errors import ModelError
from lmcli.frame.models import Model, Registry, verify
from lmcli.nn import onnx, providers
from lmcli.nn.cpu import allowed_cores

BASE = ("click", "numpy", "rich", "onnxruntime", "tokenizers", "huggingface_hub")
OPTIONAL = ("gensim", "torch", "transformers", "onnx", "pyarrow", "jieba")


@dataclass(frozen=True, slots=True)
class Check:
    """`result` is ok, missing, damaged or the value itself; `hint` says what to do."""

    check: str
    result: str
    detail: str = ""
    hint: str = ""

    TOLD: ClassVar[tuple[str, ...]] = ("check", "result", "detail", "hint")


def examine(registry: Registry, variables: Mapping[str, str]) -> Iterator[Check]:
    """All checks; reads every model whole."""
    yield Check("lmcli", lmcli.__version__, f"Python {platform.python_version()}")
    yield Check("platform", platform.system(), platform.machine())
    yield Check("threads", str(allowed_cores()), f"of {os.cpu_count()} logical cores")
    yield from _packages()
    yield from _providers()
    settings = config_file(variables)
    yield Check("settings", "ok" if is_file(settings) else "none", str(settings))
    for folder in registry.folders:
        yield Check("model folder", "ok" if is_folder(folder) else "none", str(folder))
    taken = {model.name: model.folder for model in registry}
    for model in registry.everywhere():
        if isinstance(model, Model) and not model.present and model.folder != taken[model.name]:
            continue  # the description of one that was pulled, and is examined where it lies
        yield from _model(model)


def _packages() -> Iterator[Check]:
    for name in BASE + OPTIONAL:
        flavours = providers.FLAVOURS if name == "onnxruntime" else (name,)
        found = [(one, known) for one in flavours if (known := _version(one))]
        for one, known in found:
            yield Check(one, known)
        if not found:
            hint = "pip install 'lmcli[train]'" if name in OPTIONAL else "pip install lmcli"
            yield Check(name, "missing", hint=hint)


def has_extra(name: str) -> bool:
    """Whether the packages of an extra are installed; of train what its lessons use."""
    return name == "train" and all(_version(one) for one in ("torch", "onnx", "gensim"))


def _version(package: str) -> str | None:
    """The version of an installed package; None where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _providers() -> Iterator[Check]:
    """Which providers run a small graph here, and which of them `--provider auto` takes."""
    try:
        built = onnx.available()
    except ModelError as error:
        yield Check("provider", "missing", error.message, error.hint or "")
        return
    if clash := providers.conflict(dist.name or "" for dist in distributions()):
        what, _, cure = clash.partition("; ")
        yield Check("onnxruntime", "conflict", what, cure)
    taken = providers.choose("auto", built, onnx.probe)
    if taken.note:
        yield Check("provider", "warning", taken.note)
    for state in providers.states(built, onnx.probe):
        if not state.built_in:
            yield Check("provider", "not built in", state.provider, state.install or "")
        elif state.works:
            by_auto = " (taken by auto)" if state.provider == taken.provider.name else ""
            yield Check("provider", "ok", state.provider + by_auto)
        else:
            hint = state.install or ""
            yield Check("provider", "failed", f"{state.provider}: {state.reason}", hint)


def _model(model: Model | Exception) -> Iterator[Check]:
    if not isinstance(model, Model):
        yield Check("model", "damaged", str(model))
    elif not model.present:
        yield Check("model", "not pulled", model.name, f"lmcli models pull {model.name}")
    else:
        faults = list(verify(model))
        for fault in faults:
            yield Check("model", "damaged", f"{fault.file}: {fault.fault}", fault.hint)
        if not faults:
            yield Check("model", "ok", model.name)
