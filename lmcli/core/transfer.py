"""One file over HTTP: resumed where it was cut, tried again where that helps, checked before it
counts.
"""

from __future__ import annotations

import base64
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

from lmcli.core.errors import ModelError
from lmcli.core.fetching import disk_full, is_full, online
from lmcli.core.models import sha256_of

CHUNK = 1 << 16
TIMEOUT = 30.0  # seconds without a byte; LMCLI_TIMEOUT changes it
TRIES = 4  # in a row that brought nothing new
LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait
PASSING = (408, 425, 429, 500, 502, 503, 504)


class TransferError(ModelError):
    """A download that failed.

    `passing` is true where a further try may help, after `wait` seconds; `status` is the server's.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        passing: bool = False,
        wait: float = 0,
        status: int = 0,
    ) -> None:
        super().__init__(message, hint)
        self.passing = passing
        self.wait = wait
        self.status = status


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
    part = part_of(target)
    with ExitStack() as bar, room_for(target):
        meter = Meter(lambda total: bar.enter_context(how.progress(target.name, total)))
        patiently(lambda: fetch(url, part, headers or {}, meter, what), part, how.say)
    if sha256 is not None and (got := sha256_of(part)) != sha256:
        part.unlink()
        raise ModelError(
            f"{what} gave other bytes than expected: sha256 {got}, not {sha256}",
            "something between here and the server changed them; try again, or another network",
        )
    part.replace(target)
    return target


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


def patiently(
    fetch: Callable[[], None],
    part: Path | None = None,
    say: Callable[[str], None] | None = None,
    tries: int = TRIES,
) -> None:
    """Call `fetch` until it succeeds; give up after `tries` in a row that did not lengthen `part`."""
    failures = 0
    while True:
        before = _size(part)
        try:
            fetch()
            return
        except TransferError as error:
            failures = 1 if _size(part) > before else failures + 1
            if not error.passing or failures >= tries or error.wait > LONGEST_WAIT:
                raise
            wait = error.wait or min(2.0 ** (failures - 1) / 2, 8.0)
            if say is not None:
                say(f"{error.message}; trying again in {wait:g} s")
        time.sleep(wait)


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a server asks to wait: a number or a date; 0 where it does not."""
    text = next((headers[name] for name in headers if name.lower() == "retry-after"), "")
    if text.strip().isdigit():
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


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
    have = _size(part)
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
    if end is not None and _size(part) < end:
        raise TransferError(
            f"{what}: cut after {_size(part)} of {end} bytes",
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
    text = os.environ.get("LMCLI_TIMEOUT", "")
    return float(text) if text.replace(".", "", 1).isdigit() and float(text) > 0 else TIMEOUT


def _length(response: HTTPResponse) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _size(part: Path | None) -> int:
    return part.stat().st_size if part is not None and part.exists() else 0


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
