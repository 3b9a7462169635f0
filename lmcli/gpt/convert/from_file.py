"""A user's own GGUF file made into a model folder, with what the file says of itself."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmcli.frame.models import write_spec
from lmcli.gpt.convert.blocks import KINDS
from lmcli.gpt.convert.convert import convert_with
from lmcli.gpt.convert.gguf import Gguf
from lmcli.gpt.convert.shape import Shape
from lmcli.store.fetch.fetching import current, disk_full

EXACT = 1e-4  # of a weight: what rounding of float32 makes
_BYTES = 1.2  # of a weight in 8 bits, with its scale and zero point; tables and graphs are small


def fill(path: Path, folder: Path, name: str, origin: Mapping[str, Any]) -> None:
    """Convert the file at `path` into `folder`, and describe the model.

    Raises ModelError for a file that is damaged or of a kind that cannot be converted, and where the
    disk has no room; before anything is written.
    """
    say = current().say
    say(f"converting {path.name} to ONNX, once")

    def room(gguf: Gguf, shape: Shape) -> None:
        weights = sum(tensor.count for tensor in gguf.tensors.values())
        needed = round(weights * _BYTES) + shape.context * shape.head * 16
        if shutil.disk_usage(folder).free < needed:
            raise disk_full(folder.parent, needed)

    made = convert_with(path, folder, room)
    told = kept(made.losses)
    say(told)
    write_spec(folder, _describe(made.gguf, made.shape, name, origin, made.losses), made.files)


def kept(losses: Mapping[str, float]) -> str:
    """Which types are held exactly in 8 bits, and what rounding the others costs."""
    exact = [kind for kind, loss in losses.items() if loss < EXACT]
    rounded = [f"{kind} by {100 * loss:.2g} %" for kind, loss in losses.items() if loss >= EXACT]
    parts = [f"exact in 8 bits: {', '.join(sorted(exact))}"] if exact else []
    if rounded:
        parts.append(f"weights rounded to 8 bits: {', '.join(sorted(rounded))} of their size")
    return "; ".join(parts)


def _describe(
    gguf: Gguf, shape: Shape, name: str, origin: Mapping[str, Any], losses: Mapping[str, float]
) -> dict[str, Any]:
    says = gguf.metadata
    types = Counter(KINDS[tensor.kind].name for tensor in gguf.tensors.values())
    own = says.get("general.name")
    title = own if isinstance(own, str) and own.isprintable() and own else name
    languages = says.get("general.languages")
    languages = (
        [one for one in languages if isinstance(one, str)] if isinstance(languages, list) else []
    )
    licence = says.get("general.license", "")
    listed = ", ".join(f"{count} {kind}" for kind, count in types.most_common())
    return {
        "name": name,
        "task": "text-generation",
        "summary": f"{title}, {says['general.architecture']}, made of a GGUF file ({listed})",
        "licence": licence if isinstance(licence, str) else "",
        **({"languages": languages} if languages else {}),
        "origin": dict(origin),
        "settings": {
            "context": shape.context,
            "graphs": {
                "model": "model.onnx",
                "attention": "model_attention.onnx",
                "verify": "model_verify.onnx",
            },
        },
        "metrics": [
            {
                "name": f"rounding of {kind} to 8 bits, as a share of the weights' size",
                "value": float(f"{loss:.3g}"),
                "command": "lmcli models pull FILE.gguf",
            }
            for kind, loss in sorted(losses.items())
            if loss >= EXACT
        ],
    }
