"""The files of a model without a model.toml, brought together: graphs, their weights, and what lies beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lmcli.frame.errors import ModelError
from lmcli.nn.onnxfile.external import check_weight_files, weight_files
from lmcli.nn.tokens.build import complete_tokenizer
from lmcli.store.beside import beside, of_modules
from lmcli.store.shelves import Shelf, bring


def gather(
    shelf: Shelf, folder: Path, listing: Sequence[str], graphs: Mapping[str, str]
) -> tuple[str, ...]:
    """Bring the graphs and all that belongs to them into `folder`; return the files.

    Raises ModelError where something that a graph needs is not there, or was cut.
    """
    own = list(dict.fromkeys(graphs.values()))
    bring(shelf, own, folder)
    weights = [name for graph in own for name in _weights(folder, graph, listing)]
    bring(shelf, weights, folder)
    for graph in own:
        check_weight_files(folder / graph)
    near = beside(listing, own)
    bring(shelf, list(near.values()), folder)
    for name, source in near.items():
        if name != source:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / source).replace(folder / name)
    modules = of_modules(folder, listing)
    bring(shelf, modules, folder)
    made = complete_tokenizer(folder)
    return tuple(dict.fromkeys([*own, *weights, *near, *modules, *made]))


def _weights(folder: Path, graph: str, listing: Sequence[str]) -> list[str]:
    """The files with a graph's weights, as paths in the listing."""
    place = graph.rpartition("/")[0]
    names = [f"{place}/{name}" if place else name for name in weight_files(folder / graph)]
    if missing := [name for name in names if name not in listing]:
        raise ModelError(
            f"{graph} keeps its weights in {', '.join(missing)}, which is not there",
            "copy that file beside the graph",
        )
    return names
