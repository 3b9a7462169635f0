"""models bench."""

import json
import subprocess
import sys

import pytest

from lmcli.frame.models import write_spec
from lmcli.gpt.convert.convert import convert
from lmcli.nn.onnxfile.writer import probe_model
from tests.conftest import ROOT, peer
from tests.gpt import tiny_gguf
from tests.nn.onnxfile.test_graph import model_of, node, value


def model(folder, graph, **values):
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(graph)
    write_spec(
        folder, {"name": folder.name, "task": "feature-extraction", **values}, ("model.onnx",)
    )
    return folder


def pictures():
    """y = abs(pixel_values), float32 [batch, 3, 8, 8]."""
    axes = ("batch", 3, 8, 8)
    step = node("Abs", ["pixel_values"], ["y"])
    return model_of([step], [value("pixel_values", *axes)], [value("y", *axes)])


@pytest.fixture
def shelf(own_settings):
    return own_settings / "data" / "models"


def test_pictures_are_timed_and_traced(lmcli, shelf, tmp_path):
    model(shelf / "eye", pictures())
    trace = tmp_path / "trace.json"
    result = lmcli("models", "bench", "eye", "--seconds", "0", "--profile", trace, "-f", "json")
    rows = json.loads(result.out)
    assert [row["measure"] for row in rows] == ["open", "1 picture at once", "8 pictures at once"]
    for row in rows[1:]:
        assert row["unit"] == "pictures/s" and row["runs"] >= 3
        assert 0 < row["low"] <= row["value"] <= row["high"]
    assert any(
        event["name"] == "Abs_0" or "model_run" in event["name"]
        for event in json.loads(trace.read_text())
    )


def test_a_graph_of_pictures_and_texts_is_timed_by_its_pictures(lmcli, shelf):
    steps = [node("Abs", ["pixel_values"], ["y"]), node("Abs", ["input_ids"], ["z"])]
    sides = [value("pixel_values", "batch", 3, 8, 8), value("input_ids", "batch", "n")]
    outputs = [value("y", "batch", 3, 8, 8), value("z", "batch", "n")]
    model(shelf / "both", model_of(steps, sides, outputs))
    rows = lmcli("models", "bench", "both", "--seconds", "0", "-f", "json")
    measures = [row["measure"] for row in json.loads(rows.out)]
    assert measures == ["open", "1 picture at once", "8 pictures at once"]


def test_inputs_of_another_kind_are_named(lmcli, shelf):
    model(shelf / "odd", probe_model())
    result = lmcli("models", "bench", "odd")
    assert result.code == 4 and "takes an input 'x'" in result.err


def test_a_graph_of_vectors_and_one_that_takes_one_text_at_once(lmcli, shelf):
    rows = lmcli("models", "bench", "clip-lite", "--seconds", "0", "-f", "json")
    assert [row["measure"] for row in json.loads(rows.out) if row["part"] == "text"] == [
        "open",
        "1 vector at once",
        "8 vectors at once",
    ]
    ids = model_of(
        [node("Abs", ["input_ids"], ["y"])], [value("input_ids", 1, "n")], [value("y", 1, "n")]
    )
    model(shelf / "one", ids)
    rows = lmcli("models", "bench", "one", "--seconds", "0", "-f", "json")
    assert [row["measure"] for row in json.loads(rows.out)] == [
        "open",
        "1 text of 16 tokens",
        "1 text of 128 tokens",
    ]


def test_word_vectors(lmcli):
    rows = lmcli("models", "bench", "glove-50d", "--seconds", "0").table
    assert [row[1] for row in rows] == ["open", "product with all rows"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--provider", "cuda"), 4, "onnxruntime-gpu"),
        (("--provider", "cdua"), 2, "did you mean cuda"),
        (("--profile", "/no/such/folder/x"), 2, "no such folder"),
        (("--seconds", "nan"), 2, "not a finite number"),
    ],
)
def test_refusals(lmcli, shelf, words, code, message):
    model(shelf / "eye", pictures())
    result = lmcli("models", "bench", "eye", *words)
    assert result.code == code and message in result.err


def test_word_vectors_have_no_provider(lmcli):
    result = lmcli("models", "bench", "glove-50d", "--provider", "cuda")
    assert result.code == 2 and "by numpy" in result.err


def test_a_model_that_is_known_but_not_here(lmcli, shelf):
    (shelf / "far").mkdir(parents=True)
    (shelf / "far" / "model.toml").write_text('name = "far"\ntask = "fill-mask"\n')
    result = lmcli("models", "bench", "far")
    assert result.code == 4 and "lmcli models pull far" in result.err


def test_without_llama_cpp_the_next_step_is_said(lmcli, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    result = lmcli("models", "bench", "glove-50d", "--against", "llama.cpp")
    assert (result.code, result.out) == (1, "")
    assert "pip install llama-cpp-python" in result.err and len(result.err.splitlines()) == 1


STAND_IN = """
class Llama:
    def __init__(self, path, **options):
        if not open(path, "rb").read().startswith(b"GGUF"):
            raise ValueError("Failed to load model")
    def reset(self): pass
    def tokenize(self, text): return list(text)
    def generate(self, ids, **options):
        while True:
            yield ids[-1]
"""


def test_both_engines_are_run_in_turn(lmcli, shelf, tmp_path, monkeypatch):
    peer("gguf")
    (tmp_path / "llama_cpp.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    folder = shelf / "tiny"
    folder.mkdir(parents=True)
    file = tiny_gguf.write(tmp_path / "tiny.gguf")
    write_spec(folder, {"name": "tiny", "task": "text-generation"}, convert(file, folder))
    words = ("models", "bench", "tiny", "--against", "llama.cpp", "--rounds", 1)
    result = lmcli(*words, "--gguf", file, "-f", "json")
    assert result.code == 0, result.err
    rows = json.loads(result.out)
    assert [row["unit"] for row in rows] == ["s", "tokens/s", "tokens/s", "MB"]
    for row in rows:
        assert row["ratio"] == pytest.approx(row["lmcli"] / row["llama_cpp"]) and row["rounds"] == 1
    assert "other tokens" in result.err  # the stand-in cuts a text into bytes
    no_file = lmcli(*words)
    assert no_file.code == 2 and "--gguf FILE" in no_file.err
    damaged = lmcli(*words, "--gguf", folder / "config.json")
    assert damaged.code == 4 and damaged.err.startswith("error: llama.cpp could not run the model")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's figure")
def test_the_memory_is_that_of_the_process_alone():
    """getrusage tells the larger of a process and of the one that started it."""
    code = (
        "import subprocess, sys; large = bytearray(400 << 20); print(subprocess.run([sys.executable, '-c', "
        "'from lmcli.store.measure.engines import _peak; print(_peak())'], capture_output=True, text=True).stdout)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 5 < float(done.stdout) < 100
