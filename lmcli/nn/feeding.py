"""What a graph is fed: arrays by the hub's names, in the type and form that this export declares.

Exports of one model differ in what they declare: ids of 32 bits, masks of floats, pictures in half precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lmcli.frame.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lmcli.nn.session import Session, Value

# names of the hub's inputs in the exports of other tools
SAME = {
    "input_ids": ("input_ids", "input_ids:0", "ids", "tokens", "input", "text", "text_input"),
    "attention_mask": ("attention_mask", "attention_mask:0", "input_mask", "mask", "text_mask"),
    "token_type_ids": ("token_type_ids", "token_type_ids:0", "segment_ids", "type_ids"),
    "position_ids": ("position_ids", "positions", "pos_ids"),
    "pixel_values": ("pixel_values", "image", "images", "pixels", "input", "image_input"),
}
_AXES = {"pixel_values": 4}  # of the others 2: an input called "input" is told by them


def input_named(session: Session, name: str) -> str | None:
    """What this graph calls the input that the hub calls `name`; None where it has none."""
    if name in session.inputs:
        return name
    axes = _AXES.get(name, 2)
    same = (own for own in SAME.get(name, ()) if own in session.inputs)
    return next((own for own in same if len(session.inputs[own].shape) == axes), None)


def fitted(session: Session, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Of `feeds`, by the hub's names, what this graph takes, under its own names and in its types.

    Raises ModelError where the graph asks for something that is not among them.
    """
    own = {input_named(session, name): array for name, array in feeds.items()}
    missing = [name for name in session.inputs if name not in own]
    if missing:
        raise ModelError(
            f"{session.path}: the graph asks for {', '.join(missing)}",
            f"what lmcli can feed it: {', '.join(feeds)}",
        )
    return {name: _of_type(value, own[name]) for name, value in session.inputs.items()}


def _of_type(value: Value, array: NDArray[Any]) -> NDArray[Any]:
    """The array in the type that an input declares, and with its number of axes where that is one or none."""
    if array.dtype != value.dtype and _is_numpy(value.dtype):
        array = array.astype(value.dtype)
    if array.size == 1 and array.ndim != len(value.shape):
        array = array.reshape((1,) * len(value.shape))
    return array


def _is_numpy(dtype: str) -> bool:
    return dtype in ("bool", "float16", "float32", "float64") or dtype.startswith(("int", "uint"))
