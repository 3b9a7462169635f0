"""Opening a decoder's graph beside all else that a command reads first: modules, tokenizer, prompt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError, ModelError
from lmcli.frame.models import Model
from lmcli.nn import onnx
from lmcli.nn.loading import Loading
from lmcli.nn.memory import huge_pages
from lmcli.nn.session import Session

TASK = "text-generation"

# where the hub's exports keep the graph, the best first
GRAPHS = (
    "model.onnx",
    "decoder_model_merged.onnx",
    "decoder_with_past_model.onnx",
    "decoder_model.onnx",
)
FOLDERS = ("", "onnx")
# bytes of a model of which the weights are prepared one after the other, each freed at once: that takes longer, and a
# third less memory than several threads do, which hold the file and its copy whole
SLIM = 256 << 20

Note = Callable[[str], None]
_begun: dict[tuple[Path, str, int | None], Loading[Session]] = {}


def key_of(env: Environment, name: str | None) -> tuple[str, ...]:
    """What the process keeps the decoder under that a command's --model names."""
    return (TASK, name or "", env.settings.provider, str(env.settings.threads))


def begin(env: Environment, name: str | None) -> None:
    """Start to open the decoder that a command's --model names, if it is here; who needs it says what is wrong."""
    settings = env.settings
    if key_of(env, name) in env.cache.entries:
        return
    with suppress(LmcliError):
        model = env.models.find(name, TASK)
        key = (graph_of(model), settings.provider, settings.threads)
        if model.present and key not in _begun:
            _begun[key] = _start(model, settings.provider, settings.threads, env.output.warn)


def opening(
    model: Model, provider: str, threads: int | None, note: Note | None
) -> Loading[Session]:
    """The session of a decoder's graph, being opened; begun here, if it is not under way.

    Raises ModelError where a file is missing or was cut.
    """
    begun = _begun.pop((graph_of(model), provider, threads), None)
    return begun or _start(model, provider, threads, note)


def open_graph(
    model: Model, path: Path, provider: str, threads: int | None, note: Note | None
) -> Session:
    """One of the graphs of a decoder."""
    return onnx.open_session(
        path,
        provider=provider,
        threads=threads,
        note=note,
        # in lmcli's own graphs onnxruntime finds nothing to improve, and looks for it a while
        optimisation="none" if converted(model) else "all",
        settings={"session.prepack.enable_parallel": "0"}
        if bytes_of(graph_of(model)) > SLIM
        else {},
    )


def large_pages(graph: Path) -> AbstractContextManager[None]:
    """Large pages for a graph's weights, which take half as much again at most once they are prepared."""
    return huge_pages(bytes_of(graph) * 3 // 2)


def bytes_of(graph: Path) -> int:
    """The size of a graph with its weights."""
    data = graph.with_name(f"{graph.name}_data")
    return sum(path.stat().st_size for path in (graph, data) if path.is_file())


def graph_of(model: Model) -> Path:
    """The graph of a model that generates. Raises ModelError where there is none."""
    named = "model" in model.settings.get("graphs", {})
    return model.graph() if named else find_graph(model.folder)


def find_graph(folder: Path) -> Path:
    """The graph of a folder that says nothing of its graphs. Raises ModelError where there is none."""
    for below in FOLDERS:
        for name in GRAPHS:
            if (folder / below / name).is_file():
                return folder / below / name
    raise ModelError(f"{folder} holds no graph of a decoder", f"one of {', '.join(GRAPHS)} belongs")


def converted(model: Model) -> bool:
    """Whether the graphs were written by lmcli, of a decoder's weights."""
    return "verify" in model.settings.get("graphs", {})


def _start(model: Model, provider: str, threads: int | None, note: Note | None) -> Loading[Session]:
    for file in model.files:
        model.path(file.path)  # refuses a copy that was cut before onnxruntime does, in its words
    graph = graph_of(model)
    pages = ExitStack()
    pages.enter_context(large_pages(graph))
    try:
        onnx.load()
    except BaseException:
        pages.close()
        raise

    def load() -> Session:
        with pages:
            return open_graph(model, graph, provider, threads, note)

    return Loading(load)
