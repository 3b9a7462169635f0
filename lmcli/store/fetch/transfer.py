"""One file over HTTP: resumed where it was cut, tried again where that helps, checked before it
counts.
"""

from __future__ import annotations

import base64
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models import sha256_of
from lmcli.store.fetch.fetching import current, disk_full, is_full, online
from lmcli.store.fetch.patience import PASSING, TransferError, patiently, retry_after, size_of

CHUNK = 1 << 16
TIMEOUT = 30.0  # seconds without a byte; LMCLI_TIMEOUT changes it


def download(
    url: str, target: Path, sha256: str | None = None, *, headers: Mapping[str, str] | None = None
) -> Path:
    """Fetch `url` into the file `target`; what was fetched before a cut lies beside it, and is resumed.

    Raises ModelError offline, where the server cannot be reached or refuses, where the content is
    not the one that `sha256` names, and where the disk is full. `target` exists only when all is
    well.
    """
    what = plain(url)
    how = online(what)

    def write(part: Path) -> None:
        patiently(lambda: fetch(url, part, headers or {}, meter, what), part, how.say)

    with ExitStack() as bar:
        meter = Meter(lambda total: bar.enter_context(how.progress(target.name, total)))
        bring(target, write, lambda part: unlike(part, sha256), what)
    return target


def bring(
    target: Path,
    write: Callable[[Path], None],
    fault: Callable[[Path], str | None],
    what: str,
    size: int | None = None,
) -> None:
    """Let `write` fill the file beside `target`, and put it in place where `fault` finds none in it.

    Raises ModelError for a fault (the file is removed then), and where the disk is full; `size` is in bytes.
    """
    part = part_of(target)
    with room_for(target, size):
        write(part)
    if (wrong := fault(part)) is not None:
        part.unlink()
        raise ModelError(
            f"{what} came with other bytes than expected: {wrong}",
            "something between here and the server changed them; try again, or another network",
        )
    part.replace(target)


def unlike(path: Path, sha256: str | None) -> str | None:
    """How a file differs from what a sha256 names; None where it does not, or none is given."""
    if sha256 is None or (got := sha256_of(path)) == sha256:
        return None
    return f"sha256 {got}, not {sha256}"


def part_of(target: Path) -> Path:
    """Where the bytes of `target` gather until it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f"{target.name}.part")


@contextmanager
def room_for(target: Path, needed: int | None = None) -> Iterator[None]:
    """Turn a full disk into a ModelError, and give the room of the part back."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        part_of(target).unlink(missing_ok=True)
        raise disk_full(target.parent, needed) from None


class Meter:
    """Tells a progress bar how far a file is: a retry that starts further back counts no byte twice.

    `begin` opens the bar when the file's length is known (None: the server does not say).
    """

    def __init__(self, begin: Callable[[int | None], Callable[[float], None]]) -> None:
        self._begin = begin
        self._advance: Callable[[float], None] | None = None
        self._at = 0

    def reach(self, position: int, end: int | None = None) -> None:
        """The file has grown (or been cut back) to `position` bytes, of `end`."""
        if self._advance is None:
            self._advance = self._begin(end)
        self._advance(position - self._at)
        self._at = position


def request(
    url: str, headers: Mapping[str, str] | None = None, what: str | None = None
) -> HTTPResponse:
    """Open `url`; a name and password in it become a header. Raises TransferError, which names `what`."""
    what = what or plain(url)
    parts = urllib.parse.urlsplit(url)
    fields = dict(headers or {})
    if parts.username is not None:
        pair = (
            f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        )
        fields["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        host = parts.netloc.rpartition("@")[2]
        url = urllib.parse.urlunsplit(parts._replace(netloc=host))
    try:
        asked = urllib.request.Request(url, headers=fields)
        response: HTTPResponse = _opener().open(asked, timeout=_timeout())
    except urllib.error.HTTPError as error:
        wait = retry_after(dict(error.headers.items()))
        raise TransferError(
            f"{what}: the server answers {error.code} {error.reason}",
            f"wait {wait:.0f} s and try again" if wait else "check the name and your access to it",
            passing=error.code in PASSING,
            wait=wait,
            status=error.code,
        ) from None
    except (OSError, HTTPException) as error:
        raise _unreachable(what, error) from None
    return response


def fetch(url: str, part: Path, headers: Mapping[str, str], meter: Meter, what: str) -> None:
    """One try to bring `part` to its full length, from where it ends. Raises TransferError."""
    have = size_of(part)
    fields = {**headers, "Range": f"bytes={have}-"} if have else dict(headers)
    try:
        response = request(url, fields, what)
    except TransferError as error:
        if have and error.status == 416:  # it is as long as the file, or longer: anew
            part.unlink()
            error.passing = True
        raise
    with response, part.open("ab" if response.status == 206 else "wb") as file:
        length = _length(response)
        end = None if length is None else file.tell() + length
        while chunk := _read(response, what):
            file.write(chunk)
            meter.reach(file.tell(), end)
    if end is not None and size_of(part) < end:
        raise TransferError(
            f"{what}: cut after {size_of(part)} of {end} bytes",
            "pull again: what was fetched is kept",
            passing=True,
        )


def _read(response: HTTPResponse, what: str) -> bytes:
    try:
        return response.read(CHUNK)
    except IncompleteRead as error:
        return error.partial  # the length tells that it was cut
    except (OSError, HTTPException) as error:
        raise _unreachable(what, error) from None


class _CarefulRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, and leaves credentials behind where they lead to another host."""

    def redirect_request(self, req: urllib.request.Request, *args: Any) -> Any:
        """The request to follow with."""
        further = super().redirect_request(req, *args)
        if further is not None and further.host != req.host:
            further.remove_header("Authorization")
        return further


def _timeout() -> float:
    text = current().variables.get("LMCLI_TIMEOUT", "")
    return float(text) if text.replace(".", "", 1).isdigit() and float(text) > 0 else TIMEOUT


def _length(response: HTTPResponse) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _unreachable(what: str, error: Exception) -> TransferError:
    reason = getattr(error, "reason", None) or error
    return TransferError(
        f"{what} cannot be reached: {reason}",
        "check the network, the proxy and the address",
        passing=True,
    )


@cache
def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_CarefulRedirects)


def plain(url: str) -> str:
    """An address without what must not be shown: passwords, signatures."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit(parts._replace(netloc=host, query="", fragment=""))
