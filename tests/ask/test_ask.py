"""Answers from texts: the marks are checked by words, and what is not in the texts is refused."""

from __future__ import annotations

import json

import pytest

from lmcli.ask.answering import DATA
from lmcli.ask.marks import Marker

PASSAGES = (
    "You may borrow 12 books at a time.",
    "Returning a book late costs 20 cents for each day.",
    "借期可以续两次，在服务台办理。",
)
CAFE = ("ask", "Where can I eat my lunch?", "--quote")


def marked(text, question="?", step=1):
    marker = Marker(question, PASSAGES)
    pieces = [text[i : i + step] for i in range(0, len(text), step)]
    return "".join(map(marker.feed, pieces)) + marker.end()


@pytest.mark.parametrize("step", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Borrow 12 books. It costs 20 cents a day.", "Borrow 12 books. [1] It costs 20 cents a day. [2]"),
        ("It costs 20 euros a day.", "It costs 20 euros a day. [?]"),
        ("Late books cost 30 cents a day.", "Late books cost 30 cents a day. [?]"),
        ("Borrow 12 books [2].", "Borrow 12 books . [1]"),  # its own citation is not believed
        ("Elephants sing [x] songs", "Elephants sing [x] songs [?]"),
        ("可以续两次。请去服务台办理", "可以续两次。 [3]请去服务台办理 [3]"),
        ("Yes.", "Yes."),
        ("", ""),
    ],
)  # fmt: skip
def test_marks(text, found, step):
    assert marked(text, step=step) == found


def test_words_of_the_question_need_no_passage():
    assert marked("You can take home 12 books.", "How many can I take home?").endswith("[1]")
    assert marked("You can take home 13 books.", "How many can I take home?").endswith("[?]")
    assert marked("You can borrow books.", "Can I borrow books?").endswith("[?]")  # an echo


def test_a_quote_from_the_handbook(lmcli):
    (row,) = json.loads(lmcli(*CAFE, "-f", "json").out)
    assert list(row) == ["question", "answer", "marks", "unsupported", "passages", "threshold"]
    assert row["answer"] == "Eating is allowed in the café on the ground floor only. [1]"
    assert (row["marks"], row["unsupported"], row["threshold"]) == ([1], [], 0.39)
    first = row["passages"][0]
    assert first["path"].endswith("data/en/visiting.md") and first["line"] == 14
    shown = lmcli(*CAFE, tty=True)
    assert shown.lines[0] == row["answer"] and "Bus 31 stops" in shown.out


def test_what_is_not_in_the_texts(lmcli):
    result = lmcli("ask", "What is music?", "--quote")
    assert (result.code, result.out) == (3, "")
    assert "not in the texts" in result.err and "below 0.390" in result.err
    assert lmcli("ask", "What is music?", "--quote", "--threshold", "0").code == 0


def test_questions_from_stdin_and_texts_of_ones_own(lmcli, tmp_path):
    (tmp_path / "a.txt").write_text("The red button stops the machine.\n\nSoap cleans it.\n")
    (tmp_path / "b.txt").write_bytes("caf\xe9".encode("latin-1"))
    result = lmcli(
        "ask", "--in", tmp_path / "a.txt", "--quote", stdin="Which button stops it?\n\nWho?\n"
    )
    assert result.code == 5, result.err
    assert result.table == [["Which button stops it?", "The red button stops the machine. [1]"]]
    assert "line 2: the line is blank" in result.err and "line 3: not in the texts" in result.err
    result = lmcli("ask", "Which button stops the machine?", "--in", tmp_path, "--quote")
    assert result.code == 5 and "b.txt" in result.err and "[1]" in result.out


def test_an_encoder_without_a_measured_threshold_is_said(lmcli):
    result = lmcli("ask", "How do I get in?", "--quote", "--encoder", "none-such")
    assert result.code == 4 and "none-such" in result.err
    assert lmcli("ask", "x", "--in", "nowhere.txt", "--quote").code == 1
    assert lmcli("ask", "x", "--threshold", "nan").code == 2


def test_chinese_is_not_given_to_a_model_that_does_not_read_it(lmcli):
    result = lmcli("ask", "可以续借几次？", "--in", DATA / "en")
    assert result.code == 4 and "lmcli models pull qwen" in result.err


@pytest.mark.slow
@pytest.mark.usefixtures("with_smollm2")
def test_the_model_reads_what_was_found(lmcli):
    question = "How many days is a reserved book kept for me?"
    shown = lmcli("ask", question, "--show-prompt")
    assert "9 days on the red shelf" in shown.out and question in shown.out
    answer = lmcli("ask", question, tty=True)
    assert answer.code == 0 and "9 days" in answer.lines[0] and "[1]" in answer.lines[0]
    assert lmcli("ask", question).out.split("\t")[0].strip() == answer.lines[0]
    assert lmcli("ask", question, "--in", DATA / "en", "--model", "none").code == 4
