"""Graphs: steps of walks a second beside plain Python loops, memory of 1,000,000 edges, hidden edges of karate.

    python -m tests.bench.graph

Both sides of a ratio run in turn, in one process, on the same random graph of 100,000 nodes and 1,000,000 edges
(node2vec: p = 0.5, q = 2). The plain loops are those of the first implementations: lists of neighbours, a choice a
step; node2vec's weighs each neighbour, with the edges in sets, or in a networkx graph.
"""

from __future__ import annotations

import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from lmcli.graph.files.reading import read_graph
from lmcli.graph.graph import Graph
from lmcli.graph.walks import WalkOptions, walks_from
from tests.conftest import command

NODES, EDGES, LENGTH, TURNS = 100_000, 1_000_000, 40, 3
P, Q = 0.5, 2.0


def edges_file(folder: Path) -> Path:
    """A csv file of a random graph."""
    pairs = np.random.default_rng(0).integers(0, NODES, (EDGES, 2))
    path = folder / "random.csv"
    np.savetxt(path, pairs, fmt="%d", delimiter=",", header="source,target", comments="")
    return path


def plain_walk(near, start, choose):
    """A walk of LENGTH nodes by a loop."""
    path = [start]
    for _ in range(LENGTH - 1):
        path.append(choose(near, path))
    return path


def first_order(near, path):
    """DeepWalk's choice."""
    return random.choice(near[path[-1]])


def second_order(known):
    """node2vec's choice, with known(a, b): whether there is an edge."""

    def choose(near, path):
        at = near[path[-1]]
        if len(path) < 2:
            return random.choice(at)
        before = path[-2]
        weights = [1 / P if n == before else 1.0 if known(before, n) else 1 / Q for n in at]
        return random.choices(at, weights)[0]

    return choose


def speeds(graph: Graph) -> None:
    """Print steps a second of each, medians of TURNS."""
    import networkx

    near = [graph.near(node).tolist() for node in range(len(graph.nodes))]
    sets = [set(own) for own in near]
    nx = networkx.Graph((a, b) for a, own in enumerate(near) for b in own)
    starts = np.flatnonzero(graph.degrees)
    rng = np.random.default_rng(1)
    few = rng.choice(starts, 2000).tolist()

    def fast(options):
        return lambda: walks_from(graph, starts, options, rng).size

    def slow(choose):
        return lambda: sum(len(plain_walk(near, start, choose)) for start in few)

    runs = {
        "DeepWalk, lmcli": fast(WalkOptions(1, LENGTH)),
        "DeepWalk, plain loop": slow(first_order),
        "node2vec, lmcli": fast(WalkOptions(1, LENGTH, P, Q)),
        "node2vec, plain loop with sets": slow(second_order(lambda a, b: b in sets[a])),
        "node2vec, loop over networkx": slow(second_order(nx.has_edge)),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(TURNS):
        for name, run in runs.items():
            begun = time.perf_counter()
            steps = run()
            times[name].append(steps / (time.perf_counter() - begun))
    for name, found in times.items():
        print(f"{name}: {np.median(found):,.0f} steps/s")


def memory(path: Path) -> None:
    """Print the largest memory of a process that reads the edges and walks from one node."""
    line = command("graph", "walk", path, "0", "--p", P, "--q", Q)
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    print(f"graph walk: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:,.0f} MB")


def main() -> None:
    """Print all."""
    with tempfile.TemporaryDirectory() as folder:
        path = edges_file(Path(folder))
        memory(path)
        speeds(read_graph(str(path)).graph)
    subprocess.run(command("graph", "predict", "karate", "-f", "plain", "--splits", 20), check=True)


if __name__ == "__main__":
    main()
