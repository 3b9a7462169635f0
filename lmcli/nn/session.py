"""An open graph: what goes in, what comes out, and running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmcli.frame.errors import ModelError
from lmcli.nn.providers import Choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of a graph; `shape` has numbers, and names of axes that are free."""

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str


class Session:
    """An open graph on one provider, made by `open_session`.

    `note` tells where a better provider failed; `raw` is onnxruntime's own session.
    """

    def __init__(
        self, raw: Any, path: Path, choice: Choice, threads: int, profile: Path | None
    ) -> None:
        self.raw = raw
        self.path = path
        self.provider = choice.provider.name
        self.note = choice.note
        self.threads = threads
        self.inputs = {value.name: _value(value) for value in raw.get_inputs()}
        self.outputs = {value.name: _value(value) for value in raw.get_outputs()}
        self._profile = profile

    def run(
        self, feeds: Mapping[str, Array], outputs: Sequence[str] | None = None
    ) -> dict[str, Array]:
        """Run the graph on numpy arrays; all outputs by default, else those named (the rest is still computed).

        Raises ModelError where onnxruntime refuses: a missing input, a wrong shape or dtype, no
        memory.
        """
        names = list(self.outputs) if outputs is None else list(outputs)
        try:
            return dict(zip(names, self.raw.run(names, dict(feeds)), strict=True))
        except Exception as error:
            raise self.cannot("run", error) from error

    def cannot(self, what: str, error: Exception) -> ModelError:
        """The error that says what onnxruntime refused to do with this graph, and why."""
        return refusal(what, self.path, error)

    def bind(self) -> Binding:
        """A new set of bound inputs and outputs: for loops that reuse their buffers."""
        return Binding(self)

    def buffer(self, shape: Sequence[int], dtype: Any) -> Any:
        """An onnxruntime value of that shape on this session's device, its content undefined."""
        from lmcli.nn.runtime import allocate

        return allocate(shape, dtype, self.device)

    @property
    def device(self) -> str:
        """Where outputs that onnxruntime allocates lie, in onnxruntime's words: cpu, cuda, dml."""
        return self.provider if self.provider in ("cuda", "dml") else "cpu"

    def finish_profile(self) -> Path | None:
        """Write the trace asked for with `profile`, once; gives its path. Done at exit, if not
        before.
        """
        if self._profile is None:
            return None
        from lmcli.frame.disk.whole import put

        target, self._profile = self._profile, None
        written = Path(self.raw.end_profiling())
        put(written, target)
        return target


def refusal(what: str, path: Path, error: Exception) -> ModelError:
    """The error for what onnxruntime refuses to do with a graph: open it, or run it."""
    return ModelError(
        f"{path}: onnxruntime cannot {what} it: {reason_of(error)}",
        "lmcli models verify checks the files" if what == "open" else None,
    )


def reason_of(error: Exception) -> str:
    """The first line of onnxruntime's message, without its code; the rest is of no use."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].removeprefix("[ONNXRuntimeError] : ").strip()


def _value(raw: Any) -> Value:
    """onnxruntime's description of a value; its type reads "tensor(int64)"."""
    kind = str(raw.type).removeprefix("tensor(").removesuffix(")")
    dtype = {"float": "float32", "double": "float64"}.get(kind, kind)
    return Value(raw.name, tuple(raw.shape), dtype)


class Binding:
    """Bound inputs and outputs of one session, so that a run copies and allocates nothing.

    An array may be bound as input and as output at once: a key-value cache updated in place.
    What is bound is kept alive by the binding.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._raw = session.raw.io_binding()
        self._bound: dict[tuple[str, str], Any] = {}
        self._outputs: list[str] = []

    def input(self, name: str, value: Any) -> None:
        """Bind an input to a C-contiguous numpy array, or to a value of `Session.buffer`.

        An array is read at every run, as it is then.
        """
        self._bound["in", name] = value
        if not _is_array(value):
            self._raw.bind_ortvalue_input(name, value)
        else:
            self._raw.bind_input(name, "cpu", 0, value.dtype, value.shape, _address(value, name))

    def output(self, name: str, value: Any = None) -> None:
        """Bind an output to an array or buffer of its shape; else onnxruntime allocates it."""
        if name not in self._outputs:
            self._outputs.append(name)
        self._bound["out", name] = value
        if value is None:
            self._raw.bind_output(name, self._session.device)
        elif _is_array(value):
            self._raw.bind_output(name, "cpu", 0, value.dtype, value.shape, _address(value, name))
        else:
            self._raw.bind_ortvalue_output(name, value)

    def run(self) -> None:
        """Run the graph on what is bound. Raises ModelError where onnxruntime refuses.

        On another device than the CPU an input is copied when it is bound, so arrays are bound anew for each run.
        """
        if self._session.device != "cpu":
            for (way, name), value in list(self._bound.items()):
                if way == "in" and _is_array(value):
                    self.input(name, value)
        try:
            self._session.raw.run_with_iobinding(self._raw)
        except Exception as error:
            raise self._session.cannot("run", error) from error

    def __getitem__(self, name: str) -> Array:
        """The output `name` of the last run: the bound array itself, else a copy on the CPU."""
        value = self._bound["out", name]
        if value is None:
            value = self._raw.get_outputs()[self._outputs.index(name)]
        array: Array = value if _is_array(value) else value.numpy()
        return array


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array_interface__")


def _address(array: Array, name: str) -> int:
    if not array.flags.c_contiguous:
        raise ValueError(f"the array bound to {name} is not C-contiguous")
    return int(array.ctypes.data)
