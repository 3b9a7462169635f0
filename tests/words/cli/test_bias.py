"""words bias: rows, table, own sets, exit codes."""

import json
import re

STYLES = re.compile(r"\x1b\[[\d;]*m")

TEST_FIELDS = [
    "test",
    "targets",
    "attributes",
    "d",
    "p",
    "exact",
    "published_d",
    "published_p",
    "missing",
]

OWN = """
tests:
  - name: career
    targets: {male: [john, paul, mike], female: [amy, joan, lisa]}
    attributes: {career: [office, salary], family: [home, parents]}
  - name: empty
    targets: {a: [qqqqq, wwwwwww], b: [amy, joan]}
    attributes: {career: [office], family: [home]}
"""


def test_all_published_tests_by_default(lmcli):
    result = lmcli("words", "bias", "-f", "json", "--samples", 2000)
    rows = json.loads(result.out)
    assert [row["test"] for row in rows] == [f"weat-{i}" for i in range(1, 11)]
    assert all(list(row) == TEST_FIELDS for row in rows)
    assert all(row["d"] > 0.8 and row["p"] < 0.05 for row in rows)
    assert rows[5]["exact"] and rows[5]["published_d"] == 1.81
    assert "weat-1: not in glove-50d and left out: gladiola" in result.err


def test_a_table_with_bars(lmcli):
    result = lmcli("words", "bias", "weat-6", "weat-9", tty=True, env={"NO_COLOR": "1"})
    shown = STYLES.sub("", result.out)
    assert "male names / female names" in shown and "██" in shown
    assert "1.71" in shown and "1.81" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_occupations_lie_on_both_sides(lmcli):
    rows = json.loads(lmcli("words", "bias", "occupations", "-f", "json").out)
    assert all(list(row) == ["set", "word", "score"] for row in rows)
    places = {row["word"]: i for i, row in enumerate(rows)}
    assert places["nurse"] < places["lawyer"] < places["captain"]
    table = lmcli("words", "bias", "occupations", tty=True, env={"NO_COLOR": "1"}).out
    assert "he ← → she" in table and "│█" in table and "█│" in table
    assert lmcli("words", "bias", "occupations").table[0] == [
        rows[0]["word"],
        str(rows[0]["score"]),
    ]


def test_two_projections_are_one_json_list_and_two_tables(lmcli):
    both = ("words", "bias", "occupations", "occupations-pca")
    rows = json.loads(lmcli(*both, "-f", "json").out)
    assert {row["set"] for row in rows} == {"occupations", "occupations-pca"}
    assert lmcli(*both).table[0][0] == "occupations"
    assert "man ← → woman" in lmcli(*both, tty=True, env={"NO_COLOR": "1"}).out


def test_names_are_completed(process):
    typed = {
        "_LMCLI_COMPLETE": "bash_complete",
        "COMP_WORDS": "lmcli words bias occ",
        "COMP_CWORD": "3",
    }
    assert process(env=typed).out.split() == ["plain,occupations", "plain,occupations-pca"]


def test_own_sets_and_a_test_without_words(lmcli, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    result = lmcli("words", "bias", "--sets", path, "-f", "json")
    (row,) = json.loads(result.out)
    assert row["test"] == "career" and row["published_d"] is None and row["exact"]
    assert result.code == 5 and "empty: too few of the a are in glove-50d" in result.err
    assert lmcli("words", "bias", "empty", "--sets", path).code == 3
    path.write_text("tests: 3")
    assert lmcli("words", "bias", "--sets", path).code == 1


def test_the_same_seed_gives_the_same_rows(lmcli):
    first = lmcli("words", "bias", "weat-4", "--samples", 500, "--seed", 7)
    assert lmcli("words", "bias", "weat-4", "--samples", 500, "--seed", 7) == first
    assert lmcli("words", "bias", "weat-4", "--samples", 500, "--seed", 8) != first


def test_unknown_names_and_mixed_kinds_are_refused(lmcli):
    assert lmcli("words", "bias", "weat-11").code == 2
    assert lmcli("words", "bias", "weat-1", "occupations").code == 2
