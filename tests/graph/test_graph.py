"""Graphs: the values of walks, measures, groups, splits and scores; files; the commands."""

from collections import Counter

import numpy as np
import pytest

from lmcli.graph.communities import louvain, modularity
from lmcli.graph.files.reading import read_graph
from lmcli.graph.graph import components
from lmcli.graph.links import split
from lmcli.graph.measures import measured
from lmcli.graph.scoring import auc, average_precision, f1_scores
from lmcli.graph.walk import choices
from lmcli.graph.walks import WalkOptions, all_walks
from tests.conftest import peer


@pytest.fixture(scope="module")
def lesmis():
    return read_graph("lesmis").graph


@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.5, 2.0), (4.0, 0.25), (1e-3, 1e3)])
def test_fast_walks_choose_as_the_readable_ones_do(lesmis, p, q):
    seen: dict[tuple[int, int], Counter[int]] = {}
    for block in all_walks(lesmis, WalkOptions(60, 40, p, q, seed=3)):
        for before, at, to in zip(
            block[:, :-2].ravel(), block[:, 1:-1].ravel(), block[:, 2:].ravel(), strict=True
        ):
            seen.setdefault((before, at), Counter())[to] += 1
    (before, at), counts = max(
        (one for one in seen.items() if lesmis.degrees[one[0][1]] > 5),
        key=lambda one: one[1].total(),
    )
    expected = {node: share for node, *_, share in choices(lesmis, at, before, p, q)}
    total = counts.total()
    assert set(counts) <= set(expected) and total > 200
    chi = sum((counts[n] - total * s) ** 2 / (total * s) for n, s in expected.items())
    freedom = len(expected) - 1
    assert chi < freedom + 5 * (2 * freedom) ** 0.5


def test_walks_follow_edges_and_a_seed_fixes_them(lesmis):
    first, again = (
        np.concatenate(list(all_walks(lesmis, WalkOptions(2, 10, 0.5, 2, 1)))) for _ in range(2)
    )
    assert np.array_equal(first, again) and first.shape == (2 * 77, 10)
    assert lesmis.has(first[:, :-1].ravel(), first[:, 1:].ravel()).all()


def test_what_is_left_of_a_split_holds_together_and_nothing_leaks():
    graph = read_graph("karate").graph
    one = split(graph, 0.3, np.random.default_rng(0))
    assert components(one.rest).max() == 0
    assert one.rest.edges + len(one.hidden) == graph.edges
    assert not one.rest.has(*one.hidden.T).any() and graph.has(*one.hidden.T).all()
    assert not graph.has(*one.apart.T).any() and not one.rest.has(*one.rest_apart.T).any()
    pairs = [tuple(pair) for pair in np.concatenate([one.apart, one.rest_apart])]
    assert len(set(pairs)) == len(pairs)


def test_scores_by_hand():
    truth, scores = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1])
    assert auc(truth, scores) == 0.875
    assert average_precision(truth, scores) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert f1_scores(np.array([0, 0, 1]), np.array([0, 1, 1]), 2) == pytest.approx((2 / 3, 2 / 3))


def test_communities_of_the_karate_club_reach_the_known_optimum():
    graph = read_graph("karate").graph
    assert modularity(graph, louvain(graph)) == pytest.approx(0.4198, abs=1e-4)


@pytest.mark.peer
def test_measures_are_networkxs(lesmis):
    peer("networkx")
    import networkx as nx

    a, b, w = lesmis.pairs()
    other = nx.Graph()
    other.add_weighted_edges_from(zip(a.tolist(), b.tolist(), w.tolist(), strict=True))
    row = measured(lesmis)
    assert row.clustering == pytest.approx(nx.average_clustering(other))
    assert row.transitivity == pytest.approx(nx.transitivity(other))
    assert row.density == pytest.approx(nx.density(other))


SIDE = {"9", "15", "16", "19", "21", "23", "24", "27", "28", "30", "31", "33"}
FILES = {
    "a.csv": "x,y\na,b\nb,c\n".replace("x,y", "from,to"),
    "a.tsv": "a\tb\nb\tc\n",
    "a.jsonl": '{"source": "a", "target": "b"}\n["b", "c"]\n',
    "a.mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n1 2\n2 3\n",
    "a.graphml": '<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/><node id="c"/>'
    '<edge source="a" target="b"/><edge source="b" target="c"/></graph></graphml>',
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_is_the_same_graph(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    graph = read_graph(str(path)).graph
    assert (len(graph), graph.edges, graph.degrees.tolist()) == (3, 2, [1, 2, 1])


def test_bad_edges_are_said_and_the_others_count(lmcli):
    text = "source,target,weight\na,a,1\na,b,1\nb,a,2\nb,c,-1\nd\nc,a,3\n"
    result = lmcli("graph", "info", "-", "-f", "csv", stdin=text)
    assert result.code == 5
    for part in (
        "1 loop left out",
        "1 double edge",
        "stdin:5: the weight '-1' is negative",
        "stdin:6",
    ):
        assert part in result.err
    assert result.lines[1].startswith("stdin,false,false,3,2,")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("walk", "lesmis", "valjean"), 3, "did you mean Valjean?"),
        (("info", "none.csv"), 1, "no such file"),
        (("info", "lesmis", "--weight", "wieght"), 2, "did you mean weight?"),
        (("walk", "karate", "1", "--method", "deepwalk", "--p", "2"), 2, "node2vec's"),
        (("recommend", "books"), 2, "name a user and a file"),
        (("recommend", "Annna", "books"), 3, "did you mean Anna?"),
    ],
)
def test_what_cannot_be_is_said(lmcli, words, code, said):
    result = lmcli("graph", *words)
    assert result.code == code and said in result.err


def test_a_model_of_nodes_is_one_of_words(lmcli):
    assert lmcli("graph", "train", "karate", "--name", "club", "--size", 16).code == 0
    near = lmcli("similar", "34", "--model", "club", "-k", 5)
    members = {line[0] for line in near.table}
    assert near.code == 0 and len(members & SIDE) >= 4


def test_items_of_a_readers_kind_come_first_without_those_taken(lmcli):
    rows = lmcli("graph", "recommend", "小明", "books", "-k", 3, "-f", "jsonl")
    assert rows.code == 0 and len(rows.lines) == 3 and "Noodle-Book" in rows.out
    found = {
        line[0]: float(line[3]) for line in lmcli("graph", "recommend", "books", "--eval").table
    }
    assert found["item2vec"] > 0.9 > found["popularity"]


def test_a_head_that_is_read_as_an_edge_is_doubted(lmcli, tmp_path):
    lines = "".join(f"a{i},a{(i + 1) % 12}\n" for i in range(12))
    file = tmp_path / "x.csv"
    file.write_text("wer,wen\n" + lines)
    doubted = lmcli("graph", "info", file)
    assert (
        doubted.code == 0 and "line 1 of x.csv, 'wer' and 'wen', was read as an edge" in doubted.err
    )
    assert not lmcli("graph", "info", file, "--source", "wer", "--target", "wen").err
    file.write_text(lines)
    assert not lmcli("graph", "info", file).err
    file.write_text(lines + "a1,a5,-2\n")
    longer = lmcli("graph", "info", file)
    assert longer.code == 5 and "x.csv:13: 3 cells, where the first line has 2" in longer.err
