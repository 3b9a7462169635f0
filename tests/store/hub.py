"""A hub on the loopback address: the endpoints that huggingface_hub calls, and every way to misbehave.

Files come in two kinds, as on the real hub: large ones, whose address redirects to another host (here
"localhost" instead of 127.0.0.1) and whose hash is a sha256, and small ones, served directly and named by
git's sha1.
"""

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from lmcli.nn.onnxfile import proto
from lmcli.nn.onnxfile.writer import probe_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 100_000
SLICE = 1 << 16


def onnx_bytes(size):
    """A valid model of about `size` bytes: the probe with a long doc_string."""
    return probe_model() + proto.write_field(6, b"x" * size)


def tokenizer_json():
    """A small tokenizer."""
    from tokenizers import Tokenizer, models

    return Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1}, "[UNK]")).to_str().encode()


@dataclass
class Fault:
    """What the server does wrong: `kind` cut, wrong, status, slow or stall; `times` it does so."""

    kind: str
    times: int = 1
    status: int = 500
    headers: dict = field(default_factory=dict)
    at: int | None = None


class Hub:
    """The server, its repositories, the faults it is to commit and the requests it got."""

    def __init__(self):
        self.repos = {}
        self.tags = {}
        self.faults = {}
        self.requests = []
        self._lock = threading.Lock()
        hub = self

        class Handler(_Handler):
            server_hub = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def fault(self, name, kind, **how):
        """Misbehave when `name` (a file, or "api") is asked for."""
        self.faults[name] = Fault(kind, **how)

    def take_fault(self, name):
        with self._lock:
            fault = self.faults.get(name)
            if fault is None or fault.times <= 0:
                return None
            fault.times -= 1
            return fault

    def bytes_asked(self, name, method="GET"):
        """The Range headers of the requests for a file, None for whole ones."""
        return [r["range"] for r in self.requests if r["file"] == name and r["method"] == method]


class _Handler(BaseHTTPRequestHandler):
    server_hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body):
        try:
            self._route(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _route(self, body):
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self._api("/".join(parts[2:4]))
        if parts[0] == "cdn":
            name = "/".join(parts[3:])
            return self._content("/".join(parts[1:3]), name, body, cdn=True)
        if len(parts) > 4 and parts[2] == "resolve":
            name = "/".join(parts[4:])
            return self._content("/".join(parts[:2]), name, body, cdn=False)
        return self._plain(404, b"")

    def _log(self, name):
        self.server_hub.requests.append(
            {
                "method": self.command,
                "file": name,
                "range": self.headers.get("Range"),
                "authorization": self.headers.get("Authorization"),
                "host": self.headers.get("Host"),
                "path": self.path,
            }
        )

    def _plain(self, status, data, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _refuse(self, fault):
        self._plain(fault.status, b'{"error": "no"}', **fault.headers)

    def _api(self, repo):
        hub = self.server_hub
        self._log("api")
        fault = hub.take_fault("api")
        if fault:
            return self._refuse(fault)
        if repo not in hub.repos:
            return self._plain(401, b"{}", X_Error_Code="RepoNotFound")
        siblings = []
        for name, data in hub.repos[repo].items():
            entry = {"rfilename": name, "size": len(data), "blobId": git_sha1(data)}
            if len(data) > LARGE:
                digest = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
            siblings.append(entry)
        info = {
            "_id": "1",
            "id": repo,
            "modelId": repo,
            "sha": COMMIT,
            "private": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "pipeline_tag": hub.tags.get(repo),
            "cardData": {"license": "apache-2.0"},
            "siblings": siblings,
        }
        return self._plain(200, json.dumps(info).encode(), Content_Type="application/json")

    def _content(self, repo, name, body, cdn):
        hub = self.server_hub
        self._log(name)
        data = hub.repos.get(repo, {}).get(name)
        if data is None:
            return self._plain(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
        large = len(data) > LARGE
        digest = hashlib.sha256(data).hexdigest() if large else git_sha1(data)
        fault = hub.faults.get(name)
        if fault and fault.kind == "status" and (fault := hub.take_fault(name)):
            return self._refuse(fault)
        if large and not cdn:
            return self._plain(
                302,
                b"",
                Location=f"http://localhost:{hub.port}/cdn/{repo}/{name}",
                X_Repo_Commit=COMMIT,
                X_Linked_ETag=f'"{digest}"',
                X_Linked_Size=str(len(data)),
                ETag='"other"',
            )
        start = 0
        if ranged := self.headers.get("Range"):
            start = int(ranged.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{digest}"')
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        if not body:
            return None
        return self._send(data[start:], hub.take_fault(name))

    def _send(self, data, fault):
        kind = fault.kind if fault else ""
        if kind == "wrong":
            middle = len(data) // 2
            data = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        if kind == "cut":
            self.wfile.write(data[: len(data) // 2 if fault.at is None else fault.at])
            self.close_connection = True
            return
        for start in range(0, len(data), SLICE):
            self.wfile.write(data[start : start + SLICE])
            if kind == "slow":
                time.sleep(0.05)
            if kind == "stall" and start == 20 * SLICE:
                time.sleep(3)


def git_sha1(data):
    """git's name of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
