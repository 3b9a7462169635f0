"""Examples from files, their parts, scores of answers; none of it needs torch."""

import numpy as np
import pytest

from lmcli.frame.errors import BadInput, BadUsage
from lmcli.training.data import Columns, fingerprint, read_examples
from lmcli.training.scores import accuracy, interval, scores_of
from lmcli.training.split import same_text, split


def read(path, **columns):
    return [
        (one.text, one.labels, str(one.error) if one.error else None)
        for one in read_examples(path, Columns(**columns))
    ]


GOOD, BAD = ("it is good", ("pos",), None), ("很差", ("neg",), None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "text,label\nit is  good,pos\n很差,neg\n"),
        ("b.csv", "\ufefflabel,Text\npos,it is good\nneg,很差\n"),
        ("c.csv", "it is good,pos\n很差,neg\n"),
        ("d.tsv", "id\ttext\tlabel\n1\tit is good\tpos\n2\t很差\tneg\n"),
        ("e.txt", "it is good\tpos\n很差\tneg\n"),
        ("f.jsonl", '{"text": "it is good", "label": "pos"}\n\n{"text": "很差", "label": "neg"}\n'),
        ("g.csv", "评论,标签\r\nit is good,pos\r\n很差,neg\r\n"),
    ],
)
def test_tables_and_json_lines(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read(tmp_path / name) == [GOOD, BAD]


def test_columns_by_name(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,what,stars\n1,it is good,5\n2,bad,1\n", encoding="utf-8")
    rows = read(file, text="what", label="stars")
    assert rows == [("it is good", ("5",), None), ("bad", ("1",), None)]
    with pytest.raises(BadUsage, match=r"no column 'star'.*'stars'"):
        read(file, text="what", label="star")
    file.write_text("id,text,stars\n1,it is good,5\n", encoding="utf-8")
    with pytest.raises(BadUsage, match="--label"):
        read(file)


def test_folders(tmp_path):
    for label, text in (("neg", "很差"), ("pos", "it is good")):
        (tmp_path / "files" / label).mkdir(parents=True)
        (tmp_path / "files" / label / "1.txt").write_text(text, encoding="utf-8")
        (tmp_path / f"{label}.txt").write_text(f"{text}\n\n", encoding="utf-8")
    assert read(tmp_path / "files") == [BAD, GOOD]
    (tmp_path / "files" / "empty").mkdir()
    lines = tmp_path / "lines"
    lines.mkdir()
    for label in ("neg", "pos"):
        (tmp_path / f"{label}.txt").rename(lines / f"{label}.txt")
    assert read(lines) == [BAD, GOOD]
    before = fingerprint(tmp_path)
    (lines / "pos.txt").write_text("it was good\n", encoding="utf-8")
    assert fingerprint(tmp_path) != before
    with pytest.raises(BadInput, match="no subfolders"):
        read(tmp_path / "files" / "empty")


def test_several_labels_and_numbers(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('text,label\na,"x, y;x"\nb,\n', encoding="utf-8")
    assert read(file, several=True) == [("a", ("x", "y"), None), ("b", (), None)]
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"text":"a","label":["x","y"]}\n{"text":"b","label":1.0}\n{"text":"c","label":true}\n'
    )
    assert [row[1] for row in read(file, several=True)] == [("x", "y"), ("1",), ("true",)]


def test_faults_have_their_line_and_the_rest_goes_on(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b"text,label\n ,pos\ngood\ngood,\ncaf\xe9,pos\nit is good,pos\n")
    rows = list(read_examples(file))
    assert [row.line for row in rows if row.error] == [2, 3, 4, 5]
    assert [row.text for row in rows if not row.error] == ["it is good"]
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "a", "label": "x"}\n{"text": 3, "label": "x"}\n[]\n{"a\n')
    assert [bool(row.error) for row in read_examples(file)] == [False, True, True, True]


def test_parts_keep_shares_and_split_no_duplicates():
    texts = [f"text {n % 90}" for n in range(300)] + ["Only once"]
    labels = ["a" if n % 3 else "b" for n in range(300)] + ["c"]
    keys = [same_text(text) for text in texts]
    first, second = split(keys, labels, 0.2, seed=1)
    assert sorted(first + second) == list(range(301))
    assert not {keys[at] for at in first} & {keys[at] for at in second}
    assert 50 <= len(second) <= 66 and 300 in first
    assert 0.25 < np.mean([labels[at] == "b" for at in second]) < 0.42
    assert split(keys, labels, 0.2, seed=1) == (first, second) != split(keys, labels, 0.2, seed=2)
    assert same_text("Ｇood  ") == same_text("good")


def test_scores_by_hand():
    truth, answers = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 1])
    found = scores_of(truth, answers, 3)
    assert found.confusion.tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert found.accuracy == 0.5
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 5 + 0) / 3)
    low, high = interval(truth, answers, accuracy)
    assert low < 0.5 < high
    assert interval(truth, truth, accuracy) == (1, 1)
