"""Pulling from a hub that misbehaves: afterwards the model is whole or absent, and the next pull succeeds."""

import resource
import signal
import socket
import subprocess
import time

import pytest

from lmcli.frame.models import read_spec, verify
from tests.conftest import command
from tests.store.hub import COMMIT, Hub, onnx_bytes, tokenizer_json

REPO = "acme/tiny"
BIG = "onnx/model.onnx"
SOURCE = f"hf:{REPO}"


@pytest.fixture
def hub(monkeypatch, own_settings):
    server = Hub()
    server.repos[REPO] = {
        BIG: onnx_bytes(300_000),
        "onnx/model_fp16.onnx": onnx_bytes(1000),
        "config.json": b'{"architectures": ["BertModel"]}',
        "tokenizer.json": tokenizer_json(),
        "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
        "modules.json": b'[{"type": "sentence_transformers.models.Normalize"}]',
        "README.md": b"# tiny",
        "pytorch_model.bin": b"a pickle",
        "../outside.onnx": b"no",
    }
    server.tags[REPO] = "sentence-similarity"
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_HOME", str(own_settings / "hf"))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "LMCLI_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    yield server
    server.close()


@pytest.fixture
def large(hub):
    """A graph of 3 MB, to be cut in the middle."""
    hub.repos[REPO][BIG] = onnx_bytes(3_000_000)


@pytest.fixture
def store(own_settings, monkeypatch):
    """Where pulled models go; what was downloaded before, for another purpose, is out of sight."""
    monkeypatch.setenv("LMCLI_CACHE", str(own_settings / "cache"))
    return own_settings / "data" / "models"


def is_whole(folder):
    model = read_spec(folder)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert list(verify(model)) == []
    assert names == {"model.toml", *(file.path for file in model.files)}
    return True


def visible(store):
    """What lookup and the user see of the store."""
    return [path.name for path in store.glob("*") if not path.name.startswith(".")]


def test_pull_takes_one_export_and_describes_it(lmcli, hub, store):
    result = lmcli("models", "pull", SOURCE)
    assert (result.code, result.err) == (0, "")
    assert result.table == [["tiny", "pulled", str(store / "tiny")]]
    assert is_whole(store / "tiny")
    model = read_spec(store / "tiny")
    assert {file.path for file in model.files} == {
        *(BIG, "config.json", "tokenizer.json", "README.md", "modules.json"),
        "1_Pooling/config.json",
    }
    assert (model.task, model.licence) == ("feature-extraction", "apache-2.0")
    assert model.origin["revision"] == COMMIT
    assert model.inputs == {"x": "float32 [2, 2]"}
    assert model.graph() == store / "tiny" / BIG
    assert model.settings["pooling"] == "mean" and model.settings["normalise"] is True
    assert lmcli("models", "verify", "tiny").code == 0


def test_a_model_that_is_here_is_not_asked_for(lmcli, hub, store):
    lmcli("models", "pull", SOURCE)
    asked = len(hub.requests)
    assert lmcli("models", "pull", SOURCE).table[0][1] == "here already"
    assert len(hub.requests) == asked
    hub.repos["other/tiny"] = hub.repos[REPO]
    clash = lmcli("models", "pull", "hf:other/tiny")
    assert clash.code == 2 and "--name" in clash.err
    assert lmcli("models", "pull", "hf:other/tiny", "--name", "tiny2").code == 0
    assert lmcli("models", "pull", SOURCE, "--force").table[0][1] == "pulled"
    assert is_whole(store / "tiny")


def test_variant_and_name(lmcli, hub, store):
    assert lmcli("models", "pull", SOURCE, "--variant", "fp16", "--name", "half").code == 0
    assert read_spec(store / "half").graph().name == "model_fp16.onnx"
    result = lmcli("models", "pull", SOURCE, "--variant", "q4")
    assert result.code == 4 and "float32, fp16" in result.err
    assert lmcli("models", "pull", SOURCE, "--name", "../up").code == 2


def test_rm_removes_what_was_pulled_and_nothing_else(lmcli, hub, store):
    lmcli("models", "pull", SOURCE)
    assert lmcli("models", "rm", "tiny").code == 0
    assert visible(store) == [] and list(store.glob(".tiny.part")) == []
    assert lmcli("models", "rm", "tiny").code == 4
    refused = lmcli("models", "rm", "glove-50d")
    assert refused.code == 4 and "glove-50d lies in" in refused.err


def test_a_damaged_model_is_mended_as_it_was_pulled(lmcli, hub, store):
    lmcli("models", "pull", SOURCE, "--variant", "fp16", "--name", "half")
    (store / "half" / "tokenizer.json").write_text("{}")
    result = lmcli("models", "verify", "half")
    cure = "lmcli models pull hf:acme/tiny --variant fp16 --name half --force"
    assert result.code == 4 and cure in result.err
    assert lmcli(*cure.split()[1:]).code == 0
    assert lmcli("models", "verify", "half").code == 0


def test_cut_in_mid_file_is_resumed(lmcli, hub, store, large):
    hub.fault(BIG, "cut")
    assert lmcli("models", "pull", SOURCE).code == 0
    assert is_whole(store / "tiny")
    ranges = [asked for asked in hub.bytes_asked(BIG) if asked]
    assert len(ranges) == 1
    assert int(ranges[0].removeprefix("bytes=").rstrip("-")) > 1_400_000


def test_a_server_that_always_cuts(lmcli, hub, store, monkeypatch):
    hub.fault(BIG, "cut", times=1000, at=0)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    failed = lmcli("models", "pull", SOURCE)
    assert failed.code == 4 and "hf:acme/tiny" in failed.err
    assert visible(store) == []
    hub.faults.clear()
    assert lmcli("models", "pull", SOURCE).code == 0
    assert is_whole(store / "tiny")


@pytest.mark.parametrize("name", [BIG, "config.json"])
def test_wrong_bytes_never_arrive(lmcli, hub, store, name):
    hub.fault(name, "wrong")
    failed = lmcli("models", "pull", SOURCE)
    assert failed.code == 4 and "other bytes than expected" in failed.err
    assert visible(store) == []
    assert lmcli("models", "pull", SOURCE).code == 0
    assert is_whole(store / "tiny")


def test_404_of_a_repository_a_revision_and_a_file(lmcli, hub, store):
    missing = lmcli("models", "pull", "hf:acme/none")
    assert missing.code == 4 and "hf:acme/none is not on the hub, or not for you" in missing.err
    hub.fault("api", "status", status=404, headers={"X-Error-Code": "RevisionNotFound"})
    revision = lmcli("models", "pull", f"{SOURCE}@v9")
    assert revision.code == 4 and "no such revision" in revision.err
    hub.fault("tokenizer.json", "status", status=404, headers={"X-Error-Code": "EntryNotFound"})
    file = lmcli("models", "pull", SOURCE)
    assert file.code == 4 and "tokenizer.json is not in the repository" in file.err
    assert visible(store) == []
    assert lmcli("models", "pull", SOURCE).code == 0


def test_a_gated_repository_says_what_to_do(lmcli, hub):
    hub.fault("api", "status", status=403, headers={"X-Error-Code": "GatedRepo"})
    refused = lmcli("models", "pull", SOURCE)
    assert refused.code == 4 and "accept them" in refused.err and "HF_TOKEN" in refused.err


@pytest.mark.parametrize("name", ["api", BIG, "config.json"])
def test_429_waits_as_long_as_asked(lmcli, hub, store, name):
    # a refused HEAD is repeated by the library at once, and only then with patience
    hub.fault(
        name, "status", times=1 if name == "api" else 2, status=429, headers={"Retry-After": "1"}
    )
    started = time.monotonic()
    assert lmcli("models", "pull", SOURCE).code == 0
    assert time.monotonic() - started >= 1
    assert is_whole(store / "tiny")


def test_429_for_an_hour_is_reported_at_once(lmcli, hub, store):
    hub.fault("api", "status", times=99, status=429, headers={"Retry-After": "3600"})
    started = time.monotonic()
    refused = lmcli("models", "pull", SOURCE)
    assert refused.code == 4 and "429" in refused.err and "wait 3600 s" in refused.err
    assert time.monotonic() - started < 5


def test_no_server_at_all(lmcli, hub, store, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    refused = lmcli("models", "pull", SOURCE)
    assert refused.code == 4 and "check the network and HF_ENDPOINT" in refused.err


def test_slow_server(process, hub, store):
    hub.fault(BIG, "slow")
    hub.fault("tokenizer.json", "slow")
    assert process("models", "pull", SOURCE).code == 0
    assert is_whole(store / "tiny")


def test_a_server_that_stalls_is_resumed(process, hub, store, large):
    hub.fault(BIG, "stall")
    result = process("models", "pull", SOURCE, env={"LMCLI_TIMEOUT": "1"})
    assert (result.code, result.err) == (0, "")
    assert any(hub.bytes_asked(BIG))
    assert is_whole(store / "tiny")


def test_two_clients_at_once_share_one_download(hub, store):
    hub.fault(BIG, "slow", times=2)
    both = [
        subprocess.Popen(command("models", "pull", SOURCE), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    states = sorted(process.communicate(timeout=60)[0].split("\t")[1] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert states == ["here already", "pulled"]
    fetched = [r for r in hub.requests if r["file"] == BIG and "/cdn/" in r["path"]]
    assert len(fetched) == 1
    assert is_whole(store / "tiny")


def wait_for_part(store, size):
    """Wait until a pull has written `size` bytes."""
    for _ in range(3000):  # a minute, on a machine with much else to do
        parts = [path for path in store.glob(".tiny.part/**/*") if path.is_file()]
        if sum(path.stat().st_size for path in parts) > size:
            return
        time.sleep(0.02)
    raise AssertionError("the pull did not start")


def test_kill_9_half_way(lmcli, hub, store, large):
    hub.fault(BIG, "slow")
    pulling = subprocess.Popen(command("models", "pull", SOURCE))
    wait_for_part(store, 1_000_000)
    pulling.send_signal(signal.SIGKILL)
    assert pulling.wait() == -signal.SIGKILL
    assert visible(store) == []
    assert lmcli("models", "list", "-f", "jsonl").out.count("tiny") == 0
    assert lmcli("models", "pull", SOURCE).code == 0
    assert is_whole(store / "tiny")
    resumed = [asked for asked in hub.bytes_asked(BIG) if asked]
    assert int(resumed[0].removeprefix("bytes=").rstrip("-")) > 1_000_000


def test_ctrl_c_half_way(hub, store, lmcli, large):
    hub.fault(BIG, "slow")
    pulling = subprocess.Popen(command("models", "pull", SOURCE), stderr=subprocess.PIPE, text=True)
    wait_for_part(store, 1_000_000)
    pulling.send_signal(signal.SIGINT)
    _, err = pulling.communicate(timeout=30)
    assert pulling.returncode == 130 and "Traceback" not in err
    assert visible(store) == []
    assert lmcli("models", "pull", SOURCE).code == 0


def test_file_size_limit(hub, store, lmcli):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        command("models", "pull", SOURCE),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4 and "no space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert visible(store) == [] and list(store.glob(".tiny.part")) == []
    assert lmcli("models", "pull", SOURCE).code == 0
    assert is_whole(store / "tiny")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("may not mount here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_full_disk(process, hub, large, small_disk):
    env = {"LMCLI_DATA": str(small_disk)}
    failed = process("models", "pull", SOURCE, env=env)
    assert failed.code == 4 and "no space left" in failed.err and "LMCLI_DATA" in failed.err
    assert visible(small_disk / "models") == []
    assert sum(path.stat().st_size for path in small_disk.rglob("*") if path.is_file()) == 0
    hub.repos[REPO][BIG] = onnx_bytes(200_000)  # now it fits
    assert process("models", "pull", SOURCE, env=env).code == 0
    assert is_whole(small_disk / "models" / "tiny")


def test_offline_opens_no_socket(lmcli, hub, store, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    for words, env in (
        (("models", "pull", SOURCE, "--offline"), {}),
        (("models", "pull", SOURCE), {"LMCLI_OFFLINE": "1"}),
        (("models", "pull", "pypi:some-model==1.0", "--offline"), {}),
        (("models", "pull", "glove-50d", "--force", "--offline"), {}),
    ):
        refused = lmcli(*words, env=env)
        assert refused.code == 4 and "lmcli is offline" in refused.err
    assert hub.requests == []


def test_the_token_goes_to_the_hub_alone(lmcli, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert lmcli("models", "pull", SOURCE).code == 0
    for request in hub.requests:
        elsewhere = request["host"].startswith("localhost")
        assert request["authorization"] == (None if elsewhere else "Bearer hf_secret")
    assert any(request["host"].startswith("localhost") for request in hub.requests)


def test_a_known_model_is_pulled_as_pinned(lmcli, hub, store, tmp_path, monkeypatch):
    """A model.toml that pins files which are not there: a catalogue entry."""
    lmcli("models", "pull", SOURCE, "--name", "known")
    shelf = tmp_path / "shelf"
    (shelf / "known").mkdir(parents=True)
    (store / "known" / "model.toml").rename(shelf / "known" / "model.toml")
    lmcli("models", "rm", "known")
    for path in sorted((store / "known").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (store / "known").rmdir()
    monkeypatch.setenv("LMCLI_MODELS", str(shelf))
    hub.repos[REPO]["config.json"] = b'{"architectures": ["Other"]}'
    changed = lmcli("models", "pull", "known")
    assert changed.code == 4 and "config.json" in changed.err
    assert visible(store) == []
    hub.repos[REPO]["config.json"] = b'{"architectures": ["BertModel"]}'
    assert lmcli("models", "pull", "known").table == [["known", "pulled", str(store / "known")]]
    assert is_whole(store / "known")


def test_progress_is_shown_on_a_terminal_alone(lmcli, hub):
    assert lmcli("models", "pull", SOURCE).err == ""
    shown = lmcli("models", "pull", SOURCE, "--force", tty=True)
    assert shown.code == 0 and "hf:acme/tiny" in shown.err
    quiet = lmcli("models", "pull", SOURCE, "--force", "--quiet", tty=True)
    assert quiet.err == ""
