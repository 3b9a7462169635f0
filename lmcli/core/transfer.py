"""One file over HTTP: resumed where it was cut, tried again where that helps, checked before it
counts.
"""

from __future__ import annotations

import base64
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from lmcli.core.errors import ModelError
from lmcli.core.fetching import disk_full, is_full, online
from lmcli.core.models import sha256_of

CHUNK = 1 << 16
TIMEOUT = 30.0  # seconds without a byte
TRIES = 4  # in a row that brought nothing new
LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait
PASSING = (408, 425, 429, 500, 502, 503, 504)


class TransferError(ModelError):
    """A download that failed. `passing` is true where a further try may help; `wait` is in seconds."""

    def __init__(
        self, message: str, hint: str | None = None, *, passing: bool = False, wait: float = 0
    ) -> None:
        super().__init__(message, hint)
        self.passing = passing
        self.wait = wait


def download(
    url: str, target: Path, sha256: str | None = None, *, headers: Mapping[str, str] | None = None
) -> Path:
    """Fetch `url` into the file `target`; what was fetched before a cut lies beside it and is
    resumed.

    Raises ModelError offline, where the server cannot be reached or refuses, where the content is
    not the one that `sha256` names, and where the disk is full. `target` exists only when all is
    well.
    """
    how = online(_without_password(url))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        with how.progress(target.name, None) as advance:
            patiently(lambda: _fetch(url, part, dict(headers or {}), advance), part, how.say)
    except OSError as error:
        if is_full(error):
            part.unlink(missing_ok=True)
            raise disk_full(target.parent) from None
        raise
    if sha256 is not None and (got := sha256_of(part)) != sha256:
        part.unlink()
        raise ModelError(
            f"{_without_password(url)} gave other bytes than expected: sha256 {got}, not {sha256}",
            "something between here and the server changed them; try again, or another network",
        )
    part.replace(target)
    return target


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
                say(f"{error.message}; trying again in {wait:.0f} s")
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


def request(url: str, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """Open `url`; a name and password in it become a header. Raises TransferError."""
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
        response: HTTPResponse = urllib.request.urlopen(asked, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        wait = retry_after(dict(error.headers.items()))
        raise TransferError(
            f"{url}: the server answers {error.code} {error.reason}",
            f"wait {wait:.0f} s and try again" if wait else "check the name and your access to it",
            passing=error.code in PASSING,
            wait=wait,
        ) from None
    except (OSError, HTTPException) as error:
        raise _unreachable(url, error) from None
    return response


def _fetch(url: str, part: Path, headers: dict[str, str], advance: Callable[[float], None]) -> None:
    have = _size(part)
    if have:
        headers = {**headers, "Range": f"bytes={have}-"}
    try:
        response = request(url, headers)
    except TransferError as error:
        if have and "answers 416" in error.message:  # it is longer than the file: start anew
            part.unlink()
            error.passing = True
        raise
    with response, part.open("ab" if response.status == 206 else "wb") as file:
        expected = _length(response)
        advance(file.tell())
        got = 0
        while True:
            try:
                chunk = response.read(CHUNK)
            except (OSError, HTTPException) as error:
                raise _unreachable(url, error) from None
            if not chunk:
                break
            file.write(chunk)
            got += len(chunk)
            advance(len(chunk))
    if expected is not None and got < expected:
        raise TransferError(f"{_without_password(url)}: cut after {have + got} bytes", passing=True)


def _length(response: HTTPResponse) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _size(part: Path | None) -> int:
    return part.stat().st_size if part is not None and part.exists() else 0


def _unreachable(url: str, error: Exception) -> TransferError:
    reason = getattr(error, "reason", None) or error
    return TransferError(
        f"{_without_password(url)} cannot be reached: {reason}",
        "check the network, the proxy and the address",
        passing=True,
    )


def _without_password(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
