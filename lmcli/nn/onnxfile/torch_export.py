"""torch modules written as ONNX graphs, and how far the graph's numbers are from torch's.

A slice that trains or converts a model describes each graph as a `Part` and calls `write`; names of
inputs and outputs are those that the hub's exports have.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmcli.frame.errors import MissingExtra, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPSET = 17
TOLERANCE = 1e-3  # of the largest value, or of 1: more is a wrong graph, not rounding

Axes = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Part:
    """One graph to write.

    `module` takes the tensors that `sample` gives, in its order, and returns the outputs in theirs.
    `sample(sizes)` makes inputs for one set of sizes of the free axes; `axes` names these, {value:
    {axis: name}}; `cases` are the sizes to compare at, of which the first is traced.
    """

    name: str
    module: Any
    sample: Callable[[Mapping[str, int]], dict[str, Any]]
    outputs: tuple[str, ...]
    axes: Axes
    cases: tuple[Mapping[str, int], ...]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parity:
    """How far an output of the graph is from torch's: the largest difference over `cases` inputs.

    `largest` is the largest value that torch gives there, to see the difference against.
    """

    part: str
    output: str
    difference: float
    largest: float
    cases: int


def torch() -> Any:
    """The torch package. Raises MissingExtra without it."""
    try:
        import torch as package
    except ImportError:
        raise MissingExtra("torch", "train") from None
    return package


def write(part: Part, path: Path, *, dynamo: bool = False) -> list[Parity]:
    """Write a part's graph to `path` and compare it with torch at all its cases.

    Raises ModelError where torch cannot export it, or where the graph computes something else.
    """
    package = torch()
    part.module.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    with package.no_grad(), warnings.catch_warnings(), _silent():
        warnings.simplefilter("ignore")
        try:
            _export(package, part, path, dynamo)
        except ImportError as error:
            raise MissingExtra(str(error.name), "train") from None
        except Exception as error:
            first = str(error).strip().splitlines()[:1] or [type(error).__name__]
            raise ModelError(f"torch cannot export {part.name}: {first[0]}") from error
    _gather_weights(path)
    part.module.eval()  # the exporter may have left it in training mode
    return compare(part, path)


def compare(part: Part, path: Path) -> list[Parity]:
    """Run the graph and torch on the same inputs. Raises ModelError where they do not agree."""
    import numpy as np

    package = torch()
    worst = dict.fromkeys(part.outputs, 0.0)
    largest = dict.fromkeys(part.outputs, 0.0)
    for sizes in part.cases:
        inputs = part.sample(sizes)
        with package.no_grad():
            wanted = part.module(*inputs.values())
        got = _run(path, {name: tensor.numpy() for name, tensor in inputs.items()})
        for name, tensor in zip(part.outputs, _tuple(wanted), strict=True):
            want: NDArray[np.float32] = tensor.numpy()
            if want.shape != got[name].shape:
                raise ModelError(
                    f"{path.name}: {name} has the shape {got[name].shape}, torch's {want.shape}"
                )
            worst[name] = max(worst[name], float(np.abs(got[name] - want).max(initial=0)))
            largest[name] = max(largest[name], float(np.abs(want).max(initial=0)))
    for name in part.outputs:
        if not worst[name] <= TOLERANCE * max(1.0, largest[name]):
            raise ModelError(
                f"{path.name}: {name} differs from torch by {worst[name]:.3g}",
                "the graph is not the model; another version of torch may export it right",
            )
    return [
        Parity(part.name, name, worst[name], largest[name], len(part.cases))
        for name in part.outputs
    ]


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Nothing is printed meanwhile, by C++ neither: the exporter prints the whole graph that it fails on."""
    kept = {number: os.dup(number) for number in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stdout.flush()
        for number in kept:
            os.dup2(nowhere, number)
        yield
    finally:
        os.close(nowhere)
        for number, own in kept.items():
            os.dup2(own, number)
            os.close(own)


def _export(package: Any, part: Part, path: Path, dynamo: bool) -> None:
    inputs = part.sample(part.cases[0])
    arguments: dict[str, Any] = {
        "input_names": list(inputs),
        "output_names": list(part.outputs),
        "dynamo": dynamo,
    }
    if dynamo:
        fixed = tuple(dict(part.axes.get(name, {})) for name in inputs)
        arguments |= {"dynamic_shapes": _shapes(part.module, fixed), "external_data": False}
    else:
        known = (*inputs, *part.outputs)
        arguments |= {
            "dynamic_axes": {name: dict(part.axes[name]) for name in known if name in part.axes},
            "opset_version": OPSET,
        }
    package.onnx.export(part.module, tuple(inputs.values()), str(path), **arguments)


def _shapes(module: Any, shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The free axes in the form of the module's parameters: those of *args are one tuple."""
    import inspect

    parameters = list(inspect.signature(module.forward).parameters.values())
    if parameters and parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL:
        named = len(parameters) - 1
        return (*shapes[:named], shapes[named:])
    return shapes


def _gather_weights(path: Path) -> None:
    """Put the weights of a graph over 2 GB, which the exporter scatters, into one file beside it."""
    graphs = (".onnx", ".onnx_data")
    if all(file.suffix in graphs for file in path.parent.iterdir()):
        return
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    scattered = {
        path.parent / entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    if not scattered:
        return
    onnx.load_external_data_for_model(model, str(path.parent))
    onnx.save_model(model, str(path), save_as_external_data=True, location=f"{path.name}_data")
    for file in scattered:
        file.unlink(missing_ok=True)


def _run(path: Path, inputs: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The graph's outputs; it may lack inputs that torch's module does not use."""
    from lmcli.nn.onnx import open_session

    session = open_session(path, provider="cpu")
    return session.run({name: array for name, array in inputs.items() if name in session.inputs})


def _tuple(outputs: Any) -> Sequence[Any]:
    return outputs if isinstance(outputs, (tuple, list)) else (outputs,)
