"""A base as a graph: facts in layers, from what is observed to what is concluded; rules as the joints between.

Layers by longest path, order within a layer by the mean place of the neighbours, swept to and fro (Sugiyama, Tagawa
and Toda 1981). A rule with one condition is a plain edge; several conditions meet in a dot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmcli.expert.model import RuleBase, parts
from lmcli.expert.program import program_of
from lmcli.expert.wording import condition_text
from lmcli.frame.errors import BadUsage

MOST = 400  # rules that a picture may show
SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Edge:
    """From a condition to a rule's joint, or from a joint to its conclusion (or straight)."""

    source: str
    target: str
    denied: bool = False


@dataclass
class Graph:
    """Nodes by name: kind (observed, derived, goal, joint), layer, and place within the layer."""

    kinds: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    layers: list[list[str]] = field(default_factory=list)


def graph_of(base: RuleBase, goal: str | None = None) -> Graph:
    """The graph of a base, or of what leads to one goal. Raises BadUsage where that is too much to draw."""
    numbers = program_of(base).rules_for(goal) if goal else range(len(base.rules))
    if len(numbers) > MOST:
        raise BadUsage(
            f"{len(numbers)} rules are too many for a picture", "choose a part with --goal FACT"
        )
    graph = Graph()
    goals = {program_of(base).name(atom) for atom in program_of(base).goals()}
    concluded = {fact for rule in base.rules for fact in rule.then}
    for number in numbers:
        rule = base.rules[number]
        leaves = [
            (condition_text(leaf, base.language), denied) for leaf, denied in parts(rule.when)
        ]
        for name in (*(name for name, _ in leaves), *rule.then):
            kind = "goal" if name in goals else "derived" if name in concluded else "observed"
            graph.kinds.setdefault(name, kind)
        for fact in rule.then:
            if len(leaves) == 1:
                graph.edges.append(Edge(leaves[0][0], fact, leaves[0][1]))
                continue
            joint = f"\0{number} {fact}"
            graph.kinds[joint] = "joint"
            graph.edges += [Edge(name, joint, denied) for name, denied in leaves]
            graph.edges.append(Edge(joint, fact))
    _layer(graph)
    return graph


def _layer(graph: Graph) -> None:
    """Give each node its layer, then order the layers."""
    before: dict[str, list[str]] = {name: [] for name in graph.kinds}
    after: dict[str, list[str]] = {name: [] for name in graph.kinds}
    for edge in graph.edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    depth: dict[str, int] = {}
    for root in graph.kinds:
        _depth(root, before, depth)
    for name in graph.kinds:  # what is observed stands just before its first use
        if not before[name] and after[name]:
            depth[name] = max(0, min(depth[user] for user in after[name]) - 1)
    graph.layers = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name, layer in depth.items():
        graph.layers[layer].append(name)
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        place = {n: i / max(len(row), 1) for row in graph.layers for i, n in enumerate(row)}
        for names in graph.layers if sweep % 2 == 0 else graph.layers[::-1]:
            mean = {n: _mean([place[o] for o in neighbours[n]], place[n]) for n in names}
            names.sort(key=mean.__getitem__)
            place.update({name: i / len(names) for i, name in enumerate(names)})


def _depth(root: str, before: dict[str, list[str]], depth: dict[str, int]) -> None:
    """The longest way from what is observed; cycles are cut where they close."""
    work = [(root, iter(before[root]))]
    open_nodes = {root}
    if root in depth:
        return
    while work:
        name, sources = work[-1]
        for source in sources:
            if source not in depth and source not in open_nodes:
                open_nodes.add(source)
                work.append((source, iter(before[source])))
                break
        else:
            depth[name] = 1 + max((depth[s] for s in before[name] if s in depth), default=-1)
            open_nodes.discard(name)
            work.pop()


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def dot(graph: Graph) -> str:
    """The graph in Graphviz' language."""
    return "\n".join(_dot_lines(graph)) + "\n"


def _dot_lines(graph: Graph) -> Iterator[str]:
    yield "digraph rules {"
    yield '  rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif"];'
    styles = {"goal": ' [style="rounded,bold", color="#009e73"]', "derived": ' [color="#0072b2"]'}
    for name, kind in graph.kinds.items():
        yield (
            f"  {_quoted(name)}"
            + (" [shape=point]" if kind == "joint" else styles.get(kind, ""))
            + ";"
        )
    for edge in graph.edges:
        style = ' [style=dashed, color="#d55e00"]' if edge.denied else ""
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)}{style};"
    yield "}"


def _quoted(name: str) -> str:
    text = name.replace("\0", "rule ").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
