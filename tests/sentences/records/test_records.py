"""Records of every kind of file, found by their keys and answered by their values."""

from __future__ import annotations

import json

import pytest

from lmcli.frame.errors import BadUsage
from lmcli.sentences.records.keys import Condition
from lmcli.sentences.records.parsing import parse

CARS = [
    {"name": "Falcon", "about": "a fast car for two", "year": 2021, "tags": ["turbo", "open"]},
    {"name": "Oxen", "about": "a truck that carries heavy loads", "year": 2018, "tags": ["bar"]},
    {"name": "Roamer", "about": "a roomy car for a family with children", "year": 2022},
]


@pytest.fixture
def cars(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cars.jsonl"
    path.write_text("".join(json.dumps(car) + "\n" for car in CARS))
    return path


def rows(result):
    return json.loads(result.out)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.csv", 'name,year\nx,1\n"y\nz",2\n', [(2, {"name": "x", "year": "1"}), (3, {"name": "y\nz", "year": "2"})]),
        ("a.csv", "name;year\nx, y;1\n", [(2, {"name": "x, y", "year": "1"})]),
        ("a.tsv", "n\tm\n1\t2\n", [(2, {"n": "1", "m": "2"})]),
        ("a.jsonl", '\n{"n": 1}\n', [(2, {"n": 1})]),
        ("a.json", '[\n {"n": 1},\n {"n": 2}]', [(2, {"n": 1}), (3, {"n": 2})]),
        ("a.md", "---\nday: 2024-05-01\n---\n\nbody\n", [(1, {"day": "2024-05-01", "text": "body"})]),
        ("a.md", "no front matter", [(1, {"text": "no front matter"})]),
    ],
)  # fmt: skip
def test_kinds_of_files(name, text, found):
    faults = []
    assert [(r.line, r.fields) for r in parse(name, text, faults.append)] == found
    assert not faults


@pytest.mark.parametrize(
    ("name", "text", "line", "sound"),
    [
        ("a.csv", "n,m\n1\n1,2\n", 2, 1),
        ("a.csv", "n,n\n1,2\n", 1, 0),
        ("a.jsonl", '{"n": 1}\n{\n[1]\n', 2, 1),
        ("a.json", '[{"n": 1},\n{"n"', 2, 1),
        ("a.json", '[{"n": 1}\n', 2, 1),
        ("a.md", "---\ntitle: T\nbody", 1, 0),
        ("a.md", "---\na: [\n---\nbody", 2, 0),
    ],
)
def test_what_is_no_record_is_told_by_line(name, text, line, sound):
    faults = []
    assert len(list(parse(name, text, faults.append))) == sound
    assert f"{name}:{line}: " in str(faults[0])


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("year>=2020", True), ("year < 2020", False), ("year=2021.0", True), ("name=FALCON", True),
        ("name~alc", True), ("tags=open", True), ("tags!=open", False), ("none=1", False),
        ("about>5", False), ("day>=2024-04-30", True), ("day<2024-04-30", False),
    ],
)  # fmt: skip
def test_conditions(condition, holds):
    assert Condition.of(condition).holds({**CARS[0], "day": "2024-05-01"}) is holds


def test_a_condition_needs_an_operator():
    with pytest.raises(BadUsage, match="no condition"):
        Condition.of("year")


def test_found_by_keys_answered_by_values(lmcli, cars):
    ask = (
        "search",
        "for families with kids",
        "--in",
        cars,
        "--key",
        "about",
        "-k",
        1,
        "-f",
        "json",
    )
    (row,) = rows(lmcli(*ask, "--value", "name", "--value", "year"))
    assert list(row) == ["path", "line", "text", "score", "key", "values"]
    assert (row["path"], row["line"], row["key"]) == ("cars.jsonl", 3, CARS[2]["about"])
    assert row["values"] == {"name": "Roamer", "year": 2022}
    assert row["text"] == "name: Roamer\nyear: 2022"
    (row,) = rows(lmcli(*ask, "--value", "name", "--where", "year<2022", "--where", "tags~bar"))
    assert row["text"] == "Oxen"
    (row,) = rows(lmcli(*ask))
    assert row["values"] == CARS[2]


def test_weights_mix_the_cosines_of_keys(lmcli, cars):
    def score(*keys):
        words = [word for key in keys for word in ("--key", key)]
        found = rows(lmcli("search", "falcon", "--in", cars, *words, "-f", "json"))
        return {row["line"]: row["score"] for row in found}

    name, about, both = score("name"), score("about"), score("name=3", "about")
    for line in (1, 2, 3):
        assert both[line] == pytest.approx((3 * name[line] + about[line]) / 4, abs=1e-5)


def test_hybrid_finds_the_word_that_meaning_misses(lmcli, cars):
    with cars.open("a") as file:
        file.write(json.dumps({"name": "N", "about": "part QX-7731 of the truck"}) + "\n")
    found = rows(
        lmcli("search", "qx 7731", "--in", cars, "--key", "about", "--hybrid", "-f", "json")
    )
    assert found[0]["line"] == 4 and found[0]["by_words"] == 1
    for row in found:
        ranks = [row["by_meaning"], row["by_words"]]
        assert row["score"] == pytest.approx(sum(1 / (60 + r) for r in ranks if r))


def test_an_index_keeps_its_keys_and_follows_the_file(lmcli, cars):
    assert lmcli("search", "heavy", "--in", cars, "--key", "about", "--index", "kb").code == 0
    again = lmcli("search", "heavy", "--index", "kb", "-k", 1, "--value", "name", "-f", "json")
    assert rows(again)[0]["text"] == "Oxen" and not again.err
    cars.write_text(cars.read_text().replace("heavy loads", "nothing") + '{"about": "very heavy"}')
    (row,) = rows(lmcli("search", "heavy", "--index", "kb", "-k", 1, "-f", "json"))
    assert row["line"] == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--key", "abuot"), 2, "did you mean about?"),
        (("--key", "about", "--value", "nmae"), 2, "did you mean name?"),
        (("--key", "about", "--where", "years=1"), 2, "did you mean year?"),
        (("--key", "about", "--where", "year>3000"), 3, "none of 3 records meets"),
        (("--key", "about=x"), 2, "no weight above 0"),
        (("--key", "about", "--key", "about=2"), 2, "named twice"),
        (("--value", "name"), 2, "--key"),
        (("--key", "about", "--context", "1"), 2, "paragraphs"),
    ],
)
def test_what_cannot_be_searched_is_said(lmcli, cars, words, code, said):
    result = lmcli("search", "x", "--in", cars, *words)
    assert (result.code, result.out) == (code, "") and said in result.err


def test_a_bad_line_and_another_file_stop_nothing(lmcli, cars):
    with cars.open("a") as file:
        file.write('nonsense\n{"year": 1}\n')
    (cars.parent / "notes.txt").write_text("about: cars")
    result = lmcli("search", "family", "--in", cars.parent, "--key", "about", "-k", 1)
    assert result.code == 5 and result.table[0][1] == "3"
    for said in ("cars.jsonl:4: not JSON", "1 record without about", "notes.txt is no csv"):
        assert said in result.err


def test_the_prompt_is_for_one_completion(lmcli, cars):
    found = lmcli("search", "family", "--in", cars, "--key", "about", "-k", 1, "-f", "prompt")
    shown = lmcli("complete", "--whole", "--show-prompt", stdin=found.out)
    assert shown.code == 0 and shown.out.strip() == found.out.strip()


def test_records_that_are_not_understood_are_found_by_their_words(lmcli, tmp_path):
    file = tmp_path / "kb.csv"
    file.write_text("name,id\nqqzzxx vvkkww,1\nggjjxx,2\n")
    ask = (
        "search",
        "cat vvkkww",
        "--in",
        file,
        "--key",
        "name",
        "--method",
        "sif",
        "--value",
        "id",
    )
    alone = lmcli(*ask)
    assert alone.code == 3 and "of all 2 records nothing is understood" in alone.err
    both = lmcli(*ask, "--hybrid")
    assert (both.code, both.table[0][3]) == (0, "1") and len(both.lines) == 1
