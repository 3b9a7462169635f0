"""Execution providers: their short names, how each is installed, and the choice among them.

The choice takes what onnxruntime says as arguments, so that it can be tested without the hardware;
nn.onnx supplies the real thing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lmcli.frame.errors import BadUsage, ModelError, did_you_mean


@dataclass(frozen=True, slots=True)
class Provider:
    """One way to run a graph: lmcli's name for it, onnxruntime's, the line that installs it, and
    the systems (as sys.platform calls them) that it exists for.

    `automatic` is false for those that only pay for some graphs (TensorRT builds engines for minutes,
    CoreML splits graphs of varying shape into pieces): they are taken when asked for by name.
    `options` are onnxruntime's of the provider.
    """

    name: str
    onnx_name: str
    install: str
    platforms: tuple[str, ...]
    automatic: bool = True
    options: tuple[tuple[str, str], ...] = ()


def _instead(package: str) -> str:
    return f"pip uninstall -y onnxruntime && pip install '{package}'"


_LINUX, _WINDOWS, _MAC = ("linux",), ("win32",), ("darwin",)
_PC = (*_LINUX, *_WINDOWS)
# products of float32, not of 19 bits, so that the GPU gives what the CPU gives
_EXACT = (("use_tf32", "0"),)
PROVIDERS = (
    Provider(
        "cuda",
        "CUDAExecutionProvider",
        _instead("onnxruntime-gpu[cuda,cudnn]"),
        _PC,
        options=_EXACT,
    ),
    Provider("tensorrt", "TensorrtExecutionProvider", _instead("onnxruntime-gpu"), _PC, False),
    Provider("migraphx", "MIGraphXExecutionProvider", _instead("onnxruntime-migraphx"), _LINUX),
    Provider("dml", "DmlExecutionProvider", _instead("onnxruntime-directml"), _WINDOWS),
    Provider("openvino", "OpenVINOExecutionProvider", _instead("onnxruntime-openvino"), _PC),
    Provider("qnn", "QNNExecutionProvider", _instead("onnxruntime-qnn"), _WINDOWS, False),
    Provider("coreml", "CoreMLExecutionProvider", "pip install onnxruntime", _MAC, False),
    Provider("cpu", "CPUExecutionProvider", "pip install onnxruntime", (*_PC, *_MAC)),
)
CPU = PROVIDERS[-1]
FLAVOURS = (
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-directml",
    "onnxruntime-migraphx",
    "onnxruntime-openvino",
    "onnxruntime-qnn",
)

Probe = Callable[[Provider], str | None]
"""Runs a small graph on a provider; gives None where that works, else the reason why not."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider to run on, and what to tell the user where a better one was passed over."""

    provider: Provider
    note: str | None = None


def choose(name: str, available: Sequence[str], probe: Probe) -> Choice:
    """The provider for `--provider name`, given onnxruntime's list of those it was built with.

    "auto" takes the first that works, and the CPU without a probe. Raises BadUsage for an unknown
    name, ModelError for a provider asked for by name that cannot run.
    """
    if name == "auto":
        return _automatic(available, probe)
    provider = by_name(name)
    reason = why_not(provider, available, probe)
    if reason is not None:
        here = sys.platform in provider.platforms
        cure = f"install it with: {provider.install}; or" if here else "it is not for this system;"
        raise ModelError(f"the provider {name} cannot run: {reason}", f"{cure} use --provider auto")
    return Choice(provider)


def by_name(name: str) -> Provider:
    """The provider that lmcli calls `name`. Raises BadUsage where there is none."""
    for provider in PROVIDERS:
        if provider.name == name:
            return provider
    from difflib import get_close_matches

    names = ["auto", *(provider.name for provider in PROVIDERS)]
    near = did_you_mean(get_close_matches(name, names)) or f"known: {', '.join(names)}"
    raise BadUsage(f"no provider is called {name!r}", near)


def why_not(provider: Provider, available: Sequence[str], probe: Probe) -> str | None:
    """Why a provider cannot run here; None where it can."""
    if provider.onnx_name not in available:
        return "the installed onnxruntime was built without it"
    return probe(provider)


def _automatic(available: Sequence[str], probe: Probe) -> Choice:
    failed: list[str] = []
    for provider in PROVIDERS:
        if provider is CPU or not provider.automatic or provider.onnx_name not in available:
            continue
        reason = probe(provider)
        if reason is None:
            return Choice(provider, _note(failed, provider))
        failed.append(f"{provider.name} does not work here ({reason})")
    return Choice(CPU, _note(failed, CPU))


def _note(failed: Sequence[str], taken: Provider) -> str | None:
    if not failed:
        return None
    return f"{', '.join(failed)}; running on {taken.name} (lmcli doctor shows more)"


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Whether a provider runs here, why not, and how to install it.

    `built_in` tells whether the installed onnxruntime has it at all.
    """

    provider: str
    built_in: bool
    works: bool
    reason: str | None
    install: str | None


def states(available: Sequence[str], probe: Probe) -> list[ProviderState]:
    """The providers for this system, tried with a small graph where the build has them."""
    found = []
    for provider in PROVIDERS:
        if sys.platform not in provider.platforms and provider.onnx_name not in available:
            continue
        reason = why_not(provider, available, probe)
        install = provider.install if reason else None
        built_in = provider.onnx_name in available
        found.append(ProviderState(provider.name, built_in, reason is None, reason, install))
    return found


def conflict(installed: Iterable[str]) -> str | None:
    """What is wrong with the installed packages: two onnxruntimes overwrite each other's files.

    `installed` holds the names of all distributions.
    """
    names = {name.lower().replace("_", "-") for name in installed}
    both = [name for name in FLAVOURS if name in names]
    if len(both) < 2:
        return None
    return (
        f"{' and '.join(both)} are both installed and overwrite each other's files; "
        f"keep one: pip uninstall -y {' '.join(both)} && pip install {both[-1]}"
    )
