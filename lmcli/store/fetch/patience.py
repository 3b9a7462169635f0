"""When a transfer that failed is tried again, how long it waits first, and when it gives up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lmcli.frame.errors import ModelError

TRIES = 4  # in a row that brought nothing new
LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait
PASSING = (408, 425, 429, 500, 502, 503, 504)  # a server's refusals that may end by themselves


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


def patiently(
    fetch: Callable[[], None],
    part: Path | None = None,
    say: Callable[[str], None] | None = None,
    tries: int = TRIES,
) -> None:
    """Call `fetch` until it succeeds; give up after `tries` in a row that did not lengthen `part`."""
    failures = 0
    while True:
        before = size_of(part)
        try:
            fetch()
            return
        except TransferError as error:
            failures = 1 if size_of(part) > before else failures + 1
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


def size_of(part: Path | None) -> int:
    """The bytes of a file, 0 where there is none."""
    return part.stat().st_size if part is not None and part.exists() else 0
