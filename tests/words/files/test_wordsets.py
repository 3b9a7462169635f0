"""Word sets: the published file, and what is said about a bad one."""

import pytest

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.words.files.wordsets import AssociationTest, ProjectionSet, choose, read_sets

SIZES = {  # table 1 of Caliskan et al. 2017: words of each target and attribute set
    "weat-1": (25, 25),
    "weat-2": (25, 25),
    "weat-3": (32, 25),
    "weat-4": (16, 25),
    "weat-5": (16, 8),
    "weat-6": (8, 8),
    "weat-7": (8, 8),
    "weat-8": (8, 8),
    "weat-9": (6, 7),
    "weat-10": (8, 8),
}


def test_the_published_sets_have_the_published_sizes():
    sets = read_sets()
    tests = {name: one for name, one in sets.items() if isinstance(one, AssociationTest)}
    assert list(tests) == list(SIZES)
    for name, (targets, attributes) in SIZES.items():
        assert [len(one.words) for one in tests[name].targets] == [targets] * 2
        assert [len(one.words) for one in tests[name].attributes] == [attributes] * 2
        assert tests[name].published[0] > 1
    assert len(sets["occupations-pca"].pairs) == 10


def test_names_choose_and_kinds_do_not_mix():
    sets = read_sets()
    assert [one.name for one in choose(sets, ())[0]] == list(SIZES)
    tests, projections = choose(sets, ("occupations",))
    assert tests == [] and isinstance(projections[0], ProjectionSet)
    with pytest.raises(BadUsage, match="one kind"):
        choose(sets, ("weat-1", "occupations"))
    with pytest.raises(BadUsage, match="did you mean weat-10"):
        choose(sets, ("weat10",))


TEST = (
    "tests:\n  - name: t\n    targets: {a: [x, y], b: [z, w]}\n    attributes: {c: [m], d: [n]}\n"
)


def test_a_file_of_ones_own_is_read(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(TEST + "projections:\n  - {name: p, pairs: [[she, he]], words: [猫, cat]}\n")
    sets = read_sets(path)
    assert sets["t"].targets[0].words == ("x", "y") and sets["t"].published is None
    assert sets["p"] == ProjectionSet("p", (("she", "he"),), ("猫", "cat"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: [", "while parsing"),
        ("- a", "neither 'tests' nor 'projections'"),
        ("tests: 3", "tests is not a list"),
        ("tests: [{}]", "entry 1: no name"),
        ("tests: [{name: t, targets: {a: [x]}}]", "t: targets must hold two"),
        (TEST.replace("[x, y]", "x"), "t: targets: a: not a list of words"),
        (TEST.replace("x, y", "x, no"), "False is not a word; put it in quotes"),
        (TEST + "    published: {p: 1}", "published must hold numbers"),
        (TEST + TEST.removeprefix("tests:\n"), "the name 't' is taken"),
        ("projections: [{name: p, words: [a]}]", "p: no pairs"),
        ("projections: [{name: p, pairs: [[a]], words: [a]}]", "a pair holds two words"),
    ],
)
def test_a_bad_file_is_told_where_it_is_bad(tmp_path, text, said):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        read_sets(path)
    assert said in str(error.value) and str(path) in str(error.value)
