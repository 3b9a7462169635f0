"""What works on this machine: one row a check."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import lmcli
from lmcli.core.folders import config_file
from lmcli.core.models import Model, Registry, verify

BASE = ("click", "numpy", "rich")
OPTIONAL = ("gensim", "torch", "pyarrow", "jieba")


@dataclass(frozen=True, slots=True)
class Check:
    """`result` is ok, missing, damaged or the value itself; `hint` says what to do."""

    check: str
    result: str
    detail: str = ""
    hint: str = ""


def examine(registry: Registry, variables: Mapping[str, str]) -> Iterator[Check]:
    """All checks; reads every model whole."""
    yield Check("lmcli", lmcli.__version__, f"Python {platform.python_version()}")
    yield Check("platform", platform.system(), platform.machine())
    yield Check("threads", str(len(os.sched_getaffinity(0))), f"of {os.cpu_count()} cores")
    yield from _packages()
    settings = config_file(variables)
    yield Check("settings", "ok" if settings.is_file() else "none", str(settings))
    for folder in registry.folders:
        yield Check("model folder", "ok" if folder.is_dir() else "none", str(folder))
    for model in registry.everywhere():
        yield from _model(model)


def _packages() -> Iterator[Check]:
    for name in BASE + OPTIONAL:
        try:
            yield Check(name, version(name))
        except PackageNotFoundError:
            hint = "pip install 'lmcli[train]'" if name in OPTIONAL else "pip install lmcli"
            yield Check(name, "missing", hint=hint)


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
