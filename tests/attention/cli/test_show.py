"""attention and tokenize as commands: rows, pictures, errors."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile

import pytest

from tests.conftest import peer

IT = "The animal didn't cross the street because it was too tired"


def test_matrix_as_json(lmcli):
    (row,) = json.loads(lmcli("attention", "The cat sat", "--layer", "2", "-f", "json").out)
    assert list(row) == ["tokens", "layer", "head", "weights"]
    assert row["tokens"] == ["[CLS]", "the", "cat", "sat", "[SEP]"]
    assert (row["layer"], row["head"]) == (2, None)
    assert all(abs(sum(line) - 1) < 1e-5 for line in row["weights"])


def test_show_may_be_left_out(lmcli):
    short = lmcli("attention", "--layer", "1", "The cat", "-f", "json")
    assert short.out == lmcli("attention", "show", "The cat", "--layer", "1", "-f", "json").out


def test_what_it_looks_at(lmcli):
    words = ("attention", IT, "--layer", "4", "--head", "2", "--from", "it")
    (row,) = json.loads(lmcli(*words, "-f", "json").out)
    assert list(row) == ["source", "tokens", "layer", "head", "weights"]
    assert row["tokens"][row["weights"].index(max(row["weights"]))] == "animal"
    table = lmcli(*words, tty=True).out
    assert "from 'it': attention, layer 4, head 2" in table
    assert "0.618" in table or "0.6" in table


@pytest.mark.parametrize("view", ["matrix", "heads", "tokens", "rollout"])
@pytest.mark.parametrize("env", [{"COLORTERM": "truecolor"}, {"NO_COLOR": "1"}, {}])
def test_views_fit_eighty_columns(lmcli, view, env):
    from rich.text import Text

    result = lmcli("attention", IT, "--view", view, tty=True, env=env)
    assert result.code == 0, result.err
    lines = [Text.from_ansi(line).cell_len for line in result.out.splitlines()]
    assert max(lines) <= 80
    assert "NO_COLOR" not in env or "48;" not in result.out
    if env.get("COLORTERM"):
        assert "48;2;" in result.out  # 24 bits


def test_a_wide_text_says_so(lmcli):
    text = " ".join(["word"] * 60)
    result = lmcli("attention", text, tty=True)
    assert "62 tokens are wider than the terminal" in result.err
    part = lmcli("attention", text, "--columns", "1-20", tty=True)
    assert "wider" not in part.err
    assert len(part.lines) < len(result.lines)
    assert lmcli("attention", "a b", "--columns", "3-99", tty=True).code == 2
    assert lmcli("attention", "a b", "--columns", "9-3").code == 2


def test_stdin_lines_are_texts(lmcli):
    result = lmcli("attention", "-f", "jsonl", stdin="one\ntwo words\n")
    assert [len(json.loads(line)["tokens"]) for line in result.lines] == [3, 4]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--layer", "7"), 2, "there is no layer 7; the layers are 1 to 6"),
        (("--from", "horse"), 3, "'horse' is not among the tokens"),
        (("--mean", "--head", "2"), 2, "leave one out"),
        (("--save", "it.gif"), 2, ".svg"),
        (("--model", "glove-50d"), 4, "glove-50d"),
    ],
)
def test_errors(lmcli, words, code, says):
    result = lmcli("attention", IT, *words)
    assert result.code == code
    assert says in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("view", ["matrix", "heads", "rollout"])
def test_pictures(lmcli, tmp_path, view):
    for suffix in ("svg", "png", "html"):
        file = tmp_path / f"it.{suffix}"
        assert lmcli("attention", IT, "--view", view, "--save", file).code == 0
        assert file.stat().st_size > 2000
    html = (tmp_path / "it.html").read_text()
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")  # nothing is fetched


def test_only_one_text_is_saved(lmcli, tmp_path):
    result = lmcli("attention", "a", "b", "--save", tmp_path / "x.svg")
    assert result.code == 2
    assert "one text" in result.err


@pytest.mark.peer
def test_the_html_shows_in_a_browser(lmcli, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        peer("chromium")
    page = tmp_path / "it.html"
    lmcli("attention", IT, "--layer", "4", "--head", "2", "--save", page)
    shot = tmp_path / "it.png"
    with tempfile.TemporaryDirectory() as home:
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=800,700",
            "--hide-scrollbars",
        ]
        where = [f"--user-data-dir={home}", f"--screenshot={shot}", page.as_uri()]
        subprocess.run([browser, *flags, *where], check=True, capture_output=True, timeout=60)
    from PIL import Image

    with Image.open(shot) as image:
        colors = {color for _, color in image.convert("RGB").getcolors(1 << 24)}
    assert (253, 231, 37) in colors  # viridis at 1
    assert (68, 1, 84) in colors  # and at 0


def test_steps_and_positions(lmcli):
    steps = json.loads(lmcli("attention", "steps", "The cat", "-f", "json").out)
    assert [step["step"] for step in steps][-3:] == ["scaled", "weights", "output"]
    shown = lmcli("attention", "steps", "The cat", "--heads", "2", "--causal", tty=True)
    assert "-inf" in shown.out
    (row,) = json.loads(
        lmcli("attention", "positions", "-d", "8", "--shift", "3", "-f", "json").out
    )
    assert row["error"] < 1e-12
    lines = lmcli("attention", "positions", "-n", "3", "-d", "4").table
    assert json.loads(lines[0][1]) == [0, 1, 0, 1]
    assert lmcli("attention", "positions", "-d", "5").code == 2
    assert lmcli("attention", "steps", "--heads", "3").code == 2


def test_positions_have_a_picture(lmcli, tmp_path):
    for words in ((), ("--shift", "3")):
        file = tmp_path / "p.svg"
        assert lmcli("attention", "positions", *words, "--save", file, tty=True).code == 0
        assert "<svg" in file.read_text()


def test_tokenize(lmcli):
    text = "Unbelievable 我 tokens"
    rows = json.loads(lmcli("tokenize", text, "-f", "json").out)
    assert list(rows[0]) == ["token", "id", "start", "end"]
    assert rows[0] == {"token": "[CLS]", "id": 101, "start": 0, "end": 0}
    pieces = [text[row["start"] : row["end"]].lower() for row in rows if row["end"]]
    assert "".join(pieces) == text.lower().replace(" ", "")
    bare = json.loads(lmcli("tokenize", text, "--no-special", "-f", "json").out)
    assert bare == rows[1:-1]


def test_tokenize_several_texts(lmcli):
    rows = [json.loads(line) for line in lmcli("tokenize", "a", "b c", "-f", "jsonl").lines]
    assert [row["text"] for row in rows] == ["a"] * 3 + ["b c"] * 4
    colored = lmcli("tokenize", "several tokens", tty=True, env={"COLORTERM": "truecolor"}).out
    assert "48;2;" in colored
    assert "5 tokens for 13 characters" in colored


def test_tokens_that_share_a_character_count_it_once(lmcli, smollm2):
    shown = lmcli("tokenize", "今天😀 hello", "--model", smollm2, tty=True).out
    assert "<E4><BB>" in shown and "8 tokens for 9 characters" in shown
