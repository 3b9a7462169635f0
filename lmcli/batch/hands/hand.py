"""A worker process as seen from outside: given a block, it comes back with what became of it, whatever happens.

A process that dies over a block (a crash, the kernel's want of memory) or stands still is begun again, and the records
that it was at are asked in halves: a single one that ends it again is set aside.
"""

from __future__ import annotations

import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.batch.asking import Refused
from lmcli.batch.hands.worker import send
from lmcli.batch.job import Block, Done, Job
from lmcli.frame.variables import of_process

LOADING = 60.0  # seconds beside --timeout for a worker that may have a model to load
TIMEOUT = "(--timeout)"
DEATHS = 3  # of a worker before it has begun with any record


@dataclass(frozen=True)
class Home:
    """Where a run was begun: its folder, which relative paths mean, and the variables of lmcli."""

    folder: str
    variables: Mapping[str, str]

    @classmethod
    def here(cls) -> Home:
        """That of this process."""
        own = {n: v for n, v in of_process().items() if n.startswith(("LMCLI_", "PYTHONPATH"))}
        return cls(str(Path.cwd()), own)


class Stopped(Exception):
    """The run was given up while a block was at work."""


class Hand:
    """One worker process for a job, begun when it is needed."""

    def __init__(self, job: Job, threads: int, home: Home | None = None) -> None:
        self.job = job
        self.threads = threads
        self.home = home or Home.here()
        self._process: subprocess.Popen[bytes] | None = None
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()  # none is begun while, or after, `close` ends it
        self._closed = False

    def answer(self, block: Block) -> Done:
        """Have a block answered. Raises Refused where the command cannot begin, Stopped after `close`."""
        pieces, poison, ended = [(0, block.records)], dict[int, str](), set[int]()
        early = 0
        while True:
            outcome = self._try(block, pieces, poison)
            if isinstance(outcome, Done):
                return outcome
            low, high, answered, why = outcome
            if high < 0:  # it had not come to any record
                early += 1
                if early < DEATHS:
                    continue
                raise Refused(f"workers die before they begin: {why}", "is there memory enough?", 1)
            if high - low == 1:
                if low in ended or why.endswith(TIMEOUT):
                    poison[low] = why
                ended.add(low)  # the first time it may be the kernel's want of memory
                continue
            at = pieces.index((low, high))
            pieces[at : at + 1] = _halves(low, high, answered)

    def _try(
        self, block: Block, pieces: list[tuple[int, int]], poison: dict[int, str]
    ) -> Done | tuple[int, int, int, str]:
        """One attempt: what is done, or the piece at which it failed, how much of it was answered, and why."""
        process = self._begun()
        try:
            assert process.stdin is not None
            send(process.stdin, (block, pieces, poison))
        except OSError:
            return (0, -1, 0, self._ended(process))
        low, high, answered = 0, -1, 0
        patience = self.job.timeout
        while True:
            try:
                limit = patience and patience + (LOADING if high < 0 else 0)
                news = self._news.get(timeout=limit)
            except queue.Empty:
                self._kill(process)
                return (low, high, answered, f"no answer within {patience:g} s {TIMEOUT}")
            if news is None:
                return (low, high, answered, self._ended(process))
            kind, *said = news
            if kind == "at":
                low, high, answered = said
            elif kind == "failed":
                return (said[0], said[1], said[2], said[3])
            elif kind == "refused":
                raise Refused(*said)
            else:
                done: Done = said[0]
                return done

    def _begun(self) -> subprocess.Popen[bytes]:
        """The process; begun where there is none that lives. Raises Stopped after `close`."""
        with self._lock:
            if self._closed:
                raise Stopped
            if self._process is None or self._process.poll() is not None:
                self._process = self._begin()
            return self._process

    def _begin(self) -> subprocess.Popen[bytes]:
        variables = {**of_process(), **self.home.variables, "OPENBLAS_NUM_THREADS": "1"}
        variables.setdefault("LMCLI_THREADS", str(self.threads))
        try:
            with _without_interrupt():
                process = subprocess.Popen(
                    [sys.executable, "-m", "lmcli.batch.hands.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=variables,
                    cwd=self.home.folder,
                )
        except OSError as error:
            raise Refused(f"no worker can begin: {error}", None, 1) from None
        self._news = queue.SimpleQueue()
        threading.Thread(target=_hear, args=(process, self._news), daemon=True).start()
        with suppress(OSError):
            assert process.stdin is not None
            send(process.stdin, self.job)
        return process

    def _ended(self, process: subprocess.Popen[bytes]) -> str:
        """Why a process is no more. Raises Stopped where it was this one's wish."""
        code = process.wait()
        if self._closed:
            raise Stopped
        if code < 0:
            name = signal.Signals(-code).name
            memory = ", perhaps for want of memory" if name == "SIGKILL" else ""
            return f"the worker was ended by {name}{memory}"
        return f"the worker ended with exit code {code}"

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(OSError):
            process.kill()
        process.wait()
        if self._closed:
            raise Stopped

    def close(self) -> None:
        """End the process; what it is at is given up."""
        with self._lock:
            self._closed = True
        if self._process is not None:
            with suppress(OSError):
                self._process.kill()
            self._process.wait()


@contextmanager
def _without_interrupt() -> Iterator[None]:
    """A process that begins in here holds Ctrl-C back until it says what it makes of it: the mask is handed down."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _halves(low: int, high: int, answered: int) -> list[tuple[int, int]]:
    """A piece as smaller ones: what was answered by itself, the rest in two."""
    first = low + min(answered, high - low - 1)
    middle = (first + high + 1) // 2
    parts = [(low, first), (first, middle), (middle, high)]
    return [(a, b) for a, b in parts if a < b]


def _hear(process: subprocess.Popen[bytes], news: queue.SimpleQueue[Any]) -> None:
    """Hand over what a process says; None at its end."""
    assert process.stdout is not None
    while True:
        try:
            news.put(pickle.load(process.stdout))
        except Exception:  # the end, or a message cut by it
            news.put(None)
            return
