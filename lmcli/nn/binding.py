"""Inputs and outputs of a graph tied to memory, for loops that reuse their buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lmcli.nn.onnx import Session

    Array = NDArray[Any]


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

        On the CPU an array is read where it lies at every run; elsewhere it is copied now.
        """
        self._bound["in", name] = value
        if not _is_array(value):
            self._raw.bind_ortvalue_input(name, value)
        elif self._session.device == "cpu":
            self._raw.bind_input(name, "cpu", 0, value.dtype, value.shape, _address(value, name))
        else:
            self._raw.bind_cpu_input(name, value)

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
        """Run the graph on what is bound. Raises ModelError where onnxruntime refuses."""
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
