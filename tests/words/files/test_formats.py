"""Import and export: every format, round trips, and files that are not what they seem."""

import gzip
import json
import os
import pickle
import subprocess
from threading import Thread

import numpy as np
import pytest

from lmcli.frame.disk.lock import locked
from lmcli.frame.models import read_spec
from lmcli.vectors.wordvectors import WordVectors
from lmcli.words.files.exchange import import_file
from tests.conftest import command


def imported(path, folder, **options):
    """Import `path`; return the vectors and the complaints (line, text)."""
    faults = []
    folder.mkdir()
    import_file(
        path,
        folder,
        "made",
        complain=lambda line, error: faults.append((line, str(error))),
        say=lambda message: faults.append((0, message)),
        advance=lambda _rows: None,
        **options,
    )
    return WordVectors.open(read_spec(folder)), faults


@pytest.mark.parametrize("form", ["glove", "word2vec", "binary"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_round_trip(lmcli, tmp_path, form, suffix):
    file = tmp_path / f"out{suffix}"
    assert lmcli("words", "export", "--to", form, "-o", file, "--limit", 300).code == 0
    assert (file.read_bytes()[:2] == b"\x1f\x8b") == (suffix == ".gz")
    assert lmcli("words", "import", file, "--name", "again").table[0][2:] == [
        form,
        "300",
        "50",
        "0",
        "0",
    ]
    first = lmcli("words", "vector", "the", "of").out
    assert lmcli("words", "vector", "the", "of", "--model", "again").out == first


def test_imports_of_one_name_take_turns(tmp_path, own_settings):
    file = tmp_path / "small.txt"
    file.write_text("cat 1 2\ndog 3 4\n")
    target = own_settings / "data" / "models" / "mine"
    words = command("words", "import", file, "--name", "mine", "--force")
    with locked(target):
        waiting = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(3)
        assert not target.exists()
    assert waiting.wait(30) == 0
    assert WordVectors.open(read_spec(target)).row("dog") == 1


def test_export_to_stdout_equals_the_file(process, tmp_path):
    file = tmp_path / "out.txt"
    process("words", "export", "-o", file, "--limit", 5)
    assert process("words", "export", "--limit", 5).out == file.read_text()


def test_binary_does_not_go_to_a_terminal(lmcli):
    result = lmcli("words", "export", "--to", "binary", tty=True)
    assert result.code == 2 and "-o" in result.err


def imported_text(folder, content, **options):
    """Import a file with this content; return the vectors and the complaints."""
    file = folder / "vectors.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return imported(file, folder / "made", **options)


def test_malformed_lines_are_named_and_left_out(lmcli, tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_bytes(
        b"one 1 2 3\ntwo 1 2\nthree 1 x 3\nfour 1 2 nan\n\nf\xffve 1 2 3\nsix 4 5 6\none 7 8 9\n"
    )
    result = lmcli("words", "import", file, "--name", "made", "-f", "jsonl")
    assert result.code == 5
    assert [line.split(":")[1].strip() for line in result.err.splitlines()] == [
        "line 2",
        "line 3",
        "line 4",
        "line 6",
    ]
    (row,) = map(json.loads, result.lines)
    assert (row["words"], row["malformed"], row["repeated"]) == (2, 4, 1)
    assert lmcli("words", "vector", "one", "--model", "made").out == "[1.0, 2.0, 3.0]\n"
    assert lmcli("words", "vector", "six", "--model", "made").out == "[4.0, 5.0, 6.0]\n"
    assert lmcli("words", "vector", "two", "--model", "made").code == 3


def test_words_with_spaces_in_files_without_a_head(tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_text("plain 1 2\n. . . 3 4\n")
    vectors, faults = imported(file, tmp_path / "made")
    assert not faults and list(vectors.vocabulary) == ["plain", ". . ."]


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_is_refused_with_the_reason(lmcli, tmp_path, protocol):
    file = tmp_path / "vectors.kv"
    file.write_bytes(pickle.dumps({"vectors": [1.0]}, protocol))
    result = lmcli("words", "import", file)
    assert result.code == 1 and "pickle" in result.err and "runs the code in it" in result.err
    assert lmcli("models", "info", "vectors").code == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello\n", "line 1"),
        (b"PK\x03\x04 archive", "not a file of word vectors"),
        (b"3 2\na 1 2\nb 3 4\n", "promises 3 words, but 2 follow"),
        (b"2 2\na \0\0\0\0\0\0\0\0b \0\0\0", "cut at word 2 of 2"),
        (b"2 1\nfirst \0\0\0\0se\ncond \0\0\0\0", "a line break inside word 2"),
        (b"2 0\n", "0 dimensions"),
        (b"only words here\nand here\n", "no word with numbers"),
    ],
)
def test_unusable_files_leave_nothing_behind(lmcli, tmp_path, own_settings, content, words):
    file = tmp_path / "vectors.txt"
    file.write_bytes(content)
    result = lmcli("words", "import", file, "--name", "made")
    assert result.code == 1 and words in result.err and result.out == ""
    models = own_settings / "data" / "models"
    assert [path.name for path in models.iterdir()] in ([], [".made.lock"])  # the lock's file stays


def test_a_cut_gzip_is_refused(lmcli, tmp_path):
    file = tmp_path / "vectors.gz"
    lines = "".join(f"w{n} {n} 1\n" for n in range(5000))
    file.write_bytes(gzip.compress(lines.encode())[:-400])
    result = lmcli("words", "import", file)
    assert result.code == 1 and "is the file whole?" in result.err


def test_an_existing_model_is_replaced_only_on_demand(lmcli, tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_text("a 1 2\nb 3 4\n")
    assert lmcli("words", "import", file, "--name", "made").code == 0
    assert lmcli("words", "import", file, "--name", "made").code == 2
    file.write_text("a 5 6\n")
    assert lmcli("words", "import", file, "--name", "made", "--force").code == 0
    assert lmcli("words", "vector", "a", "--model", "made").out == "[5.0, 6.0]\n"


def test_limit_and_int8(lmcli, tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_text("".join(f"w{n} {n}.5 -{n}\n" for n in range(9)))
    lmcli("words", "import", file, "--name", "made", "--limit", 4, "--int8")
    assert lmcli("words", "info", "--model", "made").table[0][1:4] == ["4", "2", "int8"]


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_binary_gzip_is_refused(lmcli, tmp_path, damage):
    file = tmp_path / "vectors.bin.gz"
    assert lmcli("words", "export", "--to", "binary", "--limit", 300, "-o", file).code == 0
    whole = file.read_bytes()
    changed = whole[:9000] + bytes(range(100)) + whole[9100:]
    file.write_bytes(whole[:20_000] if damage == "cut" else changed)
    result = lmcli("words", "import", file, "--name", "made")
    assert result.code == 1 and str(file) in result.err and "bug" not in result.err


def test_what_a_gzip_holds_is_looked_at_too(lmcli, tmp_path):
    file = tmp_path / "vectors.gz"
    file.write_bytes(gzip.compress(pickle.dumps({"king": [1.0]})))
    assert "this is a pickle" in lmcli("words", "import", file).err
    file.write_bytes(gzip.compress(b""))
    assert "the file is empty" in lmcli("words", "import", file).err


def test_an_array_file_is_no_file_of_vectors(lmcli, tmp_path):
    np.save(tmp_path / "matrix.npy", np.zeros((3, 3)))
    assert "not a file of word vectors" in lmcli("words", "import", tmp_path / "matrix.npy").err


@pytest.mark.parametrize("name", ["../made", "a/b", ".."])
def test_a_name_stays_in_the_models_folder(lmcli, tmp_path, name):
    file = tmp_path / "vectors.txt"
    file.write_text("a 1 2\nb 3 4\n")
    result = lmcli("words", "import", file, "--name", name)
    assert result.code == 2 and "is no name for a model" in result.err
    result = lmcli("words", "train", "--name", name, stdin="a b\n")
    assert result.code == 2 and "is no name for a model" in result.err


@pytest.mark.parametrize("packed", [False, True])
def test_a_named_pipe_is_imported(tmp_path, packed):
    text = b"the 1 2 3\nof 4 5 6\n"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(gzip.compress(text) if packed else text,))
    writer.start()
    vectors, faults = imported(pipe, tmp_path / "made")
    writer.join()
    assert len(vectors) == 2 and not faults
